import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { webKeyFiles } from '../../src/browser/web-key-files.ts';
import { VouchError } from '../../src/errors.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { nodeKeyFiles } from '../../src/platform/node-key-files.ts';
import { findKeyBlock } from '../../src/sign/key-block.ts';
import { readPemKey } from '../../src/sign/pem-key.ts';
import { isPkcs12Locked, readPkcs12Credential } from '../../src/sign/pkcs12.ts';
import type { PrivateKey } from '../../src/x509/crypto.ts';
import { issueAuthority, issueCertificate } from '../../src/x509/issue.ts';
import { defaultScheme } from '../../src/x509/scheme.ts';
import { hasOpenssl, Workshop } from '../x509/programs.ts';

const VECTORS = '/usr/lib/python3/dist-packages/cryptography_vectors';
const ORIGINAL = new URL('../../../shared/data/stratuslab/test.p12', import.meta.url).pathname;
const VALIDITY = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const SAID = new TextEncoder().encode('what is signed');
/** What openssl calls the kinds of keys that entries are signed with. */
const KEYS = {
  'rsa-2048': 'RSA -pkeyopt rsa_keygen_bits:2048',
  'p-256': 'EC -pkeyopt ec_paramgen_curve:P-256',
  'p-384': 'EC -pkeyopt ec_paramgen_curve:P-384',
  'p-521': 'EC -pkeyopt ec_paramgen_curve:P-521',
  ed25519: 'ED25519',
} as const;

async function expectToSign(key: PrivateKey): Promise<void> {
  const scheme = defaultScheme(key.spki);
  expect(nodeCrypto.verify(scheme, key.spki, await key.sign(scheme, SAID), SAID)).toBe(true);
}

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

async function faultOf(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => new Error('Nothing was thrown.'),
    (cause: unknown) => cause,
  );
  if (thrown instanceof VouchError && thrown.code === 'key') return thrown.message;
  throw thrown;
}

