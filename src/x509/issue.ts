// @peculiar/x509 needs the reflection polyfill in place before it is loaded.
import 'reflect-metadata';
import { Extension as LibraryExtension, Name as LibraryName, X509CertificateGenerator } from '@peculiar/x509';
import { toMessage, VouchError } from '../errors.ts';
import { EMAIL_ADDRESS } from './attribute-type.ts';
import type { Certificate, Extension } from './certificate.ts';
import { TAG } from './der.ts';
import { EXTENSION, KEY_USAGES, type KeyUsage } from './extension.ts';
import { GENERAL_NAME } from './general-name.ts';
import { readName } from './name-text.ts';
import { writePem } from './pem.ts';
import { readCertificate } from './read-certificate.ts';
import { writeDer, writeOid, writeText } from './write-der.ts';

type Subtle = typeof globalThis.crypto.subtle;
type Key = Awaited<ReturnType<Subtle['importKey']>>;

/** The keys that can be made. */
export type KeyKind = 'rsa-1024' | 'rsa-2048' | 'rsa-3072' | 'p-256' | 'p-384' | 'p-521' | 'ed25519';

type Hash = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

/** Key purposes by name (RFC 5280 section 4.2.1.12). */
export const KEY_PURPOSES = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
} as const;

/** Extensions that are written unless they are left out. */
export type StandardExtension =
  | 'basicConstraints'
  | 'keyUsage'
  | 'extendedKeyUsage'
  | 'subjectAltName'
  | 'subjectKeyIdentifier'
  | 'authorityKeyIdentifier';

interface Request {
  /** RFC 2253 text, most specific part first, such as `CN=Jane Tester,O=Test,C=EU`. */
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The kind of key to make (default `p-256`), or the keys of an earlier certificate. */
  readonly key?: KeyKind | Issued;
  /** Hex of a positive number; default 16 random octets. */
  readonly serial?: string;
  readonly keyUsage?: readonly KeyUsage[];
  /** The hash the issuer signs with; default the one that fits its key. */
  readonly hash?: Hash;
  /** Sign with RSA-PSS instead of PKCS #1 v1.5; for RSA issuers only. */
  readonly isPss?: boolean;
  /** Standard extensions to leave out. */
  readonly omit?: readonly StandardExtension[];
  /** Standard extensions whose criticality is the other way round than usual. */
  readonly flipCritical?: readonly StandardExtension[];
  /** Further extensions, or others in place of standard ones. */
  readonly extensions?: readonly Extension[];
}

export interface AuthorityRequest extends Request {
  /** The authority that signs; the new one signs itself if there is none. */
  readonly issuer?: Issued;
  /** How many authorities may follow below. */
  readonly pathLength?: number;
}

export interface CertificateRequest extends Request {
  /** E-mail addresses for the subject alternative name. */
  readonly email?: string | readonly string[];
  /** Names of `KEY_PURPOSES`; default none, which allows every purpose. */
  readonly purposes?: readonly (keyof typeof KEY_PURPOSES)[];
}

/** A certificate with its private key, as program values and as the text of files. */
export interface Issued {
  readonly certificate: Certificate;
  readonly der: Uint8Array;
  readonly certificatePem: string;
  /** PKCS #8, unencrypted. */
  readonly privateKeyPem: string;
  readonly kind: KeyKind;
  readonly privateKey: Key;
  readonly publicKey: Key;
}

/** Makes a certification authority with its key: a root, or one below `issuer`. */
export async function issueAuthority(request: AuthorityRequest): Promise<Issued> {
  const pathLength = request.pathLength === undefined ? [] : [writeDer(TAG.integer, Uint8Array.of(request.pathLength))];
  const basicConstraints = writeDer(TAG.sequence, writeDer(TAG.boolean, Uint8Array.of(0xff)), ...pathLength);
  return issue(
    request,
    request.issuer,
    ['keyCertSign', 'cRLSign'],
    [toExtension('basicConstraints', true, basicConstraints)],
  );
}

