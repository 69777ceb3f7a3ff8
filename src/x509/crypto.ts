/**
 * The cryptographic port: what verification and signing need of a platform. Two implementations exist, one over
 * WebCrypto (browser) and one over node:crypto; both are arguments, so nothing below knows where it runs.
 */

export type Awaitable<T> = T | Promise<T>;

export type DigestAlgorithm = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

/** A signature scheme with everything that parametrises it. ECDSA signatures are raw `r || s` (IEEE P1363). */
export type SignatureScheme =
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: DigestAlgorithm }
  | { readonly name: 'RSA-PSS'; readonly hash: DigestAlgorithm; readonly saltLength: number }
  | { readonly name: 'ECDSA'; readonly hash: DigestAlgorithm; readonly curve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly name: 'Ed25519' };

export interface Crypto {
  /** The digest of `bytes`. */
  digest(algorithm: DigestAlgorithm, bytes: Uint8Array): Awaitable<Uint8Array>;
  /**
   * True if `signature` over `bytes` verifies with the key in `spki` (DER SubjectPublicKeyInfo). MUST answer false, not
   * throw, for a signature or key that does not fit the scheme. The same `spki` array may be used as a cache key.
   */
  verify(scheme: SignatureScheme, spki: Uint8Array, signature: Uint8Array, bytes: Uint8Array): Awaitable<boolean>;
}

/** Something that holds a private key and signs with it; the key itself may be on a token. */
export interface PrivateKey {
  /** The DER SubjectPublicKeyInfo of the public half. */
  readonly spki: Uint8Array;
  sign(scheme: SignatureScheme, bytes: Uint8Array): Awaitable<Uint8Array>;
}
