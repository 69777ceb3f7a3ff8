import { VouchError } from '../errors.ts';
import { HASH_BYTES, hashChildren } from './merkle.ts';
import { TILE_WIDTH } from './tile.ts';
import { edgePlaces, foldSubtrees, largestLevel, type SubtreePlace, TreeEdge } from './tree-edge.ts';

/** Where a tile lies; how many of its hashes are there is for the reader to find out. */
export interface TilePlace {
  readonly level: number;
  readonly index: number;
}

/** Reads tiles in one go; a longer prefix than some tree has is welcome, undefined stands for none. */
export type TileSource = (places: readonly TilePlace[]) => Promise<readonly (Uint8Array | undefined)[]>;

/** Leaves `start` (inclusive) to `end` (exclusive). */
type LeafRange = readonly [start: number, end: number];

/** The audit path of leaf `index` in the tree of `size` leaves (RFC 6962 2.1.1), from O(log size) tiles; `index < size`. */
export async function proveInclusion(tiles: TileSource, index: number, size: number): Promise<Uint8Array[]> {
  const ranges: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + 2 ** largestLevel(end - start - 1);
    if (index < middle) {
      ranges.push([middle, end]);
      end = middle;
    } else {
      ranges.push([start, middle]);
      start = middle;
    }
  }
  return readRoots(tiles, ranges.reverse());
}

/** The proof that `oldSize` leaves are a prefix of `newSize` (RFC 6962 2.1.2), from O(log newSize) tiles; `oldSize <= newSize`. */
export async function proveConsistency(tiles: TileSource, oldSize: number, newSize: number): Promise<Uint8Array[]> {
  if (oldSize === 0) return [];
  const ranges: LeafRange[] = [];
  let [start, end] = [0, newSize];
  while (end !== oldSize) {
    const middle = start + 2 ** largestLevel(end - start - 1);
    if (oldSize <= middle) {
      ranges.push([middle, end]);
      end = middle;
    } else {
      ranges.push([start, middle]);
      start = middle;
    }
  }
  // A verifier knows the old root already, so it is left out where it is one of the subtrees.
  if (start !== 0) ranges.push([start, end]);
  return readRoots(tiles, ranges.reverse());
}

/** The edge of the tree of `size` leaves as the tiles have it. */
export async function readEdge(tiles: TileSource, size: number): Promise<TreeEdge> {
  return TreeEdge.of(size, await readSubtrees(tiles, edgePlaces(0, size)));
}

async function readRoots(tiles: TileSource, ranges: readonly LeafRange[]): Promise<Uint8Array[]> {
  const parts = ranges.map(([start, end]) => edgePlaces(start, end));
  const hashes = await readSubtrees(tiles, parts.flat());
  let read = 0;
  return parts.map((places) => {
    const own = hashes.slice(read, read + places.length);
    read += places.length;
    return foldSubtrees(own);
  });
}

async function readSubtrees(tiles: TileSource, places: readonly SubtreePlace[]): Promise<Uint8Array[]> {
  const spots = places.map(toSpot);
  const wanted = new Map(spots.map((spot) => [spot.name, spot.tile]));
  const found = await tiles([...wanted.values()]);
  const byName = new Map([...wanted.keys()].map((name, at) => [name, found[at]]));
  return spots.map(({ name, first, count }) => {
    const tile = byName.get(name);
    if (tile === undefined || tile.length < (first + count) * HASH_BYTES) {
      throw new VouchError('corrupt', `Tile ${name} of the log lacks hashes that its tree must have.`);
    }
    return reduceHashes(tile.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES));
  });
}

/** Where in which tile the hashes under a subtree lie: each tile level spans eight levels of the tree. */
function toSpot({ level, index }: SubtreePlace): { name: string; tile: TilePlace; first: number; count: number } {
  const count = 2 ** (level % 8);
  const tile = { level: Math.floor(level / 8), index: Math.floor((index * count) / TILE_WIDTH) };
  return { name: `${tile.level}/${tile.index}`, tile, first: (index * count) % TILE_WIDTH, count };
}

/** The root over a power of two of hashes that lie one after another. */
export function reduceHashes(bytes: Uint8Array): Uint8Array {
  let row: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES) row.push(bytes.subarray(at, at + HASH_BYTES));
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < row.length; at += 2) above.push(hashChildren(row[at]!, row[at + 1]!));
    row = above;
  }
  return row[0]!;
}
