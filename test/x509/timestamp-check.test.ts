import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/errors.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { TAG } from '../../src/x509/der.ts';
import { GENERAL_NAME } from '../../src/x509/general-name.ts';
import { type CertificateRequest, type Issued, issueAuthority, issueCertificate } from '../../src/x509/issue.ts';
import { type TimestampRequest, type TimestampVerdict, verifyTimestampToken } from '../../src/x509/timestamp-check.ts';
import { readTimestampToken } from '../../src/x509/timestamp-token.ts';
import { webCrypto } from '../../src/x509/web-crypto.ts';
import { writeDer } from '../../src/x509/write-der.ts';
import { makeList } from './crl-writer.ts';
import { bytes, sequence } from './forge.ts';
import { hasOpenssl } from './programs.ts';
import { OpensslTsa } from './timestamp-openssl.ts';
import { criticalStampExtension, makeToken, type TokenDraft } from './timestamp-writer.ts';

const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const OCTETS = new TextEncoder().encode('the signature value of an entry');
const GOOD: TokenDraft = { octets: OCTETS, genTime: '20260601000000Z' };
const TSA: CertificateRequest = {
  subject: 'CN=Time,O=Test',
  ...WINDOW,
  purposes: ['timeStamping'],
  flipCritical: ['extendedKeyUsage'],
};

let root: Issued;
let tsa: Issued;
beforeAll(async () => {
  root = await issueAuthority({ subject: 'CN=Time Root,O=Test', ...WINDOW });
  tsa = await issueCertificate(root, TSA);
});

async function verify(der: Uint8Array, changes: Partial<TimestampRequest> = {}): Promise<TimestampVerdict> {
  const reading = readTimestampToken(der);
  if (!reading.ok) throw new Error(reading.message);
  const request = { imprint: OCTETS, authorities: [root.certificate], crypto: nodeCrypto, ...changes };
  return verifyTimestampToken(reading.token, request);
}

/** What is said against a token; every finding has the code of time-stamps. */
async function faults(der: Uint8Array, changes: Partial<TimestampRequest> = {}): Promise<string[]> {
  const { findings, provenAt } = await verify(der, changes);
  expect(findings.every(({ code, severity }: Finding) => code === 'tsa' && severity === 'error')).toBe(true);
  expect(provenAt === undefined).toBe(findings.length > 0);
  return findings.map(({ message }) => message);
}

describe('a token', () => {
  test('proves its time, in Node and by the means of a browser', async () => {
    const token = await makeToken(tsa, GOOD);
    for (const crypto of [nodeCrypto, webCrypto]) {
      expect(await verify(token, { crypto })).toEqual({ findings: [], provenAt: new Date('2026-06-01T00:00:00Z') });
    }
  });

  test('proves the latest time it may mean: a fraction is rounded up, and inaccuracy added', async () => {
    const accuracy = sequence(writeDer(TAG.integer, bytes(2)), writeDer(0x80, bytes(3)), writeDer(0x81, bytes(4)));
    const token = await makeToken(tsa, { ...GOOD, genTime: '20260601000000.1001Z', rest: [accuracy] });
    expect((await verify(token)).provenAt).toEqual(new Date('2026-06-01T00:00:02.105Z'));
  });

  test('is good if its authority itself is listed, with the certificate in it or not', async () => {
    const authorities = [tsa.certificate];
    expect(await faults(await makeToken(tsa, GOOD), { authorities })).toEqual([]);
    expect(await faults(await makeToken(tsa, { ...GOOD, certificates: [] }), { authorities })).toEqual([]);
  });

  test('may name its signer by key identifier, and his certificate by SHA-1 as RFC 2634 does', async () => {
    const identifier = tsa.certificate.extensions.find(({ oid }) => oid === '2.5.29.14')!.value.subarray(2);
    expect(await faults(await makeToken(tsa, { ...GOOD, byKeyIdentifier: identifier }))).toEqual([]);
    expect(await faults(await makeToken(tsa, { ...GOOD, naming: 'old' }))).toEqual([]);
  });

  test('may be of an authority below another one that issues for time-stamping only', async () => {
    const purposes = { oid: '2.5.29.37', isCritical: false, value: sequence(bytes(6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 8)) };
    const middle = await issueAuthority({ subject: 'CN=Middle', ...WINDOW, issuer: root, extensions: [purposes] });
    const below = await issueCertificate(middle, TSA);
    expect(await faults(await makeToken(below, { ...GOOD, certificates: [below, middle] }))).toEqual([]);
    expect(await faults(await makeToken(below, GOOD))).toEqual([expect.stringMatching(/nobody to believe.*No path/)]);
  });
});

