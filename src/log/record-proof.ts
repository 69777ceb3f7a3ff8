import { VouchError } from '../errors.ts';
import { readRecord } from '../proof/record.ts';
import { readTlogProof, writeTlogProof } from '../proof/tlog-proof.ts';
import { readSignedCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import type { LogRecord } from './log.ts';
import { hashLeaf, isIncluded } from './merkle.ts';
import type { VerifierKey } from './note-key.ts';

/** What a proof establishes by itself: this record stands at this place of the log, as the signers of the checkpoint saw it. */
export interface ProvenRecord extends SignedCheckpoint {
  readonly index: number;
  readonly record: LogRecord;
}

/**
 * Reads the proof of a record, as `LogReader.receipt` and `LogReader.proof` give it, and verifies all of it: the record it carries,
 * its place under the checkpoint, the signature of the log and of those witnesses that are known. `malformed` if anything fails.
 */
export function readRecordProof(text: string, log: VerifierKey, witnesses: readonly VerifierKey[] = []): ProvenRecord {
  const { extra, index, hashes, checkpointNote } = readTlogProof(text);
  if (extra === undefined) throw new VouchError('malformed', 'The proof does not carry the record that it proves.');
  const signed = readSignedCheckpoint(Buffer.from(checkpointNote), log, witnesses);
  const { size, root } = signed.checkpoint;
  if (!isIncluded(hashLeaf(extra), index, size, root, hashes)) {
    throw new VouchError('malformed', `The proof does not lead from record ${index} to the signed checkpoint.`);
  }
  return { ...signed, index, record: readProven(extra) };
}

/** Writes the proof of a record: the leaf rides along, so that who has the proof needs nothing else of the log. */
export function writeRecordProof(
  index: number,
  leaf: Uint8Array,
  hashes: readonly Uint8Array[],
  checkpointNote: string,
): string {
  return writeTlogProof({ extra: leaf, index, hashes, checkpointNote });
}

/** A log that signed for a leaf which is no record is damaged; whoever reads the proof only has a file that is not as it must be. */
function readProven(leaf: Uint8Array): LogRecord {
  try {
    return readRecord(leaf);
  } catch (cause) {
    throw new VouchError('malformed', 'The proof is of something that is not a record.', { cause });
  }
}
