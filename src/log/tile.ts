import { VouchError } from '../errors.ts';
import { HASH_BYTES } from './merkle.ts';

/** Hashes in a full tile, and entries in a full bundle. */
export const TILE_WIDTH = 256;

/** Bytes of a full tile. */
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/** Highest tile level a path can name (C2SP tlog-tiles). */
export const TILE_LEVEL_LIMIT = 63;

/** Names one tile of hashes, or one bundle of entries; `width` 1..256 is how many of its 256 places are asked for. */
export type TilePath =
  | { readonly kind: 'hashes'; readonly level: number; readonly index: number; readonly width: number }
  | { readonly kind: 'entries'; readonly index: number; readonly width: number };

const SHAPE = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** Reads `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]` (C2SP tlog-tiles); undefined for every other spelling. */
export function readTilePath(path: string): TilePath | undefined {
  const match = SHAPE.exec(path);
  if (match === null) return undefined;
  const [, place = '', digits = '', partial] = match;
  // One number has one path: no leading groups of zeroes.
  if (digits.startsWith('x000/')) return undefined;
  const index = Number(digits.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  if (!Number.isSafeInteger(index * TILE_WIDTH) || (partial !== undefined && width >= TILE_WIDTH)) return undefined;
  if (place === 'entries') return { kind: 'entries', index, width };
  const level = Number(place);
  return level > TILE_LEVEL_LIMIT ? undefined : { kind: 'hashes', level, index, width };
}

/** Writes the one path of a tile: what `readTilePath` reads. */
export function writeTilePath(tile: TilePath): string {
  const place = tile.kind === 'entries' ? 'entries' : String(tile.level);
  const digits = String(tile.index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? [];
  const number = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${place}/${number}${tile.width < TILE_WIDTH ? `.p/${tile.width}` : ''}`;
}

/** The number of hashes the tree of `size` leaves has on a tile level: complete subtrees of 256^level leaves. */
export function countTileHashes(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The number of hashes (or entries, on level 0) this tile has in the tree of `size` leaves: 1..256, 0 if it has no such tile. */
export function countInTile(size: number, level: number, index: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, countTileHashes(size, level) - index * TILE_WIDTH));
}

/** True if the tree of `size` leaves has the first `width` hashes of this tile. */
export function hasTile(size: number, level: number, index: number, width: number): boolean {
  if (![level, index, width].every((value) => Number.isSafeInteger(value) && value >= 0)) return false;
  if (width < 1 || width > TILE_WIDTH || level > TILE_LEVEL_LIMIT) return false;
  return index * TILE_WIDTH + width <= countTileHashes(size, level);
}

/** Writes an entry bundle: for each leaf its length as u16be, then its bytes (C2SP tlog-tiles). Leaves are at most 65535 bytes. */
export function writeBundle(leaves: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    leaves.flatMap((leaf) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(leaf.length);
      return [length, leaf];
    }),
  );
}

/** Reads an entry bundle of exactly `width` leaves; `malformed` if it has more, fewer, or ends inside one. */
export function readBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  let at = 0;
  while (leaves.length < width) {
    const end = at + 2 + (bytes[at]! << 8) + bytes[at + 1]!;
    // Not `end > length`: past the end the sum is not a number.
    if (!(end <= bytes.length)) throw new VouchError('malformed', `The bundle ends before its ${width} entries do.`);
    leaves.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (at !== bytes.length) throw new VouchError('malformed', `The bundle goes on after its ${width} entries.`);
  return leaves;
}
