import { readPrivateKey } from '../../src/platform/private-key.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { TAG } from '../../src/x509/der.ts';
import { type Issued, writeDerName } from '../../src/x509/issue.ts';
import { readCertificate } from '../../src/x509/read-certificate.ts';
import { writeDer, writeOid, writeText } from '../../src/x509/write-der.ts';

/** Parts of a certificate that a forger chooses; each is DER, and the defaults make a certificate that can be read. */
export interface Forgery {
  version?: Uint8Array;
  serial?: Uint8Array;
  innerAlgorithm?: Uint8Array;
  outerAlgorithm?: Uint8Array;
  issuer?: Uint8Array;
  validity?: Uint8Array;
  subject?: Uint8Array;
  spki?: Uint8Array;
  afterSpki?: Uint8Array[];
  extensions?: Uint8Array[];
  signature?: Uint8Array;
  afterSignature?: Uint8Array[];
}

export const bytes = (...octets: number[]): Uint8Array => Uint8Array.from(octets);
export const sequence = (...contents: Uint8Array[]): Uint8Array => writeDer(TAG.sequence, ...contents);
export const algorithm = (oid: string, ...parameters: Uint8Array[]): Uint8Array =>
  sequence(writeOid(oid), ...parameters);

const ECDSA_SHA256 = algorithm('1.2.840.10045.4.3.2');

/** The SubjectPublicKeyInfo of a P-256 key whose point lies nowhere. */
export const somePoint = sequence(
  algorithm('1.2.840.10045.2.1', writeOid('1.2.840.10045.3.1.7')),
  writeDer(TAG.bitString, bytes(0, 4), new Uint8Array(64).fill(7)),
);

export function extension(oid: string, isCritical: boolean, value: Uint8Array): Uint8Array {
  const critical = isCritical ? [writeDer(TAG.boolean, bytes(0xff))] : [];
  return sequence(writeOid(oid), ...critical, writeDer(TAG.octetString, value));
}

export const utcTime = (text: string): Uint8Array => writeText(TAG.utcTime, text);

/** A certificate put together from its parts; the signature is not one. */
export function forge(parts: Forgery = {}): Uint8Array {
  const inner = parts.innerAlgorithm ?? ECDSA_SHA256;
  const signature = parts.signature ?? writeDer(TAG.bitString, bytes(0, 1, 2, 3));
  return sequence(forgeTbs(parts), parts.outerAlgorithm ?? inner, signature, ...(parts.afterSignature ?? []));
}

/** A certificate put together from its parts, and signed with the P-256 key of an issuer. */
export function forgeSigned(issuer: Issued, parts: Forgery): Certificate {
  const key = readPrivateKey(new TextEncoder().encode(issuer.privateKeyPem));
  const whole = { issuer: issuer.certificate.subject.der, ...parts };
  const raw = key.sign({ name: 'ECDSA', hash: 'SHA-256', curve: 'P-256' }, forgeTbs(whole));
  const signature = writeDer(TAG.bitString, bytes(0), writeEcdsaSignature(raw));
  const reading = readCertificate(forge({ ...whole, signature }));
  if (reading.ok) return reading.certificate;
  throw new Error(reading.findings[0]!.message);
}

/** The parts of a certificate that was issued, to be put together again with changes. */
export function takeApart({ certificate }: Issued): Forgery {
  return {
    subject: certificate.subject.der,
    spki: certificate.spki,
    extensions: certificate.extensions.map(({ oid, isCritical, value }) => extension(oid, isCritical, value)),
  };
}

/** The DER SEQUENCE { r, s } of a raw `r || s`. */
export function writeEcdsaSignature(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  return sequence(unsigned(raw.subarray(0, half)), unsigned(raw.subarray(half)));
}

/** A non-negative INTEGER from its big-endian magnitude. */
export function unsigned(magnitude: Uint8Array): Uint8Array {
  const start = magnitude.findIndex((octet) => octet !== 0);
  const digits = start < 0 ? bytes(0) : magnitude.subarray(start);
  return digits[0]! >= 0x80 ? writeDer(TAG.integer, bytes(0), digits) : writeDer(TAG.integer, digits);
}

function forgeTbs(parts: Forgery): Uint8Array {
  const { extensions = [], afterSpki = [] } = parts;
  const inner = parts.innerAlgorithm ?? ECDSA_SHA256;
  return sequence(
    parts.version ?? writeDer(0xa0, writeDer(TAG.integer, bytes(2))),
    parts.serial ?? writeDer(TAG.integer, bytes(5)),
    inner,
    parts.issuer ?? writeDerName('CN=Forger,O=Test'),
    parts.validity ?? sequence(utcTime('260101000000Z'), utcTime('270101000000Z')),
    parts.subject ?? writeDerName('CN=Forged,O=Test'),
    parts.spki ?? somePoint,
    ...afterSpki,
    ...(extensions.length === 0 ? [] : [writeDer(0xa3, sequence(...extensions))]),
  );
}
