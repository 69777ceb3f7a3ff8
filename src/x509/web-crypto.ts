import type { Crypto, SignatureScheme } from './crypto.ts';
import { fitsSignature } from './fits-scheme.ts';
import { readPublicKey } from './public-key.ts';

type Subtle = typeof globalThis.crypto.subtle;
type Key = Awaited<ReturnType<Subtle['importKey']>>;

const keys = new WeakMap<Uint8Array, Map<string, Promise<Key>>>();

/** The cryptographic port over the platform's WebCrypto, in a page or in Node. */
export const webCrypto: Crypto = {
  async digest(algorithm, bytes) {
    return new Uint8Array(await globalThis.crypto.subtle.digest(algorithm, toSource(bytes)));
  },

  async verify(scheme, spki, signature, bytes) {
    try {
      if (!fitsSignature(scheme, readPublicKey(spki), signature)) return false;
      const key = await importKey(scheme, spki);
      return await globalThis.crypto.subtle.verify(toParameters(scheme), key, toSource(signature), toSource(bytes));
    } catch {
      // WebCrypto rejects where the port answers: a key that is none, or a kind this platform does not have.
      return false;
    }
  },
};

function importKey(scheme: SignatureScheme, spki: Uint8Array): Promise<Key> {
  let imported = keys.get(spki);
  if (imported === undefined) {
    imported = new Map();
    keys.set(spki, imported);
  }
  const usage = 'hash' in scheme ? `${scheme.name} ${scheme.hash}` : scheme.name;
  let key = imported.get(usage);
  if (key === undefined) {
    const algorithm =
      scheme.name === 'ECDSA'
        ? { name: 'ECDSA', namedCurve: scheme.curve }
        : scheme.name === 'Ed25519'
          ? { name: 'Ed25519' }
          : { name: scheme.name, hash: scheme.hash };
    key = globalThis.crypto.subtle.importKey('spki', toSource(spki), algorithm, false, ['verify']);
    imported.set(usage, key);
  }
  return key;
}

function toParameters(scheme: SignatureScheme): { name: string; hash?: string; saltLength?: number } {
  switch (scheme.name) {
    case 'ECDSA':
      return { name: 'ECDSA', hash: scheme.hash };
    case 'RSA-PSS':
      return { name: 'RSA-PSS', saltLength: scheme.saltLength };
    default:
      return { name: scheme.name };
  }
}

/** The type that WebCrypto's declarations ask for; none of these arrays is shared between threads. */
function toSource(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
