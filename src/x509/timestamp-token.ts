import { VouchError } from '../errors.ts';
import type { DigestAlgorithm } from './crypto.ts';
import { DerReader, refuse, TAG } from './der.ts';
import { toHex } from './octets.ts';
import { readHash } from './scheme.ts';
import { readSignedMessage, type SignedMessage } from './signed-message.ts';
import { writeText } from './write-der.ts';

/** A longer token is refused before anything in it is read. */
export const TIMESTAMP_BYTES_LIMIT = 64 * 1024;

/** The content type of a time-stamp token (RFC 3161 section 2.4.2). */
export const TIMESTAMP_CONTENT = '1.2.840.113549.1.9.16.1.4';

/** A time-stamp token (RFC 3161) as read from strict DER; nobody has looked at its signature yet. */
export interface TimestampToken {
  readonly message: SignedMessage;
  /** Dotted OID of the rules the authority says it follows. */
  readonly policy: string;
  /** What was stamped: a digest. The hash is undefined where it is not SHA-256, SHA-384 or SHA-512. */
  readonly imprint: { readonly hash: Exclude<DigestAlgorithm, 'SHA-1'> | undefined; readonly digest: Uint8Array };
  /** Hex. */
  readonly serial: string;
  /** The time the authority states, to the millisecond, rounded up. */
  readonly genTime: Date;
  /** How far from the truth `genTime` may be, rounded up; 0 where the token does not say. */
  readonly accuracyMs: number;
  /** Hex of the content octets of the INTEGER. */
  readonly nonce: string | undefined;
  /** Dotted OIDs of critical extensions; none is understood here. */
  readonly criticalExtensions: readonly string[];
}

export type TimestampReading =
  | { readonly ok: true; readonly token: TimestampToken }
  | { readonly ok: false; readonly message: string };

/**
 * Reads a time-stamp token, or the reply of an authority that granted one (`openssl ts -reply` writes either). Never throws. DER
 * only: a token in BER with indefinite lengths, which CMS also allows, is refused with a sentence that says so.
 */
export function readTimestampToken(der: Uint8Array): TimestampReading {
  try {
    if (der.length > TIMESTAMP_BYTES_LIMIT) {
      refuse(`It is ${der.length} bytes long; at most ${TIMESTAMP_BYTES_LIMIT} are read.`);
    }
    // Not `slice`, which for a Buffer copies nothing.
    return { ok: true, token: readToken(openReply(new Uint8Array(der))) };
  } catch (thrown) {
    if (!(thrown instanceof VouchError) || thrown.code !== 'malformed') throw thrown;
    return { ok: false, message: `The time-stamp cannot be read. ${thrown.message}` };
  }
}

/** PKIStatus (RFC 3161 section 2.4.2); 0 and 1 grant a token. */
const STATUSES = [
  'granted',
  'granted with changes',
  'a rejection',
  'the announcement of a later answer',
  'a warning of revocation',
  'a notice of revocation',
];

/** The token inside a TimeStampResp, or the bytes as they are if they are none: a ContentInfo begins with its type. */
function openReply(der: Uint8Array): Uint8Array {
  const whole = new DerReader(der);
  const outer = whole.enter(TAG.sequence, 'The time-stamp');
  whole.end('the time-stamp');
  if (outer.tag !== TAG.sequence) return der;
  const status = outer.enter(TAG.sequence, 'The status');
  const code = status.smallInteger('The status');
  if (code > 1) {
    const told = STATUSES[code] ?? `status ${code}`;
    const why = status.tag === TAG.sequence ? readReason(status.enter(TAG.sequence, 'The reason')) : '';
    refuse(`The authority granted none; its answer is ${told}${why}.`);
  }
  const token = outer.take('The token');
  outer.end('the token');
  return token;
}

/** The first text of a PKIFreeText, which a stranger wrote. */
function readReason(texts: DerReader): string {
  if (texts.isAtEnd) return '';
  const text = new TextDecoder().decode(texts.content(TAG.utf8String, 'The reason'));
  return `: ${JSON.stringify(text.replace(/[^\x20-\x7e]/g, '\ufffd').slice(0, 200))}`;
}

function readToken(der: Uint8Array): TimestampToken {
  const message = readSignedMessage(der);
  if (message.contentType !== TIMESTAMP_CONTENT) refuse('The message is signed data, but not a time-stamp token.');
  const whole = new DerReader(message.content);
  const fields = whole.enter(TAG.sequence, 'The stamp');
  whole.end('the stamp');
  if (fields.smallInteger('The version of the stamp') !== 1) refuse('The stamp is of a version other than 1.');
  const policy = fields.oid('The policy');
  const imprint = fields.enter(TAG.sequence, 'The imprint');
  const hash = readHash(imprint);
  const digest = imprint.content(TAG.octetString, 'The imprint');
  imprint.end('the imprint');
  const serial = toHex(fields.integer('The serial number of the stamp'));
  const genTime = readPreciseTime(fields, 'The time of the stamp');
  const accuracyMs =
    fields.tag === TAG.sequence ? readAccuracy(fields.enter(TAG.sequence, 'The accuracy of the stamp')) : 0;
  if (fields.tag === TAG.boolean) fields.boolean('The ordering of the stamp');
  const nonce = fields.tag === TAG.integer ? toHex(fields.integer('The nonce')) : undefined;
  // Who signed is told by the signed attributes (RFC 3161 section 2.4.2); this name is a hint.
  if (fields.tag === 0xa0) fields.content(0xa0, 'The name of the authority');
  const criticalExtensions = fields.tag === 0xa1 ? readCritical(fields.enter(0xa1, 'The extensions of the stamp')) : [];
  fields.end('the stamp');
  return { message, policy, imprint: { hash, digest }, serial, genTime, accuracyMs, nonce, criticalExtensions };
}

/** A GeneralizedTime that may have a fraction of a second without trailing zeros (RFC 3161 section 2.4.2). */
function readPreciseTime(fields: DerReader, what: string): Date {
  const text = String.fromCharCode(...fields.content(TAG.generalizedTime, what).subarray(0, 40));
  const [, seconds, fraction = ''] = /^(\d{14})(?:\.(\d{0,18}[1-9]))?Z$/.exec(text) ?? refuse(`${what} is not DER.`);
  const whole = new DerReader(writeText(TAG.generalizedTime, `${seconds}Z`)).time(what);
  return new Date(whole.getTime() + Math.ceil(Number(`0.${fraction || 0}`) * 1000));
}

function readAccuracy(accuracy: DerReader): number {
  const what = 'The accuracy of the stamp';
  const seconds = accuracy.tag === TAG.integer ? accuracy.smallInteger(what) : 0;
  const millis = accuracy.tag === 0x80 ? accuracy.smallInteger(what, 0x80) : 0;
  const micros = accuracy.tag === 0x81 ? accuracy.smallInteger(what, 0x81) : 0;
  accuracy.end('the accuracy of the stamp');
  if (seconds > 366 * 86_400 || millis > 999 || micros > 999) refuse(`${what} is out of its range.`);
  return seconds * 1000 + millis + Math.ceil(micros / 1000);
}

function readCritical(list: DerReader): string[] {
  const critical: string[] = [];
  while (!list.isAtEnd) {
    const extension = list.enter(TAG.sequence, 'An extension of the stamp');
    const oid = extension.oid('The type of an extension');
    if (extension.tag === TAG.boolean && extension.boolean('The criticality of an extension')) critical.push(oid);
    extension.content(TAG.octetString, 'The value of an extension');
    extension.end('the value of an extension');
  }
  return critical;
}