/** Makes the certificate of a person, signed by `issuer` (by itself if that is undefined), with its key. */
export async function issueCertificate(issuer: Issued | undefined, request: CertificateRequest): Promise<Issued> {
  const extensions = [toExtension('basicConstraints', true, writeDer(TAG.sequence))];
  if (request.purposes !== undefined) {
    const purposes = request.purposes.map((purpose) => writeOid(KEY_PURPOSES[purpose]));
    extensions.push(toExtension('extendedKeyUsage', false, writeDer(TAG.sequence, ...purposes)));
  }
  const emails = request.email === undefined ? [] : [request.email].flat();
  if (emails.length > 0) {
    const names = emails.map((email) => writeText(GENERAL_NAME.email, email));
    extensions.push(toExtension('subjectAltName', false, writeDer(TAG.sequence, ...names)));
  }
  return issue(request, issuer, ['digitalSignature', 'nonRepudiation'], extensions);
}

/** The DER of a name from its RFC 2253 text: PrintableString for countries, IA5String for e-mail and domains, else UTF8String. */
export function writeDerName(text: string): Uint8Array {
  const rdns = readName(text);
  if (rdns === undefined)
    throw new VouchError('usage', `"${text}" is not a name such as "CN=Jane Tester,O=Test,C=EU".`);
  const parts = rdns.reverse().map((rdn) => {
    const attributes = rdn.map(({ type, value, der }) =>
      writeDer(TAG.sequence, writeOid(type), der ?? writeText(STRING_TAGS[type] ?? TAG.utf8String, value)),
    );
    return writeDer(TAG.set, ...attributes);
  });
  return writeDer(TAG.sequence, ...parts);
}

const STRING_TAGS: Readonly<Record<string, number>> = {
  '2.5.4.6': TAG.printableString,
  [EMAIL_ADDRESS]: TAG.ia5String,
  '0.9.2342.19200300.100.1.25': TAG.ia5String,
};

