import { beforeAll, describe, expect, test } from 'vitest';
import { type Issued, issueAuthority, issueCertificate } from '../../src/x509/issue.ts';
import { readPem, writePem } from '../../src/x509/pem.ts';
import { readAnchors, readCertificates } from '../../src/x509/trust.ts';
import { startClock } from '../clock.ts';

const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

let one: Issued;
let two: Issued;
let jane: Issued;
beforeAll(async () => {
  one = await issueAuthority({ subject: 'CN=One', ...WINDOW });
  two = await issueAuthority({ subject: 'CN=Two', ...WINDOW });
  jane = await issueCertificate(one, { subject: 'CN=Jane', ...WINDOW });
});

describe('anchors', () => {
  test('come from PEM with one or more blocks and from DER, each once and in an order of their own', () => {
    const files = [
      { name: 'both.pem', bytes: encode(`a comment\n${two.certificatePem}\nanother\n${one.certificatePem}`) },
      { name: 'one.der', bytes: one.der },
    ];
    const { anchors, warnings } = readAnchors(files);
    expect(warnings).toEqual([]);
    expect(anchors.map(({ der }) => Buffer.from(der).toString('hex')).sort()).toEqual(
      [one, two].map(({ der }) => Buffer.from(der).toString('hex')).sort(),
    );
    expect(readAnchors(files.toReversed()).anchors).toEqual(anchors);
  });

  test('leave out what is none, with a warning that names the file', () => {
    const { anchors, warnings } = readAnchors([
      { name: 'empty.pem', bytes: encode('') },
      { name: 'key.pem', bytes: encode(one.privateKeyPem) },
      { name: 'cut.pem', bytes: encode(one.certificatePem.slice(0, 200)) },
      { name: 'damaged.pem', bytes: encode(one.certificatePem.replace(/\nM/, '\n*')) },
      { name: 'wrong.pem', bytes: encode(writePem('CERTIFICATE', one.der.subarray(1))) },
      { name: 'wrong.der', bytes: one.der.subarray(0, 100) },
      { name: 'person.pem', bytes: encode(jane.certificatePem) },
      { name: 'right.pem', bytes: encode(two.certificatePem) },
    ]);
    expect(anchors).toHaveLength(2);
    expect(warnings.map((text) => text.split(':')[0])).toEqual([
      'empty.pem',
      'key.pem',
      'key.pem',
      'cut.pem',
      'damaged.pem',
      'wrong.pem',
      'wrong.der',
      'person.pem',
    ]);
    expect(warnings.at(-1)).toContain('not an authority');
  });
});

describe('a signer’s file', () => {
  test('gives the certificates in its order, and passes over the key', () => {
    const pem = encode(`${jane.privateKeyPem}${jane.certificatePem}${one.certificatePem}`);
    expect(readCertificates(pem)).toEqual([jane.certificate, one.certificate]);
    expect(readCertificates(jane.der)).toEqual([jane.certificate]);
    const crlf = encode(jane.certificatePem.replaceAll('\n', '\r\n'));
    expect(readCertificates(crlf)).toEqual([jane.certificate]);
  });

  test.each([
    ['nothing', () => encode('')],
    ['a key only', () => encode(jane.privateKeyPem)],
    ['a damaged certificate', () => encode(jane.certificatePem.replace(/\nM/, '\n*'))],
    ['a certificate that is none', () => encode(writePem('CERTIFICATE', encode('hello')))],
  ])('with %s is refused in one sentence', (_, bytes) => {
    expect(() => readCertificates(bytes())).toThrow(/^The certificate file cannot be used\. /);
  });
});

describe('PEM', () => {
  test('old headers are kept apart from the base64', () => {
    const body = 'Proc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,00\r\n\r\nAAAA\r\n';
    const [block] = readPem(encode(`-----BEGIN RSA PRIVATE KEY-----\r\n${body}-----END RSA PRIVATE KEY-----\r\n`));
    expect(block?.headers).toBe('Proc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,00');
    expect(block?.der).toEqual(new Uint8Array(3));
  });

  test('hostile files are read in time', () => {
    const spent = startClock();
    for (const piece of [
      '-----BEGIN A-----',
      '-----BEGIN A-----\n-----END A-----',
      '-----BEGIN ',
      ':\n\r',
      '-----BEGIN A-----a:b\n-----END A-----',
    ]) {
      readPem(encode(piece.repeat(50_000)));
    }
    expect(spent()).toBeLessThan(2000);
  });
});
