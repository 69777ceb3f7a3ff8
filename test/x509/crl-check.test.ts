import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/errors.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { readRevocationList } from '../../src/x509/crl.ts';
import {
  assessRevocation,
  checkRevocation,
  findRevocations,
  type RevocationRequest,
} from '../../src/x509/crl-check.ts';
import { judgeRevocation } from '../../src/x509/crl-judge.ts';
import type { RevocationList, RevocationReason } from '../../src/x509/crl-list.ts';
import { checkReplacement, isNewerList } from '../../src/x509/crl-newer.ts';
import type { Crypto } from '../../src/x509/crypto.ts';
import { TAG } from '../../src/x509/der.ts';
import { type Issued, issueAuthority, issueCertificate, writeDerName } from '../../src/x509/issue.ts';
import { writeDer, writeOid, writeText } from '../../src/x509/write-der.ts';
import { type ListDraft, makeList, writeList } from './crl-writer.ts';
import { algorithm, bytes, extension, sequence } from './forge.ts';

const AT = new Date('2026-06-01T00:00:00Z');
const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const DAY = 86_400_000;
const OLD: ListDraft = { thisUpdate: new Date('2026-04-15T00:00:00Z'), nextUpdate: new Date('2026-05-15T00:00:00Z') };

let root: Issued;
let sub: Issued;
let jane: Issued;
beforeAll(async () => {
  root = await issueAuthority({ subject: 'CN=Root,O=Test', ...WINDOW });
  sub = await issueAuthority({ subject: 'CN=Sub,O=Test', ...WINDOW, issuer: root });
  jane = await issueCertificate(sub, { subject: 'CN=Jane,O=Test', ...WINDOW });
});

function check(lists: readonly RevocationList[], changes: Partial<RevocationRequest> = {}): Promise<Finding[]> {
  const chain = [jane, sub, root].map(({ certificate }) => certificate);
  return checkRevocation({ chain, lists, mode: 'require', at: AT, graceMs: 0, crypto: nodeCrypto, ...changes });
}

async function codes(lists: readonly RevocationList[], changes?: Partial<RevocationRequest>): Promise<string[]> {
  return (await check(lists, changes)).map(({ code }) => code);
}

/** Lists of both authorities: a good one of the root, and the one asked for of the other. */
const withRoot = (...lists: RevocationList[]): RevocationList[] => [makeList(root), ...lists];
const janeOn = (changes: object = {}): ListDraft => ({ entries: [{ serial: jane.certificate.serial, ...changes }] });

describe('a chain', () => {
  test('of which nobody is on the lists is not revoked', async () => {
    const others = { entries: [{ serial: '01' }, { serial: '02' }] };
    expect(await codes([makeList(root, others), makeList(sub, others)])).toEqual([]);
  });

  test('is revoked with its signer, and the message says since when and why (CR-01)', async () => {
    const entry = {
      revokedAt: new Date('2026-05-01T00:00:00Z'),
      reason: 'keyCompromise',
      invalidAt: new Date('2026-04-20T00:00:00Z'),
    } as const;
    const findings = await check(withRoot(makeList(sub, janeOn(entry))));
    expect(findings).toEqual([
      {
        code: 'revoked',
        check: 'certificate',
        severity: 'error',
        message:
          'The certificate "CN=Jane,O=Test" was revoked by its issuer at 2026-05-01T00:00:00.000Z because its key was compromised; it is not to be relied on since 2026-04-20T00:00:00.000Z.',
      },
    ]);
  });

  test('is revoked with an authority in it', async () => {
    const findings = await check([makeList(root, { entries: [{ serial: sub.certificate.serial }] }), makeList(sub)]);
    expect(findings.map(({ code, message }) => [code, message.includes('CN=Sub,')])).toEqual([['revoked', true]]);
  });

  test('is not revoked by the same serial number on the list of another authority', async () => {
    expect(await codes([makeList(root, janeOn()), makeList(sub)])).toEqual([]);
  });

  test('of one trusted certificate needs no list', async () => {
    expect(await codes([], { chain: [jane.certificate] })).toEqual([]);
  });
});

