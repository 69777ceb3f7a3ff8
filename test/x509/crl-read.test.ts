import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readRevocationList, readRevocationLists } from '../../src/x509/crl.ts';
import type { RevocationList } from '../../src/x509/crl-list.ts';
import { TAG } from '../../src/x509/der.ts';
import { type Issued, issueAuthority, writeDerName } from '../../src/x509/issue.ts';
import { writeName } from '../../src/x509/name.ts';
import { writePem } from '../../src/x509/pem.ts';
import { writeDer } from '../../src/x509/write-der.ts';
import { startClock } from '../clock.ts';
import { generalizedTime, type ListDraft, makeList, writeList } from './crl-writer.ts';
import { algorithm, bytes, extension, sequence, utcTime } from './forge.ts';

const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const ORIGINALS = '../shared/data/stratuslab';
const hasOriginals = existsSync(ORIGINALS) || process.env.CI === 'true';

let root: Issued;
beforeAll(async () => {
  root = await issueAuthority({ subject: 'CN=Root,O=Test', ...WINDOW });
});

function messageOf(der: Uint8Array): string {
  const reading = readRevocationList(der);
  return reading.ok ? 'read' : reading.message;
}

describe('a revocation list', () => {
  test('tells who issued it, when, and until when it counts', () => {
    const list = makeList(root, { number: 258 });
    expect(writeName(list.issuer)).toBe('CN=Root,O=Test');
    expect(list.thisUpdate).toEqual(new Date('2026-05-15T00:00:00Z'));
    expect(list.nextUpdate).toEqual(new Date('2026-06-15T00:00:00Z'));
    expect(list).toMatchObject({ version: 2, number: 258n, size: 0, isDelta: false, points: undefined, faults: [] });
  });

  test('is found by serial number, with time, reason and date of invalidity', () => {
    const revokedAt = new Date('2026-03-04T05:06:07Z');
    const invalidAt = new Date('1999-12-31T23:59:59Z');
    const list = makeList(root, {
      entries: [
        { serial: '01', revokedAt },
        { serial: 'c8090fd239f40a12', revokedAt, reason: 'keyCompromise', invalidAt },
        { serial: '7f', revokedAt: new Date('2051-02-28T00:00:00Z'), reason: 'aACompromise' },
      ],
    });
    expect(list.size).toBe(3);
    expect(list.find('01')).toEqual({ revokedAt, reason: 'unspecified' });
    expect(list.find('c8090fd239f40a12')).toEqual({ revokedAt, invalidAt, reason: 'keyCompromise' });
    expect(list.find('7f')).toEqual({ revokedAt: new Date('2051-02-28T00:00:00Z'), reason: 'aACompromise' });
    expect(list.find('02')).toBeUndefined();
  });

  test('that has a serial number twice tells when it was revoked first', () => {
    const [early, late] = [new Date('2026-01-02T00:00:00Z'), new Date('2026-02-02T00:00:00Z')];
    for (const times of [
      [early, late],
      [late, early],
    ]) {
      const list = makeList(root, { entries: times.map((revokedAt) => ({ serial: '05', revokedAt })) });
      expect(list.find('05')?.revokedAt).toEqual(early);
    }
  });

  test('reads every time as the platform does', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1950-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const revokedAt = new Date(Math.floor(date.getTime() / 1000) * 1000);
          const list = makeList(root, { entries: [{ serial: '01', revokedAt, invalidAt: revokedAt }] });
          expect(list.find('01')).toEqual({ revokedAt, invalidAt: revokedAt, reason: 'unspecified' });
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });

  test('finds exactly the serial numbers that are on it', () => {
    const serial = fc.uint8Array({ minLength: 1, maxLength: 3 }).map((octets) => {
      const hex = Buffer.from(octets)
        .toString('hex')
        .replace(/^(00)+/, '');
      return hex === '' ? '00' : hex;
    });
    fc.assert(
      fc.property(fc.uniqueArray(serial, { maxLength: 60 }), fc.array(serial, { maxLength: 20 }), (listed, asked) => {
        const list = makeList(root, { entries: listed.map((one) => ({ serial: one })) });
        for (const one of [...listed, ...asked]) expect(list.find(one) !== undefined).toBe(listed.includes(one));
      }),
      { numRuns: 40, seed: 4 },
    );
  });

  test('may be PEM among other text, several in one file', () => {
    const der = writeList(root, { number: 1 });
    const pem = `Some words.\n${writePem('X509 CRL', der)}`;
    expect(messageOf(new TextEncoder().encode(pem))).toBe('read');
    const both = new TextEncoder().encode(root.certificatePem + pem + pem.replace(/\n/g, '\r\n'));
    expect(readRevocationLists(both).map(({ ok }) => ok)).toEqual([true, true]);
    expect(messageOf(both)).toMatch('holds 2 revocation lists');
    expect(messageOf(new TextEncoder().encode(root.certificatePem))).toMatch('holds no revocation list');
    expect(messageOf(new TextEncoder().encode(pem.replace('MI', 'M-')))).toMatch('PEM block is damaged');
    expect(messageOf(new Uint8Array())).toMatch('holds no revocation list');
  });

  test('of version 1 is read too', () => {
    expect(makeList(root, { version: 1, entries: [{ serial: '0a' }] })).toMatchObject({
      version: 1,
      size: 1,
      faults: [],
    });
  });
});

