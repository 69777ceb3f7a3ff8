import type { ChecksumAlgorithm, Entry } from '../entry/entry.ts';

/** Algorithms for which nobody can make two images with one checksum. */
export const STRONG_ALGORITHMS: readonly ChecksumAlgorithm[] = ['SHA-256', 'SHA-384', 'SHA-512'];

/**
 * True if two statements name the same bytes: equal sizes, no algorithm with two values, and a common checksum nobody can forge.
 * `takesWeak` lets MD5 and SHA-1 do for the last.
 */
export function agree(one: Entry, other: Entry, takesWeak: boolean): boolean {
  if (one.sizeBytes !== other.sizeBytes) return false;
  const values = new Map(one.checksums.map(({ algorithm, value }) => [algorithm, value]));
  const common = other.checksums.filter(({ algorithm }) => values.has(algorithm));
  if (common.some(({ algorithm, value }) => values.get(algorithm) !== value)) return false;
  return common.some(({ algorithm }) => takesWeak || STRONG_ALGORITHMS.includes(algorithm));
}
