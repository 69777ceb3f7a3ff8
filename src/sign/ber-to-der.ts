import { refuse, TAG } from '../x509/der.ts';
import { concatenate } from '../x509/octets.ts';
import { writeDer } from '../x509/write-der.ts';

/** Values nested deeper are refused; a PKCS #12 file needs half of it. */
const DEPTH_LIMIT = 32;
/** Values in one piece; a file with 100 certificates has fewer. */
const VALUE_LIMIT = 20_000;

const CONSTRUCTED = 0x20;
const CONSTRUCTED_OCTETS = TAG.octetString | CONSTRUCTED;

/**
 * The same value with the lengths of DER, and octet strings in one piece: what browsers and other tools write as BER becomes
 * readable for a DER reader. Anything else stays as it is. Throws `malformed` for bytes that are not exactly one BER value,
 * and for values that are nested too deep or too many.
 */
export function berToDer(bytes: Uint8Array): Uint8Array {
  const walk = { bytes, values: 0 };
  const { der, next } = convert(walk, 0, bytes.length, 0);
  if (next !== bytes.length) refuse(`After the value come ${bytes.length - next} bytes that do not belong there.`);
  return der;
}

interface Walk {
  readonly bytes: Uint8Array;
  values: number;
}

interface Converted {
  readonly der: Uint8Array;
  readonly content: Uint8Array;
  readonly next: number;
}

function convert(walk: Walk, start: number, end: number, depth: number): Converted {
  const { bytes } = walk;
  walk.values += 1;
  if (depth > DEPTH_LIMIT || walk.values > VALUE_LIMIT) refuse('The values are nested too deep or are too many.');
  const tag = bytes[start];
  if (tag === undefined || start + 1 >= end) refuse('A value is cut off.');
  if ((tag & 0x1f) === 0x1f || tag === 0) refuse('A value has a type that is never used here.');
  const { length, at } = readLength(bytes, start + 1, end);
  if (length !== undefined && length > end - at) refuse('A value is longer than what holds it.');
  if ((tag & CONSTRUCTED) === 0) {
    if (length === undefined) refuse('A value without parts has an indefinite length.');
    const content = bytes.subarray(at, at + length);
    return { der: writeDer(tag, content), content, next: at + length };
  }
  const { parts, next } = convertParts(walk, at, length === undefined ? undefined : at + length, end, depth, tag);
  const content = concatenate(...parts);
  return { der: writeDer(tag === CONSTRUCTED_OCTETS ? TAG.octetString : tag, content), content, next };
}

/** The parts up to `stop`, or to the two zero octets that end an indefinite length. */
function convertParts(walk: Walk, start: number, stop: number | undefined, end: number, depth: number, tag: number) {
  const parts: Uint8Array[] = [];
  let at = start;
  while (at !== stop) {
    if (stop === undefined && walk.bytes[at] === 0 && walk.bytes[at + 1] === 0 && at + 2 <= end) {
      return { parts, next: at + 2 };
    }
    const part = convert(walk, at, stop ?? end, depth + 1);
    const isOctets = (walk.bytes[at]! & ~CONSTRUCTED) === TAG.octetString;
    if (tag === CONSTRUCTED_OCTETS && !isOctets) refuse('An octet string has a part of another type.');
    parts.push(tag === CONSTRUCTED_OCTETS ? part.content : part.der);
    at = part.next;
  }
  return { parts, next: at };
}

/** The length, undefined if it is indefinite, and where the content starts. */
function readLength(bytes: Uint8Array, start: number, end: number): { length: number | undefined; at: number } {
  const first = bytes[start]!;
  if (first < 0x80) return { length: first, at: start + 1 };
  const count = first & 0x7f;
  if (count === 0) return { length: undefined, at: start + 1 };
  if (count > 4 || start + 1 + count > end) refuse('A value has a length that does not fit.');
  const octets = bytes.subarray(start + 1, start + 1 + count);
  return { length: octets.reduce((length, octet) => length * 256 + octet, 0), at: start + 1 + count };
}
