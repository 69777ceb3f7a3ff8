import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { needsPassphrase, readPrivateKey } from '../../src/platform/private-key.ts';
import { type Issued, issueCertificate } from '../../src/x509/issue.ts';
import { defaultScheme } from '../../src/x509/scheme.ts';
import { hasOpenssl, Workshop } from '../x509/programs.ts';

const BYTES = new TextEncoder().encode('what is signed');
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof VouchError && thrown.code === 'key') return thrown.message;
    throw thrown;
  }
  throw new Error('Nothing was thrown.');
}

let jane: Issued;
beforeAll(async () => {
  jane = await issueCertificate(undefined, {
    subject: 'CN=Jane',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2027-01-01T00:00:00Z'),
  });
});

test('a key belongs to its certificate, and its signatures verify', () => {
  const pem = encode(`${jane.certificatePem}${jane.privateKeyPem}`);
  const key = readPrivateKey(pem, 'not needed');
  expect(needsPassphrase(pem)).toBe(false);
  expect(key.kind).toBe('ec');
  expect(key.spki).toEqual(jane.certificate.spki);
  const scheme = defaultScheme(key.spki);
  const signature = key.sign(scheme, BYTES);
  expect(signature).toHaveLength(64);
  expect(nodeCrypto.verify(scheme, key.spki, signature, BYTES)).toBe(true);
});

test('a scheme for another key is refused', () => {
  const key = readPrivateKey(encode(jane.privateKeyPem));
  expect(faultOf(() => key.sign({ name: 'Ed25519' }, BYTES))).toContain('cannot sign with Ed25519');
  expect(faultOf(() => key.sign({ name: 'ECDSA', hash: 'SHA-256', curve: 'P-384' }, BYTES))).toContain('cannot sign');
});

test('what is no private key is told apart', () => {
  expect(faultOf(() => readPrivateKey(encode('hello')))).toContain('not a PEM file');
  expect(faultOf(() => needsPassphrase(encode('')))).toContain('no private key');
  expect(faultOf(() => readPrivateKey(encode(jane.certificatePem)))).toContain('only "CERTIFICATE"');
  const damaged = jane.privateKeyPem.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
  expect(faultOf(() => readPrivateKey(encode(damaged)))).toContain('damaged');
  expect(faultOf(() => readPrivateKey(encode(jane.privateKeyPem.slice(0, 90))))).toContain('damaged');
});

