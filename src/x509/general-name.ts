import { type DerReader, refuse, TAG } from './der.ts';

/** The identifier octets of the forms of a GeneralName (RFC 5280 section 4.2.1.6). */
export const GENERAL_NAME = {
  otherName: 0xa0,
  email: 0x81,
  dns: 0x82,
  x400Address: 0xa3,
  directoryName: 0xa4,
  ediPartyName: 0xa5,
  uri: 0x86,
  ipAddress: 0x87,
  registeredId: 0x88,
} as const;

/** One name of an alternative-name extension: its form as identifier octet, and the content octets. */
export interface GeneralName {
  readonly form: number;
  readonly content: Uint8Array;
}

const FORMS: ReadonlySet<number> = new Set(Object.values(GENERAL_NAME));

/** A non-empty GeneralNames sequence; throws `malformed` for anything else. */
export function readGeneralNames(reader: DerReader, what: string): GeneralName[] {
  const sequence = reader.enter(TAG.sequence, what);
  const names: GeneralName[] = [];
  while (!sequence.isAtEnd) {
    const form = sequence.tag!;
    if (!FORMS.has(form)) refuse(`${what} holds a name of a form that does not exist.`);
    names.push({ form, content: sequence.content(form, what) });
  }
  return names.length === 0 ? refuse(`${what} is empty.`) : names;
}

/** The text of an e-mail address, a DNS name or a URI: visible ASCII only, so that nothing can hide in it. */
export function readAsciiName(content: Uint8Array, what: string): string {
  let text = '';
  for (const octet of content) {
    if (octet <= 0x20 || octet >= 0x7f) refuse(`${what} holds a character that is not visible ASCII.`);
    text += String.fromCharCode(octet);
  }
  return text;
}