describe('a list that is missing (CR-03)', () => {
  test('is a finding for each authority if lists are required, and names it', async () => {
    const findings = await check([]);
    expect(findings.map(({ code }) => code)).toEqual(['crl-missing', 'crl-missing']);
    expect(findings[0]!.message).toContain('"CN=Sub,O=Test"');
    expect(await codes(withRoot())).toEqual(['crl-missing']);
  });

  test('is none if lists count where they are present', async () => {
    expect(await codes([], { mode: 'if-present' })).toEqual([]);
    expect(await codes([makeList(sub, janeOn())], { mode: 'if-present' })).toEqual(['revoked']);
  });

  test('is none if lists are off, whoever is on them', async () => {
    expect(await codes([makeList(sub, janeOn())], { mode: 'off' })).toEqual([]);
  });
});

describe('a list that is out of date (CR-02)', () => {
  const until = (text: string): ListDraft => ({ nextUpdate: new Date(text) });
  test('counts to the very second of its next update, and for the grace that is granted', async () => {
    expect(await codes(withRoot(makeList(sub, until('2026-06-01T00:00:00Z'))))).toEqual([]);
    const late = withRoot(makeList(sub, until('2026-05-31T23:59:59Z')));
    expect(await codes(late)).toEqual(['crl-stale']);
    expect(await codes(late, { graceMs: 1000 })).toEqual([]);
    expect(await codes(late, { graceMs: 999 })).toEqual(['crl-stale']);
    expect(await codes(late, { mode: 'if-present' })).toEqual(['crl-stale']);
  });

  test('still tells who is on it', async () => {
    expect(await codes(withRoot(makeList(sub, { ...OLD, ...janeOn() })))).toEqual(['crl-stale', 'revoked']);
  });

  test('does not count before its time', async () => {
    const early = makeList(sub, { ...janeOn(), thisUpdate: new Date('2026-06-01T00:00:01Z') });
    expect(await codes(withRoot(early))).toEqual(['crl-unusable']);
    expect(await codes(withRoot(early, makeList(sub)))).toEqual([]);
  });
});