describe.each([
  ['a page', webKeyFiles],
  ['Node', nodeKeyFiles],
] as const)('key files with the cryptography of %s', (_, world) => {
  test.each([
    ['cert-key-aes256cbc', 'cryptography'],
    ['cert-rc2-key-3des', 'cryptography'],
    ['cert-none-key-none', 'cryptography'],
    ['name-2-3-pwd', 'password'],
    ['name-unicode-pwd', 'password'],
    ['name-all-no-pwd', ''],
    ['no-password', ''],
  ])('PKCS #12 of pyca/cryptography opens: %s', async (name, passphrase) => {
    const path = join(VECTORS, 'pkcs12', `${name}.p12`);
    if (!existsSync(path) && process.env.CI !== 'true') return;
    const { key, certificates } = await readPkcs12Credential(read(path), passphrase, world);
    expect(certificates[0].spki).toEqual(key.spki);
    await expectToSign(key);
    if (passphrase !== '') {
      expect(await isPkcs12Locked(read(path), world.secrets)).toBe(true);
      expect(await faultOf(readPkcs12Credential(read(path), 'wrong', world))).toContain('passphrase');
    }
  });

  test("the original's PKCS #12 file of RC2 and 3DES opens", async () => {
    if (!existsSync(ORIGINAL)) return;
    const { key } = await readPkcs12Credential(read(ORIGINAL), 'XYZXYZ', world);
    await expectToSign(key);
    expect(await faultOf(readPkcs12Credential(read(ORIGINAL), 'xyzxyz', world))).toContain('passphrase');
  });

  describe.skipIf(!hasOpenssl)('that openssl made', () => {
    let workshop: Workshop;
    beforeAll(() => {
      workshop = new Workshop();
    });
    afterAll(() => workshop.dispose());

    const openssl = (words: string) => workshop.openssl(...words.split(' ').filter((word) => word !== ''));

    test.each(Object.entries(KEYS))('a PEM key of the kind %s signs, plain and encrypted', async (kind, how) => {
      openssl(`genpkey -algorithm ${how} -out ${kind}.pem`);
      const plain = await readPemKey(findKeyBlock(workshop.read(`${kind}.pem`)), undefined, world);
      await expectToSign(plain);
      for (const cipher of ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des3']) {
        openssl(`pkcs8 -topk8 -in ${kind}.pem -v2 ${cipher} -passout pass:sesame -out ${kind}-8.pem`);
        const block = findKeyBlock(workshop.read(`${kind}-8.pem`));
        expect((await readPemKey(block, 'sesame', world)).spki).toEqual(plain.spki);
        expect(await faultOf(readPemKey(block, 'wrong', world))).toContain('passphrase of the private key is wrong');
        expect(await faultOf(readPemKey(block, undefined, world))).toContain('its passphrase is needed');
      }
    });

    test.each(['rsa', 'ec'])('a %s key of the forms before PKCS #8 signs, plain and encrypted', async (kind) => {
      const how = kind === 'rsa' ? KEYS['rsa-2048'] : KEYS['p-256'];
      openssl(`genpkey -algorithm ${how} -out ${kind}-new.pem`);
      openssl(`${kind} -in ${kind}-new.pem ${kind === 'rsa' ? '-traditional ' : ''}-out ${kind}-old.pem`);
      const { spki } = await readPemKey(findKeyBlock(workshop.read(`${kind}-new.pem`)), undefined, world);
      const old = findKeyBlock(workshop.read(`${kind}-old.pem`));
      expect(old.label).toBe(`${kind.toUpperCase()} PRIVATE KEY`);
      const key = await readPemKey(old, undefined, world);
      expect(key.spki).toEqual(spki);
      await expectToSign(key);
      for (const cipher of ['aes128', 'aes192', 'aes256', 'des3']) {
        const form = kind === 'rsa' ? '-traditional ' : '';
        openssl(`${kind} -in ${kind}-new.pem ${form}-${cipher} -passout pass:sesame -out ${kind}-locked.pem`);
        const block = findKeyBlock(workshop.read(`${kind}-locked.pem`));
        expect(block.headers).toContain('DEK-Info');
        expect((await readPemKey(block, 'sesame', world)).spki).toEqual(spki);
        expect(await faultOf(readPemKey(block, 'wrong', world))).toContain('passphrase of the private key is wrong');
      }
    });

    test.each([
      ['new', ''],
      ['old', '-legacy'],
      ['3des', '-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1'],
      ['sha224', '-macalg sha224'],
    ])('a PKCS #12 file of the %s kind opens', async (name, flags) => {
      const root = await issueAuthority({ subject: 'CN=Root,O=Test', ...VALIDITY });
      const jane = await issueCertificate(root, { subject: 'CN=Jane,O=Test', key: 'rsa-2048', ...VALIDITY });
      workshop.write(`${name}.pem`, jane.certificatePem + jane.privateKeyPem);
      openssl(`pkcs12 -export ${flags} -in ${name}.pem -passout pass:sesame -out ${name}.p12`);
      const bytes = workshop.read(`${name}.p12`);
      const { key, certificates } = await readPkcs12Credential(bytes, 'sesame', world);
      expect(certificates[0].der).toEqual(jane.der);
      await expectToSign(key);
      expect(await faultOf(readPkcs12Credential(bytes, 'wrong', world))).toContain('passphrase');
    });
  });
});

test('a page refuses a kind of key that entries are not signed with, and says which are', async () => {
  const jane = await issueCertificate(undefined, { subject: 'CN=Jane', key: 'p-256', ...VALIDITY });
  const block = findKeyBlock(new TextEncoder().encode(jane.privateKeyPem));
  const other = Uint8Array.from(block.der!);
  // The last octet of the curve's name.
  other[other.findIndex((octet, at) => octet === 0x03 && other[at + 1] === 0x01 && other[at + 2] === 0x07) + 2] = 0x09;
  expect(await faultOf(Promise.resolve(webKeyFiles.openKey(other)))).toContain('on a curve that is not accepted');
  expect(await faultOf(Promise.resolve(webKeyFiles.openKey(other.subarray(0, 30))))).toContain('damaged');
});
