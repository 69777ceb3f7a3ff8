import type { Certificate, Extension } from './certificate.ts';
import { DerReader, refuse, TAG } from './der.ts';
import { GENERAL_NAME, type GeneralName, readAsciiName, readGeneralNames } from './general-name.ts';
import { toHex } from './octets.ts';

/** The object identifiers of the extensions that have a meaning here. */
export const EXTENSION = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
  /** RFC 3820 proxy certificate. */
  proxyCertInfo: '1.3.6.1.5.5.7.1.14',
  /** The draft of it that Globus Toolkit 3 used. */
  draftProxyCertInfo: '1.3.6.1.4.1.3536.1.222',
} as const;

/** The bits of KeyUsage, in the order of RFC 5280 section 4.2.1.3. */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

export type KeyUsage = (typeof KEY_USAGES)[number];

/** What the extensions of one certificate say; a part is absent where the extension is. */
export interface Extensions {
  readonly basicConstraints?: {
    readonly isCritical: boolean;
    readonly isAuthority: boolean;
    readonly pathLength: number | undefined;
  };
  readonly keyUsage?: ReadonlySet<KeyUsage>;
  /** Dotted key purposes. */
  readonly extendedKeyUsage?: readonly string[];
  readonly alternativeNames?: readonly GeneralName[];
  /** E-mail addresses among the alternative names. */
  readonly emails: readonly string[];
  /** Hex; hints for finding an issuer, never proof. */
  readonly subjectKeyIdentifier?: string;
  readonly authorityKeyIdentifier?: string;
}

type Mutable<T> = { -readonly [Part in keyof T]: T[Part] };

const known = new WeakMap<Certificate, Extensions>();

/** The certificate's extensions, read once per certificate object; throws `malformed` where one is not what its type says. */
export function readExtensions(certificate: Certificate): Extensions {
  let extensions = known.get(certificate);
  if (extensions === undefined) {
    extensions = readAll(certificate.extensions);
    known.set(certificate, extensions);
  }
  return extensions;
}

/** True if the certificate has the extension. */
export function hasExtension(certificate: Certificate, oid: string): boolean {
  return certificate.extensions.some((extension) => extension.oid === oid);
}

function readAll(list: readonly Extension[]): Extensions {
  const extensions: Mutable<Extensions> = { emails: [] };
  for (const extension of list) {
    const reader = new DerReader(extension.value);
    switch (extension.oid) {
      case EXTENSION.basicConstraints:
        extensions.basicConstraints = { isCritical: extension.isCritical, ...readBasicConstraints(reader) };
        break;
      case EXTENSION.keyUsage:
        extensions.keyUsage = readKeyUsage(reader);
        break;
      case EXTENSION.extendedKeyUsage:
        extensions.extendedKeyUsage = readKeyPurposes(reader);
        break;
      case EXTENSION.subjectAltName:
        extensions.alternativeNames = readGeneralNames(reader, 'The subject alternative name');
        extensions.emails = extensions.alternativeNames
          .filter(({ form }) => form === GENERAL_NAME.email)
          .map(({ content }) => readAsciiName(content, 'An e-mail address of the subject alternative name'));
        break;
      case EXTENSION.subjectKeyIdentifier:
        extensions.subjectKeyIdentifier = toHex(reader.content(TAG.octetString, 'The subject key identifier'));
        break;
      case EXTENSION.authorityKeyIdentifier: {
        const identifier = readAuthorityKeyIdentifier(reader);
        if (identifier !== undefined) extensions.authorityKeyIdentifier = identifier;
        break;
      }
      default:
        // Nothing is known about the value, so nothing is asked of it.
        continue;
    }
    reader.end('the value of an extension');
  }
  return extensions;
}

function readBasicConstraints(reader: DerReader): { isAuthority: boolean; pathLength: number | undefined } {
  const what = 'The basic constraints';
  const sequence = reader.enter(TAG.sequence, what);
  // An explicit FALSE is not DER, but means the same, and certificates in use have it.
  const isAuthority = sequence.tag === TAG.boolean && sequence.boolean(what);
  const pathLength = sequence.isAtEnd ? undefined : sequence.smallInteger('The path length');
  sequence.end('the basic constraints');
  if (pathLength !== undefined && !isAuthority) refuse('A path length is given for what is not an authority.');
  return { isAuthority, pathLength };
}

function readKeyUsage(reader: DerReader): ReadonlySet<KeyUsage> {
  const { bytes } = reader.bitString('The key usage');
  const usages = KEY_USAGES.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
  return usages.length === 0 ? refuse('The key usage allows nothing at all.') : new Set(usages);
}

function readKeyPurposes(reader: DerReader): string[] {
  const sequence = reader.enter(TAG.sequence, 'The extended key usage');
  const purposes: string[] = [];
  while (!sequence.isAtEnd) purposes.push(sequence.oid('A key purpose'));
  return purposes.length === 0 ? refuse('The extended key usage is empty.') : purposes;
}

function readAuthorityKeyIdentifier(reader: DerReader): string | undefined {
  const what = 'The authority key identifier';
  const sequence = reader.enter(TAG.sequence, what);
  const identifier = sequence.tag === 0x80 ? toHex(sequence.content(0x80, what)) : undefined;
  for (const tag of [0xa1, 0x82]) if (sequence.tag === tag) sequence.content(tag, what);
  sequence.end('the authority key identifier');
  return identifier;
}
