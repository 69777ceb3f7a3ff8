import type { Awaitable, Crypto, PrivateKey } from '../x509/crypto.ts';

/** The hashes that passphrases meet in key files. */
export type PassphraseHash = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

/** The ciphers of key files that every platform has, all in CBC mode with the padding of PKCS #7. */
export type KeyFileCipher = 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc';

/** What reading protected key files needs of a platform. There is one for Node and one for pages. */
export interface PassphraseCrypto {
  /** HMAC with that hash. */
  hmac(hash: PassphraseHash, key: Uint8Array, bytes: Uint8Array): Awaitable<Uint8Array>;
  /** The digest, of that the digest, and so on: `rounds` of them. */
  digest(hash: PassphraseHash, bytes: Uint8Array, rounds: number): Awaitable<Uint8Array>;
  /** PBKDF2 (RFC 8018 section 5.2) with HMAC. */
  pbkdf2(
    hash: PassphraseHash,
    passphrase: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    octets: number,
  ): Awaitable<Uint8Array>;
  /** What was encrypted, or undefined where the padding is wrong. */
  decipher(
    cipher: KeyFileCipher,
    key: Uint8Array,
    iv: Uint8Array,
    bytes: Uint8Array,
  ): Awaitable<Uint8Array | undefined>;
}

/** What reading a key file needs: verifying, passphrases, and something that makes a key of PKCS #8 (DER; throws `key` for one it cannot use). */
export interface KeyFileWorld<Key extends PrivateKey = PrivateKey> {
  readonly crypto: Crypto;
  readonly secrets: PassphraseCrypto;
  openKey(pkcs8: Uint8Array): Awaitable<Key>;
}
