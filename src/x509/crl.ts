import { VouchError } from '../errors.ts';
import type { Extension, Name } from './certificate.ts';
import { type Entries, readEntries } from './crl-entries.ts';
import type { RevocationList, RevocationListReading } from './crl-list.ts';
import { type ListScope, readScope } from './crl-scope.ts';
import { checkDer, DerReader, refuse, TAG } from './der.ts';
import { readDerName } from './der-name.ts';
import { fromHex, isEqual, toHex } from './octets.ts';
import { readPem } from './pem.ts';

/** A longer list is refused before anything in it is read. */
export const REVOCATION_LIST_BYTES_LIMIT = 64 * 1024 * 1024;

/** Base64 with an end of line every 64 characters, and some words around it. */
const PEM_BYTES_LIMIT = REVOCATION_LIST_BYTES_LIMIT * 1.4;

/** Only the entries of a list may be long; its other parts are read into objects, which a long one would fill the memory with. */
const PART_BYTES_LIMIT = 64 * 1024;

/** RFC 5280 section 5.2.3. */
const NUMBER_OCTETS_LIMIT = 20;

/** The extensions of a list (RFC 5280 section 5.2) that are taken into account, and may therefore be critical. */
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const CRL_NUMBER = '2.5.29.20';
const DELTA_INDICATOR = '2.5.29.27';
const ISSUING_POINT = '2.5.29.28';
const PROCESSED: ReadonlySet<string> = new Set([AUTHORITY_KEY_IDENTIFIER, CRL_NUMBER, DELTA_INDICATOR, ISSUING_POINT]);

/**
 * Reads one revocation list, DER or a PEM file with exactly one. Never throws. The bytes are copied. Whether it may be believed
 * is another question (`checkRevocation`): its signature is not looked at, and old or unusable lists are read.
 */
export function readRevocationList(bytes: Uint8Array): RevocationListReading {
  const [first, ...more] = readRevocationLists(bytes);
  if (first === undefined) return { ok: false, message: 'The file holds no revocation list, neither DER nor PEM.' };
  if (more.length === 0) return first;
  return { ok: false, message: `The file holds ${more.length + 1} revocation lists where one is expected.` };
}

/** Reads every revocation list of a file, DER or PEM, in its order; none for a file that holds something else. Never throws. */
export function readRevocationLists(bytes: Uint8Array): RevocationListReading[] {
  if (bytes[0] === TAG.sequence) return [readOne(bytes)];
  if (bytes.length > PEM_BYTES_LIMIT) return [tooLong(bytes.length, PEM_BYTES_LIMIT)];
  return readPem(bytes)
    .filter(({ label }) => label === 'X509 CRL')
    .map(({ der }) =>
      der === undefined ? { ok: false, message: toSentence('Its PEM block is damaged.') } : readOne(der),
    );
}

function readOne(der: Uint8Array): RevocationListReading {
  if (der.length > REVOCATION_LIST_BYTES_LIMIT) return tooLong(der.length, REVOCATION_LIST_BYTES_LIMIT);
  try {
    // Not `slice`, which for a Buffer copies nothing.
    return { ok: true, list: read(new Uint8Array(der)) };
  } catch (thrown) {
    if (!(thrown instanceof VouchError) || thrown.code !== 'malformed') throw thrown;
    return { ok: false, message: toSentence(thrown.message) };
  }
}

function tooLong(bytes: number, most: number): RevocationListReading {
  return { ok: false, message: toSentence(`It is ${bytes} bytes long; at most ${Math.floor(most)} are read.`) };
}

function toSentence(reason: string): string {
  return `The revocation list cannot be read. ${reason}`;
}

function read(der: Uint8Array): RevocationList {
  const whole = new DerReader(der);
  const outer = whole.enter(TAG.sequence, 'The list');
  whole.end('the list');
  const tbs = outer.take('The signed part');
  const algorithmDer = takeShort(outer, 'The signature algorithm');
  const signatureBytes = outer.octetsOfBitString('The signature');
  outer.end('the signature');

  const fields = new DerReader(tbs).enter(TAG.sequence, 'The signed part');
  const version = readVersion(fields);
  const innerAlgorithm = takeShort(fields, 'The inner signature algorithm');
  const issuer = readDerName(new DerReader(takeShort(fields, 'The issuer')), 'the issuer');
  const thisUpdate = fields.time('The time of this update');
  const hasNext = fields.tag === TAG.utcTime || fields.tag === TAG.generalizedTime;
  const nextUpdate = hasNext ? fields.time('The time of the next update') : undefined;
  const entries = readRevoked(fields, version);
  const extensions = readExtensionList(fields, version);
  fields.end('the last field');
  const { number, authorityKeyIdentifier, isDelta, scope } = readKnown(extensions, issuer);

  const faults = [...scope.faults, ...entries.faults, ...criticalFaults(extensions)];
  if (isDelta) faults.push('lists changes to another list only');
  if (nextUpdate === undefined) faults.push('does not say until when it counts');
  if (!isEqual(innerAlgorithm, algorithmDer)) {
    faults.push('names one signature algorithm inside its signed part and another one outside');
  }
  return {
    der,
    tbs,
    version,
    issuer,
    thisUpdate,
    nextUpdate,
    number,
    authorityKeyIdentifier,
    isDelta,
    points: scope.points,
    extensions,
    signature: { oid: readAlgorithm(algorithmDer), algorithmDer, bytes: signatureBytes },
    size: entries.size,
    faults,
    find: (serial) => entries.find(toSerialOctets(serial)),
  };
}

