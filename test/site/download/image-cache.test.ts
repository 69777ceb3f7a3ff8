import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checksum } from '../../../src/entry/entry.ts';
import { ImageCache } from '../../../src/site/download/image-cache.ts';

let cache: ImageCache;
beforeEach(async () => {
  cache = await new ImageCache(join(mkdtempSync(join(tmpdir(), 'vouch-cache-')), 'images')).open();
});
afterEach(() => rmSync(join(cache.directory, '..'), { recursive: true }));

const checksumsOf = (text: string): Checksum[] => [
  { algorithm: 'SHA-1', value: createHash('sha1').update(text).digest('hex') },
  { algorithm: 'SHA-256', value: createHash('sha256').update(text).digest('hex') },
];
const at = (hour: number): Date => new Date(Date.UTC(2026, 10, 1, hour));

async function put(text: string, hour: number): Promise<string> {
  const checksums = checksumsOf(text);
  const path = cache.pathOf(checksums);
  writeFileSync(path, text);
  await cache.add({ image: `image ${text}`, checksums, sizeBytes: text.length }, at(hour));
  utimesSync(path, at(hour), at(hour));
  return path;
}

describe('the cache of images', () => {
  it('finds an image by what it holds, whoever stated it, and counts it as used', async () => {
    const path = await put('one', 1);
    const [, strong] = checksumsOf('one');
    expect(await cache.find([strong!], at(9))).toMatchObject({ path, image: 'image one', sizeBytes: 3 });
    expect((await cache.list())[0]?.usedAt).toEqual(at(9));
    expect(await cache.find(checksumsOf('two'), at(9))).toBeUndefined();
  });

  it('knows nothing of parts, of images without their card, and of images that were cut', async () => {
    const path = await put('one', 1);
    writeFileSync(`${cache.pathOf(checksumsOf('two'))}.part`, 't');
    writeFileSync(cache.pathOf(checksumsOf('three')), 'three');
    expect(await cache.list()).toHaveLength(1);
    writeFileSync(path, 'on');
    expect(await cache.list()).toEqual([]);
    expect(await cache.find(checksumsOf('one'), at(2))).toBeUndefined();
  });

  it('removes what was used longest ago until the rest fits, and what nobody used', async () => {
    const paths = await Promise.all(['aaaa', 'bbbb', 'cccc'].map((text, hour) => put(text, hour)));
    expect((await cache.prune({ mostBytes: 8 })).map(({ path }) => path)).toEqual([paths[0]]);
    expect((await cache.prune({ unusedSince: at(2) })).map(({ path }) => path)).toEqual([paths[1]]);
    expect(paths.map((path) => existsSync(path))).toEqual([false, false, true]);
    expect((await cache.list()).map(({ path }) => path)).toEqual([paths[2]]);
  });

  it('removes what a crash left: an image without its card, a card without its image, what was half removed', async () => {
    const kept = await put('kept', 1);
    const lost = cache.pathOf(checksumsOf('lost'));
    const left = [lost, `${cache.pathOf(checksumsOf('card'))}.json`, `${cache.pathOf(checksumsOf('gone'))}.gone`];
    const fresh = cache.pathOf(checksumsOf('fresh'));
    const other = join(cache.directory, 'notes.txt');
    for (const path of [...left, fresh, other]) writeFileSync(path, 'left');
    for (const path of [...left, other]) utimesSync(path, at(1), at(1));
    expect(await cache.prune({ mostBytes: 1_000_000 })).toEqual([]);
    expect([kept, fresh, other, ...left].map((path) => existsSync(path))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('tells which images are no longer what they were', async () => {
    const path = await put('good', 1);
    const other = await put('evil', 2);
    writeFileSync(other, 'live');
    const broken = await cache.verify(await cache.list(), { signal: new AbortController().signal });
    expect(broken.map((one) => one.path)).toEqual([other]);
    expect(broken).not.toContainEqual(expect.objectContaining({ path }));
  });

  it('keeps nothing under a checksum that can be forged', () => {
    expect(() => cache.pathOf(checksumsOf('one').slice(0, 1))).toThrow(/SHA-256, SHA-384 or SHA-512/);
  });
});
