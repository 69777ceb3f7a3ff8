import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { VouchError } from '../errors.ts';
import { readBase64, writeBase64 } from './base64.ts';
import { isKeyName, type Note } from './note.ts';
import { sha256 } from './sha256.ts';

/** What a signature line of a known key established. */
export interface NoteProof {
  readonly key: VerifierKey;
  /** For a cosignature: when the witness says it saw the text. */
  readonly at?: Date;
}

/** The public half of a key that signs notes: `vkey` is its text form. */
export interface VerifierKey {
  readonly name: string;
  /** 8 lower-case hex digits. */
  readonly keyId: string;
  readonly vkey: string;
  /** Undefined if the signature over the text does not verify; it never throws. */
  verify(text: string, signature: Uint8Array): NoteProof | undefined;
}

/** The private half: signs notes as the log `name` does (signature type 0x01). */
export interface LogKey {
  readonly name: string;
  readonly verifier: VerifierKey;
  /** Ed25519 over the UTF-8 of the text: 64 bytes. */
  sign(text: string): Uint8Array;
}

const ED25519 = 0x01;
const COSIGNATURE = 0x04;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
// Ed25519 has one DER form for each half, so a fixed head makes a key of 32 raw bytes.
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_LINE = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u;
const PRIVATE_HEAD = 'PRIVATE+KEY+';

/** What each signature type does; a new kind of witness is a new row. */
const ALGORITHMS: ReadonlyMap<
  number,
  (key: KeyObject, text: string, signature: Uint8Array) => { at?: Date } | undefined
> = new Map([
  [ED25519, (key, text, signature) => (isSigned(key, text, signature) ? {} : undefined)],
  [COSIGNATURE, verifyCosignature],
]);

/** Reads a vkey, `name+hex key ID+base64(type || public key)`; `malformed` if it is none or of a type that is not known. */
export function readVerifierKey(vkey: string): VerifierKey {
  const { name, keyId, type, key } = readKeyLine(vkey, vkey);
  if (toKeyId(name, type, key) !== keyId)
    throw new VouchError('malformed', `The key ID in "${vkey}" is not that of its key.`);
  return toVerifierKey(name, type, key);
}

/** Reads a log's private key, `PRIVATE+KEY+name+hex key ID+base64(0x01 || seed)`; `key` if it is none. */
export function readLogKey(line: string): LogKey {
  try {
    if (!line.startsWith(PRIVATE_HEAD)) throw new VouchError('malformed', `It does not begin with ${PRIVATE_HEAD}.`);
    // The text of a private key stays out of messages.
    const { name, keyId, type, key } = readKeyLine(line.slice(PRIVATE_HEAD.length), 'the private key');
    if (type !== ED25519) throw new VouchError('malformed', 'It is not the Ed25519 key of a log.');
    const logKey = toLogKey(name, key);
    if (logKey.verifier.keyId !== keyId) throw new VouchError('malformed', 'Its key ID is not that of its key.');
    return logKey;
  } catch (cause) {
    throw new VouchError('key', 'This is not the private key of a log.', { cause });
  }
}

/** Writes what `readLogKey` reads; the seed is 32 secret random bytes. */
export function writeLogKey(name: string, seed: Uint8Array): string {
  const { keyId } = toLogKey(name, seed).verifier;
  return `${PRIVATE_HEAD}${name}+${keyId}+${writeBase64(Buffer.concat([Uint8Array.of(ED25519), seed]))}`;
}

/** The key of the log `name` from its 32-byte Ed25519 seed. */
export function toLogKey(name: string, seed: Uint8Array): LogKey {
  if (!isKeyName(name)) throw new VouchError('config', `"${name}" cannot name a log: no white space, no "+".`);
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  return {
    name,
    verifier: toVerifierKey(name, ED25519, spki.subarray(SPKI_HEAD.length)),
    sign: (text) => sign(null, Buffer.from(text), secret),
  };
}

/**
 * What the lines of known keys establish, each key once. A key is known by name and key ID together; other lines are passed
 * over. `malformed` if a known key's signature fails: somebody changed the note.
 */
export function verifyNote(note: Note, keys: readonly VerifierKey[]): NoteProof[] {
  const proofs = new Map<VerifierKey, NoteProof>();
  for (const { name, keyId, bytes } of note.signatures) {
    const key = keys.find((known) => known.name === name && known.keyId === keyId);
    if (key === undefined) continue;
    const proof = key.verify(note.text, bytes);
    if (proof === undefined) throw new VouchError('malformed', `The signature of ${name} on the note is wrong.`);
    if (!proofs.has(key)) proofs.set(key, proof);
  }
  return [...proofs.values()];
}

function toVerifierKey(name: string, type: number, raw: Uint8Array): VerifierKey {
  const algorithm = ALGORITHMS.get(type);
  if (algorithm === undefined) throw new VouchError('malformed', `Keys of type ${type} are not known.`);
  const spki = createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });
  const keyId = toKeyId(name, type, raw);
  const key: VerifierKey = {
    name,
    keyId,
    vkey: `${name}+${keyId}+${writeBase64(Buffer.concat([Uint8Array.of(type), raw]))}`,
    verify: (text, signature) => {
      const proof = algorithm(spki, text, signature);
      return proof === undefined ? undefined : { key, ...proof };
    },
  };
  return key;
}

function readKeyLine(line: string, shown: string): { name: string; keyId: string; type: number; key: Uint8Array } {
  const [, name = '', keyId = '', base64 = ''] = KEY_LINE.exec(line) ?? [];
  const bytes = readBase64(base64);
  if (!isKeyName(name) || bytes?.length !== 1 + KEY_BYTES) {
    throw new VouchError('malformed', `"${shown}" is not a note key.`);
  }
  return { name, keyId, type: bytes[0]!, key: bytes.subarray(1) };
}

function toKeyId(name: string, type: number, raw: Uint8Array): string {
  const digest = sha256(Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), raw]));
  return Buffer.from(digest.subarray(0, 4)).toString('hex');
}

function isSigned(key: KeyObject, text: string, signature: Uint8Array): boolean {
  return signature.length === SIGNATURE_BYTES && verify(null, Buffer.from(text), key, signature);
}

/** C2SP cosignature/v1: u64be seconds, then Ed25519 over a head with the time, and the text. */
function verifyCosignature(key: KeyObject, text: string, signature: Uint8Array): { at: Date } | undefined {
  if (signature.length !== 8 + SIGNATURE_BYTES) return undefined;
  const seconds = Buffer.from(signature.subarray(0, 8)).readBigUInt64BE();
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return undefined;
  const signed = `cosignature/v1\ntime ${seconds}\n${text}`;
  return isSigned(key, signed, signature.subarray(8)) ? { at } : undefined;
}
