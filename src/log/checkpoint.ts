import { VouchError } from '../errors.ts';
import { writeBase64 } from '../proof/base64.ts';
import { type Checkpoint, readClaimedCheckpoint } from '../proof/checkpoint-text.ts';
import { type Note, readNote, writeNote } from '../proof/note.ts';
import { EMPTY_ROOT } from './merkle.ts';
import { type LogKey, type NoteProof, type VerifierKey, verifyNote } from './note-key.ts';
import { areEqualBytes } from './sha256.ts';

/** A checkpoint that its log signed, with what known witnesses say about it. */
export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly cosignatures: readonly NoteProof[];
}

/** Writes the text of a checkpoint (C2SP tlog-checkpoint), final newline included. */
export function writeCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${writeBase64(root)}\n`;
}

/** Reads the text of a checkpoint; `malformed` if it is anything else, or has extension lines, which no log of ours writes. */
export function readCheckpoint(text: string): Checkpoint {
  const checkpoint = readClaimedCheckpoint(text);
  if (checkpoint.size === 0 && !areEqualBytes(checkpoint.root, EMPTY_ROOT)) {
    throw new VouchError('malformed', 'The checkpoint gives the empty tree a root it does not have.');
  }
  return checkpoint;
}

/** Signs a checkpoint as its log. */
export function signCheckpoint(checkpoint: Checkpoint, key: LogKey): string {
  const text = writeCheckpoint(checkpoint);
  const { name, keyId } = key.verifier;
  return writeNote({ text, signatures: [{ name, keyId, bytes: key.sign(text) }] });
}

/** The checkpoint with the signature of its log alone, whatever else others have put below it. */
export function withoutCosignatures(note: Note, log: VerifierKey): Note {
  const own = note.signatures.find(({ name, keyId }) => name === log.name && keyId === log.keyId);
  return { text: note.text, signatures: own === undefined ? [] : [own] };
}

/**
 * Reads a signed checkpoint of the log whose key this is; the origin is the key's name. `malformed` if the note is, if its
 * origin is another, if the log did not sign it, or if the signature of any known key is wrong.
 */
export function readSignedCheckpoint(
  note: Uint8Array,
  log: VerifierKey,
  witnesses: readonly VerifierKey[] = [],
): SignedCheckpoint {
  if (log.kind !== 'log') throw new VouchError('malformed', `The key of ${log.name} is not that of a log.`);
  const read = readNote(note);
  const checkpoint = readCheckpoint(read.text);
  if (checkpoint.origin !== log.name) {
    throw new VouchError('malformed', `The checkpoint is of ${checkpoint.origin}, not of ${log.name}.`);
  }
  const proofs = verifyNote(read, [log, ...witnesses]);
  if (!proofs.some(({ key }) => key === log)) {
    throw new VouchError('malformed', `The checkpoint is not signed with the key of ${log.name}.`);
  }
  return { checkpoint, cosignatures: proofs.filter(({ key }) => key.kind === 'cosigner') };
}
