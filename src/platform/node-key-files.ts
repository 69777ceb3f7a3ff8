import { createDecipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import type { KeyFileWorld } from '../sign/key-file.ts';
import { writePem } from '../x509/pem.ts';
import { nodeCrypto } from './node-crypto.ts';
import { type FileKey, readPrivateKey } from './private-key.ts';

/** What reading key files needs, over node:crypto. */
export const nodeKeyFiles: KeyFileWorld<FileKey> = {
  crypto: nodeCrypto,
  openKey: (pkcs8) => readPrivateKey(new TextEncoder().encode(writePem('PRIVATE KEY', pkcs8))),
  secrets: {
    hmac: (hash, key, bytes) => new Uint8Array(createHmac(hash, key).update(bytes).digest()),
    digest(hash, bytes, rounds) {
      let digest = createHash(hash).update(bytes).digest();
      for (let round = 1; round < rounds; round += 1) digest = createHash(hash).update(digest).digest();
      return new Uint8Array(digest);
    },
    pbkdf2: (hash, passphrase, salt, iterations, octets) =>
      new Uint8Array(pbkdf2Sync(passphrase, salt, iterations, octets, hash)),
    decipher(name, key, iv, bytes) {
      const cipher = createDecipheriv(name, key, iv);
      try {
        return new Uint8Array(Buffer.concat([cipher.update(bytes), cipher.final()]));
      } catch {
        return undefined;
      }
    },
  },
};
