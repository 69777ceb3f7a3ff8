import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrowingTree } from '../../src/log/growing-tree.ts';
import {
  countInTile,
  hasTile,
  readBundle,
  readTilePath,
  type TilePath,
  writeBundle,
  writeTilePath,
} from '../../src/log/tile.ts';
import { proveConsistency, proveInclusion } from '../../src/log/tile-tree.ts';
import { growTree } from './vectors.ts';

describe('tile paths', () => {
  it.each<[string, TilePath]>([
    ['tile/0/000', { kind: 'hashes', level: 0, index: 0, width: 256 }],
    ['tile/63/x001/x234/067', { kind: 'hashes', level: 63, index: 1_234_067, width: 256 }],
    ['tile/10/123.p/1', { kind: 'hashes', level: 10, index: 123, width: 1 }],
    ['tile/entries/x001/000.p/255', { kind: 'entries', index: 1000, width: 255 }],
  ])('%s is read and written', (path, tile) => {
    expect(readTilePath(path)).toEqual(tile);
    expect(writeTilePath(tile)).toBe(path);
  });

  it.each([
    '',
    'tile',
    'tile/0',
    'tile/0/',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/001',
    'tile/0/x001',
    'tile/0/001/002',
    'tile/0/x01/002',
    'tile/0/X001/002',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p/',
    'tile/0/000.p',
    'tile/0/000.p/1/',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/000\n',
    'tile/0/ 00',
    'tile/0/+00',
    'tile/0/0x1',
    'tile/0/00１',
    'tile/Entries/000',
    'tile/entries/0',
    'tile/0/x999/x999/x999/x999/x999/999',
    'tile/0/x001/x000/x000/x000/x000/x000/000',
    'tile//000',
    'tile/0/../000',
  ])('%j is no tile path', (path) => {
    expect(readTilePath(path)).toBeUndefined();
  });

  it('each tile has one path, and each path one tile', () => {
    const tile = fc.record({ index: fc.nat({ max: 2 ** 44 }), width: fc.integer({ min: 1, max: 256 }) });
    fc.assert(
      fc.property(tile, fc.integer({ min: -1, max: 63 }), (place, level) => {
        const path: TilePath = level < 0 ? { kind: 'entries', ...place } : { kind: 'hashes', level, ...place };
        expect(readTilePath(writeTilePath(path))).toEqual(path);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^tile\/(entries|\d\d?)\/[x0-9/.p]{1,20}$/), (path) => {
        const tile = readTilePath(path);
        expect(tile === undefined || writeTilePath(tile) === path).toBe(true);
      }),
    );
  });
});

describe('hasTile', () => {
  it('knows which hashes a tree of 600 leaves has', () => {
    const there = [
      [0, 0, 256],
      [0, 1, 256],
      [0, 2, 88],
      [0, 2, 1],
      [1, 0, 2],
    ] as const;
    const not = [
      [0, 2, 89],
      [0, 3, 1],
      [1, 0, 3],
      [1, 1, 1],
      [2, 0, 1],
      [0, 0, 0],
      [0, 0, 257],
      [-1, 0, 1],
      [0, 0.5, 1],
    ] as const;
    expect(there.map(([level, index, width]) => hasTile(600, level, index, width))).toEqual(there.map(() => true));
    expect(not.map(([level, index, width]) => hasTile(600, level, index, width))).toEqual(not.map(() => false));
  });
});

describe('countInTile', () => {
  it('is what a checkpoint of that size requires, and no more (TL-14)', () => {
    for (const size of [0, 1, 255, 256, 257, 600, 65_535, 65_536, 70_000]) {
      for (const [level, index] of [
        [0, 0],
        [0, 1],
        [0, 2],
        [0, 273],
        [1, 0],
        [1, 1],
        [2, 0],
        [3, 0],
      ] as const) {
        const width = countInTile(size, level, index);
        expect(width === 0 || hasTile(size, level, index, width)).toBe(true);
        expect(width === 256 || !hasTile(size, level, index, width + 1)).toBe(true);
      }
    }
    expect([0, 1, 2, 3].map((index) => countInTile(600, 0, index))).toEqual([256, 256, 88, 0]);
    expect([countInTile(70_000, 0, 273), countInTile(70_000, 1, 1), countInTile(70_000, 2, 0)]).toEqual([112, 17, 1]);
  });
});

