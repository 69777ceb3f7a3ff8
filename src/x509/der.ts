import { VouchError } from '../errors.ts';

/** The identifier octets of the ASN.1 types certificates are made of. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  generalString: 0x1b,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Values nested deeper than this are refused by `checkDer`; nothing in a certificate is nested half as deep. */
const DEPTH_LIMIT = 16;

/** Throws the fault that every reader of this folder throws for bytes it does not take; `sentence` says what is wrong. */
export function refuse(sentence: string): never {
  throw new VouchError('malformed', sentence);
}

/**
 * A cursor over strict DER (X.690 clause 10): definite minimal lengths, low tag numbers, canonical booleans, integers and
 * times. Every method takes `what`, the name of the value for the sentence of a refusal, and throws a `VouchError` of code
 * `malformed` for anything else than what it promises; nothing is copied.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #next: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#next = start;
    this.#end = end;
  }

  /** The identifier octet of the next value, or undefined at the end. */
  get tag(): number | undefined {
    return this.#at < this.#end ? this.#bytes[this.#at] : undefined;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** MUST be called when the last expected value was read: refuses trailing bytes. */
  end(what: string): void {
    if (!this.isAtEnd) refuse(`After ${what} come ${this.#end - this.#at} bytes that do not belong there.`);
  }

  /** Moves past the next value, of any type, and gives its DER, identifier and length included. */
  take(what: string): Uint8Array {
    const start = this.#at;
    this.#open(undefined, what);
    this.#at = this.#next;
    return this.#bytes.subarray(start, this.#next);
  }

  /** Moves past the next value, which must have this tag, and gives its content octets. */
  content(tag: number, what: string): Uint8Array {
    const start = this.#open(tag, what);
    this.#at = this.#next;
    return this.#bytes.subarray(start, this.#next);
  }

  /** Moves past the next value, which must have this tag, and gives a reader of what is inside. */
  enter(tag: number, what: string): DerReader {
    const start = this.#open(tag, what);
    this.#at = this.#next;
    return new DerReader(this.#bytes, start, this.#next);
  }

  /** A BOOLEAN, which DER writes as 00 or FF only. */
  boolean(what: string): boolean {
    const content = this.content(TAG.boolean, what);
    if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) refuse(`${what} is not a DER boolean.`);
    return content[0] === 0xff;
  }

  /** The content octets of an INTEGER: two's complement, big-endian, minimal. */
  integer(what: string, tag: number = TAG.integer): Uint8Array {
    const content = this.content(tag, what);
    const [first, second] = content;
    if (first === undefined) refuse(`${what} is an empty integer.`);
    if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
      refuse(`${what} is an integer with needless leading octets.`);
    }
    return content;
  }

  /** A non-negative INTEGER of at most 31 bits. */
  smallInteger(what: string, tag: number = TAG.integer): number {
    const content = this.integer(what, tag);
    if (content[0]! >= 0x80 || content.length > 4) refuse(`${what} is not a number from 0 to 2147483647.`);
    return content.reduce((value, octet) => value * 256 + octet, 0);
  }

  /** The bits of a BIT STRING, and how many at the end of the last octet are not used (they are zero). */
  bitString(what: string, tag: number = TAG.bitString): { readonly bytes: Uint8Array; readonly unusedBits: number } {
    const content = this.content(tag, what);
    const unusedBits = content[0];
    const last = content.length > 1 ? content[content.length - 1]! : 0;
    if (unusedBits === undefined || unusedBits > 7 || (content.length === 1 && unusedBits > 0)) {
      refuse(`${what} is not a DER bit string.`);
    }
    if ((last & ((1 << unusedBits) - 1)) !== 0) refuse(`${what} is a bit string whose unused bits are not zero.`);
    return { bytes: content.subarray(1), unusedBits };
  }

  /** The octets of a BIT STRING that holds whole octets. */
  octetsOfBitString(what: string): Uint8Array {
    const { bytes, unusedBits } = this.bitString(what);
    if (unusedBits !== 0) refuse(`${what} does not hold whole octets.`);
    return bytes;
  }

  /** An OBJECT IDENTIFIER in dotted form. */
  oid(what: string, tag: number = TAG.oid): string {
    return readOid(this.content(tag, what), what);
  }

  /** A UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 restricts them: seconds present, no fraction, `Z`. */
  time(what: string): Date {
    const tag = this.tag === TAG.generalizedTime ? TAG.generalizedTime : TAG.utcTime;
    const content = this.content(tag, what);
    const digits = tag === TAG.utcTime ? 12 : 14;
    if (content.length !== digits + 1 || content[digits] !== 0x5a) refuse(`${what} is not written as …hhmmssZ.`);
    let at = 0;
    const number = (count: number): number => {
      let value = 0;
      for (; count > 0; count -= 1) {
        const digit = content[at++]! - 0x30;
        if (digit < 0 || digit > 9) refuse(`${what} holds a character that is not a digit.`);
        value = value * 10 + digit;
      }
      return value;
    };
    const short = tag === TAG.utcTime ? number(2) : undefined;
    const year = short === undefined ? number(4) : short < 50 ? 2000 + short : 1900 + short;
    const [month, day, hour, minute, second] = [number(2), number(2), number(2), number(2), number(2)];
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    date.setUTCHours(hour, minute, second);
    // A field out of its range rolls over into the next one, and then reads differently.
    if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) {
      refuse(`${what} is not a time that exists.`);
    }
    return date;
  }

  /** Checks identifier and length of the next value, sets `#next` to its end, and answers where its content starts. */
  #open(tag: number | undefined, what: string): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    const found = at < end ? bytes[at++]! : refuse(`${what} is missing.`);
    if (tag !== undefined && found !== tag) {
      refuse(`${what} has the type ${toHex(found)} where ${toHex(tag)} is expected.`);
    }
    if ((found & 0x1f) === 0x1f || found === 0)
      refuse(`${what} has the type ${toHex(found)}, which is never used here.`);
    if (at >= end) refuse(`${what} is cut off.`);
    let length = bytes[at++]!;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0) refuse(`${what} has an indefinite length, which DER forbids.`);
      if (count > 4 || at + count > end) refuse(`${what} has a length that does not fit.`);
      length = 0;
      for (let i = 0; i < count; i += 1) length = length * 256 + bytes[at++]!;
      if (length < 0x80 || length < 256 ** (count - 1)) refuse(`${what} has a length that is not written minimally.`);
    }
    if (length > end - at) refuse(`${what} is longer than what holds it.`);
    this.#next = at + length;
    return at;
  }
}

