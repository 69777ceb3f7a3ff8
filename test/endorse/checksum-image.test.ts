import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checksumImage } from '../../src/endorse/checksum-image.ts';
import type { ChecksumAlgorithm } from '../../src/entry/entry.ts';
import { ORIGINAL_ALGORITHMS } from '../../src/sign/to-description.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vouch-checksum-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const HASHES: Record<ChecksumAlgorithm, string> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** Bytes that differ at every position of a chunk, so that a chunk hashed twice or out of turn shows. */
function sample(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 4)
    bytes.writeUInt32LE((at * 2654435761) >>> 0, Math.min(at, Math.max(0, length - 4)));
  return bytes;
}

function expected(bytes: Uint8Array, algorithms: readonly ChecksumAlgorithm[] = ORIGINAL_ALGORITHMS) {
  return algorithms.map((algorithm) => ({
    algorithm,
    value: createHash(HASHES[algorithm]).update(bytes).digest('hex'),
  }));
}

describe('checksums of an image', () => {
  test.each([
    ['an empty file', 0],
    ['a small file', 12_345],
    ['a file of exactly one chunk', 1 << 20],
    ['a file large enough for threads, more than the ring holds', (19 << 20) + 777],
  ])('of %s are those of its bytes', async (_, length) => {
    const path = join(folder, `image-${length}`);
    const bytes = length === 0 ? Buffer.alloc(0) : sample(length);
    await writeFile(path, bytes);
    const image = await checksumImage(path);
    expect(image.sizeBytes).toBe(length);
    expect(image.checksums).toEqual(expected(bytes));
    expect(Buffer.from(image.head)).toEqual(bytes.subarray(0, 34 * 1024));
    expect(Buffer.from(image.tail)).toEqual(bytes.subarray(Math.max(0, length - 512)));
  });

  test('of a stream with chunks of odd lengths are those of its bytes', async () => {
    const bytes = sample(3_000_001);
    const pieces = [
      bytes.subarray(0, 1),
      bytes.subarray(1, 2_097_153),
      bytes.subarray(2_097_153, 2_097_153),
      bytes.subarray(2_097_153),
    ];
    const image = await checksumImage(Readable.from(pieces), { algorithms: ['SHA-384', 'SHA-1'] });
    expect(image.sizeBytes).toBe(bytes.length);
    expect(image.checksums).toEqual(expected(bytes, ['SHA-384', 'SHA-1']));
  });

  test('report how far they are, ending with the size', async () => {
    const path = join(folder, 'progress');
    await writeFile(path, sample(9 << 20));
    const seen: [number, number | undefined][] = [];
    await checksumImage(path, { onProgress: (done, total) => seen.push([done, total]) });
    expect(seen.length).toBe(9);
    expect(seen.at(-1)).toEqual([9 << 20, 9 << 20]);
  });

  test('refuse a file that grows while it is read', async () => {
    const path = join(folder, 'growing');
    await writeFile(path, sample(9 << 20));
    let grown: Promise<void> | undefined;
    const reading = checksumImage(path, {
      onProgress: () => {
        grown ??= appendFile(path, 'more');
      },
    });
    await expect(reading).rejects.toMatchObject({
      code: 'input-output',
      message: expect.stringContaining('changed while'),
    });
    await grown;
  });

  test('refuse a directory and a file that is not there', async () => {
    await expect(checksumImage(folder)).rejects.toMatchObject({ code: 'input-output' });
    await expect(checksumImage(join(folder, 'absent'))).rejects.toMatchObject({ code: 'input-output' });
  });

  test('stop when asked to', async () => {
    const path = join(folder, 'stopped');
    await writeFile(path, sample(9 << 20));
    const stop = new AbortController();
    const reading = checksumImage(path, { signal: stop.signal, onProgress: (done) => done > 2 << 20 && stop.abort() });
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('pass on a stream that breaks off as a fault of input', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(10);
        throw new Error('cable pulled');
      })(),
    );
    await expect(checksumImage(broken)).rejects.toMatchObject({
      code: 'input-output',
      message: expect.stringContaining('cable pulled'),
    });
  });
});
