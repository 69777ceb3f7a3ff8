import { createHash } from 'node:crypto';
import type { NameDigests } from '../x509/name-hash.ts';

/** The digests of file names and fingerprints, by node:crypto; MD5 is missing where OpenSSL runs in FIPS mode. */
export const nodeNameDigests: NameDigests = {
  sha1: (bytes) => new Uint8Array(createHash('sha1').update(bytes).digest()),
  md5: (bytes) => {
    try {
      return new Uint8Array(createHash('md5').update(bytes).digest());
    } catch {
      return undefined;
    }
  },
};