describe('a token proves nothing', () => {
  test('about other octets (TS-01)', async () => {
    const other = await makeToken(tsa, { ...GOOD, octets: bytes(1) });
    expect(await faults(other)).toEqual(['The time-stamp is for something else than the signature of this entry.']);
  });

  test('if its certificate is not for time-stamping alone, and critically so (TS-02)', async () => {
    const requests: CertificateRequest[] = [
      { ...TSA, flipCritical: [] },
      { ...TSA, purposes: ['timeStamping', 'clientAuth'] },
      { ...TSA, purposes: ['clientAuth'] },
      { ...TSA, omit: ['extendedKeyUsage'] },
    ];
    for (const request of requests) {
      const other = await issueCertificate(root, request);
      expect(await faults(await makeToken(other, GOOD))).toEqual([
        expect.stringMatching(/nobody to believe\. The certificate is not for time-stamping alone/),
      ]);
    }
    const encrypting = await issueCertificate(root, { ...TSA, keyUsage: ['digitalSignature', 'keyEncipherment'] });
    expect(await faults(await makeToken(encrypting, GOOD))).toEqual([expect.stringMatching(/keyEncipherment/)]);
  });

  test('if its time is outside the validity of its certificate, before or after (TS-03)', async () => {
    expect(await faults(await makeToken(tsa, { ...GOOD, genTime: '20251231235959Z' }))).toEqual([
      expect.stringMatching(/not valid before/),
      expect.stringMatching(/not valid before/),
    ]);
    expect(await faults(await makeToken(tsa, { ...GOOD, genTime: '20270101000000.5Z' }))).toEqual([
      expect.stringMatching(/expired on/),
      expect.stringMatching(/expired on/),
    ]);
  });

  test('if nobody trusted vouches for its authority, whatever it brings along (TS-04)', async () => {
    const foreign = await issueAuthority({ subject: 'CN=Time Root,O=Test', ...WINDOW });
    const other = await issueCertificate(foreign, TSA);
    const token = await makeToken(other, { ...GOOD, certificates: [other, foreign] });
    expect((await faults(token)).join()).toMatch(/No path leads to a trusted authority/);
    expect(await faults(token, { authorities: [] })).not.toEqual([]);
  });

  test('if it is over a hash that is not accepted (TS-05)', async () => {
    expect(await faults(await makeToken(tsa, { ...GOOD, hash: 'SHA-1' }))).toEqual([
      'The time-stamp is over another digest than SHA-256, SHA-384 or SHA-512.',
    ]);
    expect(await faults(await makeToken(tsa, { ...GOOD, digest: 'SHA-1' }))).toEqual([
      expect.stringMatching(/signed over another digest/),
    ]);
    expect(await faults(await makeToken(tsa, { ...GOOD, digest: 'SHA-384' }))).toEqual([
      expect.stringMatching(/signed with an algorithm that is not accepted/),
    ]);
  });

  test('with two signers, or none (TS-06)', async () => {
    for (const [signers, sentence] of [
      [[tsa, tsa], /more than one signer/],
      [[], /no signer/],
    ] as const) {
      const reading = readTimestampToken(await makeToken(tsa, { ...GOOD, signers }));
      expect(reading).toEqual({ ok: false, message: expect.stringMatching(sentence) });
    }
  });

  test('if it was changed after signing', async () => {
    expect(await faults(await makeToken(tsa, { ...GOOD, isContentChanged: true }))).toEqual([
      expect.stringMatching(/changed after signing/),
    ]);
    expect(await faults(await makeToken(tsa, { ...GOOD, isSignatureBroken: true }))).toEqual([
      expect.stringMatching(/does not verify/),
    ]);
    expect(await faults(await makeToken(tsa, { ...GOOD, signedType: '1.2.840.113549.1.7.1' }))).toEqual([
      expect.stringMatching(/not about content of this type/),
    ]);
  });

  test('if its attributes are not signed, or its content is of another type', async () => {
    const unsigned = readTimestampToken(await makeToken(tsa, { ...GOOD, hasAttributes: false }));
    expect(unsigned).toEqual({ ok: false, message: expect.stringMatching(/signed attributes/) });
    const plain = readTimestampToken(await makeToken(tsa, { ...GOOD, contentType: '1.2.840.113549.1.7.1' }));
    expect(plain).toEqual({ ok: false, message: expect.stringMatching(/not a time-stamp token/) });
  });

  test('if its signer is not the one whose certificate it names', async () => {
    const twin = await issueCertificate(root, { ...TSA, key: tsa });
    expect(await faults(await makeToken(tsa, { ...GOOD, named: twin }))).toEqual([
      expect.stringMatching(/about another certificate/),
    ]);
    expect(await faults(await makeToken(tsa, { ...GOOD, named: null }))).toEqual([
      expect.stringMatching(/lacks the signed attribute/),
    ]);
    const names = sequence(writeDer(GENERAL_NAME.directoryName, tsa.certificate.issuer.der));
    const serial = (hex: string): Uint8Array => writeDer(TAG.integer, Buffer.from(hex, 'hex'));
    const right = sequence(names, serial(tsa.certificate.serial));
    expect(await faults(await makeToken(tsa, { ...GOOD, issuerSerial: right }))).toEqual([]);
    expect(await faults(await makeToken(tsa, { ...GOOD, issuerSerial: sequence(names, serial('07')) }))).toHaveLength(
      1,
    );
    expect(await faults(await makeToken(tsa, { ...GOOD, issuerSerial: sequence() }))).toHaveLength(1);
    expect(await faults(await makeToken(tsa, { ...GOOD, certificates: [] }))).toEqual([
      expect.stringMatching(/neither in it nor among those/),
    ]);
  });

  test('if it has a critical extension, or is from the future', async () => {
    expect(await faults(await makeToken(tsa, { ...GOOD, rest: [criticalStampExtension] }))).toEqual([
      expect.stringMatching(/critical extension 1\.2\.3\.4/),
    ]);
    const token = await makeToken(tsa, GOOD);
    expect(await faults(token, { at: new Date('2026-05-31T23:50:00Z') })).toEqual([expect.stringMatching(/future/)]);
    expect(await faults(token, { at: new Date('2026-05-31T23:56:00Z') })).toEqual([]);
  });

  test('if its authority was revoked by then, or for doubt on its key at any time', async () => {
    const token = await makeToken(tsa, GOOD);
    const revoked = (reason: 'superseded' | 'keyCompromise', revokedAt: string) =>
      makeList(root, {
        entries: [{ serial: tsa.certificate.serial, reason, revokedAt: new Date(revokedAt) }],
      });
    expect(await faults(token, { lists: [revoked('superseded', '2026-05-01T00:00:00Z')] })).toHaveLength(1);
    expect(await faults(token, { lists: [revoked('keyCompromise', '2026-07-01T00:00:00Z')] })).toHaveLength(1);
    expect(await faults(token, { lists: [revoked('superseded', '2026-07-01T00:00:00Z')] })).toEqual([]);
  });

  test('with any octet changed but those that are not signed, and never throws', async () => {
    const token = await makeToken(tsa, GOOD);
    const good = await verify(token);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = new Uint8Array(token);
        changed[at]! ^= change;
        const reading = readTimestampToken(changed);
        if (!reading.ok) return;
        const request = { imprint: OCTETS, authorities: [root.certificate], crypto: nodeCrypto };
        const verdict = await verifyTimestampToken(reading.token, request);
        // Version numbers and the list of digest algorithms are not signed; what is proven never differs.
        if (verdict.provenAt !== undefined) expect(verdict).toEqual(good);
      }),
      { numRuns: 1_500 },
    );
  });
});

