import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Certificate } from '../../src/x509/certificate.ts';
import { TAG } from '../../src/x509/der.ts';
import { type Issued, issueCertificate, writeDerName } from '../../src/x509/issue.ts';
import { writeName } from '../../src/x509/name.ts';
import { isSmallOrderPoint } from '../../src/x509/public-key.ts';
import { readCertificate } from '../../src/x509/read-certificate.ts';
import { writeDer, writeOid, writeText } from '../../src/x509/write-der.ts';
import { startClock } from '../clock.ts';
import { algorithm, bytes, extension, type Forgery, forge, sequence, utcTime } from './forge.ts';
import { hasOpenssl, Workshop } from './programs.ts';

const ORIGINALS = '../shared/data/stratuslab';
const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };

/** The certificate, or a failure of the test with what was found. */
function read(der: Uint8Array): Certificate {
  const reading = readCertificate(der);
  if (reading.ok) return reading.certificate;
  throw new Error(JSON.stringify(reading.findings));
}

/** `code: message` of each finding. */
function refusal(der: Uint8Array): string[] {
  const reading = readCertificate(der);
  return reading.ok ? [] : reading.findings.map(({ code, message }) => `${code}: ${message}`);
}

describe('what a certificate says', () => {
  test('every field is read as it was issued', async () => {
    const { der, certificate, privateKeyPem } = await issueCertificate(undefined, {
      subject: 'CN=Jane Tester+UID=jane,emailAddress=j@old.example.org,O=Test,C=EU',
      email: ['jane@example.org', 'j@old.example.org'],
      purposes: ['clientAuth'],
      serial: '00ab01',
      ...WINDOW,
    });
    expect(certificate.version).toBe(3);
    expect(certificate.serial).toBe('ab01');
    expect(writeName(certificate.subject)).toBe(
      'CN=Jane Tester+UID=jane,1.2.840.113549.1.9.1=#16116a406f6c642e6578616d706c652e6f7267,O=Test,C=EU',
    );
    expect(writeName(certificate.issuer)).toBe(writeName(certificate.subject));
    expect(certificate.notBefore).toEqual(WINDOW.notBefore);
    expect(certificate.notAfter).toEqual(WINDOW.notAfter);
    expect(certificate.publicKey).toEqual({ kind: 'ec', curve: 'P-256' });
    expect(certificate.emails).toEqual(['jane@example.org', 'j@old.example.org']);
    expect(certificate.signature.oid).toBe('1.2.840.10045.4.3.2');
    expect(certificate.extensions.map(({ oid, isCritical }) => [oid, isCritical])).toContainEqual(['2.5.29.15', true]);
    expect(certificate.der).toEqual(der);
    expect(privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  test('the bytes are copied', async () => {
    const { der } = await issueCertificate(undefined, { subject: 'CN=Jane', ...WINDOW });
    for (const mine of [new Uint8Array(der), Buffer.from(der)]) {
      const certificate = read(mine);
      mine.fill(0);
      expect(certificate.der).toEqual(der);
    }
  });

  test('old versions are read, and say so', () => {
    const none = { version: new Uint8Array() };
    expect(read(forge(none)).version).toBe(1);
    const second = writeDer(0xa0, writeDer(TAG.integer, bytes(1)));
    expect(read(forge({ version: second, afterSpki: [writeDer(0x81, bytes(0, 1))] })).version).toBe(2);
  });

  test('a serial number of 20 octets, or of 20 and a sign octet less one, is read', () => {
    expect(read(forge({ serial: writeDer(TAG.integer, new Uint8Array(20).fill(0x7f)) })).serial).toBe('7f'.repeat(20));
    expect(read(forge({ serial: writeDer(TAG.integer, bytes(0)) })).serial).toBe('00');
  });

  test('an e-mail attribute counts only if it can be an address', () => {
    const emails = (value: string): readonly string[] =>
      read(
        forge({
          subject: sequence(
            writeDer(TAG.set, sequence(writeOid('1.2.840.113549.1.9.1'), writeText(TAG.utf8String, value))),
          ),
        }),
      ).emails;
    expect(emails('a@b')).toEqual(['a@b']);
    for (const value of ['a', 'a b@c', 'a\0@b', 'a@b\n', '\u0430@b', '@']) expect(emails(value)).toEqual([]);
  });
});

describe('keys', () => {
  const EC = '1.2.840.10045.2.1';
  const P256 = writeOid('1.2.840.10045.3.1.7');
  const key = (spki: Uint8Array) => read(forge({ spki })).publicKey;
  const bits = (...content: Uint8Array[]): Uint8Array => writeDer(TAG.bitString, bytes(0), ...content);
  const rsa = (modulus: Uint8Array, exponent: Uint8Array): Uint8Array =>
    sequence(
      algorithm('1.2.840.113549.1.1.1', writeDer(TAG.null)),
      bits(sequence(writeDer(TAG.integer, modulus), writeDer(TAG.integer, exponent))),
    );
  const ed25519 = (hex: string): Uint8Array => sequence(algorithm('1.3.101.112'), bits(Buffer.from(hex, 'hex')));

  test('RSA has its size and exponent', () => {
    expect(key(rsa(bytes(0, 0x80, 0), bytes(3)))).toEqual({ kind: 'rsa', bits: 16, exponent: 3n });
    expect(key(rsa(bytes(0x01, 0), bytes(1, 0, 1)))).toEqual({ kind: 'rsa', bits: 9, exponent: 65537n });
  });

  test.each([
    [
      'another curve',
      sequence(algorithm(EC, writeOid('1.3.132.0.10')), bits(bytes(4), new Uint8Array(64))),
      '1.3.132.0.10',
    ],
    ['explicit parameters', sequence(algorithm(EC, sequence(writeDer(TAG.integer, bytes(1)))), bits(bytes(4))), EC],
    ['no parameters', sequence(algorithm(EC), bits(bytes(4), new Uint8Array(64))), EC],
    ['a compressed point', sequence(algorithm(EC, P256), bits(bytes(2), new Uint8Array(32))), '1.2.840.10045.3.1.7'],
    ['a short point', sequence(algorithm(EC, P256), bits(bytes(4), new Uint8Array(63))), '1.2.840.10045.3.1.7'],
    ['DSA', sequence(algorithm('1.2.840.10040.4.1'), bits(bytes(2, 1, 1))), '1.2.840.10040.4.1'],
    ['Ed448', sequence(algorithm('1.3.101.113'), bits(new Uint8Array(57))), '1.3.101.113'],
  ])('%s is read and not supported', (_, spki, oid) => {
    expect(key(spki)).toEqual({ kind: 'unsupported', oid });
  });

  test('Ed25519 points of small order are not supported', () => {
    expect(key(ed25519('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')).kind).toBe('ed25519');
    const small = smallOrderEncodings();
    expect(small).toHaveLength(14);
    for (const encoding of small) expect(key(ed25519(encoding)).kind).toBe('unsupported');
    const point = Buffer.from(small.find((encoding) => encoding.endsWith('ff'))!, 'hex');
    isSmallOrderPoint(point);
    expect(point[31]).toBe(0xff);
  });
});

/** Every encoding of a point of Ed25519 whose order divides 8, found by arithmetic: y with 8·P = 0, reduced or not, with either sign. */
function smallOrderEncodings(): string[] {
  const p = 2n ** 255n - 19n;
  const mod = (n: bigint): bigint => ((n % p) + p) % p;
  const power = (base: bigint, exponent: bigint): bigint => {
    let [result, square] = [1n, mod(base)];
    for (let rest = exponent; rest > 0n; rest >>= 1n) {
      if (rest & 1n) result = mod(result * square);
      square = mod(square * square);
    }
    return result;
  };
  const invert = (n: bigint): bigint => power(n, p - 2n);
  const d = mod(-121665n * invert(121666n));
  const root = (n: bigint): bigint | undefined => {
    const candidate = power(n, (p + 3n) / 8n);
    for (const r of [candidate, mod(candidate * power(2n, (p - 1n) / 4n))]) if (mod(r * r) === mod(n)) return r;
    return undefined;
  };
  const ys = new Set<bigint>([0n, 1n, p - 1n]);
  // A point of order 8 is one whose double has y = 0, which is where x² = -y²: the curve then says d·y⁴ + 2·y² - 1 = 0.
  const s = root(mod(1n + d))!;
  for (const sign of [1n, -1n]) {
    const y = root(mod((-1n + sign * s) * invert(d)));
    if (y !== undefined) for (const one of [y, p - y]) ys.add(one);
  }
  const encodings = new Set<string>();
  for (const y of ys) {
    for (const value of [y, y + p]) {
      if (value >= 2n ** 255n) continue;
      for (const top of [0n, 2n ** 255n]) {
        encodings.add(
          Buffer.from((value + top).toString(16).padStart(64, '0'), 'hex')
            .reverse()
            .toString('hex'),
        );
      }
    }
  }
  return [...encodings];
}

describe('what is no certificate', () => {
  const san = (...names: Uint8Array[]): Uint8Array => extension('2.5.29.17', false, sequence(...names));
  const constraints = (...parts: Uint8Array[]): Uint8Array => extension('2.5.29.19', true, sequence(...parts));
  const cases: [string, Forgery, RegExp][] = [
    ['version 1 written out', { version: writeDer(0xa0, writeDer(TAG.integer, bytes(0))) }, /version 1/],
    ['version 4', { version: writeDer(0xa0, writeDer(TAG.integer, bytes(3))) }, /version 4/],
    ['a negative serial number', { serial: writeDer(TAG.integer, bytes(0x80)) }, /negative/],
    ['a serial number of 30 octets', { serial: writeDer(TAG.integer, new Uint8Array(30).fill(1)) }, /30 octets/],
    ['an empty serial number', { serial: writeDer(TAG.integer) }, /serial number is an empty/],
    ['bytes after the signature', { afterSignature: [writeDer(TAG.null)] }, /After the signature/],
    ['bytes after the last field', { afterSpki: [writeDer(0xa4)] }, /After the last field/],
    ['extensions in version 1', { version: new Uint8Array(), extensions: [constraints()] }, /version 1 and has ext/],
    [
      'a unique identifier in version 1',
      { version: new Uint8Array(), afterSpki: [writeDer(0x81, bytes(0))] },
      /unique/,
    ],
    ['the same extension twice', { extensions: [constraints(), constraints()] }, /2\.5\.29\.19 twice/],
    [
      'an end that does not exist',
      { validity: sequence(utcTime('260101000000Z'), utcTime('260230000000Z')) },
      /end of the validity/,
    ],
    ['an empty part of the name', { subject: sequence(writeDer(TAG.set)) }, /part of the subject is empty/],
    [
      'invalid UTF-8 in the name',
      { subject: sequence(writeDer(TAG.set, sequence(writeOid('2.5.4.3'), writeDer(12, bytes(0xff))))) },
      /UTF-8/,
    ],
    [
      'a path length of what is no authority',
      { extensions: [constraints(writeDer(TAG.integer, bytes(0)))] },
      /path length/,
    ],
    [
      'a key usage of nothing',
      { extensions: [extension('2.5.29.15', true, writeDer(TAG.bitString, bytes(0, 0)))] },
      /key usage/,
    ],
    ['an empty alternative name', { extensions: [san()] }, /is empty/],
    ['an alternative name of no known form', { extensions: [san(writeDer(0x8f))] }, /form/],
    ['NUL in an e-mail address', { extensions: [san(writeText(0x81, 'a\0@b'))] }, /visible ASCII/],
    [
      'bytes after an extension',
      { extensions: [extension('2.5.29.14', false, bytes(4, 1, 1, 0))] },
      /After the value of/,
    ],
    [
      'a criticality of 01',
      { extensions: [sequence(writeOid('1.2.3'), bytes(1, 1, 1), bytes(4, 0))] },
      /not a DER boolean/,
    ],
    ['a signature of 7 bits', { signature: writeDer(TAG.bitString, bytes(1, 0)) }, /whole octets/],
    ['DER that is nested 1,500 deep', { innerAlgorithm: algorithm('1.2.3', nest(1500)) }, /nested/],
  ];

  test.each(cases)('%s is refused as cert-format', (_, parts, message) => {
    expect(refusal(forge(parts))).toEqual([expect.stringMatching(/^cert-format: /)]);
    expect(refusal(forge(parts))[0]).toMatch(message);
  });

  test('two algorithms are refused as alg-mismatch', () => {
    const outerAlgorithm = algorithm('1.2.840.113549.1.1.11', writeDer(TAG.null));
    expect(refusal(forge({ outerAlgorithm }))).toEqual([expect.stringMatching(/^alg-mismatch: /)]);
  });

  test('everything that is wrong is said', () => {
    const parts = { serial: writeDer(TAG.integer, new Uint8Array(21).fill(0x80)), outerAlgorithm: algorithm('1.2.3') };
    expect(refusal(forge(parts)).map((text) => text.split(':')[0])).toEqual([
      'cert-format',
      'cert-format',
      'alg-mismatch',
    ]);
  });

  test('more than 16 KiB are refused at once', () => {
    expect(refusal(new Uint8Array(16 * 1024 + 1))[0]).toContain('16384');
  });

  test.each([
    ['an empty file', ''],
    ['an indefinite length', `3080${'00'.repeat(40)}`],
    ['20,000 sequences in each other, cut to size', '3080'.repeat(8192)],
    ['trailing bytes', `${Buffer.from(forge()).toString('hex')}00`],
  ])('%s', (_, hex) => {
    const spent = startClock();
    expect(refusal(Buffer.from(hex, 'hex'))[0]).toMatch(/^cert-format: /);
    expect(spent()).toBeLessThan(250);
  });
});

function nest(depth: number): Uint8Array {
  let der = writeDer(TAG.null);
  for (let level = 0; level < depth; level += 1) der = writeDer(TAG.sequence, der);
  return der;
}

describe('hostile bytes', () => {
  let issued: Issued;
  beforeAll(async () => {
    issued = await issueCertificate(undefined, {
      subject: 'CN=Jane,O=Test',
      email: 'jane@example.org',
      purposes: ['clientAuth', 'emailProtection'],
      ...WINDOW,
    });
  });

  test('any bytes give an answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (some) => {
        const reading = readCertificate(some);
        expect(reading.ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('a certificate with changed octets gives an answer, quickly, and a different one if it is read', () => {
    const change = fc.record({ at: fc.nat(), octet: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const der = issued.der.slice();
        for (const { at, octet } of changes) der[at % der.length] = octet;
        const spent = startClock();
        const reading = readCertificate(der);
        expect(spent()).toBeLessThan(500);
        if (reading.ok) expect(reading.certificate.der).toEqual(der);
        else expect(reading.findings.every(({ check }) => check === 'certificate')).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('a certificate that is cut off or has octets put in gives an answer', () => {
    for (let at = 0; at < issued.der.length; at += 1) {
      expect(readCertificate(issued.der.subarray(0, at)).ok).toBe(false);
      const longer = Uint8Array.from([...issued.der.subarray(0, at), 0x30, ...issued.der.subarray(at)]);
      expect(readCertificate(longer).ok).toBe(false);
    }
  });
});

const hasOriginals = existsSync(ORIGINALS) || process.env.CI === 'true';

describe.skipIf(!hasOriginals)('the originals of StratusLab (needs ../shared/data)', () => {
  test('every certificate is read, and its names are the text of the entry', () => {
    let count = 0;
    for (const file of readdirSync(ORIGINALS).filter((name) => name.endsWith('.xml'))) {
      const document = readFileSync(`${ORIGINALS}/${file}`, 'utf8');
      const base64 = /X509Certificate>([^<]+)</.exec(document)?.[1];
      if (base64 === undefined) continue;
      const certificate = read(Buffer.from(base64.replaceAll('&#13;', ''), 'base64'));
      const text = (element: string): string | undefined =>
        new RegExp(`<(?:slreq:)?endorser[ >][^]*?<(?:slreq:)?${element}[^>]*>([^<]*)<`).exec(document)?.[1];
      count += 1;
      expect.soft(writeName(certificate.subject), file).toBe(text('subject'));
      expect.soft(writeName(certificate.issuer), file).toBe(text('issuer'));
    }
    expect(count).toBe(7);
  });
});

describe.skipIf(!hasOpenssl)('certificates made by openssl (apt install openssl)', () => {
  test('are read with the same names, times, serial and key', () => {
    const workshop = new Workshop();
    try {
      const subject = '/DC=org/DC=grid/O=Tést/OU=a+CN=Jane, Tester\\+ "x"/emailAddress=jane@example.org';
      const kinds: [string[], string][] = [
        [['-newkey', 'rsa:2048'], 'rsa'],
        [['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], 'ec'],
        [['-newkey', 'ed25519'], 'ed25519'],
        [['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit'], 'unsupported'],
        [['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'], 'unsupported'],
      ];
      for (const [newKey, kind] of kinds) {
        const options = [
          '-x509',
          '-nodes',
          '-keyout',
          'key.pem',
          '-outform',
          'der',
          '-utf8',
          '-multivalue-rdn',
          '-days',
          '9',
        ];
        const der = workshop.openssl(
          'req',
          ...options,
          ...newKey,
          '-subj',
          subject,
          '-addext',
          'subjectAltName=email:j@x.org',
        );
        const certificate = read(der);
        workshop.write('one.der', der);
        const show = (...what: string[]): string =>
          workshop
            .openssl('x509', '-inform', 'der', '-in', 'one.der', '-noout', ...what)
            .toString()
            .trim();
        expect(certificate.publicKey.kind).toBe(kind);
        expect(certificate.emails).toEqual(['j@x.org', 'jane@example.org']);
        expect(show('-serial')).toBe(`serial=${certificate.serial.toUpperCase()}`);
        expect(new Date(show('-enddate').replace('notAfter=', ''))).toEqual(certificate.notAfter);
        expect(writeName(certificate.subject)).toContain('O=Tést,DC=grid,DC=org');
        const digest = createHash('sha256').update(certificate.der).digest('hex').toUpperCase();
        expect(show('-fingerprint', '-sha256').replaceAll(':', '')).toContain(digest);
      }
    } finally {
      workshop.dispose();
    }
  });
});

test('the issuing door writes names as they are read', () => {
  expect(read(forge({ subject: writeDerName('CN=a,C=EU') })).subject.rdns).toHaveLength(2);
});
