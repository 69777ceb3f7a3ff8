import { toMessage } from '../errors.ts';
import type { Checkpoint } from '../log/log.ts';
import { HASH_BYTES, hashLeaf } from '../log/merkle.ts';
import { areEqualBytes } from '../log/sha256.ts';
import { countInTile, readBundle, TILE_WIDTH } from '../log/tile.ts';
import { reduceHashes } from '../log/tile-tree.ts';
import { fetchPart } from './fetch-part.ts';
import { LogBreach } from './log-breach.ts';
import type { LogSource } from './log-source.ts';
import { VerifiedTiles } from './verified-tiles.ts';

/** Consecutive leaves of one bundle, each proven to be under the signed root. */
export interface VerifiedPage {
  /** Log index of the first leaf. */
  readonly first: number;
  readonly leaves: readonly Uint8Array[];
  /** RFC 6962 hash of each leaf. */
  readonly hashes: readonly Uint8Array[];
}

export interface PageOptions {
  /** Index of the first leaf wanted; default 0. */
  readonly from?: number;
  /** Bundles under way at once; default 8. */
  readonly parallel?: number;
}

/**
 * Downloads the entries of a signed tree, a bundle at a time and several at once, and hands them over in order, none before it is
 * proven to be under the root. Whoever has stored a page may stop there and go on `from` the next one, under this tree or one that
 * grew from it (`verifyGrowth`). Breaches `bundle`, `tile`, `unavailable`; and the faults of the source.
 */
export async function* readPages(
  source: LogSource,
  tree: Checkpoint,
  { from = 0, parallel = 8 }: PageOptions = {},
): AsyncGenerator<VerifiedPage, undefined> {
  const tiles = new VerifiedTiles(source, tree);
  const underWay: Promise<VerifiedPage>[] = [];
  const end = Math.ceil(tree.size / TILE_WIDTH);
  let next = Math.floor(from / TILE_WIDTH);
  if (from >= tree.size) return undefined;
  while (next < end || underWay.length > 0) {
    while (next < end && underWay.length < parallel) {
      const page = readPage(source, tiles, tree.size, next);
      // It is awaited in its turn, or never if an earlier one fails.
      page.catch(() => undefined);
      underWay.push(page);
      next += 1;
    }
    yield cut((await underWay.shift())!, from);
  }
  return undefined;
}

function cut(page: VerifiedPage, from: number): VerifiedPage {
  const { first, leaves, hashes } = page;
  return from <= first ? page : { first: from, leaves: leaves.slice(from - first), hashes: hashes.slice(from - first) };
}

async function readPage(source: LogSource, tiles: VerifiedTiles, size: number, index: number): Promise<VerifiedPage> {
  const first = index * TILE_WIDTH;
  const name = `bundle ${index} of ${source.name}`;
  const width = countInTile(size, 0, index);
  const part = await fetchPart('bundle', name, width, (asked) => source.bundle(index, asked));
  const leaves = readLeaves(name, part.bytes, part.width).slice(0, width);
  const hashes = leaves.map(hashLeaf);
  await assertUnder(tiles, index, hashes, name);
  return { first, leaves, hashes };
}

function readLeaves(name: string, bytes: Uint8Array, width: number): Uint8Array[] {
  try {
    return readBundle(bytes, width);
  } catch (cause) {
    throw new LogBreach('bundle', `Bad bundle: ${name} is not well-formed. ${toMessage(cause)}`, { cause });
  }
}

async function assertUnder(
  tiles: VerifiedTiles,
  index: number,
  hashes: readonly Uint8Array[],
  name: string,
): Promise<void> {
  // A full bundle is one hash on the level above: its own tile is not needed.
  const isFull = hashes.length === TILE_WIDTH;
  const found = isFull ? reduceHashes(Buffer.concat(hashes)) : Buffer.concat(hashes);
  const signed = isFull ? await tiles.hash(1, index) : await tiles.tile(0, index);
  if (areEqualBytes(found, signed)) return;
  const at = hashes.findIndex((hash, place) => {
    return !areEqualBytes(hash, signed.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES));
  });
  const which = isFull ? 'an entry' : `entry ${index * TILE_WIDTH + at}`;
  throw new LogBreach('bundle', `Bad bundle: ${name} has ${which} that is not the one under the signed root.`);
}