const ALGORITHMS = {
  'rsa-1024': rsa(1024),
  'rsa-2048': rsa(2048),
  'rsa-3072': rsa(3072),
  'p-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'p-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  'p-521': { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  ed25519: { name: 'Ed25519', hash: 'SHA-512' },
} as const;

function rsa(modulusLength: number) {
  return {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  } as const;
}

async function issue(
  request: Request,
  issuer: Issued | undefined,
  keyUsage: readonly KeyUsage[],
  extensions: readonly NamedExtension[],
): Promise<Issued> {
  const { subtle } = globalThis.crypto;
  const keys = await toKeys(request.key ?? 'p-256');
  const signer = issuer ?? keys;
  const subjectKey = new Uint8Array(await subtle.exportKey('spki', keys.publicKey));
  const issuerKey = new Uint8Array(await subtle.exportKey('spki', signer.publicKey));
  const standard = [
    ...extensions,
    toExtension('keyUsage', true, writeKeyUsage(request.keyUsage ?? keyUsage)),
    toExtension('subjectKeyIdentifier', false, writeDer(TAG.octetString, await toKeyIdentifier(subjectKey))),
    toExtension(
      'authorityKeyIdentifier',
      false,
      writeDer(TAG.sequence, writeDer(0x80, await toKeyIdentifier(issuerKey))),
    ),
  ];
  const subject = writeDerName(request.subject);
  const made = await X509CertificateGenerator.create({
    serialNumber: request.serial ?? randomSerial(),
    subject: new LibraryName(toSource(subject)),
    issuer: new LibraryName(toSource(issuer?.certificate.subject.der ?? subject)),
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    publicKey: keys.publicKey,
    signingKey: await toSigningKey(signer, request),
    signingAlgorithm: toSigningAlgorithm(signer.kind, request),
    extensions: merge(standard, request).map(
      ({ oid, isCritical, value }) => new LibraryExtension(oid, isCritical, toSource(value)),
    ),
  });
  const der = new Uint8Array(made.rawData);
  const reading = readCertificate(der);
  if (!reading.ok) throw new VouchError('usage', reading.findings.map(({ message }) => message).join(' '));
  const pkcs8 = new Uint8Array(await subtle.exportKey('pkcs8', keys.privateKey));
  return {
    ...keys,
    certificate: reading.certificate,
    der,
    certificatePem: writePem('CERTIFICATE', der),
    privateKeyPem: writePem('PRIVATE KEY', pkcs8),
  };
}

type Keys = Pick<Issued, 'kind' | 'privateKey' | 'publicKey'>;

async function toKeys(key: KeyKind | Issued): Promise<Keys> {
  if (typeof key !== 'string') return { kind: key.kind, privateKey: key.privateKey, publicKey: key.publicKey };
  try {
    const made = await globalThis.crypto.subtle.generateKey(ALGORITHMS[key], true, ['sign', 'verify']);
    if (!('privateKey' in made)) throw new VouchError('internal', 'WebCrypto made one key where two are needed.');
    return { kind: key, privateKey: made.privateKey, publicKey: made.publicKey };
  } catch (cause) {
    throw new VouchError('key', `A key of the kind ${key} cannot be made here: ${toMessage(cause)}`, { cause });
  }
}

/** WebCrypto ties an RSA key to one padding and one hash; another of them needs the key imported anew. */
async function toSigningKey(signer: Keys, { hash, isPss }: Request): Promise<Key> {
  if (!signer.kind.startsWith('rsa') || (hash === undefined && isPss !== true)) return signer.privateKey;
  const { subtle } = globalThis.crypto;
  const algorithm = { name: isPss === true ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: hash ?? 'SHA-256' };
  return subtle.importKey('pkcs8', await subtle.exportKey('pkcs8', signer.privateKey), algorithm, true, ['sign']);
}

function toSigningAlgorithm(
  kind: KeyKind,
  { hash, isPss }: Request,
): { name: string; hash: string; saltLength?: number } {
  const { name, hash: usual } = ALGORITHMS[kind];
  return isPss === true ? { name: 'RSA-PSS', hash: hash ?? usual, saltLength: 32 } : { name, hash: hash ?? usual };
}

interface NamedExtension extends Extension {
  readonly name: StandardExtension;
}

function toExtension(name: StandardExtension, isCritical: boolean, value: Uint8Array): NamedExtension {
  return { name, oid: EXTENSION[name], isCritical, value };
}

/** The standard extensions less those left out or replaced, and the further ones. */
function merge(standard: readonly NamedExtension[], request: Request): Extension[] {
  const { omit = [], flipCritical = [], extensions = [] } = request;
  const kept = standard.filter(
    ({ name, oid }) => !omit.includes(name) && extensions.every((other) => other.oid !== oid),
  );
  return [
    ...kept.map(({ name, oid, isCritical, value }) => ({
      oid,
      isCritical: isCritical !== flipCritical.includes(name),
      value,
    })),
    ...extensions,
  ];
}

function writeKeyUsage(usages: readonly KeyUsage[]): Uint8Array {
  const bits = usages.map((usage) => KEY_USAGES.indexOf(usage));
  const highest = Math.max(...bits);
  const octets = new Uint8Array((highest >> 3) + 1);
  for (const bit of bits) octets[bit >> 3]! |= 0x80 >> (bit & 7);
  return writeDer(TAG.bitString, Uint8Array.of(7 - (highest & 7)), octets);
}

/** Any octets that differ from key to key will do; these are the first 20 of the key's SHA-256 (RFC 7093). */
async function toKeyIdentifier(spki: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', toSource(spki))).subarray(0, 20);
}

function randomSerial(): string {
  const octets = globalThis.crypto.getRandomValues(new Uint8Array(16));
  // The first octet is neither zero nor negative, so that the number always has 16 octets.
  octets[0] = (octets[0]! & 0x3f) | 0x40;
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

function toSource(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
