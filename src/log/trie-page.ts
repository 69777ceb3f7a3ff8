import { VouchError } from '../errors.ts';
import { HASH_BYTES } from './merkle.ts';
import { EMPTY_TRIE, hashTrieLeaf, hashTrieNode, type TrieLeaf } from './trie-hash.ts';

/** Bits of a key that one page spans, and places it so has. */
export const PAGE_BITS = 4;
export const PAGE_PLACES = 2 ** PAGE_BITS;

/** A leaf, or the hash of the page below, under which there are several. */
export type TrieSlot = TrieLeaf | { readonly below: Uint8Array };

/**
 * Four levels of the trie: 16 places, of which a page has those under which there is something. A page is there where at least two keys
 * begin with its four-bit digits, and the first page as soon as there is a key; so the same keys always make the same pages.
 */
export type TriePage = ReadonlyMap<number, TrieSlot>;

/** A page as it was when index number `generation` was made, and until the next version. */
export interface PageVersion {
  readonly generation: number;
  readonly page: TriePage;
}

/** Versions that are kept: what readers see, and what the writer is at. */
export const PAGE_VERSIONS = 2;

const LEAF_BYTES = HASH_BYTES + 8 + HASH_BYTES;
const HEAD_BYTES = 8 + 1;
const IS_LEAF = 0x10;

/** Four bits of a key, the `depth`th. */
export function digitOf(key: Uint8Array, depth: number): number {
  const byte = key[depth >> 1]!;
  return depth % 2 === 0 ? byte >> 4 : byte & 0x0f;
}

/** The first `depth` digits of a key, in hex: the name of a page. */
export function toPageName(key: Uint8Array, depth: number): string {
  return Buffer.from(key.buffer, key.byteOffset, (depth + 1) >> 1)
    .toString('hex')
    .slice(0, depth);
}

/** Hash of the place in the trie where the page begins. */
export function hashPage(page: TriePage): Uint8Array {
  return hashPlaces(page, 0, PAGE_PLACES);
}

/** The way through a page to one of its places: hashes beside it from the top down, and what is at its end. */
export function walkPage(page: TriePage, digit: number): { siblings: Uint8Array[]; end: TrieSlot | undefined } {
  const siblings: Uint8Array[] = [];
  let [first, width] = [0, PAGE_PLACES];
  for (let only = findOnly(page, first, width); only === 'several' && width > 1; only = findOnly(page, first, width)) {
    width /= 2;
    const isRight = digit >= first + width;
    siblings.push(hashPlaces(page, isRight ? first : first + width, width));
    if (isRight) first += width;
  }
  const only = findOnly(page, first, width);
  return { siblings, end: only === 'several' ? page.get(digit) : only };
}

/** Writes versions as one value: for each u64be generation, u8 number of places, then the places in order. */
export function writePage(versions: readonly PageVersion[]): Uint8Array {
  const parts = versions.flatMap(({ generation, page }) => {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeBigUInt64BE(BigInt(generation));
    head.writeUInt8(page.size, 8);
    return [head, ...[...page].toSorted(([one], [other]) => one - other).map(writeSlot)];
  });
  return Buffer.concat(parts);
}

/** Reads what `writePage` wrote, the newest first; `corrupt` otherwise. */
export function readPage(value: Uint8Array): PageVersion[] {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const versions: PageVersion[] = [];
  try {
    for (let at = 0; at < bytes.length; ) {
      const page = new Map<number, TrieSlot>();
      const generation = Number(bytes.readBigUInt64BE(at));
      const count = bytes.readUInt8(at + 8);
      at += HEAD_BYTES;
      for (let read = 0; read < count; read += 1) {
        const head = bytes.readUInt8(at);
        const length = head & IS_LEAF ? LEAF_BYTES : HASH_BYTES;
        if (at + 1 + length > bytes.length) throw new RangeError('a place is cut off');
        page.set(head & (PAGE_PLACES - 1), readSlot(bytes.subarray(at + 1, at + 1 + length)));
        at += 1 + length;
      }
      versions.push({ generation, page });
    }
  } catch (cause) {
    throw new VouchError('corrupt', 'A page of the index is damaged.', { cause });
  }
  return versions;
}

/** The newest version that is no newer than index number `generation`. */
export function findVersion(versions: readonly PageVersion[], generation: number): TriePage | undefined {
  return versions.find((version) => version.generation <= generation)?.page;
}

function hashPlaces(page: TriePage, first: number, width: number): Uint8Array {
  const only = findOnly(page, first, width);
  if (only === undefined) return EMPTY_TRIE;
  if (only !== 'several') return hashTrieLeaf(only);
  if (width === 1) return (page.get(first) as { readonly below: Uint8Array }).below;
  return hashTrieNode(hashPlaces(page, first, width / 2), hashPlaces(page, first + width / 2, width / 2));
}

/** The one leaf in a range of places, undefined for none, or that there are several: in as many places, or below one. */
function findOnly(page: TriePage, first: number, width: number): TrieLeaf | 'several' | undefined {
  let only: TrieLeaf | undefined;
  for (let place = first; place < first + width; place += 1) {
    const slot = page.get(place);
    if (slot === undefined) continue;
    if ('below' in slot || only !== undefined) return 'several';
    only = slot;
  }
  return only;
}

function writeSlot([place, slot]: [number, TrieSlot]): Uint8Array {
  if ('below' in slot) return Buffer.concat([Uint8Array.of(place), slot.below]);
  const bytes = Buffer.alloc(1 + LEAF_BYTES);
  bytes.writeUInt8(IS_LEAF | place);
  bytes.set(slot.key, 1);
  bytes.writeBigUInt64BE(BigInt(slot.count), 1 + HASH_BYTES);
  bytes.set(slot.chain, 1 + HASH_BYTES + 8);
  return bytes;
}

function readSlot(bytes: Buffer): TrieSlot {
  if (bytes.length === HASH_BYTES) return { below: bytes };
  const count = Number(bytes.readBigUInt64BE(HASH_BYTES));
  return { key: bytes.subarray(0, HASH_BYTES), count, chain: bytes.subarray(HASH_BYTES + 8) };
}
