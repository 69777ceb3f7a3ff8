import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { type Issued, issueAuthority, issueCertificate } from '../../src/x509/issue.ts';
import { checkAnswer, writeTimestampQuery } from '../../src/x509/timestamp-query.ts';
import { readTimestampToken, type TimestampToken } from '../../src/x509/timestamp-token.ts';
import { hasOpenssl } from './programs.ts';
import { OpensslTsa } from './timestamp-openssl.ts';

const NOW = Date.now();
const DAY = 86_400_000;
const WINDOW = { notBefore: new Date(NOW - DAY), notAfter: new Date(NOW + DAY) };
const OCTETS = new TextEncoder().encode('the signature value of an entry');

function read(der: Uint8Array): TimestampToken {
  const reading = readTimestampToken(der);
  if (!reading.ok) throw new Error(reading.message);
  return reading.token;
}

const message = (der: Uint8Array): string | undefined => {
  const reading = readTimestampToken(der);
  return reading.ok ? undefined : reading.message;
};

describe.skipIf(!hasOpenssl)('a token of openssl ts (apt install openssl)', () => {
  let root: Issued;
  let stamper: OpensslTsa;
  let reply: Uint8Array;
  beforeAll(async () => {
    root = await issueAuthority({ subject: 'CN=Time Root,O=Test', ...WINDOW });
    const tsa = await issueCertificate(root, {
      subject: 'CN=Time,O=Test',
      ...WINDOW,
      purposes: ['timeStamping'],
      flipCritical: ['extendedKeyUsage'],
    });
    stamper = new OpensslTsa(tsa, [root]);
    reply = stamper.stamp(OCTETS);
  });
  afterAll(() => stamper.dispose());

  test('says what was stamped, when, and how exactly', async () => {
    const token = read(reply);
    expect(token.imprint).toEqual({ hash: 'SHA-256', digest: await nodeCrypto.digest('SHA-256', OCTETS) });
    expect(Math.abs(token.genTime.getTime() - Date.now())).toBeLessThan(60_000);
    expect(token.accuracyMs).toBe(1501);
    expect(token.policy).toBe('1.2.3.4.1');
    expect(token.nonce).toMatch(/^[0-9a-f]+$/);
    expect(token.criticalExtensions).toEqual([]);
    expect(token.message.certificates).toHaveLength(2);
  });

  test('is the same with and without the reply around it', () => {
    expect(read(stamper.tokenOf(reply))).toEqual(read(reply));
  });

  test('has no nonce and no certificates where none were asked for', () => {
    const token = read(stamper.stamp(OCTETS, '-no_nonce', '-sha512'));
    expect(token.nonce).toBeUndefined();
    expect(token.message.certificates).toEqual([]);
    expect(token.imprint.hash).toBe('SHA-512');
  });

  test('answers our own question, and no other', async () => {
    const sha256 = await nodeCrypto.digest('SHA-256', OCTETS);
    for (const nonce of [Uint8Array.of(0, 0, 0x81, 2), Uint8Array.of(0x7f), Uint8Array.of(0)]) {
      const query = { sha256, nonce };
      const token = read(stamper.answer(writeTimestampQuery(query)));
      expect(checkAnswer(query, token)).toBeUndefined();
      expect(checkAnswer({ ...query, nonce: Uint8Array.of(9) }, token)).toMatch(/nonce/);
      expect(checkAnswer({ ...query, sha256: new Uint8Array(32) }, token)).toMatch(/something else/);
    }
  });

  test('that was refused is refused with the words of the authority', () => {
    expect(message(stamper.stamp(OCTETS, '-md5'))).toMatch(/granted none; its answer is a rejection: "/);
  });

  test('with any octet changed is read or refused, but never throws', () => {
    fc.assert(
      fc.property(fc.nat(reply.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = new Uint8Array(reply);
        changed[at]! ^= change;
        const reading = readTimestampToken(changed);
        expect(typeof (reading.ok ? reading.token.policy : reading.message)).toBe('string');
      }),
      { numRuns: 2_000 },
    );
  });

  test('that is cut off anywhere is refused', () => {
    for (let length = 0; length < reply.length; length += 1) expect(message(reply.subarray(0, length))).toBeDefined();
  });
});

test('bytes that are no token are refused with a sentence, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(message(bytes)).toMatch(/\.$/);
    }),
  );
  expect(message(new Uint8Array(65 * 1024))).toMatch(/at most 65536/);
});

test('BER with an indefinite length is refused with a sentence that says so', () => {
  expect(message(Uint8Array.of(0x30, 0x80, 0x06, 0x01, 0x2a, 0, 0))).toMatch(/indefinite length, which DER forbids/);
});
