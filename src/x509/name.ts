import { toKeyword } from './attribute-type.ts';
import type { Name, NameAttribute } from './certificate.ts';
import { TAG } from './der.ts';
import { readName, type TextAttribute, toHexText } from './name-text.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The string types, whose values are text. */
const STRING_TAGS: ReadonlySet<number> = new Set([
  TAG.utf8String,
  TAG.numericString,
  TAG.printableString,
  TAG.teletexString,
  TAG.ia5String,
  TAG.visibleString,
  TAG.universalString,
  TAG.bmpString,
]);

/** The string types whose octets Java writes as text; it writes the others as hex. */
const JAVA_STRING_TAGS: ReadonlySet<number> = new Set([
  TAG.utf8String,
  TAG.printableString,
  TAG.teletexString,
  TAG.ia5String,
  TAG.generalString,
  TAG.bmpString,
]);

/**
 * The name as RFC 2253 text, most specific part first, exactly as Java's `X500Principal.getName()` writes it: the
 * original's entries hold that text. A type without an RFC 2253 keyword is written as `OID=#hex`.
 */
export function writeName(name: Name): string {
  return name.rdns
    .map((rdn) => rdn.map(writeAttribute).join('+'))
    .reverse()
    .join(',');
}

/**
 * True if both names are the same (RFC 5280 section 7.1): the same types in the same order, values equal without regard
 * to the string type, the case of ASCII letters, and spaces that lead, trail or repeat. A part of several attributes is a set.
 */
export function isSameName(a: Name, b: Name): boolean {
  return a === b || toNameKey(a) === toNameKey(b);
}

const nameKeys = new WeakMap<Name, string>();

/** A text that is equal for two names exactly when `isSameName` holds; for looking issuers up. */
export function toNameKey(name: Name): string {
  let key = nameKeys.get(name);
  if (key === undefined) {
    key = toKey(name.rdns, (text) => fold(text).replace(/^ | $/g, ''));
    nameKeys.set(name, key);
  }
  return key;
}

const partKeys = new WeakMap<Name, readonly string[]>();

/** A text for each relative name, equal for two exactly when `isSameName` would hold for names of only these. */
export function toNameKeys(name: Name): readonly string[] {
  let keys = partKeys.get(name);
  if (keys === undefined) {
    keys = name.rdns.map((rdn) => toNameKey({ der: name.der, rdns: [rdn] }));
    partKeys.set(name, keys);
  }
  return keys;
}

/**
 * True if an entry's text names exactly the person or authority of `name`: RFC 2253 text with the same types and values. The
 * case of ASCII letters and repeated spaces may differ; leading and trailing spaces may not, and neither an empty name nor one
 * that holds control characters agrees with anything.
 */
export function namesAgree(text: string, name: Name): boolean {
  const key = toNameTextKey(text);
  return key !== undefined && key === toExactKey(name);
}

/** A text that is equal for two RFC 2253 texts of the same name, as `namesAgree` compares them; undefined for what is no such text. */
export function toNameTextKey(text: string): string | undefined {
  const read = readName(text);
  return read === undefined || read.length === 0 ? undefined : toKey(read.reverse(), fold);
}

const exactKeys = new WeakMap<Name, string | undefined>();

/** What a text's key must be to agree with the name; undefined where nothing agrees. An entry may hold it against many texts. */
function toExactKey(name: Name): string | undefined {
  if (!exactKeys.has(name)) exactKeys.set(name, hasControl(name) ? undefined : toKey(name.rdns, fold));
  return exactKeys.get(name);
}

type AnyAttribute = TextAttribute | NameAttribute;

/** A canonical text of the parts; JSON keeps any value from being taken for a separator. */
function toKey(rdns: readonly (readonly AnyAttribute[])[], normalize: (text: string) => string): string {
  return JSON.stringify(rdns.map((rdn) => rdn.map((attribute) => toAttributeKey(attribute, normalize)).sort()));
}

function toAttributeKey({ type, value, der }: AnyAttribute, normalize: (text: string) => string): string {
  const isText = der === undefined || STRING_TAGS.has(der[0]!);
  return isText ? `${type}=${normalize(value)}` : `${type}:${value}`;
}

/** Folds ASCII only: folding all of Unicode would make look-alikes equal (the Kelvin sign becomes `k`). */
function fold(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()).replace(/ {2,}/g, ' ');
}

function hasControl(name: Name): boolean {
  return name.rdns.some((rdn) => rdn.some((attribute) => /[\u0000-\u001f\u007f-\u009f]/.test(attribute.value)));
}

function writeAttribute({ type, der }: NameAttribute): string {
  const keyword = toKeyword(type);
  const tag = der[0]!;
  if (keyword === undefined || !JAVA_STRING_TAGS.has(tag)) return `${keyword ?? type}=${toHexText(der)}`;
  const start = der[1]! < 0x80 ? 2 : 2 + (der[1]! & 0x7f);
  // Java reads the octets of every string type as UTF-8, whatever the type says they are.
  return `${keyword}=${escapeText(utf8.decode(der.subarray(start)))}`;
}

/** Java escapes `#` everywhere, and every space or carriage return that leads or trails. */
function escapeText(text: string): string {
  const escaped = text.replace(/[,=+<>#;"\\]/g, '\\$&').replaceAll('\0', '\\00');
  const lead = /^[ \r]*/.exec(escaped)![0].length;
  const trail = /[ \r]*$/.exec(escaped.slice(lead))![0].length;
  const back = (spaces: string): string => spaces.replace(/[ \r]/g, '\\$&');
  const end = escaped.length - trail;
  return back(escaped.slice(0, lead)) + escaped.slice(lead, end) + back(escaped.slice(end));
}
