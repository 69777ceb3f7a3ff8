import { VouchError } from '../errors.ts';
import type { PrivateKey, SignatureScheme } from '../x509/crypto.ts';
import { DerReader, TAG } from '../x509/der.ts';
import { toHex } from '../x509/octets.ts';
import { readPublicKey } from '../x509/public-key.ts';
import { defaultScheme, toKeyWeakness } from '../x509/scheme.ts';

type Subtle = typeof globalThis.crypto.subtle;
type ImportAlgorithm = Exclude<Parameters<Subtle['importKey']>[2], string>;

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const ED25519 = '1.3.101.112';
const CURVES: Readonly<Record<string, string>> = {
  '2a8648ce3d030107': 'P-256',
  '2b81040022': 'P-384',
  '2b81040023': 'P-521',
};

/**
 * A private key that this page may sign with and that nobody can take out again, from PKCS #8 (DER). Throws `key` for a damaged one, a kind that
 * entries are not signed with, and one that this browser cannot sign with.
 */
export async function openWebKey(pkcs8: Uint8Array): Promise<PrivateKey> {
  const algorithm = toAlgorithm(pkcs8);
  const spki = await toSpki(pkcs8, algorithm);
  const weakness = toKeyWeakness(readPublicKey(spki));
  if (weakness !== undefined) throw new VouchError('key', `The private key ${weakness}.`);
  const key = await importPrivate('pkcs8', pkcs8, algorithm, false);
  const own = defaultScheme(spki);
  return {
    spki,
    async sign(scheme, bytes) {
      if (JSON.stringify(scheme) !== JSON.stringify(own)) {
        throw new VouchError('key', `A key in a page signs with ${own.name} only, not with ${scheme.name}.`);
      }
      const signed = await globalThis.crypto.subtle.sign(toParameters(scheme), key, bytes as Uint8Array<ArrayBuffer>);
      return new Uint8Array(signed);
    },
  };
}

function toAlgorithm(pkcs8: Uint8Array): ImportAlgorithm {
  let oid: string;
  let curve: string | undefined;
  try {
    const key = new DerReader(pkcs8).enter(TAG.sequence, 'The key');
    key.smallInteger('The version');
    const algorithm = key.enter(TAG.sequence, 'The algorithm');
    oid = algorithm.oid('The algorithm');
    curve = algorithm.tag === TAG.oid ? CURVES[toHex(algorithm.content(TAG.oid, 'The curve'))] : undefined;
  } catch (cause) {
    throw new VouchError('key', 'The private key is damaged.', { cause });
  }
  if (oid === RSA) return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  if (oid === EC && curve !== undefined) return { name: 'ECDSA', namedCurve: curve };
  if (oid === ED25519) return { name: 'Ed25519' };
  const kind = oid === EC ? 'on a curve that is not accepted' : `of a kind that is not accepted (${oid})`;
  throw new VouchError('key', `The private key is ${kind}; RSA, P-256, P-384, P-521 and Ed25519 are.`);
}

/** The public half. WebCrypto gives it only by way of a key that may be taken out; that one is dropped here. */
async function toSpki(pkcs8: Uint8Array, algorithm: ImportAlgorithm): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  const { kty, n, e, crv, x, y } = await subtle.exportKey('jwk', await importPrivate('pkcs8', pkcs8, algorithm, true));
  const known = Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value !== undefined);
  const open = await subtle.importKey('jwk', Object.fromEntries(known), algorithm, true, ['verify']);
  return new Uint8Array(await subtle.exportKey('spki', open));
}

async function importPrivate(format: 'pkcs8', der: Uint8Array, algorithm: ImportAlgorithm, isExtractable: boolean) {
  try {
    const bytes = der as Uint8Array<ArrayBuffer>;
    return await globalThis.crypto.subtle.importKey(format, bytes, algorithm, isExtractable, ['sign']);
  } catch (cause) {
    const isUnknown = cause instanceof Error && cause.name === 'NotSupportedError';
    const why = isUnknown ? `of a kind this browser cannot sign with (${algorithm.name})` : 'damaged';
    throw new VouchError('key', `The private key is ${why}.`, { cause });
  }
}

function toParameters(scheme: SignatureScheme): { name: string; hash?: string } {
  return scheme.name === 'ECDSA' ? { name: 'ECDSA', hash: scheme.hash } : { name: scheme.name };
}