describe.skipIf(!hasOpenssl)('keys made by openssl (apt install openssl)', () => {
  let workshop: Workshop;
  beforeAll(() => {
    workshop = new Workshop();
  });
  afterAll(() => workshop.dispose());

  const kinds: [string, string[], string][] = [
    ['RSA', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], 'rsa'],
    ['P-256', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], 'ec'],
    ['P-521', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'], 'ec'],
    ['Ed25519', ['-algorithm', 'ED25519'], 'ed25519'],
  ];

  test.each(kinds)('%s: PKCS #8, plain and encrypted, and the older forms', (_, options, kind) => {
    workshop.write('key.pem', workshop.openssl('genpkey', ...options));
    const plain = readPrivateKey(workshop.read('key.pem'));
    expect(plain.kind).toBe(kind);
    const forms: [string, string[]][] = [
      ['PKCS #8', ['pkcs8', '-topk8', '-in', 'key.pem', '-passout', 'pass:open sesame']],
    ];
    if (kind !== 'ed25519') {
      const type = kind === 'rsa' ? 'rsa' : 'ec';
      const old = [type, '-in', 'key.pem', ...(type === 'rsa' ? ['-traditional'] : [])];
      forms.push([`${type} encrypted`, [...old, '-aes256', '-passout', 'pass:open sesame']]);
      const pem = workshop.openssl(...old);
      expect(needsPassphrase(pem)).toBe(false);
      expect(readPrivateKey(pem).spki).toEqual(plain.spki);
    }
    for (const [form, args] of forms) {
      const pem = workshop.openssl(...args);
      expect(needsPassphrase(pem), form).toBe(true);
      expect(
        faultOf(() => readPrivateKey(pem)),
        form,
      ).toContain('passphrase is needed');
      for (const wrong of ['', 'open sesam', 'open sesame ', 'x'.repeat(2000)]) {
        expect(
          faultOf(() => readPrivateKey(pem, wrong)),
          form,
        ).toContain('passphrase of the private key is wrong');
      }
      const key = readPrivateKey(pem, 'open sesame');
      expect(key.spki).toEqual(plain.spki);
      const scheme = defaultScheme(key.spki);
      expect(nodeCrypto.verify(scheme, plain.spki, key.sign(scheme, BYTES), BYTES)).toBe(true);
    }
  });

  const PKCS8 = ['pkcs8', '-topk8', '-passout', 'pass:open sesame'];
  const ways: [string, string[]][] = [
    ...['des-ede3-cbc', 'aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc'].map((cipher): [string, string[]] => [
      `PBES2 with ${cipher}`,
      [...PKCS8, '-v2', cipher],
    ]),
    ...['hmacWithSHA1', 'hmacWithSHA256', 'hmacWithSHA384', 'hmacWithSHA512'].map((hash): [string, string[]] => [
      `PBES2 with ${hash}`,
      [...PKCS8, '-v2prf', hash],
    ]),
    ['PBES2 with scrypt', [...PKCS8, '-scrypt']],
    ['the 3DES of PKCS #12', [...PKCS8, '-v1', 'PBE-SHA1-3DES']],
    ...['des3', 'aes128', 'aes192', 'aes256'].flatMap((cipher): [string, string[]][] => [
      [`DEK-Info and ${cipher}, RSA`, ['rsa', '-traditional', `-${cipher}`, '-passout', 'pass:open sesame']],
      [`DEK-Info and ${cipher}, EC`, ['ec', `-${cipher}`, '-passout', 'pass:open sesame']],
    ]),
  ];
  test.each(ways)('open where they are encrypted: %s', (_, words) => {
    const isEc = words[0] === 'ec';
    const make = isEc
      ? ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
      : ['genpkey', '-algorithm', 'RSA'];
    workshop.write('plain.pem', workshop.openssl(...make));
    const pem = workshop.openssl(...words, '-in', 'plain.pem');
    expect(pem.toString()).toMatch(/ENCRYPTED/);
    expect(needsPassphrase(pem)).toBe(true);
    expect(readPrivateKey(pem, 'open sesame').spki).toEqual(readPrivateKey(workshop.read('plain.pem')).spki);
    expect(faultOf(() => readPrivateKey(pem, 'close sesame'))).toContain('passphrase of the private key is wrong');
  });

  test('a kind of key that nobody signs entries with is refused by name', () => {
    const pem = workshop.openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1');
    expect(faultOf(() => readPrivateKey(pem))).toContain('not accepted');
    expect(faultOf(() => readPrivateKey(workshop.openssl('genpkey', '-algorithm', 'X25519')))).toContain(
      'not accepted',
    );
  });

  test('of 1,000 wrong passphrases each is called wrong, however the random bytes fail', () => {
    workshop.write('key.pem', workshop.openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'));
    const pem = workshop.openssl('rsa', '-in', 'key.pem', '-traditional', '-des3', '-passout', 'pass:right');
    const sentences = Array.from({ length: 1000 }, (_, n) => faultOf(() => readPrivateKey(pem, `wrong ${n}`)));
    expect(new Set(sentences)).toEqual(new Set(['The passphrase of the private key is wrong, or the key is damaged.']));
  });

  test('a cipher of the last century is named as the reason', () => {
    workshop.write('key.pem', workshop.openssl('genpkey', '-algorithm', 'ED25519'));
    const legacy = ['-provider', 'legacy', '-provider', 'default', '-v1', 'PBE-MD5-DES'];
    const pem = workshop.openssl('pkcs8', '-topk8', '-in', 'key.pem', '-passout', 'pass:x', ...legacy);
    expect(faultOf(() => readPrivateKey(pem, 'x'))).toContain('openssl pkcs8 -topk8');
  });

  test('an encrypted key that was cut is damaged, whatever the passphrase', () => {
    workshop.write('key.pem', workshop.openssl('genpkey', '-algorithm', 'ED25519'));
    const pem = workshop.openssl('pkcs8', '-topk8', '-in', 'key.pem', '-passout', 'pass:x').toString();
    const cut = pem.replace(/\n.{5}/, '\n');
    expect(faultOf(() => readPrivateKey(encode(cut), 'x'))).toContain('damaged');
  });
});
