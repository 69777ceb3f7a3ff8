import { toKeyword } from './attribute-type.ts';
import type { Name } from './certificate.ts';
import { fold } from './pattern.ts';

/** Keywords besides those of RFC 2253 that grid files write; they are compared folded and under one spelling. */
const FURTHER_KEYWORDS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.9.1': 'emailAddress',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.12': 'title',
  '2.5.4.13': 'description',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'postalCode',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.46': 'dnQualifier',
  '2.5.4.97': 'organizationIdentifier',
};

/** What begins like a further part of the name: in slash form nobody can tell it from one. */
const LOOKS_LIKE_PART = /[/+][A-Za-z0-9.]+\s*=/;

/**
 * The name as grid software writes it, most general part first: `/C=IT/O=INFN/CN=Jane`; parts of several attributes are joined by
 * `+`. Undefined if a value looks like a further part (`/O=x`), since then the text would be that of another name too.
 */
export function writeSlashName(name: Name): string | undefined {
  const hasAmbiguity = name.rdns.some((rdn) => rdn.some(({ value }) => LOOKS_LIKE_PART.test(value)));
  if (hasAmbiguity) return undefined;
  return name.rdns.map((rdn) => `/${rdn.map(writeAttribute).join('+')}`).join('');
}

function writeAttribute({ type, value }: { readonly type: string; readonly value: string }): string {
  return `${toKeyword(type) ?? FURTHER_KEYWORDS[type] ?? type}=${value}`;
}

/**
 * A slash name, or a pattern over such names, under one spelling: ASCII letters folded, the keywords that programs write
 * differently made the same, and octets written `\xC3\xA9`, as OpenSSL does, read as UTF-8.
 */
export function toComparable(text: string): string {
  return readOctets(fold(text))
    .replace(/\/(?:e|email)=/g, '/emailaddress=')
    .replace(/\/userid=/g, '/uid=')
    .replace(/\/s=/g, '/st=');
}

function readOctets(text: string): string {
  return text.replace(/(?:\\x[0-9a-f]{2})+/g, (escaped) => {
    const octets = Uint8Array.from(escaped.slice(2).split('\\x'), (hex) => Number.parseInt(hex, 16));
    // Below 0x80 an octet may mean something in a pattern: it stays as it was written.
    return octets.every((octet) => octet >= 0x80) ? fold(new TextDecoder().decode(octets)) : escaped;
  });
}
