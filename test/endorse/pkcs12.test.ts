import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPkcs12, needsPkcs12Passphrase, readPkcs12 } from '../../src/endorse/pkcs12.ts';
import { VouchError } from '../../src/errors.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { readPrivateKey } from '../../src/platform/private-key.ts';
import { TAG } from '../../src/x509/der.ts';
import { type Issued, issueAuthority, issueCertificate } from '../../src/x509/issue.ts';
import { writeName } from '../../src/x509/name.ts';
import { readPem } from '../../src/x509/pem.ts';
import { defaultScheme } from '../../src/x509/scheme.ts';
import { readCertificates } from '../../src/x509/trust.ts';
import { writeDer, writeOid } from '../../src/x509/write-der.ts';
import { startClock } from '../clock.ts';
import { hasOpenssl, Workshop } from '../x509/programs.ts';

const ORIGINAL = new URL('../../../shared/data/stratuslab/test.p12', import.meta.url).pathname;
const VALIDITY = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const SECRET = 'open sesame é€';

async function faultOf(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => new Error('Nothing was thrown.'),
    (cause: unknown) => cause,
  );
  if (thrown instanceof VouchError && thrown.code === 'key') return thrown.message;
  throw thrown;
}

async function expectToSign(bytes: Uint8Array, passphrase: string, alias?: string) {
  const { key, certificates } = await readPkcs12(bytes, passphrase, alias);
  const scheme = defaultScheme(key.spki);
  const said = new TextEncoder().encode('what is signed');
  expect(await nodeCrypto.verify(scheme, certificates[0].spki, key.sign(scheme, said), said)).toBe(true);
  return certificates.map(({ subject }) => writeName(subject));
}

let root: Issued;
let middle: Issued;
let jane: Issued;
let tom: Issued;
beforeAll(async () => {
  root = await issueAuthority({ subject: 'CN=Root,O=Test', ...VALIDITY });
  middle = await issueAuthority({ subject: 'CN=Middle,O=Test', issuer: root, ...VALIDITY });
  jane = await issueCertificate(middle, { subject: 'CN=Jane,O=Test', key: 'rsa-2048', ...VALIDITY });
  tom = await issueCertificate(middle, { subject: 'CN=Tom,O=Test', key: 'p-256', ...VALIDITY });
});

describe.skipIf(!existsSync(ORIGINAL) && process.env.CI !== 'true')("the original's file (../shared)", () => {
  test('of RC2 and 3DES opens with its passphrase and no other', async () => {
    const bytes = readFileSync(ORIGINAL);
    expect(await needsPkcs12Passphrase(bytes)).toBe(true);
    expect(await expectToSign(bytes, 'XYZXYZ')).toHaveLength(1);
    for (const wrong of ['', 'xyzxyz', 'XYZXYZ ', 'XYZXY']) {
      expect(await faultOf(readPkcs12(bytes, wrong))).toBe('The passphrase of the PKCS #12 file is wrong.');
    }
  });
});

