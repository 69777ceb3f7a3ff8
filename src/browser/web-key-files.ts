import {
  createHMAC,
  createMD5,
  createSHA1,
  createSHA224,
  createSHA256,
  createSHA384,
  createSHA512,
  pbkdf2,
} from 'hash-wasm';
import type { KeyFileWorld, PassphraseHash } from '../sign/key-file.ts';
import { decryptAes, decryptTripleDes } from '../sign/old-cipher.ts';
import { webCrypto } from '../x509/web-crypto.ts';
import { openWebKey } from './web-key.ts';

const HASHERS = {
  ...{ md5: createMD5, sha1: createSHA1, sha224: createSHA224 },
  ...{ sha256: createSHA256, sha384: createSHA384, sha512: createSHA512 },
} as const satisfies Readonly<Record<PassphraseHash, unknown>>;

/** How WebCrypto calls those it has. */
const WEB_HASHES: Readonly<Partial<Record<PassphraseHash, string>>> = {
  ...{ sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' },
};

/** What reading key files needs, in a page: WebCrypto, and libraries for what that does not have. */
export const webKeyFiles: KeyFileWorld = {
  crypto: webCrypto,
  openKey: openWebKey,
  secrets: {
    async hmac(hash, key, bytes) {
      const hasher = await createHMAC(HASHERS[hash](), key);
      return hasher.init().update(bytes).digest('binary');
    },
    async digest(hash, bytes, rounds) {
      const hasher = await HASHERS[hash]();
      let digest = bytes;
      for (let round = 0; round < rounds; round += 1) digest = hasher.init().update(digest).digest('binary');
      return digest;
    },
    async pbkdf2(hash, passphrase, salt, iterations, octets) {
      const name = WEB_HASHES[hash];
      // An empty passphrase is refused by the library, and no other hash is met with one.
      if (name === undefined) {
        const options = { password: passphrase, salt, iterations, hashLength: octets, hashFunction: HASHERS[hash]() };
        return await pbkdf2({ ...options, outputType: 'binary' });
      }
      const { subtle } = globalThis.crypto;
      const key = await subtle.importKey('raw', toSource(passphrase), 'PBKDF2', false, ['deriveBits']);
      const parameters = { name: 'PBKDF2', hash: name, salt: toSource(salt), iterations };
      return new Uint8Array(await subtle.deriveBits(parameters, key, octets * 8));
    },
    async decipher(cipher, key, iv, bytes) {
      if (cipher === 'des-ede3-cbc') return await decryptTripleDes(key, iv, bytes);
      // Chromium has no AES with 192 bits.
      if (cipher === 'aes-192-cbc') return await decryptAes(key, iv, bytes);
      const { subtle } = globalThis.crypto;
      const imported = await subtle.importKey('raw', toSource(key), 'AES-CBC', false, ['decrypt']);
      try {
        return new Uint8Array(await subtle.decrypt({ name: 'AES-CBC', iv: toSource(iv) }, imported, toSource(bytes)));
      } catch {
        return undefined;
      }
    },
  },
};

function toSource(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
