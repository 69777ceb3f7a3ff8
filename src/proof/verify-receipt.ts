import { VouchError } from '../errors.ts';
import type { Crypto } from '../x509/crypto.ts';
import { concatenate, isEqual, toHex } from '../x509/octets.ts';
import { readClaimedCheckpoint } from './checkpoint-text.ts';
import { toInclusionSides } from './inclusion.ts';
import { KEY_TYPES, type KeyLine, readKeyLine, SIGNATURE_BYTES, SPKI_HEAD, toKeyIdInput } from './key-line.ts';
import { type Note, readNote } from './note.ts';
import { type LogRecord, readRecord } from './record.ts';
import { readTlogProof } from './tlog-proof.ts';

/** What a receipt establishes by itself: this record stands at this place of the log, as the log signed. */
export interface ProvenPlace {
  readonly record: LogRecord;
  readonly index: number;
  /** Name of the log, which is that of its key. */
  readonly origin: string;
  /** Number of records the log had when it signed. */
  readonly size: number;
}

/**
 * Verifies a receipt (C2SP tlog-proof with the record inside) against the key of a log: the same as `readRecordProof`, on any
 * platform. `malformed` says what fails; cosignatures are passed over.
 */
export async function verifyReceipt(receipt: string, vkey: string, crypto: Crypto): Promise<ProvenPlace> {
  const key = readKeyLine(vkey, vkey.slice(0, 200));
  if (key.type !== KEY_TYPES.log) throw malformed(`The key of ${key.name} is not that of a log.`);
  const keyId = toHex(await crypto.digest('SHA-256', toKeyIdInput(key))).slice(0, 8);
  if (keyId !== key.keyId) throw malformed('The key ID is not that of the key: it was not copied whole.');
  const { extra, index, hashes, checkpointNote } = readTlogProof(receipt);
  if (extra === undefined) throw malformed('The proof does not carry the record that it proves.');
  const note = readNote(new TextEncoder().encode(checkpointNote));
  const { origin, size, root } = readClaimedCheckpoint(note.text);
  if (origin !== key.name) throw malformed(`The receipt is of the log ${origin}, not of ${key.name}.`);
  await assertSigned(note, key, crypto);
  const sides = toInclusionSides(index, size, hashes);
  let hash = await crypto.digest('SHA-256', concatenate(Uint8Array.of(0), extra));
  for (const [step, sibling] of hashes.entries()) {
    const [left, right] = sides?.[step] === 'left' ? [sibling, hash] : [hash, sibling];
    hash = await crypto.digest('SHA-256', concatenate(Uint8Array.of(1), left, right));
  }
  if (sides === undefined || !isEqual(hash, root)) {
    throw malformed(`The proof does not lead from record ${index} to the signed checkpoint.`);
  }
  return { record: readRecord(extra), index, origin, size };
}

/** Every line of this key must hold, and there must be one. */
async function assertSigned({ text, signatures }: Note, key: KeyLine, crypto: Crypto): Promise<void> {
  const own = signatures.filter(({ name, keyId }) => name === key.name && keyId === key.keyId);
  if (own.length === 0) throw malformed(`The checkpoint is not signed with the key of ${key.name}.`);
  const spki = concatenate(SPKI_HEAD, key.key);
  const signed = new TextEncoder().encode(text);
  for (const { bytes } of own) {
    const holds = bytes.length === SIGNATURE_BYTES && (await crypto.verify({ name: 'Ed25519' }, spki, bytes, signed));
    if (!holds) throw malformed(`The signature of ${key.name} on the checkpoint does not hold.`);
  }
}

function malformed(sentence: string): VouchError {
  return new VouchError('malformed', sentence);
}
