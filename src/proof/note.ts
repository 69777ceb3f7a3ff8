import { VouchError } from '../errors.ts';
import { concatenate, fromHex, toHex } from '../x509/octets.ts';
import { readBase64, writeBase64 } from './base64.ts';

/** One signature line of a note: whose it claims to be, and the bytes after the key ID. */
export interface NoteSignature {
  readonly name: string;
  /** 8 lower-case hex digits. */
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

/** A signed note as read (C2SP signed-note); nothing about its signatures is established yet. */
export interface Note {
  /** What is signed, with its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const NOTE_BYTES_LIMIT = 1_048_576;
const SIGNATURES_LIMIT = 100;
const KEY_ID_BYTES = 4;
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
const SIGNATURE_LINE = /^\u2014 ([^ ]+) ([^ ]+)$/u;

/** True for what may name a key: not empty, no Unicode white space, no `+`. */
export function isKeyName(name: string): boolean {
  return /^[^\p{White_Space}+]+$/u.test(name) && !CONTROL.test(name);
}

/** Reads a signed note strictly; `malformed` says what is wrong. */
export function readNote(bytes: Uint8Array): Note {
  if (bytes.length > NOTE_BYTES_LIMIT) throw malformed('is longer than 1 MiB');
  const whole = decode(bytes);
  if (CONTROL.test(whole)) throw malformed('has a control character');
  // The text may have blank lines of its own: the last one starts the signatures.
  const blank = whole.lastIndexOf('\n\n');
  if (blank < 0) throw malformed('has no blank line before its signatures');
  if (!whole.endsWith('\n')) throw malformed('does not end with a newline');
  const lines = whole.slice(blank + 2, -1).split('\n');
  if (lines.length > SIGNATURES_LIMIT) throw malformed(`has more than ${SIGNATURES_LIMIT} signatures`);
  return { text: whole.slice(0, blank + 1), signatures: lines.map(readSignature) };
}

/** Writes a note; the text ends with a newline. */
export function writeNote({ text, signatures }: Note): string {
  const lines = signatures.map(({ name, keyId, bytes }) => {
    return `\u2014 ${name} ${writeBase64(concatenate(fromHex(keyId), bytes))}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

function readSignature(line: string): NoteSignature {
  const [, name = '', base64 = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = readBase64(base64);
  if (!isKeyName(name) || bytes === undefined || bytes.length <= KEY_ID_BYTES) {
    throw malformed('has a line after the blank one that is not a signature');
  }
  const keyId = toHex(bytes.subarray(0, KEY_ID_BYTES));
  return { name, keyId, bytes: bytes.subarray(KEY_ID_BYTES) };
}

function decode(bytes: Uint8Array): string {
  try {
    // A byte order mark is part of what was signed.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new VouchError('malformed', 'The signed note is not valid UTF-8.', { cause });
  }
}

function malformed(what: string): VouchError {
  return new VouchError('malformed', `The signed note ${what}.`);
}
