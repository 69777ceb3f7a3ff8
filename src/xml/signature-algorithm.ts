import type { C14nMode } from './open-xml.ts';

/** Algorithm identifiers of XML Signature 1.1 and RFC 9231 that the profiles know; everything else is refused. */

export const DS_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#';
/** Namespace of RSA-PSS parameters, and of the signature methods that use it. */
export const PSS_NAMESPACE = 'http://www.w3.org/2007/05/xmldsig-more#';
/** RSA-PSS whose parameters are elements (RFC 9231 section 2.3.9). */
export const RSA_PSS = `${PSS_NAMESPACE}rsa-pss`;
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';

export type DigestMethod = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

/** A signature method: what the key must be and how it is applied. */
export interface SignatureMethod {
  readonly uri: string;
  readonly family: 'rsa' | 'rsa-pss' | 'ecdsa' | 'ed25519';
  /** Absent for Ed25519. */
  readonly hash?: DigestMethod;
  /** For RSA-PSS, octets; absent where it is as long as the hash. */
  readonly saltLength?: number;
  /** Allowed in the legacy profile, and only there. */
  readonly isLegacy: boolean;
  /** The short name in log records. */
  readonly name: string;
}

/** The identifiers the legacy profile fixes (trust A2). */
export const LEGACY = {
  canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
} as const;

export const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';

// Maps rather than objects: a document may name an algorithm "constructor".

/** Canonicalizations without comments. */
export const CANONICALIZATIONS: ReadonlyMap<string, C14nMode> = new Map([
  ['http://www.w3.org/TR/2001/REC-xml-c14n-20010315', 'inclusive-1.0'],
  ['http://www.w3.org/2006/12/xml-c14n11', 'inclusive-1.1'],
  [EXCLUSIVE_C14N, 'exclusive'],
]);

/** The same with comments: the same octets where there can be no comment. */
export const COMMENTED_CANONICALIZATIONS: ReadonlyMap<string, C14nMode> = new Map([
  ['http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments', 'inclusive-1.0'],
  ['http://www.w3.org/2006/12/xml-c14n11#WithComments', 'inclusive-1.1'],
  [`${EXCLUSIVE_C14N}WithComments`, 'exclusive'],
]);

export const DIGEST_URIS: Readonly<Record<DigestMethod, string>> = {
  'SHA-1': 'http://www.w3.org/2000/09/xmldsig#sha1',
  'SHA-256': 'http://www.w3.org/2001/04/xmlenc#sha256',
  'SHA-384': 'http://www.w3.org/2001/04/xmldsig-more#sha384',
  'SHA-512': 'http://www.w3.org/2001/04/xmlenc#sha512',
};

export const DIGESTS: ReadonlyMap<string, DigestMethod> = new Map(
  Object.entries(DIGEST_URIS).map(([digest, uri]) => [uri, digest as DigestMethod]),
);

function method(
  uri: string,
  family: SignatureMethod['family'],
  hash: DigestMethod | undefined,
  name: string,
): SignatureMethod {
  return { uri, family, ...(hash === undefined ? {} : { hash }), isLegacy: hash === 'SHA-1', name };
}

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

export const SIGNATURE_METHODS: ReadonlyMap<string, SignatureMethod> = new Map(
  [
    method('http://www.w3.org/2000/09/xmldsig#rsa-sha1', 'rsa', 'SHA-1', 'rsa-sha1'),
    method(`${MORE}rsa-sha256`, 'rsa', 'SHA-256', 'rsa-sha256'),
    method(`${MORE}rsa-sha384`, 'rsa', 'SHA-384', 'rsa-sha384'),
    method(`${MORE}rsa-sha512`, 'rsa', 'SHA-512', 'rsa-sha512'),
    method(`${PSS_NAMESPACE}sha256-rsa-MGF1`, 'rsa-pss', 'SHA-256', 'rsa-pss-sha256'),
    method(`${PSS_NAMESPACE}sha384-rsa-MGF1`, 'rsa-pss', 'SHA-384', 'rsa-pss-sha384'),
    method(`${PSS_NAMESPACE}sha512-rsa-MGF1`, 'rsa-pss', 'SHA-512', 'rsa-pss-sha512'),
    method(RSA_PSS, 'rsa-pss', 'SHA-256', 'rsa-pss-sha256'),
    method(`${MORE}ecdsa-sha256`, 'ecdsa', 'SHA-256', 'ecdsa-sha256'),
    method(`${MORE}ecdsa-sha384`, 'ecdsa', 'SHA-384', 'ecdsa-sha384'),
    method(`${MORE}ecdsa-sha512`, 'ecdsa', 'SHA-512', 'ecdsa-sha512'),
    method('http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519', 'ed25519', undefined, 'ed25519'),
  ].map((known) => [known.uri, known]),
);
