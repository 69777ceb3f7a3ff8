import { REVOCATION_REASONS, type RevocationReason, type RevokedEntry } from './crl-list.ts';
import { DerReader, refuse, TAG } from './der.ts';

/** The last octets of the identifiers of entry extensions, after those of 2.5.29 (RFC 5280 section 5.3). */
const REASON_CODE = 21;
const INVALIDITY_DATE = 24;
const CERTIFICATE_ISSUER = 29;

/** One fault is enough to refuse a list; a list of a stranger's making must not fill the memory with them. */
const FAULTS_LIMIT = 4;

const OID_OCTETS_LIMIT = 64;

/** A serial number of one octet and a UTCTime, in a sequence. */
const SHORTEST_ENTRY = 20;

/** The sequence of revoked certificates, walked once; fifty thousand are no burden. */
export interface Entries {
  readonly size: number;
  /** Why the whole list does not count, each the end of a sentence. */
  readonly faults: readonly string[];
  /** The entry with these content octets of the serial number. */
  find(serial: Uint8Array): RevokedEntry | undefined;
}

/**
 * Reads the content of `revokedCertificates`: every entry is checked to be strict DER, and found by serial number afterwards.
 * Throws `malformed`. Of several entries with one serial number the one revoked first is found.
 */
export function readEntries(content: Uint8Array, version: 1 | 2): Entries {
  const walk = new EntryWalk(content, version);
  const starts = new Uint32Array(Math.floor(content.length / SHORTEST_ENTRY));
  const hashes = new Uint32Array(starts.length);
  let size = 0;
  for (let at = 0; at < content.length; size += 1) {
    starts[size] = at;
    at = walk.read(at);
    hashes[size] = hashOctets(content, walk.serialStart, walk.serialEnd);
  }
  return { size, faults: [...walk.faults], find: toFinder(walk, starts.subarray(0, size), hashes) };
}

/** A chained hash table over the entries' places: two numbers an entry, where a Map of strings would take a hundred octets. */
function toFinder(walk: EntryWalk, starts: Uint32Array, hashes: Uint32Array): Entries['find'] {
  const mask = 2 ** Math.ceil(Math.log2(starts.length + 1)) - 1;
  const heads = new Int32Array(mask + 1).fill(-1);
  const next = new Int32Array(starts.length);
  for (let entry = starts.length - 1; entry >= 0; entry -= 1) {
    const slot = hashes[entry]! & mask;
    next[entry] = heads[slot]!;
    heads[slot] = entry;
  }
  return (serial) => {
    let found: RevokedEntry | undefined;
    for (let entry = heads[hashOctets(serial, 0, serial.length) & mask]!; entry >= 0; entry = next[entry]!) {
      walk.read(starts[entry]!);
      if (walk.hasSerial(serial) && (found === undefined || walk.revokedAt < found.revokedAt.getTime())) {
        found = walk.toEntry();
      }
    }
    return found;
  };
}