describe.skipIf(!hasOpenssl)('files made by openssl (apt install openssl)', () => {
  let workshop: Workshop;
  beforeAll(() => {
    workshop = new Workshop();
    workshop.write('key.pem', jane.privateKeyPem);
    workshop.write('cert.pem', jane.certificatePem);
    workshop.write('tom-key.pem', tom.privateKeyPem);
    workshop.write('tom-cert.pem', tom.certificatePem);
    workshop.write('chain.pem', `${root.certificatePem}${tom.certificatePem}${middle.certificatePem}`);
  });
  afterAll(() => workshop.dispose());

  function make(...options: string[]): Uint8Array {
    const all = [...options];
    if (!all.includes('-in')) all.push('-in', 'cert.pem', '-inkey', 'key.pem');
    if (!all.includes('-passout')) all.push('-passout', `pass:${SECRET}`);
    return workshop.openssl('pkcs12', '-export', ...all);
  }

  const kinds: [string, string[]][] = [
    ['PBES2 with AES-256 and a SHA-256 check value', []],
    ['the old ciphers', ['-legacy']],
    ['RC2 of 128 bits and 3DES of two keys', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128', '-keypbe', 'PBE-SHA1-2DES']],
    ['3DES for both', ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
    ['PBES2 with AES-128 and 3DES', ['-certpbe', 'AES-128-CBC', '-keypbe', 'DES-EDE3-CBC', '-macalg', 'sha512']],
    ['a SHA-384 check value', ['-macalg', 'sha384', '-iter', '10000']],
    ['certificates in the open', ['-certpbe', 'NONE']],
    ['a key in the open', ['-keypbe', 'NONE']],
    ['no check value', ['-nomac']],
  ];
  test.each(kinds)('open: %s', async (_, options) => {
    const bytes = make(...options, '-certfile', 'chain.pem', '-name', 'me');
    expect(isPkcs12(bytes)).toBe(true);
    expect(await needsPkcs12Passphrase(bytes)).toBe(true);
    expect(await expectToSign(bytes, SECRET)).toEqual(['CN=Jane,O=Test', 'CN=Middle,O=Test']);
    for (const wrong of ['', 'open sesame', `${SECRET} `]) {
      expect(await faultOf(readPkcs12(bytes, wrong))).toContain('passphrase of the PKCS #12 file is wrong');
    }
  });

  test('need no passphrase if it is empty or nothing is encrypted', async () => {
    for (const options of [[], ['-legacy'], ['-nomac', '-keypbe', 'NONE', '-certpbe', 'NONE']]) {
      const bytes = make(...options, '-passout', 'pass:');
      expect(await needsPkcs12Passphrase(bytes)).toBe(false);
      expect(await expectToSign(bytes, '')).toEqual(['CN=Jane,O=Test']);
    }
  });

  test('open with keys on curves', async () => {
    const bytes = make('-in', 'tom-cert.pem', '-inkey', 'tom-key.pem');
    expect(await expectToSign(bytes, SECRET)).toEqual(['CN=Tom,O=Test']);
  });

  test('of 300 wrong passphrases each is called wrong, with and without a check value', async () => {
    for (const options of [
      ['-nomac', '-legacy', '-iter', '1'],
      ['-iter', '1', '-nomac'],
      ['-iter', '1'],
    ]) {
      const bytes = make(...options);
      for (let n = 0; n < 300; n += 1) {
        expect(await faultOf(readPkcs12(bytes, `wrong ${n}`))).toMatch(/^The passphrase of the PKCS #12 file is wrong/);
      }
    }
  });

  test('of ciphers that are not read say how to convert them, and that works', async () => {
    const bytes = make('-legacy', '-keypbe', 'PBE-SHA1-RC4-128', '-certfile', 'chain.pem');
    expect(await faultOf(readPkcs12(bytes, SECRET))).toContain('"openssl pkcs12 -legacy -in old.p12 -out new.pem"');
    workshop.write('old.p12', bytes);
    const passes = ['-passin', `pass:${SECRET}`, '-passout', 'pass:new'];
    workshop.openssl('pkcs12', '-legacy', '-in', 'old.p12', '-out', 'new.pem', ...passes);
    const key = readPrivateKey(workshop.read('new.pem'), 'new');
    expect(key.spki).toEqual(jane.certificate.spki);
    expect(readCertificates(workshop.read('new.pem'))[0]!.spki).toEqual(key.spki);
  });

  test('without a key, or without its certificate, say so', async () => {
    const keyless = make('-nokeys', '-in', 'chain.pem');
    expect(await faultOf(readPkcs12(keyless, SECRET))).toBe(
      'The PKCS #12 file holds no private key. It holds 3 certificates only.',
    );
    const keyOnly = workshop.openssl('pkcs12', '-export', '-nocerts', '-inkey', 'key.pem', '-passout', 'pass:x');
    expect(await faultOf(readPkcs12(keyOnly, 'x'))).toContain('no certificate that belongs');
  });

  test('that are PEM or anything else are told apart', async () => {
    expect(await faultOf(readPkcs12(workshop.read('cert.pem'), 'x'))).toContain('goes to --cert and --key');
    expect(await faultOf(readPkcs12(jane.der, 'x'))).toBe('The file is not a PKCS #12 file.');
    expect(await faultOf(readPkcs12(new Uint8Array(0), 'x'))).toBe('The file is not a PKCS #12 file.');
    const bytes = make();
    expect(await faultOf(readPkcs12(bytes.subarray(0, 1000), SECRET))).toContain('damaged');
    expect(await faultOf(readPkcs12(new Uint8Array(Buffer.concat([bytes, bytes])), SECRET))).toContain('damaged');
    expect(await faultOf(readPkcs12(new Uint8Array(2_000_000).fill(0x30), 'x'))).toContain('at most');
  });

  test('that were changed anywhere never give a key of somebody else, and never throw anything else', async () => {
    const bytes = make('-iter', '1');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= change;
        try {
          const { key } = await readPkcs12(changed, SECRET);
          expect(key.spki).toEqual(jane.certificate.spki);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(VouchError);
          expect(thrown).toMatchObject({ code: 'key' });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('written in BER, with indefinite lengths and octet strings in pieces, open as well', async () => {
    for (const options of [[], ['-legacy']]) {
      const bytes = make(...options);
      const ber = toBer(bytes);
      expect(ber.length).toBeGreaterThan(bytes.length);
      expect(await expectToSign(ber, SECRET)).toEqual(['CN=Jane,O=Test']);
    }
  });
});

describe('files made here', () => {
  test('with a PBMAC1 check value (RFC 9579) open', async () => {
    const bytes = writePkcs12([[jane, 'jane']], { mac: 'pbmac1' });
    expect(await expectToSign(bytes, SECRET)).toEqual(['CN=Jane,O=Test']);
    expect(await faultOf(readPkcs12(bytes, 'no'))).toBe('The passphrase of the PKCS #12 file is wrong.');
  });

  test('with several keys list them, and one can be chosen', async () => {
    const bytes = writePkcs12([
      [jane, 'work'],
      [tom, 'Robot'],
      [tom, 'work'],
    ]);
    const list = '1: "work" CN=Jane,O=Test (until 2027-01-01); 2: "Robot" CN=Tom,O=Test (until 2027-01-01);';
    expect(await faultOf(readPkcs12(bytes, SECRET))).toContain(`several keys; choose one with --alias`);
    expect(await faultOf(readPkcs12(bytes, SECRET))).toContain(list);
    expect(await faultOf(readPkcs12(bytes, SECRET, 'work'))).toContain('several keys of the name "work"');
    expect(await faultOf(readPkcs12(bytes, SECRET, 'home'))).toContain(
      'no key of the name or number "home": 1: "work"',
    );
    expect(await expectToSign(bytes, SECRET, 'robot')).toEqual(['CN=Tom,O=Test']);
    expect(await expectToSign(bytes, SECRET, '1')).toEqual(['CN=Jane,O=Test']);
  });

  test('that would keep this program busy are refused at once', async () => {
    for (const options of [
      { iterations: 2_000_000_000 },
      { iterations: 0 },
      { macIterations: 2_000_000_000 },
    ] as const) {
      const bytes = writePkcs12([[jane, 'jane']], options);
      const spent = startClock();
      expect(await faultOf(readPkcs12(bytes, SECRET))).toContain('rounds of hashing');
      expect(spent()).toBeLessThan(2_000);
    }
    const many = Array.from({ length: 60 }, (): [Issued, string] => [tom, 'x']);
    expect(await faultOf(readPkcs12(writePkcs12(many), SECRET))).toContain('more than 100');
    const greedy = Array.from({ length: 20 }, (): [Issued, string] => [tom, 'x']);
    expect(await faultOf(readPkcs12(writePkcs12(greedy, { iterations: 600_000 }), SECRET))).toContain('rounds');
  });

  test('nested without end are refused', async () => {
    const head = Uint8Array.of(2, 1, 3);
    let deep: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 5_000; depth += 1) deep = writeDer(TAG.sequence, deep);
    expect(await faultOf(readPkcs12(writeDer(TAG.sequence, head, deep), 'x'))).toContain('nested too deep');
    const open = new Uint8Array(500_000).fill(0x80);
    for (let at = 5; at < open.length; at += 2) open[at] = 0x30;
    open.set([0x30, 0x80, 2, 1, 3]);
    expect(await faultOf(readPkcs12(open, 'x'))).toContain('damaged');
  });
});

const sequence = (...parts: Uint8Array[]): Uint8Array => writeDer(TAG.sequence, ...parts);
const octets = (bytes: Uint8Array): Uint8Array => writeDer(TAG.octetString, bytes);
const explicit = (value: Uint8Array): Uint8Array => writeDer(0xa0, value);
const DATA = '1.2.840.113549.1.7.1';
const HMAC_SHA256 = sequence(writeOid('1.2.840.113549.2.9'), Uint8Array.of(5, 0));

function integer(value: number): Uint8Array {
  const hex = value.toString(16);
  const digits = Buffer.from(hex.length % 2 === 1 ? `0${hex}` : hex, 'hex');
  return writeDer(TAG.integer, ...(digits[0]! >= 0x80 ? [Uint8Array.of(0)] : []), digits);
}

function pbkdf2(salt: Uint8Array, iterations: number): Uint8Array {
  const parameters = sequence(octets(salt), integer(iterations), integer(32), HMAC_SHA256);
  return sequence(writeOid('1.2.840.113549.1.5.12'), parameters);
}

interface Making {
  readonly mac?: 'pbmac1';
  readonly iterations?: number;
  readonly macIterations?: number;
}

/** A PKCS #12 file of keys in AES-256 and certificates in the open. */
function writePkcs12(people: readonly (readonly [Issued, string])[], making: Making = {}): Uint8Array {
  const { iterations = 10, macIterations } = making;
  const bags = people.flatMap(([issued, name]) => {
    const friendly = writeDer(TAG.bmpString, Buffer.from(name, 'utf16le').swap16());
    const attribute = sequence(writeOid('1.2.840.113549.1.9.20'), writeDer(TAG.set, friendly));
    const salt = randomBytes(8);
    const iv = randomBytes(16);
    // A file that promises more rounds than anyone does needs no right key.
    const key = pbkdf2Sync(SECRET, salt, iterations > 1_000_000 ? 1 : Math.max(iterations, 1), 32, 'sha256');
    const cipher = createCipheriv('aes-256-cbc', key, iv);
    const pkcs8 = readPem(Buffer.from(issued.privateKeyPem))[0]!.der!;
    const encrypted = Buffer.concat([cipher.update(pkcs8), cipher.final()]);
    const scheme = sequence(writeOid('2.16.840.1.101.3.4.1.42'), octets(iv));
    const algorithm = sequence(writeOid('1.2.840.113549.1.5.13'), sequence(pbkdf2(salt, iterations), scheme));
    const bag = (kind: number, value: Uint8Array): Uint8Array =>
      sequence(writeOid(`1.2.840.113549.1.12.10.1.${kind}`), explicit(value), writeDer(TAG.set, attribute));
    const certificate = sequence(writeOid('1.2.840.113549.1.9.22.1'), explicit(octets(issued.der)));
    return [bag(2, sequence(algorithm, octets(encrypted))), bag(3, certificate)];
  });
  const safe = sequence(writeOid(DATA), explicit(octets(sequence(...bags))));
  const content = sequence(safe);
  const parts = [integer(3), sequence(writeOid(DATA), explicit(octets(content)))];
  if (making.mac === 'pbmac1') {
    const salt = randomBytes(8);
    const value = createHmac('sha256', pbkdf2Sync(SECRET, salt, 2048, 32, 'sha256'))
      .update(content)
      .digest();
    const algorithm = sequence(writeOid('1.2.840.113549.1.5.14'), sequence(pbkdf2(salt, 2048), HMAC_SHA256));
    parts.push(sequence(sequence(algorithm, octets(value)), octets(Buffer.from('NOT USED')), integer(1)));
  } else if (macIterations !== undefined) {
    const algorithm = sequence(writeOid('2.16.840.1.101.3.4.2.1'), Uint8Array.of(5, 0));
    parts.push(sequence(sequence(algorithm, octets(randomBytes(32))), octets(randomBytes(8)), integer(macIterations)));
  }
  return sequence(...parts);
}

/** The file as a BER writer would have sent it: lengths left open, octet strings of its layers cut into pieces. */
function toBer(der: Uint8Array): Uint8Array {
  return rewrite(der, { value: 0 });
}

function rewrite(der: Uint8Array, at: { value: number }): Uint8Array {
  const tag = der[at.value]!;
  let length = der[at.value + 1]!;
  let start = at.value + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    length = 0;
    for (let n = 0; n < count; n += 1) length = length * 256 + der[start++]!;
  }
  const end = start + length;
  if ((tag & 0x20) !== 0) {
    const parts: Uint8Array[] = [];
    at.value = start;
    while (at.value < end) parts.push(rewrite(der, at));
    return Buffer.concat([Uint8Array.of(tag, 0x80), ...parts, Uint8Array.of(0, 0)]);
  }
  at.value = end;
  const content = der.subarray(start, end);
  const isCut = (tag === TAG.octetString || tag === 0x80) && content.length > 100;
  if (!isCut) return writeDer(tag, content);
  const pieces = [content.subarray(0, 50), content.subarray(50)].map((piece) => octets(piece));
  return Buffer.concat([Uint8Array.of(tag === 0x80 ? 0xa0 : 0x24, 0x80), ...pieces, Uint8Array.of(0, 0)]);
}