describe('a list that cannot be used', () => {
  const unusable = async (
    draft: ListDraft,
    signer = sub,
    changes: Partial<RevocationRequest> = {},
  ): Promise<string> => {
    const findings = await check(withRoot(makeList(signer, { ...janeOn(), ...draft })), changes);
    expect(findings.map(({ code }) => code)).toEqual(['crl-unusable']);
    return findings[0]!.message;
  };

  test('is one signed with another key (CR-04)', async () => {
    const namesake = await issueAuthority({ subject: 'CN=Sub,O=Test', ...WINDOW, issuer: root });
    expect(await unusable({}, namesake)).toMatch("does not verify with the issuer's key");
    expect(await unusable({ issuer: sub.certificate.subject.der }, root)).toMatch('does not verify');
    expect(await unusable({}, namesake, { mode: 'if-present' })).toMatch('does not verify');
    const otherKind = await issueAuthority({ subject: 'CN=Sub,O=Test', ...WINDOW, issuer: root, key: 'ed25519' });
    expect(await unusable({}, otherKind)).toMatch('does not verify');
  });

  test('is one whose signed part was changed', async () => {
    const list = makeList(sub);
    const tbs = new Uint8Array(list.tbs);
    tbs[tbs.length - 1]! ^= 1;
    expect(await codes(withRoot({ ...list, tbs }))).toEqual(['crl-unusable']);
  });

  test('is one for some certificates, reasons or kinds, or of changes only (CR-06)', async () => {
    const point = (value: Uint8Array): ListDraft => ({ extensions: [extension('2.5.29.28', true, value)] });
    for (const tag of [0x81, 0x82, 0x84, 0x85]) await unusable(point(sequence(writeDer(tag, bytes(0xff)))));
    await unusable(point(sequence(writeDer(0x83, bytes(6, 0x40)))));
    await unusable({ extensions: [extension('2.5.29.27', true, writeDer(TAG.integer, bytes(1)))] });
  });

  test('is one with something critical that is not understood, be it in an entry about someone else (CR-07)', async () => {
    const critical = extension('1.3.6.1.4.1.99999.1', true, writeDer(TAG.null));
    expect(await unusable({ extensions: [critical] })).toMatch('1.3.6.1.4.1.99999.1');
    expect(await unusable({ entries: [{ serial: '01', extensions: [critical] }] })).toMatch('1.3.6.1.4.1.99999.1');
  });

  test('is every one in which a single bit was changed', async () => {
    const der = writeList(sub, { number: 3, ...janeOn({ reason: 'superseded' }) });
    const answers = new Map<string, number>();
    for (let bit = 0; bit < der.length * 8; bit += 1) {
      const changed = new Uint8Array(der);
      changed[bit >> 3]! ^= 0x80 >> (bit & 7);
      const reading = readRevocationList(changed);
      const answer = (await codes(withRoot(...(reading.ok ? [reading.list] : [])))).join();
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
    // Missing where it cannot be read, or bears another issuer's name.
    expect([...answers.keys()].sort()).toEqual(['crl-missing', 'crl-unusable']);
    expect(answers.get('crl-unusable')).toBeGreaterThan(500);
  });

  test('is one with a weak signature', async () => {
    const sha1 = algorithm('1.2.840.10045.4.1');
    expect(await unusable({ innerAlgorithm: sha1, outerAlgorithm: sha1 })).toMatch('SHA-1 with ECDSA');
  });

  test('is one of an authority that may not sign lists', async () => {
    const mute = await issueAuthority({ subject: 'CN=Mute', ...WINDOW, keyUsage: ['keyCertSign'] });
    const joe = await issueCertificate(mute, { subject: 'CN=Joe', ...WINDOW });
    const chain = [joe.certificate, mute.certificate];
    expect(await codes([makeList(mute)], { chain })).toEqual(['crl-unusable']);
  });
});

describe('a list of one distribution point', () => {
  const uri = (text: string): Uint8Array => writeText(0x86, text);
  const directory = (text: string): Uint8Array => writeDer(0xa4, writeDerName(text));
  const pointName = (...names: Uint8Array[]): Uint8Array => writeDer(0xa0, writeDer(0xa0, ...names));
  const listOf = (...names: Uint8Array[]): ListDraft => ({
    extensions: [extension('2.5.29.28', true, sequence(pointName(...names)))],
  });
  async function joe(...points: Uint8Array[]): Promise<Issued> {
    const value = sequence(...points);
    const extensions = points.length === 0 ? [] : [{ oid: '2.5.29.31', isCritical: false, value }];
    return issueCertificate(sub, { subject: 'CN=Joe,O=Test', ...WINDOW, extensions });
  }
  async function answer(of: Issued, draft: ListDraft): Promise<string[]> {
    const list = makeList(sub, { ...draft, entries: [{ serial: of.certificate.serial }] });
    return codes(withRoot(list), { chain: [of, sub, root].map(({ certificate }) => certificate) });
  }

  test('counts for the certificates that name that point', async () => {
    const one = await joe(sequence(pointName(uri('http://a/1'), uri('http://a/2'))));
    expect(await answer(one, listOf(uri('http://a/2')))).toEqual(['revoked']);
    expect(await answer(one, listOf(uri('http://a/3')))).toEqual(['crl-unusable']);
    const two = await joe(sequence(pointName(directory('CN=Point,O=Test'))));
    expect(await answer(two, listOf(directory('CN=POINT,O=Test')))).toEqual(['revoked']);
  });

  test('may be named relative to the issuer, on either side', async () => {
    const part = sequence(writeOid('2.5.4.3'), writeText(TAG.utf8String, 'One'));
    const relative = writeDer(0xa0, writeDer(0xa1, part));
    const full = pointName(directory('CN=One,CN=Sub,O=Test'));
    const list = (point: Uint8Array): ListDraft => ({ extensions: [extension('2.5.29.28', true, sequence(point))] });
    for (const of of [await joe(sequence(relative)), await joe(sequence(full))]) {
      for (const point of [relative, full]) expect(await answer(of, list(point))).toEqual(['revoked']);
      expect(await answer(of, listOf(directory('CN=One')))).toEqual(['crl-unusable']);
    }
  });

  test('does not count for a certificate that names it for some reasons only, or as the list of another issuer', async () => {
    const some = await joe(sequence(pointName(uri('http://a/1')), writeDer(0x81, bytes(6, 0x40))));
    expect(await answer(some, listOf(uri('http://a/1')))).toEqual(['crl-unusable']);
    const foreign = await joe(sequence(pointName(uri('http://a/1')), writeDer(0xa2, directory('CN=Other'))));
    expect(await answer(foreign, listOf(uri('http://a/1')))).toEqual(['crl-unusable']);
  });

  test('counts for a certificate that names no point only if it has the name of the issuer', async () => {
    const none = await joe();
    expect(await answer(none, listOf(uri('http://a/1')))).toEqual(['crl-unusable']);
    expect(await answer(none, listOf(directory('CN=Sub,O=Test')))).toEqual(['revoked']);
  });

  test('counts for nobody whose points cannot be read', async () => {
    const odd = await joe(bytes(0x30, 0x05));
    expect(await answer(odd, listOf(uri('http://a/1')))).toEqual(['crl-unusable']);
  });
});

describe('of several lists', () => {
  test('any set gives one answer, to the letter, whatever its order', async () => {
    const namesake = await issueAuthority({ subject: 'CN=Sub,O=Test', ...WINDOW });
    const reasons = [undefined, 'superseded', 'keyCompromise', 'certificateHold'] as const;
    const pool = Array.from({ length: 24 }, (_, index) => {
      const reason = reasons[index % 4];
      return makeList(index % 7 === 6 ? namesake : sub, {
        thisUpdate: new Date(AT.getTime() - ((index % 5) - 0.5) * DAY),
        nextUpdate: new Date(AT.getTime() + ((index % 3) - 0.5) * DAY),
        ...(index % 2 === 0 ? { number: index % 6 } : {}),
        ...(reason === undefined ? {} : janeOn({ reason })),
        ...(index % 11 === 10 ? { nextUpdate: null } : {}),
      });
    });
    const seen = new Set<string>();
    const shuffled = fc.shuffledSubarray(pool, { minLength: 1, maxLength: 5 });
    const orders = shuffled.chain((lists) =>
      fc.tuple(fc.constant(lists), fc.shuffledSubarray(lists, { minLength: lists.length, maxLength: lists.length })),
    );
    const checked = new Map<string, boolean>();
    await fc.assert(
      fc.asyncProperty(orders, async ([lists, others]) => {
        const findings = await check(withRoot(...lists), { checked });
        seen.add(findings.map(({ code }) => code).join());
        expect(await check(withRoot(...others), { checked })).toEqual(findings);
      }),
      { numRuns: 300, seed: 8 },
    );
    expect([...seen].sort()).toEqual(['', 'crl-stale', 'crl-stale,revoked', 'crl-unusable', 'revoked']);
  });

  /** Whether the answer is the same for each order of the lists. */
  async function always(lists: RevocationList[], expected: string[]): Promise<void> {
    expect(await codes(withRoot(...lists))).toEqual(expected);
    expect(await codes(withRoot(...lists.toReversed()))).toEqual(expected);
    expect(await codes([...lists, makeList(root), ...lists])).toEqual(expected);
  }

  test('the newest that counts is taken', async () => {
    const held = makeList(sub, { ...janeOn({ reason: 'certificateHold' }), number: 1 });
    const released = makeList(sub, { thisUpdate: new Date('2026-05-20T00:00:00Z'), number: 2 });
    await always([held, released], []);
    await always([held], ['revoked']);
  });

  test('bad ones do not hinder a good one', async () => {
    const namesake = await issueAuthority({ subject: 'CN=Sub,O=Test', ...WINDOW });
    const forged = makeList(namesake, { ...janeOn(), thisUpdate: new Date('2026-05-30T00:00:00Z') });
    const delta = makeList(sub, {
      ...janeOn(),
      extensions: [extension('2.5.29.27', true, writeDer(TAG.integer, bytes(1)))],
    });
    await always([forged, makeList(sub), makeList(sub, OLD), delta], []);
    await always([forged, makeList(sub, OLD), delta], ['crl-stale']);
    await always([forged, delta], ['crl-unusable']);
  });

  test('a newer one that ended earlier still tells who was revoked', async () => {
    const short = { thisUpdate: new Date('2026-05-25T00:00:00Z'), nextUpdate: new Date('2026-05-26T00:00:00Z') };
    await always([makeList(sub), makeList(sub, { ...short, ...janeOn() })], ['revoked']);
    await always([makeList(sub), makeList(sub, short)], []);
  });

  test('of the same time and number each is believed', async () => {
    await always([makeList(sub, { number: 4 }), makeList(sub, { ...janeOn(), number: 4 })], ['revoked']);
    await always([makeList(sub, { number: 5 }), makeList(sub, { ...janeOn(), number: 4 })], []);
  });
});

test('the answer names the lists it rests on, and no other', async () => {
  const chain = [jane, sub, root].map(({ certificate }) => certificate);
  const namesake = await issueAuthority({ subject: 'CN=Sub,O=Test', ...WINDOW });
  const [ofRoot, ofSub] = [makeList(root), makeList(sub)];
  const others = [
    makeList(sub, OLD),
    makeList(namesake, { thisUpdate: new Date('2026-05-30T00:00:00Z') }),
    makeList(jane),
  ];
  const request = { chain, lists: [...others, ofRoot, ofSub], at: AT, graceMs: 0, crypto: nodeCrypto };
  expect(await assessRevocation({ ...request, mode: 'require' })).toEqual({
    findings: [],
    revocations: [],
    lists: [ofSub, ofRoot],
  });
  expect(await assessRevocation({ ...request, mode: 'off' })).toEqual({ findings: [], revocations: [], lists: [] });
});

test('each signature is checked once, with a memo', async () => {
  let checks = 0;
  const crypto: Crypto = {
    digest: nodeCrypto.digest,
    verify(...given) {
      checks += 1;
      return nodeCrypto.verify(...given);
    },
  };
  const checked = new Map<string, boolean>();
  const lists = withRoot(makeList(sub), makeList(sub, OLD));
  for (let round = 0; round < 3; round += 1) expect(await codes(lists, { crypto, checked })).toEqual([]);
  expect(checks).toBe(3);
  expect([...checked.values()]).toEqual([true, true, true]);
});

describe('a cache of lists', () => {
  const DAY_LATER = { thisUpdate: new Date('2026-05-16T00:00:00Z') };
  test('takes a newer list, and keeps what it has if it is offered the same', () => {
    const [held, next] = [makeList(sub, { number: 5 }), makeList(sub, { number: 6, ...DAY_LATER })];
    expect(isNewerList(next, held)).toBe(true);
    expect(isNewerList(held, held)).toBe(false);
    expect(checkReplacement(held, held)).toEqual([]);
    expect(isNewerList(makeList(sub, DAY_LATER), held)).toBe(true);
    expect(isNewerList(makeList(sub, { number: 5, ...DAY_LATER }), held)).toBe(true);
  });

  test('does not go back in number or time (CR-05)', () => {
    const held = makeList(sub, { number: 5 });
    const refused = (draft: ListDraft): string[] => {
      const next = makeList(sub, draft);
      expect(isNewerList(next, held)).toBe(false);
      return checkReplacement(next, held).map(({ code }) => code);
    };
    expect(refused({ number: 4, ...DAY_LATER })).toEqual(['crl-rollback']);
    expect(refused({ number: 6, ...OLD })).toEqual(['crl-rollback']);
    expect(refused({ ...OLD })).toEqual(['crl-rollback']);
    expect(refused({ number: 4, ...OLD })).toEqual(['crl-rollback', 'crl-rollback']);
  });
});

describe('a revocation after the fact', () => {
  const PROVEN = new Date('2026-04-10T00:00:00Z');
  const [before, after] = [new Date(PROVEN.getTime() - DAY), new Date(PROVEN.getTime() + DAY)];
  const judge = (reason: RevocationReason, revokedAt: Date, invalidAt?: Date, provenAt: Date | undefined = PROVEN) => {
    const entry = { certificate: jane.certificate, reason, revokedAt };
    const findings = judgeRevocation(invalidAt === undefined ? entry : { ...entry, invalidAt }, provenAt);
    expect(findings).toHaveLength(1);
    return `${findings[0]!.severity} ${findings[0]!.code}`;
  };

  test.each(['superseded', 'cessationOfOperation', 'affiliationChanged'] as const)(
    'for the reason %s leaves standing what was signed before it',
    (reason) => {
      expect(judge(reason, after)).toBe('warning revoked-after-poe');
      expect(judge(reason, after, after)).toBe('warning revoked-after-poe');
      expect(judge(reason, before)).toBe('error revoked');
      expect(judge(reason, PROVEN)).toBe('error revoked');
      expect(judge(reason, after, before)).toBe('error revoked');
      expect(judge(reason, before, after)).toBe('error revoked');
    },
  );

  test.each([
    'keyCompromise',
    'cACompromise',
    'unspecified',
    'certificateHold',
    'privilegeWithdrawn',
    'aACompromise',
  ] as const)('for the reason %s leaves nothing standing', (reason) => {
    expect(judge(reason, after)).toBe('error revoked');
    expect(judge(reason, after, after)).toBe('error revoked');
  });

  test('counts wholly where nothing proves a time', () => {
    const revocation = { certificate: jane.certificate, reason: 'superseded', revokedAt: after } as const;
    expect(judgeRevocation(revocation).map(({ code }) => code)).toEqual(['revoked']);
  });

  test('is judged so by the check of a chain that is given the time', async () => {
    const lists = withRoot(makeList(sub, janeOn({ reason: 'superseded' })));
    const [finding] = await check(lists, { provenAt: PROVEN });
    expect(finding).toMatchObject({ code: 'revoked-after-poe', severity: 'warning' });
    expect(await codes(lists, { provenAt: AT })).toEqual(['revoked']);
  });

  test('is found in lists of any age, but only in those that are signed and whole', async () => {
    const chain = [jane, sub, root].map(({ certificate }) => certificate);
    const find = async (...lists: RevocationList[]): Promise<RevocationReason[]> =>
      (await findRevocations(chain, lists, { crypto: nodeCrypto })).map(({ reason }) => reason);
    const old = makeList(sub, { ...OLD, ...janeOn({ reason: 'superseded' }) });
    expect(await find(makeList(sub), old)).toEqual(['superseded']);
    expect(await find(makeList(sub))).toEqual([]);
    const namesake = await issueAuthority({ subject: 'CN=Sub,O=Test', ...WINDOW });
    expect(await find(makeList(namesake, janeOn()))).toEqual([]);
    // What says most against the certificate counts, whatever the dates: a later list knew more.
    expect(await find(old, makeList(sub, janeOn({ reason: 'keyCompromise', revokedAt: AT })))).toEqual([
      'keyCompromise',
    ]);
    const hold = { ...OLD, ...janeOn({ reason: 'certificateHold' }) };
    expect(await find(makeList(sub, hold))).toEqual(['certificateHold']);
    expect(await find(makeList(sub, hold), makeList(sub))).toEqual([]);
    const both = makeList(root, { entries: [{ serial: sub.certificate.serial, reason: 'cACompromise' }] });
    expect(await find(old, both)).toEqual(['superseded', 'cACompromise']);
  });
});
