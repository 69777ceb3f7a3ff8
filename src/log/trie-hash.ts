import { HASH_BYTES } from './merkle.ts';
import { sha256 } from './sha256.ts';

/**
 * What the index says of one image. The trie has one leaf for each image of which the log has a record: its place is given by the bits of
 * its key, first bit first, as far down as it takes to part it from all others.
 */
export interface TrieLeaf {
  /** SHA-256 of the identifier: 32 bytes. */
  readonly key: Uint8Array;
  /** How many records there are. */
  readonly count: number;
  /** `extendChain` over their numbers, oldest first: 32 bytes. */
  readonly chain: Uint8Array;
}

/** Bits of a key, so the deepest place a leaf can have. */
export const TRIE_DEPTH_LIMIT = 8 * HASH_BYTES;

/** Stands for a place under which there is no leaf: nothing that is known hashes to it. */
export const EMPTY_TRIE: Uint8Array = new Uint8Array(HASH_BYTES);

/** The chain over no records. */
export const EMPTY_CHAIN: Uint8Array = new Uint8Array(HASH_BYTES);

/** 0x02 || key || u64be count || chain, filled anew for each leaf. */
const leafBytes = Buffer.alloc(1 + HASH_BYTES + 8 + HASH_BYTES, 2);
/** 0x03 || left || right. */
const nodeBytes = Buffer.alloc(1 + 2 * HASH_BYTES, 3);
/** 0x04 || chain || u64be record. */
const linkBytes = Buffer.alloc(1 + HASH_BYTES + 8, 4);

/** The key of an image. */
export function toTrieKey(identifier: string): Uint8Array {
  return sha256(Buffer.from(identifier));
}

/** Hash of a leaf: SHA-256(0x02 || key || u64be count || chain). No hash of the log's own tree begins so. */
export function hashTrieLeaf({ key, count, chain }: TrieLeaf): Uint8Array {
  leafBytes.set(key, 1);
  leafBytes.writeBigUInt64BE(BigInt(count), 1 + HASH_BYTES);
  leafBytes.set(chain, 1 + HASH_BYTES + 8);
  return sha256(leafBytes);
}

/** Hash of the place above two others: SHA-256(0x03 || left || right); the bit of a key that leads to the right is 1. */
export function hashTrieNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeBytes.set(left, 1);
  nodeBytes.set(right, 1 + HASH_BYTES);
  return sha256(nodeBytes);
}

/** The chain with one more record at its end: SHA-256(0x04 || chain || u64be record). */
export function extendChain(chain: Uint8Array, record: number): Uint8Array {
  linkBytes.set(chain, 1);
  linkBytes.writeBigUInt64BE(BigInt(record), 1 + HASH_BYTES);
  return sha256(linkBytes);
}

/** The leaf of an image whose records are these, oldest first; at least one. */
export function toTrieLeaf(key: Uint8Array, records: readonly number[]): TrieLeaf {
  return { key, count: records.length, chain: records.reduce(extendChain, EMPTY_CHAIN) };
}

/** Bit number `at` of a key, from the first. */
export function bitOf(key: Uint8Array, at: number): 0 | 1 {
  return ((key[at >> 3]! >> (7 - (at & 7))) & 1) as 0 | 1;
}
