import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { decompress } from '../../../src/site/download/decompress.ts';

/** The bytes in chunks that lie in the same memory, one after the other. */
async function* inOneMemory(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(64 * 1024);
  for (let at = 0; at < bytes.length; at += memory.length) {
    const chunk = bytes.subarray(at, at + memory.length);
    memory.fill(0);
    memory.set(chunk);
    yield memory.subarray(0, chunk.length);
  }
}

it.each([
  ['gz', (bytes: Buffer) => gzipSync(bytes)],
  ['xz', (bytes: Buffer) => execFileSync('xz', ['-c'], { input: bytes, maxBuffer: 1 << 26 })],
] as const)('%s is undone while its chunks come in the same memory again and again', async (compression, compress) => {
  const bytes = randomBytes(3 * 1024 * 1024);
  const parts: Uint8Array[] = [];
  for await (const part of decompress(compression, inOneMemory(compress(bytes)))) parts.push(Uint8Array.from(part));
  expect(Buffer.concat(parts).equals(bytes)).toBe(true);
});
