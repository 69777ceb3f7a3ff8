import type { Certificate } from './certificate.ts';
import { namesAgree, toNameTextKey } from './name.ts';

/** Whom the operator means: whoever has all that is said. It says one thing at least. */
export interface CertificateRule {
  /** RFC 2253 text of the whole subject. */
  readonly subject?: string;
  /** RFC 2253 text of the whole issuer. */
  readonly issuer?: string;
  /** SHA-256 (hex) of the public key, as DER SubjectPublicKeyInfo. */
  readonly key?: string;
}

/** What each certificate's key hashes to, worked out where the digest lives. */
export type KeyDigest = (spki: Uint8Array) => string;

/** True if the certificate is one of those that the rule means. */
export function fitsRule(
  { subject, issuer, key }: CertificateRule,
  certificate: Certificate,
  digest: KeyDigest,
): boolean {
  return (
    (subject === undefined || namesAgree(subject, certificate.subject)) &&
    (issuer === undefined || namesAgree(issuer, certificate.issuer)) &&
    (key === undefined || key === digest(certificate.spki))
  );
}

/** True for the text of a distinguished name, as in `CN=Jane,O=Example`. */
export function isNameText(text: string): boolean {
  return toNameTextKey(text) !== undefined;
}