/** Refuses anything but exactly one value that is DER all the way down; for values whose type is open. */
export function checkDer(der: Uint8Array, what: string, depth = 0): void {
  if (depth > DEPTH_LIMIT) refuse(`${what} is nested more than ${DEPTH_LIMIT} deep.`);
  const tag = der[0] ?? refuse(`${what} is missing.`);
  const whole = new DerReader(der);
  if ((tag & 0x20) === 0) {
    whole.content(tag, what);
  } else {
    const inside = whole.enter(tag, what);
    while (!inside.isAtEnd) checkDer(inside.take(what), what, depth + 1);
  }
  whole.end(what);
}

/** The dotted form of an OBJECT IDENTIFIER's content octets; arcs above 2^53 are refused. */
function readOid(content: Uint8Array, what: string): string {
  let text = '';
  let arc = 0;
  let isStart = true;
  for (const octet of content) {
    if (isStart && octet === 0x80) refuse(`${what} is not a canonical object identifier.`);
    arc = arc * 128 + (octet & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) refuse(`${what} has an arc that is too large.`);
    isStart = octet < 0x80;
    if (!isStart) continue;
    if (text === '') {
      const root = arc < 40 ? 0 : arc < 80 ? 1 : 2;
      text = `${root}.${arc - root * 40}`;
    } else {
      text += `.${arc}`;
    }
    arc = 0;
  }
  if (text === '' || !isStart) refuse(`${what} is not a whole object identifier.`);
  return text;
}

function toHex(octet: number): string {
  return octet.toString(16).padStart(2, '0');
}
