import { VouchError } from '../errors.ts';
import { concatenate, fromHex } from '../x509/octets.ts';
import { readBase64 } from './base64.ts';
import { isKeyName } from './note.ts';

/** Signature types of C2SP signed-note and tlog-cosignature. */
export const KEY_TYPES = { log: 0x01, cosigner: 0x04 } as const;
/** Bytes of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;
/** Before the 32 bytes of an Ed25519 key it makes the DER SubjectPublicKeyInfo. */
export const SPKI_HEAD = fromHex('302a300506032b6570032100');

const KEY_BYTES = 32;
const KEY_LINE = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u;

/** A key as its line says it: nothing about the key ID is established yet. */
export interface KeyLine {
  readonly name: string;
  /** 8 lower-case hex digits. */
  readonly keyId: string;
  readonly type: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** Reads `name+hex key ID+base64(type || key)`; `malformed` otherwise, with `shown` as what it is called. */
export function readKeyLine(line: string, shown: string): KeyLine {
  const [, name = '', keyId = '', base64 = ''] = KEY_LINE.exec(line) ?? [];
  const bytes = readBase64(base64);
  if (!isKeyName(name) || bytes?.length !== 1 + KEY_BYTES) {
    throw new VouchError('malformed', `"${shown}" is not a note key.`);
  }
  return { name, keyId, type: bytes[0]!, key: bytes.subarray(1) };
}

/** The bytes whose SHA-256 begins with the key ID. */
export function toKeyIdInput({ name, type, key }: Pick<KeyLine, 'name' | 'type' | 'key'>): Uint8Array {
  return concatenate(new TextEncoder().encode(`${name}\n`), Uint8Array.of(type), key);
}
