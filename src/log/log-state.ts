import { VouchError } from '../errors.ts';
import { HASH_BYTES, isTreeSize } from './merkle.ts';
import { areEqualBytes } from './sha256.ts';
import { readNumber, toNumberValue } from './store-key.ts';
import { edgePlaces, TreeEdge } from './tree-edge.ts';

/** What the store says is durable; a signed checkpoint may not cover all of it yet. */
export interface LogState {
  readonly size: number;
  readonly root: Uint8Array;
  /** Roots of the complete subtrees, largest first. */
  readonly edge: readonly Uint8Array[];
}

/** Writes the value of `s/state`: u64be size, root, edge hashes. */
export function writeLogState({ size, root, edge }: LogState): Uint8Array {
  return Buffer.concat([toNumberValue(size), root, ...edge]);
}

/** Reads the value of `s/state`; `corrupt` unless its edge folds to its root. */
export function readLogState(bytes: Uint8Array | undefined): LogState {
  const size = bytes !== undefined && bytes.length >= 8 ? readNumber(bytes.subarray(0, 8)) : Number.NaN;
  if (bytes === undefined || !isTreeSize(size) || bytes.length !== 8 + HASH_BYTES * (1 + edgePlaces(0, size).length)) {
    throw new VouchError('corrupt', 'The state of the log is missing or malformed.');
  }
  const hashes: Uint8Array[] = [];
  for (let at = 8; at < bytes.length; at += HASH_BYTES) hashes.push(bytes.subarray(at, at + HASH_BYTES));
  const [root, ...edge] = hashes as [Uint8Array, ...Uint8Array[]];
  if (!areEqualBytes(TreeEdge.of(size, edge).root(), root)) {
    throw new VouchError('corrupt', 'The state of the log has a root that is not that of its edge.');
  }
  return { size, root, edge };
}
