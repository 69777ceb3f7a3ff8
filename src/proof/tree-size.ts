/** Bytes in every hash of the tree. */
export const HASH_BYTES = 32;

/** No proof in a tree of at most 2^63 leaves is longer. */
export const PROOF_HASHES_LIMIT = 63;

/** Sizes and indexes are exact integers: 0 .. 2^53 - 1. */
export function isTreeSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Reads a decimal size or index; undefined for every other spelling (`BigInt` and `Number` alone take many) and above 2^53 - 1. */
export function readTreeSize(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text)) return undefined;
  const size = Number(text);
  return isTreeSize(size) ? size : undefined;
}
