import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { VouchError } from '../errors.ts';
import { writeBase64 } from '../proof/base64.ts';
import { KEY_TYPES, readKeyLine, SIGNATURE_BYTES, SPKI_HEAD, toKeyIdInput } from '../proof/key-line.ts';
import { isKeyName, type Note } from '../proof/note.ts';
import { sha256 } from './sha256.ts';

/** What a signature line of a known key established. */
export interface NoteProof {
  readonly key: VerifierKey;
  /** For a cosignature: when the witness says it saw the text. */
  readonly at?: Date;
}

/** Who signs with a key: a log its own checkpoints (signature type 0x01), or a witness or mirror what it saw of a log (0x04). */
export type NoteKeyKind = 'log' | 'cosigner';

/** The public half of a key that signs notes: `vkey` is its text form. */
export interface VerifierKey {
  readonly name: string;
  readonly kind: NoteKeyKind;
  /** The 32 bytes of the Ed25519 key, in hex: two keys with the same are one, whatever their names. */
  readonly publicKey: string;
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

/** The private half of a witness's or mirror's key (signature type 0x04). */
export interface CosignerKey {
  readonly name: string;
  readonly verifier: VerifierKey;
  /** C2SP cosignature/v1 of the text at a time, whole seconds: 72 bytes. */
  cosign(text: string, at: Date): Uint8Array;
}

/** Signature types of C2SP signed-note and tlog-cosignature. */
const TYPES = KEY_TYPES satisfies Record<NoteKeyKind, number>;
const TIME_BYTES = 8;
// Ed25519 has one DER form for each half, so a fixed head makes a key of 32 raw bytes.
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const PRIVATE_HEAD = 'PRIVATE+KEY+';

interface Algorithm {
  readonly kind: NoteKeyKind;
  readonly verify: (key: KeyObject, text: string, signature: Uint8Array) => { at?: Date } | undefined;
}

/** What each signature type does; a new kind of witness is a new row. */
const ALGORITHMS: ReadonlyMap<number, Algorithm> = new Map<number, Algorithm>([
  [TYPES.log, { kind: 'log', verify: (key, text, bytes) => (isSigned(key, text, bytes) ? {} : undefined) }],
  [TYPES.cosigner, { kind: 'cosigner', verify: verifyCosignature }],
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
  return readPrivateKeyLine(line, 'log', toLogKey);
}

/** Reads the private key of a witness or mirror, `PRIVATE+KEY+name+hex key ID+base64(0x04 || seed)`; `key` if it is none. */
export function readCosignerKey(line: string): CosignerKey {
  return readPrivateKeyLine(line, 'cosigner', toCosignerKey);
}

/** Writes what `readLogKey` reads; the seed is 32 secret random bytes. */
export function writeLogKey(name: string, seed: Uint8Array): string {
  return writePrivateKeyLine(toLogKey(name, seed).verifier, seed);
}

/** Writes what `readCosignerKey` reads; the seed is 32 secret random bytes, and no other key's. */
export function writeCosignerKey(name: string, seed: Uint8Array): string {
  return writePrivateKeyLine(toCosignerKey(name, seed).verifier, seed);
}

/** The key of the log `name` from its 32-byte Ed25519 seed. */
export function toLogKey(name: string, seed: Uint8Array): LogKey {
  const { secret, verifier } = toKeyPair(name, 'log', seed);
  return { name, verifier, sign: (text) => sign(null, Buffer.from(text), secret) };
}

/** The key of the witness or mirror `name` from its 32-byte Ed25519 seed. */
export function toCosignerKey(name: string, seed: Uint8Array): CosignerKey {
  const { secret, verifier } = toKeyPair(name, 'cosigner', seed);
  return {
    name,
    verifier,
    cosign: (text, at) => {
      const seconds = BigInt(Math.floor(at.getTime() / 1000));
      const time = Buffer.alloc(TIME_BYTES);
      time.writeBigUInt64BE(seconds);
      return Buffer.concat([time, sign(null, Buffer.from(toCosignedText(text, seconds)), secret)]);
    },
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

function readPrivateKeyLine<K extends { readonly verifier: VerifierKey }>(
  line: string,
  kind: NoteKeyKind,
  toKey: (name: string, seed: Uint8Array) => K,
): K {
  try {
    if (!line.startsWith(PRIVATE_HEAD)) throw new VouchError('malformed', `It does not begin with ${PRIVATE_HEAD}.`);
    // The text of a private key stays out of messages.
    const { name, keyId, type, key } = readKeyLine(line.slice(PRIVATE_HEAD.length), 'the private key');
    if (type !== TYPES[kind]) throw new VouchError('malformed', `It is not the Ed25519 key of a ${kind}.`);
    const made = toKey(name, key);
    if (made.verifier.keyId !== keyId) throw new VouchError('malformed', 'Its key ID is not that of its key.');
    return made;
  } catch (cause) {
    throw new VouchError('key', `This is not the private key of a ${kind}.`, { cause });
  }
}

function writePrivateKeyLine({ name, keyId, kind }: VerifierKey, seed: Uint8Array): string {
  return `${PRIVATE_HEAD}${name}+${keyId}+${writeBase64(Buffer.concat([Uint8Array.of(TYPES[kind]), seed]))}`;
}

function toKeyPair(name: string, kind: NoteKeyKind, seed: Uint8Array): { secret: KeyObject; verifier: VerifierKey } {
  if (!isKeyName(name)) throw new VouchError('config', `"${name}" cannot name a ${kind}: no white space, no "+".`);
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  return { secret, verifier: toVerifierKey(name, TYPES[kind], spki.subarray(SPKI_HEAD.length)) };
}

function toVerifierKey(name: string, type: number, raw: Uint8Array): VerifierKey {
  const algorithm = ALGORITHMS.get(type);
  if (algorithm === undefined) throw new VouchError('malformed', `Keys of type ${type} are not known.`);
  const spki = createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });
  const keyId = toKeyId(name, type, raw);
  const key: VerifierKey = {
    name,
    kind: algorithm.kind,
    publicKey: Buffer.from(raw).toString('hex'),
    keyId,
    vkey: `${name}+${keyId}+${writeBase64(Buffer.concat([Uint8Array.of(type), raw]))}`,
    verify: (text, signature) => {
      const proof = algorithm.verify(spki, text, signature);
      return proof === undefined ? undefined : { key, ...proof };
    },
  };
  return key;
}

function toKeyId(name: string, type: number, raw: Uint8Array): string {
  const digest = sha256(toKeyIdInput({ name, type, key: raw }));
  return Buffer.from(digest.subarray(0, 4)).toString('hex');
}

function isSigned(key: KeyObject, text: string, signature: Uint8Array): boolean {
  return signature.length === SIGNATURE_BYTES && verify(null, Buffer.from(text), key, signature);
}

/** C2SP cosignature/v1: u64be seconds, then Ed25519 over a head with the time, and the text. */
function verifyCosignature(key: KeyObject, text: string, signature: Uint8Array): { at: Date } | undefined {
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined;
  const seconds = Buffer.from(signature.subarray(0, TIME_BYTES)).readBigUInt64BE();
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return undefined;
  return isSigned(key, toCosignedText(text, seconds), signature.subarray(TIME_BYTES)) ? { at } : undefined;
}

function toCosignedText(text: string, seconds: bigint): string {
  return `cosignature/v1\ntime ${seconds}\n${text}`;
}