describe('a list that tells nothing about any certificate', () => {
  const flag = (tag: number): Uint8Array => sequence(writeDer(tag, bytes(0xff)));
  const point = (value: Uint8Array): ListDraft => ({ extensions: [extension('2.5.29.28', true, value)] });
  const critical = extension('1.3.6.1.4.1.99999.1', true, writeDer(TAG.null));
  const issuerOfEntry = extension('2.5.29.29', true, sequence(writeDer(0xa4, writeDerName('CN=Other'))));
  test.each<[string, ListDraft]>([
    ['has the critical extension 1.3.6.1.4.1.99999.1', { extensions: [critical] }],
    [
      'has an entry with the critical extension 1.3.6.1.4.1.99999.1',
      { entries: [{ serial: '01', extensions: [critical] }] },
    ],
    ['certificates of persons only', point(flag(0x81))],
    ['certificates of authorities only', point(flag(0x82))],
    ['some reasons only', point(sequence(writeDer(0x83, bytes(6, 0x40))))],
    ['is indirect', point(flag(0x84))],
    ['attribute certificates only', point(flag(0x85))],
    ['is indirect', { entries: [{ serial: '01', extensions: [issuerOfEntry] }] }],
    ['changes to another list', { extensions: [extension('2.5.29.27', true, writeDer(TAG.integer, bytes(1)))] }],
    ['until when it counts', { nextUpdate: null }],
    ['takes an entry back', { entries: [{ serial: '01', reason: 'removeFromCRL' }] }],
    ['one signature algorithm inside', { innerAlgorithm: sequence(writeDer(TAG.oid, bytes(0x2a, 3))) }],
  ])('is read, and says that it %s', (fault, draft) => {
    expect(makeList(root, draft).faults.join()).toContain(fault);
  });

  test('is not one with extensions that are unknown but not critical', () => {
    const harmless = extension('1.3.6.1.4.1.99999.1', false, writeDer(TAG.null));
    const list = makeList(root, { extensions: [harmless], entries: [{ serial: '01', extensions: [harmless] }] });
    expect(list.faults).toEqual([]);
    expect(list.find('01')).toBeDefined();
  });
});

