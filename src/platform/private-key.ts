import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { toMessage, VouchError } from '../errors.ts';
import { findKeyBlock, isKeyEncrypted } from '../sign/key-block.ts';
import type { PublicKey } from '../x509/certificate.ts';
import type { PrivateKey, SignatureScheme } from '../x509/crypto.ts';
import { fitsKey } from '../x509/fits-scheme.ts';
import type { PemBlock } from '../x509/pem.ts';
import { readPublicKey } from '../x509/public-key.ts';
import { toKeyWeakness } from '../x509/scheme.ts';
import { NODE_HASHES, toSigningOptions } from './node-crypto.ts';

/** A private key held by this process. */
export interface FileKey extends PrivateKey {
  readonly kind: Exclude<PublicKey['kind'], 'unsupported'>;
  /** Throws `key` if the scheme is for another kind of key. */
  sign(scheme: SignatureScheme, bytes: Uint8Array): Uint8Array;
}

/** True if the first private key in the PEM file is encrypted; throws `key` if there is none. */
export function needsPassphrase(pem: Uint8Array): boolean {
  return isKeyEncrypted(findKeyBlock(pem));
}

/**
 * The first private key of a PEM file, which may hold certificates as well: PKCS #8, PKCS #1 or SEC 1, encrypted or not. Throws
 * `key` with a sentence that tells apart: no private key, a passphrase needed, a wrong passphrase, a damaged key, and a
 * kind of key that entries are not signed with. The passphrase is ignored if the key is not encrypted.
 */
export function readPrivateKey(pem: Uint8Array, passphrase?: string): FileKey {
  const block = findKeyBlock(pem);
  if (isKeyEncrypted(block) && passphrase === undefined) {
    throw new VouchError('key', 'The private key is encrypted: its passphrase is needed.');
  }
  const key = openKey(block, passphrase);
  const spki = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
  const publicKey = readPublicKey(spki);
  if (publicKey.kind === 'unsupported') throw new VouchError('key', `The private key ${toKeyWeakness(publicKey)}.`);
  return { kind: publicKey.kind, spki, sign: (scheme, bytes) => signWith(key, publicKey, scheme, bytes) };
}

function openKey(block: PemBlock, passphrase: string | undefined): KeyObject {
  const secret = isKeyEncrypted(block) && passphrase !== undefined ? { passphrase } : {};
  try {
    return createPrivateKey({ key: block.text, format: 'pem', ...secret });
  } catch (cause) {
    throw new VouchError('key', explain(block, cause), { cause });
  }
}

function explain(block: PemBlock, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (isKeyEncrypted(block) && block.label === 'ENCRYPTED PRIVATE KEY' && block.der === undefined) {
    return 'The private key is damaged.';
  }
  if (!isKeyEncrypted(block)) return `The private key is damaged: ${toMessage(cause)}.`;
  // Old ciphers are switched off in OpenSSL 3, so the right passphrase fails as well. A wrong passphrase can also end in
  // an "unsupported", but of the decoder, which was handed random bytes: only this code is about the cipher.
  if (code === 'ERR_OSSL_EVP_UNSUPPORTED') {
    return 'The private key is encrypted in an old way that is not supported here. Encrypt it anew with "openssl pkcs8 -topk8".';
  }
  // A wrong passphrase gives random bytes, which fail in whatever way they happen to.
  return 'The passphrase of the private key is wrong, or the key is damaged.';
}

function signWith(key: KeyObject, publicKey: PublicKey, scheme: SignatureScheme, bytes: Uint8Array): Uint8Array {
  if (!fitsKey(scheme, publicKey)) {
    throw new VouchError('key', `A private key of the kind ${publicKey.kind} cannot sign with ${scheme.name}.`);
  }
  const hash = scheme.name === 'Ed25519' ? null : NODE_HASHES[scheme.hash];
  try {
    return new Uint8Array(sign(hash, bytes, { key, ...toSigningOptions(scheme) }));
  } catch (cause) {
    throw new VouchError('key', `The private key does not sign: ${toMessage(cause)}.`, { cause });
  }
}
