import { HASH_BYTES } from './merkle.ts';
import { areEqualBytes } from './sha256.ts';
import { bitOf, EMPTY_TRIE, hashTrieLeaf, hashTrieNode, TRIE_DEPTH_LIMIT, type TrieLeaf } from './trie-hash.ts';

/**
 * What lies in a trie where the way of a key ends: its own leaf, or what proves that it has none, namely the leaf of another key, or
 * nothing.
 */
export interface TrieProof {
  /** The hashes beside the way, from the root down. */
  readonly siblings: readonly Uint8Array[];
  /** Where the way ends; absent for an empty place. */
  readonly leaf?: TrieLeaf;
}

/** What a proof establishes of a key: its leaf, or that the trie has none. */
export type TrieFinding = { readonly outcome: 'present'; readonly leaf: TrieLeaf } | { readonly outcome: 'absent' };

/** What the trie of this root has for a key; undefined for a proof that does not lead there. */
export function judgeTrieProof(root: Uint8Array, key: Uint8Array, proof: TrieProof): TrieFinding | undefined {
  const { siblings, leaf } = proof;
  if (!isWellFormed(proof) || key.length !== HASH_BYTES || root.length !== HASH_BYTES) return undefined;
  let hash = leaf === undefined ? EMPTY_TRIE : hashTrieLeaf(leaf);
  for (let at = siblings.length - 1; at >= 0; at -= 1) {
    // On the way of another key nothing is said about this one.
    if (leaf !== undefined && bitOf(leaf.key, at) !== bitOf(key, at)) return undefined;
    hash = bitOf(key, at) === 0 ? hashTrieNode(hash, siblings[at]!) : hashTrieNode(siblings[at]!, hash);
  }
  if (!areEqualBytes(hash, root)) return undefined;
  return leaf !== undefined && areEqualBytes(leaf.key, key) ? { outcome: 'present', leaf } : { outcome: 'absent' };
}

function isWellFormed({ siblings, leaf }: TrieProof): boolean {
  if (siblings.length > TRIE_DEPTH_LIMIT || siblings.some(({ length }) => length !== HASH_BYTES)) return false;
  if (leaf === undefined) return true;
  const { key, count, chain } = leaf;
  return key.length === HASH_BYTES && chain.length === HASH_BYTES && Number.isSafeInteger(count) && count > 0;
}