describe('readBundle', () => {
  const leaves = [Buffer.from('ab'), Buffer.alloc(0), Buffer.alloc(65_535, 'c')];
  const bundle = writeBundle(leaves);

  it('reads what writeBundle writes', () => {
    expect(readBundle(bundle, 3).map((leaf) => Buffer.from(leaf))).toEqual(leaves);
  });

  it.each<[string, Uint8Array, number]>([
    ['an entry more than asked for', bundle, 2],
    ['an entry fewer', bundle, 4],
    ['an end inside the last entry', bundle.subarray(0, -1), 3],
    ['an end inside a length', bundle.subarray(0, 5), 2],
    ['a length that overruns', Buffer.from([0, 3, 1, 2]), 1],
    ['one byte after the last entry', Buffer.concat([bundle, Buffer.from([0])]), 3],
    ['nothing', new Uint8Array(), 1],
  ])('refuses %s (TL-14)', (_, bytes, width) => {
    expect(() => readBundle(bytes, width)).toThrow(expect.objectContaining({ code: 'malformed' }));
  });

  it('never gives back anything but what was written, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 6 }), (bytes, width) => {
        let read: Uint8Array[];
        try {
          read = readBundle(bytes, width);
        } catch (fault) {
          expect(fault).toMatchObject({ code: 'malformed' });
          return;
        }
        expect(Buffer.from(writeBundle(read))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe('writeBundle', () => {
  it('puts the length before each leaf', () => {
    const bundle = Buffer.from(writeBundle([Buffer.from('ab'), new Uint8Array(), Buffer.alloc(300, 'c')]));
    expect(bundle.subarray(0, 8)).toEqual(Buffer.from([0, 2, 0x61, 0x62, 0, 0, 1, 44]));
    expect(bundle).toHaveLength(308);
  });
});

describe('GrowingTree', () => {
  it('goes on from its tiles as if it had never stopped', async () => {
    for (const size of [0, 1, 255, 256, 257, 511, 512, 700]) {
      const { tree, tiles } = await growTree(size);
      const again = await GrowingTree.read(tiles, size);
      expect(Buffer.from(again.root())).toEqual(Buffer.from(tree.root()));
      for (let at = 0; at < 300; at += 1) for (const one of [tree, again]) one.append(Buffer.alloc(32, at));
      expect(Buffer.from(again.root())).toEqual(Buffer.from(tree.root()));
      expect(again.takeTouched()).toEqual(tree.takeTouched());
    }
  });

  it('refuses a growing tile that has too few or too many hashes', async () => {
    const { tiles } = await growTree(300);
    await expect(GrowingTree.read(tiles, 299)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(GrowingTree.read(tiles, 301)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(GrowingTree.read(tiles, 600)).rejects.toMatchObject({ code: 'corrupt' });
  });
});

describe('proofs', () => {
  it('take a handful of tiles from a large tree', async () => {
    const { tiles, reads } = await growTree(70_000);
    for (const index of [0, 255, 256, 65_535, 65_536, 69_999]) {
      const before = reads();
      await proveInclusion(tiles, index, 70_000);
      await proveConsistency(tiles, Math.max(index, 1), 70_000);
      expect(reads() - before).toBeLessThanOrEqual(10);
    }
  });

  it('fail as corrupt where a tile is missing', async () => {
    const { tiles } = await growTree(300);
    const holed: typeof tiles = async (places) => (await tiles(places)).map((tile) => tile?.subarray(0, 32));
    await expect(proveInclusion(holed, 5, 300)).rejects.toMatchObject({ code: 'corrupt' });
  });
});
