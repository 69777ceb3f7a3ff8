import { VouchError } from '../errors.ts';
import { type NoteSignature, readNote, writeNote } from '../proof/note.ts';
import { readSignedCheckpoint } from './checkpoint.ts';
import { type CosignerKey, type VerifierKey, verifyNote } from './note-key.ts';

/** Signatures of others that a cosigned note keeps: with the log's and one more, a note of 100 is still one that can be read. */
const OTHERS_LIMIT = 98;

/**
 * Adds a cosignature to a checkpoint that its log signed. An earlier one of the same key makes room; what others have signed stays
 * below it as it came, for those who know their keys. `malformed` if the log did not sign the note.
 */
export function cosignCheckpoint(note: string, log: VerifierKey, cosigner: CosignerKey, at: Date): string {
  readSignedCheckpoint(Buffer.from(note), log);
  const { text, signatures } = readNote(Buffer.from(note));
  const { name, keyId } = cosigner.verifier;
  const isOf = (key: { name: string; keyId: string }) => (one: { name: string; keyId: string }) =>
    one.name === key.name && one.keyId === key.keyId;
  const own = signatures.find(isOf(log))!;
  const others = signatures.filter((one) => !isOf(log)(one) && !isOf(cosigner.verifier)(one)).slice(0, OTHERS_LIMIT);
  const signature = { name, keyId, bytes: cosigner.cosign(text, at) };
  const cosigned = writeNote({ text, signatures: [own, ...others, signature] });
  const { cosignatures } = readSignedCheckpoint(Buffer.from(cosigned), log, [cosigner.verifier]);
  if (cosignatures.length !== 1) throw new VouchError('internal', 'A cosignature does not verify right after signing.');
  return cosigned;
}

/** True if `cosigned` is the same checkpoint with every signature that `note` has, cosigned with this key at `since` or later. */
export function isCosigned(cosigned: string, note: string, cosigner: CosignerKey, since: Date): boolean {
  const [known, fresh] = [readNote(Buffer.from(cosigned)), readNote(Buffer.from(note))];
  const [own] = verifyNote(known, [cosigner.verifier]);
  if (known.text !== fresh.text || own?.at === undefined || own.at < since) return false;
  const lines = new Set(known.signatures.map(toLine));
  const { name, keyId } = cosigner.verifier;
  const others = fresh.signatures.filter((one) => one.name !== name || one.keyId !== keyId);
  return others.every((one) => lines.has(toLine(one)));
}

function toLine({ name, keyId, bytes }: NoteSignature): string {
  return `${name} ${keyId} ${Buffer.from(bytes).toString('hex')}`;
}
