import * as crypto from 'node:crypto';
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { PublicKey } from '../x509/certificate.ts';
import type { Crypto, DigestAlgorithm, SignatureScheme } from '../x509/crypto.ts';
import { fitsSignature } from '../x509/fits-scheme.ts';
import { readPublicKey } from '../x509/public-key.ts';

/** How node:crypto calls the digests. */
export const NODE_HASHES: Readonly<Record<DigestAlgorithm, string>> = {
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** One call where Node has it (20.12), which is twice as fast on documents of a few kilobytes. */
const hash: (algorithm: string, bytes: Uint8Array) => Buffer =
  typeof crypto.hash === 'function'
    ? (algorithm, bytes) => crypto.hash(algorithm, bytes, 'buffer')
    : (algorithm, bytes) => crypto.createHash(algorithm).update(bytes).digest();

interface ImportedKey {
  readonly kind: PublicKey;
  readonly key: KeyObject;
}

/** Imported keys by the array they came in; undefined for bytes that are no key. */
const imported = new WeakMap<Uint8Array, ImportedKey | undefined>();

/** The cryptographic port over node:crypto. Every method answers at once, without a promise. */
export const nodeCrypto = {
  digest(algorithm: DigestAlgorithm, bytes: Uint8Array): Uint8Array {
    return new Uint8Array(hash(NODE_HASHES[algorithm], bytes));
  },

  verify(scheme: SignatureScheme, spki: Uint8Array, signature: Uint8Array, bytes: Uint8Array): boolean {
    const found = importKey(spki);
    if (found === undefined || !fitsSignature(scheme, found.kind, signature)) return false;
    try {
      const algorithm = scheme.name === 'Ed25519' ? null : NODE_HASHES[scheme.hash];
      return verify(algorithm, bytes, { key: found.key, ...toSigningOptions(scheme) }, signature);
    } catch {
      // OpenSSL refuses some parameters, such as a salt that is longer than the key, with an error.
      return false;
    }
  },
} satisfies Crypto;

/** What node:crypto's `sign` and `verify` need besides the key and the hash. */
export function toSigningOptions(scheme: SignatureScheme): {
  padding?: number;
  saltLength?: number;
  dsaEncoding?: 'ieee-p1363';
} {
  switch (scheme.name) {
    case 'RSASSA-PKCS1-v1_5':
      return { padding: constants.RSA_PKCS1_PADDING };
    case 'RSA-PSS':
      return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength };
    case 'ECDSA':
      return { dsaEncoding: 'ieee-p1363' };
    case 'Ed25519':
      return {};
  }
}

function importKey(spki: Uint8Array): ImportedKey | undefined {
  if (imported.has(spki)) return imported.get(spki);
  let found: ImportedKey | undefined;
  try {
    const kind = readPublicKey(spki);
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    found = { kind, key };
  } catch {
    found = undefined;
  }
  imported.set(spki, found);
  return found;
}
