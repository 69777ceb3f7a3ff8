import { toInclusionSides } from '../proof/inclusion.ts';
import { HASH_BYTES, isTreeSize, PROOF_HASHES_LIMIT } from '../proof/tree-size.ts';
import { areEqualBytes, sha256 } from './sha256.ts';

export { HASH_BYTES, isTreeSize, PROOF_HASHES_LIMIT };

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962 2.1). */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array());

/** 0x01 || left || right, filled anew for each node. */
const node = new Uint8Array(1 + 2 * HASH_BYTES).fill(1, 0, 1);

/** Hash of one leaf: SHA-256(0x00 || leaf) (RFC 6962 2.1). */
export function hashLeaf(leaf: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + leaf.length);
  bytes.set(leaf, 1);
  return sha256(bytes);
}

/** Hash of an inner node: SHA-256(0x01 || left || right) (RFC 6962 2.1). */
export function hashChildren(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return sha256(node);
}

/** True if the proof shows that `leafHash` is leaf `index` of the tree of `size` leaves with this root (RFC 9162 2.1.3.2). */
export function isIncluded(
  leafHash: Uint8Array,
  index: number,
  size: number,
  root: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  const sides = areHashes([], leafHash, root) ? toInclusionSides(index, size, proof) : undefined;
  if (sides === undefined) return false;
  const reached = proof.reduce(
    (hash, sibling, step) => (sides[step] === 'left' ? hashChildren(sibling, hash) : hashChildren(hash, sibling)),
    leafHash,
  );
  return areEqualBytes(reached, root);
}

/**
 * True if the proof shows that the tree of `oldSize` leaves is a prefix of the tree of `newSize` leaves (RFC 9162 2.1.4.2).
 * From size 0 the proof is empty and any tree follows; a size 0 has the root of the empty tree.
 */
export function isConsistent(
  oldSize: number,
  oldRoot: Uint8Array,
  newSize: number,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isTreeSize(oldSize) || !isTreeSize(newSize) || oldSize > newSize) return false;
  if (!areHashes(proof, oldRoot, newRoot)) return false;
  if (newSize === 0 && !areEqualBytes(newRoot, EMPTY_ROOT)) return false;
  if (oldSize === 0) return proof.length === 0 && areEqualBytes(oldRoot, EMPTY_ROOT);
  if (oldSize === newSize) return proof.length === 0 && areEqualBytes(oldRoot, newRoot);
  let at = oldSize - 1;
  let last = newSize - 1;
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  // Where the old tree is one complete subtree, its root is the start and the proof leaves it out.
  const [start, ...rest] = at === 0 ? [oldRoot, ...proof] : proof;
  if (start === undefined || proof.length === 0) return false;
  let oldHash = start;
  let newHash = start;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      oldHash = hashChildren(sibling, oldHash);
      newHash = hashChildren(sibling, newHash);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      newHash = hashChildren(newHash, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && areEqualBytes(oldHash, oldRoot) && areEqualBytes(newHash, newRoot);
}

function areHashes(proof: readonly Uint8Array[], ...others: readonly Uint8Array[]): boolean {
  if (proof.length > PROOF_HASHES_LIMIT) return false;
  return [...proof, ...others].every((hash) => hash.length === HASH_BYTES);
}

// Shifts and `&` would cut to 32 bits.
function half(value: number): number {
  return Math.floor(value / 2);
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}