describe('what is not a revocation list', () => {
  const entry = (...parts: Uint8Array[]): ListDraft => ({ entries: [{ serial: '01', extensions: parts }] });
  test.each<[string, ListDraft]>([
    ['extension 2.5.29.20 twice', { number: 1, extensions: [extension('2.5.29.20', false, writeDer(2, bytes(1)))] }],
    ['is negative', { extensions: [extension('2.5.29.20', false, writeDer(2, bytes(0x80)))] }],
    ['more than 20 octets', { extensions: [extension('2.5.29.20', false, writeDer(2, new Uint8Array(21).fill(1)))] }],
    ['came with version 2', { version: 1, number: 1 }],
    ['came with version 2', { version: 1, entries: [{ serial: '01', reason: 'superseded' }] }],
    ['not one DER number', entry(extension('2.5.29.21', false, writeDer(TAG.enumerated, bytes(0, 1))))],
    ['parts an entry has', entry(extension('2.5.29.21', false, writeDer(TAG.integer, bytes(1))))],
    ['not one generalized time', entry(extension('2.5.29.24', false, utcTime('260101000000Z')))],
    [
      'not one that exists',
      entry(extension('2.5.29.24', false, writeDer(TAG.generalizedTime, Buffer.from('20260229000000Z')))),
    ],
    [
      'not a digit',
      entry(extension('2.5.29.24', false, writeDer(TAG.generalizedTime, Buffer.from('2026022x000000Z')))),
    ],
    [
      'not written as',
      entry(extension('2.5.29.24', false, writeDer(TAG.generalizedTime, Buffer.from('20260228000000.5Z')))),
    ],
    [
      'do not belong there',
      entry(extension('2.5.29.24', false, Buffer.concat([generalizedTime(new Date(0)), bytes(0)]))),
    ],
    [
      'not a DER boolean',
      entry(sequence(writeDer(TAG.oid, bytes(0x55, 0x1d, 23)), writeDer(1, bytes(1)), writeDer(4))),
    ],
    ['not a DER boolean', { extensions: [extension('2.5.29.28', true, sequence(writeDer(0x81, bytes(1))))] }],
    [
      'does not belong',
      {
        extensions: [extension('2.5.29.28', true, sequence(writeDer(0x82, bytes(0xff)), writeDer(0x81, bytes(0xff))))],
      },
    ],
  ])('is refused for what it has: %s', (reason, draft) => {
    expect(messageOf(writeList(root, draft))).toContain(reason);
  });

  test('is a longer one than 64 MiB', () => {
    const long = new Uint8Array(64 * 1024 * 1024 + 1);
    long[0] = TAG.sequence;
    expect(messageOf(long)).toMatch('at most 67108864 are read');
  });

  test('is one of which any part but the entries is long', () => {
    const many = Array.from({ length: 8_000 }, (_, index) =>
      extension(`1.3.6.1.4.1.99999.${index}`, false, writeDer(TAG.null)),
    );
    const name = sequence(...Array.from({ length: 6_000 }, (_, index) => writeDerName(`CN=${index}`).subarray(2)));
    const long = algorithm('1.3.6.1.4.1.99999', sequence(...Array.from({ length: 40_000 }, () => writeDer(TAG.null))));
    const refusals = [
      messageOf(writeList(root, { extensions: many })),
      messageOf(writeList(root, { issuer: name })),
      messageOf(writeList(root, { innerAlgorithm: long })),
      messageOf(writeList(root, { outerAlgorithm: long })),
    ];
    for (const refusal of refusals) expect(refusal).toMatch(/at most 65536 are read/);
    const type = writeDer(TAG.oid, new Uint8Array(65).fill(1));
    const odd = sequence(type, writeDer(TAG.boolean, bytes(0xff)), writeDer(TAG.octetString));
    expect(messageOf(writeList(root, { entries: [{ serial: '01', extensions: [odd] }] }))).toMatch('is too long');
  });

  test('is any list with a bit changed that then reads differently, and no change makes reading throw', () => {
    const der = writeList(root, {
      number: 7,
      entries: [
        { serial: '1122', reason: 'keyCompromise', invalidAt: new Date(0) },
        { serial: '3344', reason: 'superseded' },
      ],
      extensions: [extension('2.5.29.28', true, sequence(writeDer(0xa0, writeDer(0xa0, writeDer(0x86, bytes(0x41))))))],
    });
    const describeList = ({ tbs, signature }: RevocationList): string =>
      Buffer.concat([tbs, signature.algorithmDer, signature.bytes]).toString('hex');
    const original = describeList(readList(der));
    for (let bit = 0; bit < der.length * 8; bit += 1) {
      const changed = new Uint8Array(der);
      changed[bit >> 3]! ^= 0x80 >> (bit & 7);
      const reading = readRevocationList(changed);
      if (reading.ok) expect(describeList(reading.list)).not.toBe(original);
    }
  });

  test('never throws, whatever the octets are', () => {
    const der = writeList(root, {
      number: 7,
      entries: [{ serial: '1122', reason: 'keyCompromise', invalidAt: new Date(0) }],
    });
    const edit = fc.record({
      at: fc.nat({ max: der.length - 1 }),
      remove: fc.nat({ max: 6 }),
      insert: fc.uint8Array({ maxLength: 6 }),
    });
    const mutated = fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
      let octets: number[] = [...der];
      for (const { at, remove, insert } of edits) octets = octets.toSpliced(at, remove, ...insert);
      return Uint8Array.from(octets);
    });
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (octets) => {
        const reading = readRevocationList(octets);
        if (!reading.ok) refused += 1;
        else expect(reading.list.find('1122')?.reason).not.toBe('removeFromCRL');
      }),
      { numRuns: 3000, seed: 5 },
    );
    expect(refused).toBeGreaterThan(2000);
  });
});

function readList(der: Uint8Array): RevocationList {
  const reading = readRevocationList(der);
  if (reading.ok) return reading.list;
  throw new Error(reading.message);
}

describe('a list of 50,000 entries (CR-08)', () => {
  test('is read in less than 100 ms, and then looked up at once', () => {
    const entries = Array.from({ length: 50_000 }, (_, index) => ({
      serial: (0x4000_0000_0000 + index * 7919).toString(16).padStart(32, '5a'),
      reason: 'superseded' as const,
      invalidAt: new Date('2026-04-01T00:00:00Z'),
    }));
    const der = writeList(root, { entries });
    const times = [1, 2, 3, 4, 5].map(() => {
      const spent = startClock();
      const reading = readRevocationList(der);
      expect(reading.ok && reading.list.size).toBe(50_000);
      return spent();
    });
    expect(Math.min(...times)).toBeLessThan(100);
    const list = readList(der);
    const spent = startClock();
    const missing = entries.filter(({ serial }) => list.find(serial) === undefined);
    expect(spent() / entries.length).toBeLessThan(0.1);
    expect(missing).toEqual([]);
  });
});

describe.skipIf(!hasOriginals)('the lists of the original (../shared/data/stratuslab)', () => {
  test.each([
    ['revoked', 5n, 1],
    ['empty', 4n, 0],
  ])('test-crl-%s.pem is read', (name, number, size) => {
    const list = readList(readFileSync(`${ORIGINALS}/test-crl-${name}.pem`));
    expect(writeName(list.issuer)).toBe('CN=Certificate Authority,OU=Testing Department,O=StratusLab Project,C=EU');
    expect(list).toMatchObject({ version: 2, number, size, faults: [] });
    const entry = list.find('c8090fd239f40a12');
    expect(entry?.revokedAt).toEqual(size === 0 ? undefined : new Date('2012-02-02T15:18:02Z'));
  });
});
