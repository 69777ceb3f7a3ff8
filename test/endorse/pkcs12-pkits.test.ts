import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPkcs12 } from '../../src/endorse/pkcs12.ts';
import { VouchError } from '../../src/errors.ts';

const VECTORS = '/usr/lib/python3/dist-packages/cryptography_vectors';
const PKITS = join(VECTORS, 'x509/PKITS_data');

/** Files whose key or certificate is one that entries are never signed with, and what is said about it. */
const REFUSED: Readonly<Record<string, string>> = {
  BadSignedCACert: 'cannot be read',
  InvalidNegativeSerialNumberTest15EE: 'cannot be read',
  DSACACert: 'not accepted',
  DSAParametersInheritedCACert: 'not accepted',
  InvalidDSASignatureTest6EE: 'not accepted',
  ValidDSAParameterInheritanceTest5EE: 'not accepted',
  ValidDSASignaturesTest4EE: 'not accepted',
};

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

describe.skipIf(!existsSync(PKITS) && process.env.CI !== 'true')(
  'PKCS #12 files others made (apt install python3-cryptography-vectors)',
  () => {
    test('of PKITS open and hold the certificate of their name', async () => {
      // One in four, since each takes 30 ms.
      const all = readdirSync(join(PKITS, 'pkcs12')).map((file) => file.replace(/\.p12$/, ''));
      const names = [...new Set([...all.filter((_, at) => at % 4 === 0), ...Object.keys(REFUSED)])];
      expect(all.length).toBeGreaterThan(400);
      for (const name of names) {
        const bytes = read(join(PKITS, 'pkcs12', `${name}.p12`));
        const reason = REFUSED[name];
        if (reason === undefined) {
          const { certificates } = await readPkcs12(bytes, 'password');
          expect(Buffer.from(certificates[0].der).equals(read(join(PKITS, 'certs', `${name}.crt`))), name).toBe(true);
        } else {
          await expect(readPkcs12(bytes, 'password'), name).rejects.toThrow(VouchError);
          await expect(readPkcs12(bytes, 'password'), name).rejects.toThrow(reason);
        }
      }
    }, 180_000);

    test.each([
      ['cert-key-aes256cbc', 'cryptography'],
      ['cert-rc2-key-3des', 'cryptography'],
      ['cert-none-key-none', 'cryptography'],
      ['name-2-3-pwd', 'password'],
      ['name-unicode-pwd', 'password'],
      ['name-all-no-pwd', ''],
      ['no-password', ''],
    ])('of pyca/cryptography open: %s', async (name, passphrase) => {
      const { key, certificates } = await readPkcs12(read(join(VECTORS, 'pkcs12', `${name}.p12`)), passphrase);
      expect(certificates[0].spki).toEqual(key.spki);
    });
  },
);
