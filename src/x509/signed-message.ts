import type { Certificate, Name } from './certificate.ts';
import type { Crypto, DigestAlgorithm } from './crypto.ts';
import { checkDer, DerReader, refuse, TAG } from './der.ts';
import { readDerName } from './der-name.ts';
import { readEcdsaSignature } from './ecdsa-signature.ts';
import { readExtensions } from './extension.ts';
import { isSameName } from './name.ts';
import { isEqual, toHex } from './octets.ts';
import { readCertificate } from './read-certificate.ts';
import { readHash, readSignatureAlgorithm, type SignatureAlgorithm, toKeyWeakness, toScheme } from './scheme.ts';
import { writeDer } from './write-der.ts';

const SIGNED_DATA = '1.2.840.113549.1.7.2';
/** With this name for the signature algorithm the hash is the one of the digest (RFC 3370 section 3.2). */
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';

const CERTIFICATES_LIMIT = 16;
const ATTRIBUTES_LIMIT = 32;

/** How a message names its signer among the certificates. */
export type SignerName =
  | { readonly issuer: Name; readonly serial: string }
  /** Hex. */
  | { readonly keyIdentifier: string };

/** A CMS SignedData (RFC 5652 section 5) with content inside, one signer, and signed attributes; nothing is verified yet. */
export interface SignedMessage {
  /** Dotted OID, and its DER. */
  readonly contentType: string;
  readonly contentTypeDer: Uint8Array;
  readonly content: Uint8Array;
  /** Those of the certificates that came along that can be read. Whoever sent the message chose them. */
  readonly certificates: readonly Certificate[];
  readonly signer: SignerName;
  /** Undefined for a hash that is not accepted. */
  readonly digest: Exclude<DigestAlgorithm, 'SHA-1'> | undefined;
  /** The single value of each signed attribute, by its dotted type. */
  readonly attributes: ReadonlyMap<string, Uint8Array>;
  /** The octets that were signed. */
  readonly signedOctets: Uint8Array;
  /** Undefined for an algorithm that is not accepted, or one whose hash is not that of the digest. */
  readonly algorithm: SignatureAlgorithm | undefined;
  readonly signature: Uint8Array;
}

/** Reads the DER of a ContentInfo; BER, which CMS also allows, is refused. Throws `malformed` for anything else than it promises. */
export function readSignedMessage(der: Uint8Array): SignedMessage {
  const whole = new DerReader(der);
  const outer = whole.enter(TAG.sequence, 'The message');
  whole.end('the message');
  if (outer.oid('The type of the message') !== SIGNED_DATA) refuse('The message is not signed data.');
  const wrapper = outer.enter(0xa0, 'The signed data');
  outer.end('the signed data');
  const fields = wrapper.enter(TAG.sequence, 'The signed data');
  wrapper.end('the signed data');
  fields.smallInteger('The version of the signed data');
  fields.content(TAG.set, 'The list of digest algorithms');
  const encapsulated = fields.enter(TAG.sequence, 'The content');
  const contentTypeDer = encapsulated.take('The type of the content');
  const contentType = new DerReader(contentTypeDer).oid('The type of the content');
  const inside = encapsulated.enter(0xa0, 'The content');
  encapsulated.end('the content');
  const content = inside.content(TAG.octetString, 'The content');
  inside.end('the content');
  const certificates = fields.tag === 0xa0 ? readCertificates(fields.enter(0xa0, 'The certificates')) : [];
  // Revocation lists come from the operator, never from what is to be judged.
  if (fields.tag === 0xa1) fields.content(0xa1, 'The revocation lists');
  const signers = fields.enter(TAG.set, 'The list of signers');
  fields.end('the list of signers');
  if (signers.isAtEnd) refuse('The message has no signer.');
  const signer = signers.enter(TAG.sequence, 'The signer');
  if (!signers.isAtEnd) refuse('The message has more than one signer.');
  return { contentType, contentTypeDer, content, certificates, ...readSigner(signer) };
}

/**
 * The certificate a message was signed with, among those that came along and `others`; or, as a sentence, what is wrong: no such
 * certificate, attributes that do not fit the content, a signature that does not verify. Nothing says yet whose certificate it is.
 */
export async function findMessageSigner(
  message: SignedMessage,
  others: readonly Certificate[],
  crypto: Crypto,
): Promise<Certificate | string> {
  const { digest, algorithm, attributes, content, contentTypeDer } = message;
  if (digest === undefined) return 'It is signed over another digest than SHA-256, SHA-384 or SHA-512.';
  if (algorithm === undefined) return 'It is signed with an algorithm that is not accepted.';
  const type = attributes.get(CONTENT_TYPE);
  const signedDigest = attributes.get(MESSAGE_DIGEST);
  if (type === undefined || !isEqual(type, contentTypeDer)) return 'Its signature is not about content of this type.';
  const expected = writeDer(TAG.octetString, await crypto.digest(digest, content));
  if (signedDigest === undefined || !isEqual(signedDigest, expected)) return 'Its content was changed after signing.';
  const named = [...message.certificates, ...others].filter((one) => isNamed(one, message.signer));
  if (named.length === 0) return 'The certificate of its signer is neither in it nor among those that are trusted.';
  // One certificate may be both in the message and trusted; different ones of the same name are tried in turn.
  for (const certificate of named) if (await isSignedBy(message, algorithm, certificate, crypto)) return certificate;
  return 'Its signature does not verify with the key of its signer.';
}