function takeShort(reader: DerReader, what: string): Uint8Array {
  const der = reader.take(what);
  return der.length <= PART_BYTES_LIMIT
    ? der
    : refuse(`${what} is ${der.length} bytes long; at most ${PART_BYTES_LIMIT} are read.`);
}

function readVersion(fields: DerReader): 1 | 2 {
  if (fields.tag !== TAG.integer) return 1;
  return fields.smallInteger('The version') === 1 ? 2 : refuse('Its version is not one that is written.');
}

function readRevoked(fields: DerReader, version: 1 | 2): Entries {
  // Nobody on the list is written as no sequence; an empty one means the same, and lists in use have it.
  const content = fields.tag === TAG.sequence ? fields.content(TAG.sequence, 'The entries') : new Uint8Array();
  return readEntries(content, version);
}

function readAlgorithm(der: Uint8Array): string {
  const sequence = new DerReader(der).enter(TAG.sequence, 'The signature algorithm');
  const oid = sequence.oid('The signature algorithm');
  if (!sequence.isAtEnd) checkDer(sequence.take('The parameters of the signature'), 'The parameters of the signature');
  sequence.end('the parameters of the signature');
  return oid;
}

function readExtensionList(fields: DerReader, version: 1 | 2): Extension[] {
  if (fields.tag !== 0xa0) return [];
  if (version < 2) refuse('It is of version 1 and has extensions, which came with version 2.');
  const tagged = new DerReader(takeShort(fields, 'The list of extensions')).enter(0xa0, 'The extensions');
  const sequence = tagged.enter(TAG.sequence, 'The extensions');
  tagged.end('the extensions');
  if (sequence.isAtEnd) refuse('Its list of extensions is empty.');
  const extensions = new Map<string, Extension>();
  while (!sequence.isAtEnd) {
    const extension = sequence.enter(TAG.sequence, 'An extension');
    const oid = extension.oid('The type of an extension');
    // An explicit FALSE is not DER, but means the same, and lists in use have it.
    const isCritical = extension.tag === TAG.boolean && extension.boolean(`The criticality of extension ${oid}`);
    const value = extension.content(TAG.octetString, `The value of extension ${oid}`);
    extension.end(`the value of extension ${oid}`);
    if (extensions.has(oid)) refuse(`It has the extension ${oid} twice.`);
    extensions.set(oid, { oid, isCritical, value });
  }
  return [...extensions.values()];
}

interface Known {
  number: bigint | undefined;
  authorityKeyIdentifier: string | undefined;
  isDelta: boolean;
  scope: ListScope;
}

function readKnown(extensions: readonly Extension[], issuer: Name): Known {
  const known: Known = {
    number: undefined,
    authorityKeyIdentifier: undefined,
    isDelta: false,
    scope: { points: undefined, faults: [] },
  };
  for (const { oid, value } of extensions) {
    switch (oid) {
      case CRL_NUMBER:
        known.number = readNumber(value, 'The number of the list');
        break;
      case AUTHORITY_KEY_IDENTIFIER:
        known.authorityKeyIdentifier = readKeyIdentifier(value);
        break;
      case DELTA_INDICATOR:
        readNumber(value, 'The number of the list that is changed');
        known.isDelta = true;
        break;
      case ISSUING_POINT:
        known.scope = readScope(value, issuer);
        break;
    }
  }
  return known;
}

function readNumber(value: Uint8Array, what: string): bigint {
  const reader = new DerReader(value);
  const octets = reader.integer(what);
  reader.end('the number');
  if (octets[0]! >= 0x80) refuse(`${what} is negative.`);
  if (octets.length - (octets[0] === 0 ? 1 : 0) > NUMBER_OCTETS_LIMIT)
    refuse(`${what} has more than ${NUMBER_OCTETS_LIMIT} octets.`);
  return BigInt(`0x${toHex(octets)}`);
}

/** The key identifier of an AuthorityKeyIdentifier; issuer and serial number, which say the same in another way, are passed over. */
function readKeyIdentifier(value: Uint8Array): string | undefined {
  const what = 'The authority key identifier';
  const reader = new DerReader(value);
  const sequence = reader.enter(TAG.sequence, what);
  reader.end('the authority key identifier');
  return sequence.tag === 0x80 ? toHex(sequence.content(0x80, what)) : undefined;
}

function criticalFaults(extensions: readonly Extension[]): string[] {
  return extensions
    .filter(({ oid, isCritical }) => isCritical && !PROCESSED.has(oid))
    .map(({ oid }) => `has the critical extension ${oid}, which is not understood here`);
}

/** The content octets of the INTEGER whose hex, without leading zeros, is `serial`. */
function toSerialOctets(serial: string): Uint8Array {
  const hex = /^[89a-f]/.test(serial) ? `00${serial}` : serial;
  return fromHex(hex);
}