describe.skipIf(!hasOpenssl)('openssl ts as the authority (apt install openssl)', () => {
  const stampers: OpensslTsa[] = [];
  afterAll(() => {
    for (const stamper of stampers) stamper.dispose();
  });

  async function open(
    request: Partial<CertificateRequest> = {},
    settings: Readonly<Record<string, string>> = {},
  ): Promise<OpensslTsa> {
    const window = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) };
    root = await issueAuthority({ subject: 'CN=Time Root,O=Test', ...window });
    const stamper = new OpensslTsa(await issueCertificate(root, { ...TSA, ...window, ...request }), [root], settings);
    stampers.push(stamper);
    return stamper;
  }

  /** What openssl says of a reply over the octets. */
  function isGoodForOpenssl(stamper: OpensslTsa, reply: Uint8Array): boolean {
    stamper.write('octets', OCTETS);
    stamper.write('reply.tsr', reply);
    stamper.write('root.pem', root.certificatePem);
    try {
      stamper.openssl('ts', '-verify', '-data', 'octets', '-in', 'reply.tsr', '-CAfile', 'root.pem');
      return true;
    } catch {
      return false;
    }
  }

  test.each([
    ['p-256', 'sha256', 'sha256', '-sha256'],
    ['p-384', 'sha384', 'sha384', '-sha384'],
    ['p-521', 'sha512', 'sha1', '-sha512'],
    ['rsa-2048', 'sha512', 'sha512', '-sha256'],
    ['rsa-3072', 'sha256', 'sha1', '-sha512'],
  ] as const)(
    'with a key %s, signing with %s, naming its certificate by %s, over %s',
    async (key, digest, naming, hash) => {
      const stamper = await open({ key }, { signer_digest: digest, ess_cert_id_alg: naming });
      const reply = stamper.stamp(OCTETS, hash, '-cert');
      const { findings, provenAt } = await verify(reply, { at: new Date() });
      expect(findings).toEqual([]);
      expect(Math.abs(provenAt!.getTime() - Date.now())).toBeLessThan(60_000);
      expect(isGoodForOpenssl(stamper, reply)).toBe(true);
      expect(await faults(stamper.stamp(bytes(1, 2, 3), hash, '-cert'))).toHaveLength(1);
    },
  );

  test('and it agrees on what our own writer makes, good and bad', async () => {
    const stamper = await open();
    const signer = await issueCertificate(root, {
      ...TSA,
      notBefore: root.certificate.notBefore,
      notAfter: root.certificate.notAfter,
    });
    const genTime = `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
    const draft = { octets: OCTETS, genTime };
    const lone = await issueCertificate(root, {
      ...TSA,
      notBefore: root.certificate.notBefore,
      notAfter: root.certificate.notAfter,
      flipCritical: [],
    });
    const drafts: [Issued, TokenDraft][] = [
      [signer, draft],
      [signer, { ...draft, naming: 'old' }],
      [signer, { ...draft, octets: bytes(1) }],
      [signer, { ...draft, isContentChanged: true }],
      [signer, { ...draft, isSignatureBroken: true }],
      [signer, { ...draft, named: lone }],
      [signer, { ...draft, named: null }],
      [signer, { ...draft, signers: [signer, signer] }],
      [lone, draft],
    ];
    for (const [index, [who, one]] of drafts.entries()) {
      const token = await makeToken(who, one);
      const reading = readTimestampToken(token);
      const ours = reading.ok && (await verify(token)).findings.length === 0;
      const reply = sequence(sequence(writeDer(TAG.integer, bytes(0))), token);
      expect([index, ours]).toEqual([index, isGoodForOpenssl(stamper, reply)]);
    }
  });
});
