import { HASH_BYTES, isTreeSize, PROOF_HASHES_LIMIT } from './tree-size.ts';

/** On which side of what is hashed so far a hash of a proof stands. */
export type Side = 'left' | 'right';

/**
 * How the hashes of an audit path lead from leaf `index` to the root of the tree of `size` leaves, in the order of the path
 * (RFC 9162 2.1.3.2); undefined where a path there cannot have so many hashes, or one is not the size of a hash.
 */
export function toInclusionSides(index: number, size: number, proof: readonly Uint8Array[]): Side[] | undefined {
  if (!isTreeSize(index) || !isTreeSize(size) || index >= size) return undefined;
  if (proof.length > PROOF_HASHES_LIMIT || proof.some((hash) => hash.length !== HASH_BYTES)) return undefined;
  const sides: Side[] = [];
  let at = index;
  let last = size - 1;
  for (const _ of proof) {
    if (last === 0) return undefined;
    if (isOdd(at) || at === last) {
      sides.push('left');
      // A node without a right sibling is carried up unhashed.
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else sides.push('right');
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? sides : undefined;
}

// Shifts and `&` would cut to 32 bits.
function half(value: number): number {
  return Math.floor(value / 2);
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}