/** FNV-1a. Whoever makes serial numbers collide slows down looking into his own list, to a walk over it. */
function hashOctets(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/**
 * Reads one entry after the other into its own fields. `DerReader` is not used, because it makes an object for each value: here
 * that would be a million.
 */
class EntryWalk {
  serialStart = 0;
  serialEnd = 0;
  revokedAt = 0;
  readonly faults = new Set<string>();
  readonly #bytes: Uint8Array;
  readonly #version: 1 | 2;
  #invalidAt: number | undefined;
  #reason: RevocationReason | undefined;
  /** Where the content of the value opened last ends. */
  #end = 0;

  constructor(bytes: Uint8Array, version: 1 | 2) {
    this.#bytes = bytes;
    this.#version = version;
  }

  /** Reads the entry that starts at `at`, and answers where it ends. */
  read(at: number): number {
    const bytes = this.#bytes;
    this.#reason = undefined;
    this.#invalidAt = undefined;
    const serial = this.#open(TAG.sequence, at, bytes.length);
    const end = this.#end;
    this.serialStart = this.#open(TAG.integer, serial, end);
    this.serialEnd = this.#end;
    const [first, second] = [bytes[this.serialStart]!, bytes[this.serialStart + 1]!];
    const length = this.serialEnd - this.serialStart;
    const isPadded = length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
    if (length === 0 || isPadded) refuse('The serial number of an entry is not written minimally.');
    this.revokedAt = this.#time(this.serialEnd, end);
    const rest = this.#end;
    if (rest < end) {
      if (this.#version < 2) refuse('It is of version 1 and has an entry with extensions, which came with version 2.');
      this.#extensions(rest, end);
    }
    return end;
  }

  hasSerial(serial: Uint8Array): boolean {
    if (serial.length !== this.serialEnd - this.serialStart) return false;
    return serial.every((octet, index) => octet === this.#bytes[this.serialStart + index]);
  }

  toEntry(): RevokedEntry {
    const entry = { revokedAt: new Date(this.revokedAt), reason: this.#reason ?? 'unspecified' };
    return this.#invalidAt === undefined ? entry : { ...entry, invalidAt: new Date(this.#invalidAt) };
  }

  #extensions(at: number, end: number): void {
    let next = this.#open(TAG.sequence, at, end);
    if (this.#end !== end) refuse('After the extensions of an entry come bytes that do not belong there.');
    if (next === end) refuse('The extensions of an entry are an empty list.');
    while (next < end) next = this.#extension(next, end);
  }

  #extension(at: number, limit: number): number {
    const bytes = this.#bytes;
    const inside = this.#open(TAG.sequence, at, limit);
    const end = this.#end;
    const oid = this.#open(TAG.oid, inside, end);
    const oidEnd = this.#end;
    if (oidEnd - oid > OID_OCTETS_LIMIT) refuse('The type of an extension of an entry is too long.');
    let value = oidEnd;
    let isCritical = false;
    if (bytes[value] === TAG.boolean) {
      const flag = this.#open(TAG.boolean, value, end);
      value = this.#end;
      isCritical = bytes[flag] === 0xff;
      if (value !== flag + 1 || (!isCritical && bytes[flag] !== 0)) refuse('A criticality is not a DER boolean.');
    }
    const start = this.#open(TAG.octetString, value, end);
    if (this.#end !== end) refuse('After an extension of an entry come bytes that do not belong there.');
    const isStandard = oidEnd - oid === 3 && bytes[oid] === 0x55 && bytes[oid + 1] === 0x1d;
    const kind = isStandard ? bytes[oid + 2] : undefined;
    if (kind === REASON_CODE) this.#reasonCode(start, end);
    else if (kind === INVALIDITY_DATE) this.#invalidityDate(start, end);
    else if (kind === CERTIFICATE_ISSUER) this.faults.add('is indirect: it lists certificates of other issuers');
    else if (isCritical && this.faults.size < FAULTS_LIMIT) {
      const name = new DerReader(bytes, inside, oidEnd).oid('The type of an extension');
      this.faults.add(`has an entry with the critical extension ${name}, which is not understood here`);
    }
    return end;
  }

  #reasonCode(start: number, end: number): void {
    const at = this.#open(TAG.enumerated, start, end);
    if (this.#end !== end || at + 1 !== end || this.#reason !== undefined) refuse('A reason is not one DER number.');
    this.#reason = REVOCATION_REASONS[this.#bytes[at]!] ?? 'unspecified';
    if (this.#reason === 'removeFromCRL') this.faults.add('takes an entry back, which only a list of changes may do');
  }

  #invalidityDate(start: number, end: number): void {
    if (this.#bytes[start] !== TAG.generalizedTime || this.#invalidAt !== undefined) {
      refuse('An invalidity date is not one generalized time.');
    }
    this.#invalidAt = this.#time(start, end);
    if (this.#end !== end) refuse('After an invalidity date come bytes that do not belong there.');
  }

  /** The milliseconds since 1970 of a UTCTime or GeneralizedTime as RFC 5280 section 5.1.2.6 restricts them. */
  #time(at: number, limit: number): number {
    const isShort = this.#bytes[at] === TAG.utcTime;
    const start = this.#open(isShort ? TAG.utcTime : TAG.generalizedTime, at, limit);
    const end = this.#end;
    const digits = isShort ? 12 : 14;
    if (end !== start + digits + 1 || this.#bytes[end - 1] !== 0x5a) refuse('A time is not written as …hhmmssZ.');
    const fields = end - 11;
    const two = this.#two(start);
    const year = isShort ? (two < 50 ? 2000 + two : 1900 + two) : two * 100 + this.#two(start + 2);
    const month = this.#two(fields);
    const day = this.#two(fields + 2);
    const [hour, minute, second] = [this.#two(fields + 4), this.#two(fields + 6), this.#two(fields + 8)];
    if (day < 1 || day > daysOf(year, month) || hour > 23 || minute > 59 || second > 59) {
      refuse('A time is not one that exists.');
    }
    return (((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000;
  }

  #two(at: number): number {
    const tens = this.#bytes[at]! - 0x30;
    const ones = this.#bytes[at + 1]! - 0x30;
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) refuse('A time holds a character that is not a digit.');
    return tens * 10 + ones;
  }

  /** Checks identifier and length of the value at `at`, sets `#end`, and answers where its content starts. */
  #open(tag: number, at: number, limit: number): number {
    const bytes = this.#bytes;
    if (at + 2 > limit || bytes[at] !== tag) refuse('An entry does not have the parts an entry has.');
    let length = bytes[at + 1]!;
    let start = at + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4 || start + count > limit) refuse('An entry has a length that DER does not know.');
      length = 0;
      for (const end = start + count; start < end; start += 1) length = length * 256 + bytes[start]!;
      if (length < 0x80 || length < 256 ** (count - 1)) refuse('An entry has a length that is not written minimally.');
    }
    if (length > limit - start) refuse('A part of an entry is longer than what holds it.');
    this.#end = start + length;
    return start;
  }
}

const MONTH_DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysOf(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (MONTH_DAYS[month] ?? 0);
}

/** Days in the Gregorian calendar, counted in years that start in March, so that a leap day is the last. */
function daysSince1970(year: number, month: number, day: number): number {
  const years = month <= 2 ? year - 1 : year;
  const days = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return years * 365 + Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400) + days - 719468;
}
