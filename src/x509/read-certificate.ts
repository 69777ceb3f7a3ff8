import { type Finding, toFinding, VouchError } from '../errors.ts';
import { EMAIL_ADDRESS } from './attribute-type.ts';
import type { Certificate, CertificateReading, Extension, Name } from './certificate.ts';
import { checkDer, DerReader, refuse, TAG } from './der.ts';
import { readDerName } from './der-name.ts';
import { readExtensions } from './extension.ts';
import { isEqual, toHex } from './octets.ts';
import { readPublicKey } from './public-key.ts';

/** A longer certificate is refused before anything in it is read. */
export const CERTIFICATE_BYTES_LIMIT = 16 * 1024;

const SERIAL_OCTETS_LIMIT = 20;

/**
 * Reads one DER certificate (RFC 5280 section 4.1). Never throws: what is not strict DER, or not a certificate, gives findings
 * `cert-format` and `alg-mismatch`. The bytes are copied. Whether the certificate may be trusted is another question
 * (`verifyPath`); old versions and weak algorithms are read.
 */
export function readCertificate(der: Uint8Array): CertificateReading {
  const findings: Finding[] = [];
  try {
    if (der.length > CERTIFICATE_BYTES_LIMIT) {
      refuse(`It is ${der.length} bytes long; at most ${CERTIFICATE_BYTES_LIMIT} are read.`);
    }
    // Not `slice`, which for a Buffer copies nothing.
    const certificate = read(new Uint8Array(der), findings);
    return findings.length === 0 ? { ok: true, certificate } : { ok: false, findings };
  } catch (thrown) {
    if (!(thrown instanceof VouchError) || thrown.code !== 'malformed') throw thrown;
    return { ok: false, findings: [...findings, toFinding('cert-format', toSentence(thrown.message))] };
  }
}

function toSentence(reason: string): string {
  return `The certificate cannot be read. ${reason}`;
}

/** Adds what is wrong but does not hinder reading to `findings`; throws what does. */
function read(der: Uint8Array, findings: Finding[]): Certificate {
  const whole = new DerReader(der);
  const outer = whole.enter(TAG.sequence, 'The certificate');
  whole.end('the certificate');
  const tbs = outer.take('The signed part');
  const algorithmDer = outer.take('The signature algorithm');
  const signatureBytes = outer.octetsOfBitString('The signature');
  outer.end('the signature');

  const fields = new DerReader(tbs).enter(TAG.sequence, 'The signed part');
  const version = readVersion(fields);
  const serialOctets = fields.integer('The serial number');
  const innerAlgorithm = fields.take('The inner signature algorithm');
  const issuer = readDerName(fields, 'the issuer');
  const validity = fields.enter(TAG.sequence, 'The validity');
  const notBefore = validity.time('The start of the validity');
  const notAfter = validity.time('The end of the validity');
  validity.end('the validity');
  const subject = readDerName(fields, 'the subject');
  const spki = fields.take('The public key');
  skipUniqueIdentifiers(fields, version);
  const extensions = readExtensionList(fields, version, findings);
  fields.end('the last field');

  checkSerial(serialOctets, findings);
  if (!isEqual(innerAlgorithm, algorithmDer)) {
    const message = 'The certificate names one signature algorithm inside its signed part and another one outside.';
    findings.push(toFinding('alg-mismatch', message));
  }
  const certificate: Certificate = {
    der,
    tbs,
    version,
    serial: toHex(serialOctets[0] === 0 && serialOctets.length > 1 ? serialOctets.subarray(1) : serialOctets),
    issuer,
    subject,
    notBefore,
    notAfter,
    spki,
    publicKey: readPublicKey(spki),
    extensions,
    signature: { oid: readAlgorithm(algorithmDer), algorithmDer, bytes: signatureBytes },
    emails: [],
  };
  return withEmails(certificate);
}

function withEmails(certificate: Certificate): Certificate {
  const complete = { ...certificate, emails: emailsOf(certificate.subject) };
  const { emails } = readExtensions(complete);
  complete.emails = [...new Set([...emails, ...complete.emails])];
  return complete;
}

function emailsOf(subject: Name): string[] {
  return subject.rdns.flatMap((rdn) =>
    rdn
      .filter(({ type, value }) => type === EMAIL_ADDRESS && /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(value))
      .map(({ value }) => value),
  );
}

function readVersion(fields: DerReader): number {
  if (fields.tag !== 0xa0) return 1;
  const tagged = fields.enter(0xa0, 'The version');
  const version = tagged.smallInteger('The version') + 1;
  tagged.end('the version');
  return version === 2 || version === 3 ? version : refuse(`Its version ${version} is not one that is written.`);
}

/** RFC 5280 section 4.1.2.2: a positive integer of at most 20 octets. Old roots have the serial 0, so that much is a matter of the path. */
function checkSerial(octets: Uint8Array, findings: Finding[]): void {
  if (octets[0]! >= 0x80) findings.push(toFinding('cert-format', toSentence('Its serial number is negative.')));
  if (octets.length > SERIAL_OCTETS_LIMIT) {
    const reason = `Its serial number has ${octets.length} octets; at most ${SERIAL_OCTETS_LIMIT} are allowed.`;
    findings.push(toFinding('cert-format', toSentence(reason)));
  }
}

function readAlgorithm(der: Uint8Array): string {
  const sequence = new DerReader(der).enter(TAG.sequence, 'The signature algorithm');
  const oid = sequence.oid('The signature algorithm');
  if (!sequence.isAtEnd) checkDer(sequence.take('The parameters of the signature'), 'The parameters of the signature');
  sequence.end('the parameters of the signature');
  return oid;
}

function skipUniqueIdentifiers(fields: DerReader, version: number): void {
  for (const tag of [0x81, 0x82]) {
    if (fields.tag !== tag) continue;
    if (version < 2) refuse('It is of version 1 and has a unique identifier, which came with version 2.');
    fields.bitString('A unique identifier', tag);
  }
}

function readExtensionList(fields: DerReader, version: number, findings: Finding[]): Extension[] {
  if (fields.tag !== 0xa3) return [];
  if (version < 3) refuse(`It is of version ${version} and has extensions, which came with version 3.`);
  const tagged = fields.enter(0xa3, 'The extensions');
  const sequence = tagged.enter(TAG.sequence, 'The extensions');
  tagged.end('the extensions');
  if (sequence.isAtEnd) refuse('Its list of extensions is empty.');
  const extensions: Extension[] = [];
  const seen = new Set<string>();
  while (!sequence.isAtEnd) {
    const extension = sequence.enter(TAG.sequence, 'An extension');
    const oid = extension.oid('The type of an extension');
    // An explicit FALSE is not DER, but means the same, and certificates in use have it.
    const isCritical = extension.tag === TAG.boolean && extension.boolean(`The criticality of extension ${oid}`);
    const value = extension.content(TAG.octetString, `The value of extension ${oid}`);
    extension.end(`the value of extension ${oid}`);
    if (seen.has(oid)) findings.push(toFinding('cert-format', toSentence(`It has the extension ${oid} twice.`)));
    seen.add(oid);
    extensions.push({ oid, isCritical, value });
  }
  return extensions;
}
