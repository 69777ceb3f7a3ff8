import { VouchError } from '../errors.ts';
import type { Crypto, PrivateKey, SignatureScheme } from '../x509/crypto.ts';
import { bytesToBase64 } from '../xml/base64.ts';
import type { Xml } from '../xml/open-xml.ts';
import {
  DIGEST_URIS,
  DS_NAMESPACE,
  ENVELOPED,
  EXCLUSIVE_C14N,
  SIGNATURE_METHODS,
  type SignatureMethod,
} from '../xml/signature-algorithm.ts';

export interface Seal {
  readonly key: PrivateKey;
  readonly scheme: SignatureScheme;
  /** DER, the signer's first; 1 to 8. */
  readonly certificates: readonly Uint8Array[];
  readonly crypto: Crypto;
}

const LINE = 76;

/**
 * Signs a document that has no signature yet: the same profile `verifyEntry` accepts (exclusive C14N for the document and for
 * SignedInfo). The Signature is written in the form whose canonical text is known, so no second canonicalizer is involved.
 * Throws `malformed` for bytes that are no document, `key` for a scheme that no signature method names.
 */
export async function sealDocument(xml: Xml, bytes: Uint8Array, seal: Seal): Promise<Uint8Array> {
  const reading = xml.readDocument(bytes);
  if (!reading.ok) throw new VouchError('malformed', reading.findings[0]!.message);
  using document = reading.document;
  const canonical = document.canonicalText('exclusive');
  if (canonical === undefined) throw new VouchError('malformed', 'The document cannot be canonicalized.');
  const method = toMethod(seal.scheme);
  const hash = method.hash ?? 'SHA-512';
  const encoder = new TextEncoder();
  const digest = await seal.crypto.digest(hash, encoder.encode(canonical));
  const inside = [
    `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE_C14N}"></ds:CanonicalizationMethod>`,
    `<ds:SignatureMethod Algorithm="${method.uri}"></ds:SignatureMethod>`,
    '<ds:Reference URI=""><ds:Transforms>',
    `<ds:Transform Algorithm="${ENVELOPED}"></ds:Transform>`,
    `<ds:Transform Algorithm="${EXCLUSIVE_C14N}"></ds:Transform>`,
    `</ds:Transforms><ds:DigestMethod Algorithm="${DIGEST_URIS[hash]}"></ds:DigestMethod>`,
    `<ds:DigestValue>${bytesToBase64(digest)}</ds:DigestValue></ds:Reference></ds:SignedInfo>`,
  ].join('');
  const signedInfo = `<ds:SignedInfo xmlns:ds="${DS_NAMESPACE}">${inside}`;
  const value = await seal.key.sign(seal.scheme, encoder.encode(signedInfo));
  const certificates = seal.certificates
    .map((der) => `<ds:X509Certificate>\n${lines(der)}\n</ds:X509Certificate>`)
    .join('');
  const signature = `<ds:Signature xmlns:ds="${DS_NAMESPACE}"><ds:SignedInfo>${inside}<ds:SignatureValue>\n${lines(value)}\n</ds:SignatureValue><ds:KeyInfo><ds:X509Data>${certificates}</ds:X509Data></ds:KeyInfo></ds:Signature>`;
  return insertLast(bytes, signature);
}

/** Puts the signature just before the end tag of the root, which is the last `</` of a document without trailing comments. */
function insertLast(bytes: Uint8Array, signature: string): Uint8Array {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const end = text.lastIndexOf('</');
  if (end < 0) throw new VouchError('malformed', 'The document is empty; there is nothing to sign.');
  return new TextEncoder().encode(text.slice(0, end) + signature + text.slice(end));
}

function toMethod(scheme: SignatureScheme): SignatureMethod {
  const family = { 'RSASSA-PKCS1-v1_5': 'rsa', 'RSA-PSS': 'rsa-pss', ECDSA: 'ecdsa', Ed25519: 'ed25519' }[scheme.name];
  const hash = scheme.name === 'Ed25519' ? undefined : scheme.hash;
  const method = [...SIGNATURE_METHODS.values()].find(
    (candidate) => candidate.family === family && candidate.hash === hash && !candidate.isLegacy,
  );
  if (method === undefined)
    throw new VouchError('key', `No signature method is known for ${scheme.name} with ${hash ?? 'no hash'}.`);
  return method;
}

function lines(bytes: Uint8Array): string {
  return bytesToBase64(bytes).replace(new RegExp(`(.{${LINE}})(?=.)`, 'g'), '$1\n');
}
