import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { writeFileDurably } from '../../src/platform/durable-file.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vouch-durable-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function faultOf(work: Promise<void>): Promise<VouchError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof VouchError) return thrown;
    throw thrown;
  }
  throw new Error('Nothing was thrown.');
}

test('a file is written, replaced, and nothing else is left behind', async () => {
  const path = join(directory, 'file');
  await writeFileDurably(path, encode('one'));
  await writeFileDurably(path, encode('two'));
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await readdir(directory)).toEqual(['file']);
});

test('a key file can be made for its owner only, from its first moment', async () => {
  const path = join(directory, 'key');
  await writeFileDurably(path, encode('secret'), { mode: 0o600 });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('an exclusive write leaves the file that is there', async () => {
  const path = join(directory, 'file');
  await writeFileDurably(path, encode('one'), { exclusive: true });
  const fault = await faultOf(writeFileDurably(path, encode('two'), { exclusive: true }));
  expect(fault.code).toBe('input-output');
  expect(fault.message).toContain(path);
  expect(fault.message).toContain('exists');
  expect(await readFile(path, 'utf8')).toBe('one');
  expect(await readdir(directory)).toEqual(['file']);
});

test('of many writers of the same file exactly one is exclusive, and the others say so', async () => {
  const path = join(directory, 'file');
  const writes = Array.from({ length: 20 }, (_, n) => writeFileDurably(path, encode(`${n}`), { exclusive: true }));
  const results = await Promise.allSettled(writes);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await readdir(directory)).toEqual(['file']);
});

test('a write that fails leaves the old content, and is an input-output fault', async () => {
  const missing = await faultOf(writeFileDurably(join(directory, 'none', 'file'), encode('x')));
  expect(missing.code).toBe('input-output');
  expect(missing.cause).toBeInstanceOf(Error);
  const occupied = join(directory, 'directory');
  await mkdir(occupied);
  await writeFile(join(occupied, 'inside'), 'x');
  expect((await faultOf(writeFileDurably(occupied, encode('x')))).code).toBe('input-output');
  expect(await readdir(directory)).toEqual(['directory']);
  expect(await readFile(join(occupied, 'inside'), 'utf8')).toBe('x');
});

test('a long file name leaves room for the temporary one', async () => {
  const path = join(directory, 'n'.repeat(250));
  await writeFileDurably(path, encode('x'));
  expect(await readFile(path, 'utf8')).toBe('x');
});