async function isSignedBy(
  { signature, signedOctets }: SignedMessage,
  algorithm: SignatureAlgorithm,
  certificate: Certificate,
  crypto: Crypto,
): Promise<boolean> {
  const scheme = toScheme(algorithm, certificate.publicKey);
  if (scheme === undefined || toKeyWeakness(certificate.publicKey) !== undefined) return false;
  const raw = scheme.name === 'ECDSA' ? readEcdsaSignature(signature, scheme.curve) : signature;
  return raw !== undefined && (await crypto.verify(scheme, certificate.spki, raw, signedOctets));
}

function isNamed(certificate: Certificate, name: SignerName): boolean {
  return 'issuer' in name
    ? certificate.serial === name.serial && isSameName(certificate.issuer, name.issuer)
    : readExtensions(certificate).subjectKeyIdentifier === name.keyIdentifier;
}

function readCertificates(set: DerReader): Certificate[] {
  const certificates: Certificate[] = [];
  for (let count = 1; !set.isAtEnd; count += 1) {
    if (count > CERTIFICATES_LIMIT) refuse(`The message brings more than ${CERTIFICATES_LIMIT} certificates.`);
    // Other kinds (attribute certificates, PKCS #6) are passed over, and so is one that no path could use.
    const reading = readCertificate(set.take('A certificate'));
    if (reading.ok) certificates.push(reading.certificate);
  }
  return certificates;
}

function readSigner(
  fields: DerReader,
): Omit<SignedMessage, 'contentType' | 'contentTypeDer' | 'content' | 'certificates'> {
  fields.smallInteger('The version of the signer');
  const signer = readSignerName(fields);
  const digest = readHash(fields);
  const attributesDer = fields.take('The signed attributes');
  const signedAttributes = new DerReader(attributesDer).enter(0xa0, 'The list of signed attributes');
  const algorithm = readAlgorithm(fields.take('The signature algorithm'), digest);
  const signature = fields.content(TAG.octetString, 'The signature');
  if (fields.tag === 0xa1) fields.content(0xa1, 'The unsigned attributes');
  fields.end('the signer');
  const attributes = readAttributes(signedAttributes);
  const signedOctets = new Uint8Array(attributesDer);
  // RFC 5652 section 5.4: what is signed is the same with the tag of a SET.
  signedOctets[0] = TAG.set;
  return { signer, digest, attributes, signedOctets, algorithm, signature };
}

function readSignerName(fields: DerReader): SignerName {
  if (fields.tag === 0x80) return { keyIdentifier: toHex(fields.content(0x80, "The signer's key identifier")) };
  const sequence = fields.enter(TAG.sequence, "The signer's name");
  const issuer = readDerName(sequence, 'the issuer of the signer');
  const serial = readSerial(sequence);
  sequence.end("the signer's serial number");
  return { issuer, serial };
}

/** A serial number in the writing of `Certificate.serial`. */
export function readSerial(reader: DerReader): string {
  const octets = reader.integer('A serial number');
  return toHex(octets[0] === 0 && octets.length > 1 ? octets.subarray(1) : octets);
}

function readAttributes(set: DerReader): Map<string, Uint8Array> {
  const attributes = new Map<string, Uint8Array>();
  while (!set.isAtEnd) {
    const attribute = set.enter(TAG.sequence, 'A signed attribute');
    const type = attribute.oid('The type of a signed attribute');
    const values = attribute.enter(TAG.set, `The signed attribute ${type}`);
    attribute.end('the values of a signed attribute');
    if (attributes.has(type)) refuse(`The signed attribute ${type} is there twice.`);
    if (attributes.size === ATTRIBUTES_LIMIT) refuse(`There are more than ${ATTRIBUTES_LIMIT} signed attributes.`);
    const value = values.take(`The signed attribute ${type}`);
    values.end(`the one value of the signed attribute ${type}`);
    checkDer(value, `The signed attribute ${type}`);
    attributes.set(type, value);
  }
  return attributes;
}

/** RFC 5652 section 5.4 has one hash for the content and for the attributes; Ed25519 goes with SHA-512 (RFC 8419). */
function readAlgorithm(der: Uint8Array, digest: SignedMessage['digest']): SignatureAlgorithm | undefined {
  const reader = new DerReader(der);
  const sequence = reader.enter(TAG.sequence, 'The signature algorithm');
  if (sequence.oid('The signature algorithm') === RSA_ENCRYPTION) {
    if (!sequence.isAtEnd) sequence.content(TAG.null, 'The parameters of the signature');
    sequence.end('the parameters of the signature');
    return digest && { name: 'RSASSA-PKCS1-v1_5', hash: digest };
  }
  const algorithm = readSignatureAlgorithm(der);
  if (algorithm === undefined) return undefined;
  return digest === ('hash' in algorithm ? algorithm.hash : 'SHA-512') ? algorithm : undefined;
}
