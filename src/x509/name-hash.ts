import type { Name, NameAttribute } from './certificate.ts';
import { TAG } from './der.ts';
import { compareOctets, toHex } from './octets.ts';
import { writeDer, writeOid, writeText } from './write-der.ts';

/** Digests that only file names and fingerprints need, which is why they are no part of the cryptographic port. */
export interface NameDigests {
  sha1(bytes: Uint8Array): Uint8Array;
  /** Undefined where the platform refuses MD5. */
  md5(bytes: Uint8Array): Uint8Array | undefined;
}

/** The string types whose values OpenSSL brings to one form before hashing; others it takes as they are. */
const FOLDED_TAGS: ReadonlySet<number> = new Set([
  TAG.utf8String,
  TAG.printableString,
  TAG.teletexString,
  TAG.ia5String,
  TAG.visibleString,
  TAG.universalString,
  TAG.bmpString,
]);

/** The names of eight hex digits under which directories hold an authority: OpenSSL's since 1.0.0 and, if MD5 is there, the older one. */
export function hashName(name: Name, digests: NameDigests): string[] {
  const old = digests.md5(name.der);
  return [toFileName(digests.sha1(writeCanonical(name))), ...(old === undefined ? [] : [toFileName(old)])];
}

function toFileName(digest: Uint8Array): string {
  return toHex(digest.slice(0, 4).reverse());
}

/** OpenSSL's canonical name: the parts without the sequence around them, text as UTF-8, folded, without superfluous spaces. */
function writeCanonical(name: Name): Uint8Array {
  const parts = name.rdns.map((rdn) => writeDer(TAG.set, ...rdn.map(writeAttribute).sort(compareOctets)));
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function writeAttribute({ type, value, der }: NameAttribute): Uint8Array {
  const canonical = FOLDED_TAGS.has(der[0]!) ? writeText(TAG.utf8String, toCanonicalText(value)) : der;
  return writeDer(TAG.sequence, writeOid(type), canonical);
}

/** Spaces are those of C's `isspace`; letters outside ASCII are left alone. */
function toCanonicalText(text: string): string {
  return text
    .replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')
    .replace(/[ \t\n\v\f\r]+/g, ' ')
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
