import { beforeAll, describe, expect, test } from 'vitest';
import { toFinding, toWarning } from '../../src/errors.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { AuthorityRules, Conditions, ProvenTime } from '../../src/verify/conditions.ts';
import { judgeLater, type PathJudgement } from '../../src/verify/judge-later.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import type { RevocationReason } from '../../src/x509/crl-list.ts';
import { type Issued, issueAuthority } from '../../src/x509/issue.ts';
import { describeImage, makeEndorser, makeEntry, type TestEndorser } from '../endorser.ts';
import { type ListDraft, makeList } from '../x509/crl-writer.ts';
import { xml } from '../xml/world.ts';

const day = (text: string): Date => new Date(`${text}T00:00:00Z`);
/** The signer is valid for 2026, the authority for years; the signature existed in June, and now it is 2028. */
const SIGNED = day('2026-06-01');
const EXPIRED = day('2027-01-01');
const LATER = day('2028-01-01');
const PROVEN: ProvenTime = { at: day('2026-06-02'), source: 'tsa' };

let authority: Issued;
let jane: TestEndorser;
let entry: Uint8Array;
beforeAll(async () => {
  const long = { notBefore: day('2025-01-01'), notAfter: day('2035-01-01') };
  authority = await issueAuthority({ subject: 'CN=Long CA,O=Vouch Tests', ...long });
  jane = await makeEndorser(authority, 'jane', { notBefore: day('2026-01-01'), notAfter: EXPIRED });
  entry = await makeEntry(jane, describeImage('later', { validUntil: day('2034-01-01') }), {
    endorsement: { createdAt: SIGNED },
  });
});

const rules = (crl: AuthorityRules['crl'], ...lists: ListDraft[]): AuthorityRules => {
  return { crl, crlGraceMs: 0, lists: lists.map((draft) => makeList(authority, draft)) };
};

/** The codes of an entry's verdict, warnings with a question mark. */
async function judge(changes: Partial<Conditions> = {}, applied?: AuthorityRules, bytes = entry): Promise<string[]> {
  const anchors = [authority.certificate];
  const trust = {
    mode: 'anchors',
    anchors,
    digest: 'later',
    bindings: [],
    ...(applied === undefined ? {} : { rules: applied }),
  } as const;
  const conditions = { profile: 'current', at: LATER, trust, ...changes } as const;
  const verdict = await verifyEntry(bytes, conditions, { xml, crypto: nodeCrypto });
  const codes = verdict.findings.map(({ code, severity }) => (severity === 'error' ? code : `${code}?`));
  expect(verdict.valid).toBe(codes.every((code) => code.endsWith('?')));
  return codes;
}

describe('an entry whose signer has expired', () => {
  test('is refused without a proof that it existed before (TS-08)', async () => {
    expect(await judge()).toEqual(['expired']);
    // What the entry itself says of its time is no proof (TS-11): its `created` lies inside the validity.
    expect(await judge({ at: day('2026-07-01') })).toEqual([]);
  });

  test('is good with such a proof, and the verdict says so (TS-07)', async () => {
    expect(await judge({ provenAt: PROVEN })).toEqual(['signer-expired-after-poe?']);
    expect(await judge({ provenAt: { ...PROVEN, source: 'witnesses' } })).toEqual(['signer-expired-after-poe?']);
    expect(await judge({ provenAt: { ...PROVEN, at: EXPIRED } })).toEqual(['signer-expired-after-poe?']);
  });

  test('is refused if the proof is from after its end, before its beginning, or not yet there', async () => {
    expect(await judge({ provenAt: { ...PROVEN, at: day('2027-01-02') } })).toEqual(['expired']);
    expect(await judge({ provenAt: { ...PROVEN, at: day('2025-12-31') } })).toEqual(['not-yet-valid', 'expired']);
    expect(await judge({ provenAt: { ...PROVEN, at: day('2028-01-02') } })).toEqual(['expired']);
  });

  test('is good with a proof where certificates are pinned, and where any signer is taken', async () => {
    const sha256 = Buffer.from(await nodeCrypto.digest('SHA-256', jane.issued.der)).toString('hex');
    const pinned = { mode: 'pinned', fingerprints: new Set([sha256]), digest: 'later', bindings: [] } as const;
    expect(await judge({ trust: pinned })).toEqual(['expired']);
    expect(await judge({ trust: pinned, provenAt: PROVEN })).toEqual(['signer-expired-after-poe?']);
    expect(await judge({ trust: { mode: 'any' }, provenAt: PROVEN })).toEqual([
      'signer-expired-after-poe?',
      'untrusted?',
    ]);
  });

  test('is refused for what no proof mends', async () => {
    const other = await issueAuthority({ subject: 'CN=Long CA,O=Vouch Tests', notBefore: SIGNED, notAfter: LATER });
    const trust = { mode: 'anchors', anchors: [other.certificate], digest: 'later', bindings: [] } as const;
    expect(await judge({ trust, provenAt: PROVEN })).toEqual(['no-anchor', 'cert-sig', 'expired']);
    const forged = Buffer.from(entry).toString().replace('debian', 'debiam');
    expect(await judge({ provenAt: PROVEN }, undefined, Buffer.from(forged))).toContain('digest');
  });

  test('says which certificate, when, and what proves it', () => {
    const chain = [jane.issued.certificate, authority.certificate];
    const now: PathJudgement = { findings: [toFinding('expired', '')], revocations: [], chain };
    const earlier: PathJudgement = { findings: [], revocations: [], chain };
    const facts = { profile: 'current', at: LATER, proven: PROVEN, now, earlier } as const;
    expect(judgeLater(facts)).toEqual({
      findings: [
        toWarning(
          'signer-expired-after-poe',
          'The certificate "CN=jane,O=Vouch Tests" expired on 2027-01-01T00:00:00.000Z; a time-stamp proves that the signature existed at 2026-06-02T00:00:00.000Z, before that.',
        ),
      ],
      standing: earlier,
    });
    expect(judgeLater({ ...facts, profile: 'legacy' }).standing).toBe(now);
    expect(judgeLater({ ...facts, earlier: undefined }).standing).toBe(now);
    const weak = { ...now, findings: [toFinding('weak-alg', '')] };
    expect(judgeLater({ ...facts, now: weak }).standing).toBe(weak);
  });
});

describe('the revocation lists for a signer who has expired', () => {
  const THEN: ListDraft = { thisUpdate: day('2026-05-25'), nextUpdate: day('2026-06-25') };
  const BETWEEN: ListDraft = { thisUpdate: day('2026-12-01'), nextUpdate: day('2026-12-31') };
  const NOW: ListDraft = { thisUpdate: day('2027-12-25'), nextUpdate: day('2028-01-25') };
  const BEFORE: ListDraft = { thisUpdate: day('2026-05-01'), nextUpdate: day('2026-05-31') };

  test('are those of the time of the signature, or from then until he expired', async () => {
    for (const draft of [THEN, BETWEEN]) {
      expect(await judge({ provenAt: PROVEN }, rules('require', draft, NOW))).toEqual(['signer-expired-after-poe?']);
    }
    for (const drafts of [[], [NOW], [BEFORE], [BEFORE, NOW]]) {
      const codes = await judge({ provenAt: PROVEN }, rules('require', ...drafts));
      expect(codes).toEqual(expect.arrayContaining(['expired', 'crl-missing']));
      expect(await judge({ provenAt: PROVEN }, rules('if-present', ...drafts))).toEqual(['signer-expired-after-poe?']);
      expect(await judge({ provenAt: PROVEN }, rules('off', ...drafts))).toEqual(['signer-expired-after-poe?']);
    }
  });

  test('are those of that time too where the authority itself has expired', async () => {
    const window = { notBefore: day('2025-01-01'), notAfter: day('2027-06-01') };
    const short = await issueAuthority({ subject: 'CN=Short CA,O=Vouch Tests', ...window, issuer: authority });
    const john = await makeEndorser(short, 'john', { notBefore: day('2026-01-01'), notAfter: day('2035-01-01') });
    const description = describeImage('short', { validUntil: day('2034-01-01') });
    const bytes = await makeEntry(john, description, { endorsement: { createdAt: SIGNED }, chain: [short] });
    const lists = [makeList(authority, NOW), makeList(short, BETWEEN)];
    const applied = { crl: 'require', crlGraceMs: 0, lists } as const;
    expect(await judge({ provenAt: PROVEN }, { ...applied, lists: [makeList(short, THEN)] }, bytes)).toContain(
      'crl-missing',
    );
    expect(
      await judge({ provenAt: PROVEN }, { ...applied, lists: [...lists, makeList(authority, THEN)] }, bytes),
    ).toEqual(['signer-expired-after-poe?']);
  });

  test.each<[RevocationReason, string, string[]]>([
    ['superseded', '2026-09-01', ['signer-expired-after-poe?', 'revoked-after-poe?']],
    ['cessationOfOperation', '2026-06-03', ['signer-expired-after-poe?', 'revoked-after-poe?']],
    ['superseded', '2026-05-30', ['revoked']],
    ['keyCompromise', '2026-09-01', ['revoked']],
    ['cACompromise', '2026-09-01', ['revoked']],
    ['unspecified', '2026-09-01', ['revoked']],
    // Nobody can say whether the hold was lifted or the certificate expired first.
    ['certificateHold', '2026-09-01', ['revoked']],
  ])('decide by the reason %s and the day %s (TS-09)', async (reason, revokedAt, expected) => {
    const entries = [{ serial: jane.issued.certificate.serial, reason, revokedAt: day(revokedAt) }];
    const lists = [THEN, { ...BETWEEN, entries }, NOW];
    const codes = await judge({ provenAt: PROVEN }, rules('require', ...lists));
    expect(codes.filter((code) => code !== 'signer-expired-after-poe?')).toEqual(
      expected.filter((code) => code !== 'signer-expired-after-poe?'),
    );
    expect(codes).toContain('signer-expired-after-poe?');
  });
});

describe('an entry whose signer is valid but revoked', () => {
  const AT = day('2026-10-01');
  const listed = (reason: RevocationReason): AuthorityRules =>
    rules('require', {
      thisUpdate: day('2026-09-25'),
      nextUpdate: day('2026-10-25'),
      entries: [{ serial: jane.issued.certificate.serial, reason, revokedAt: day('2026-09-01') }],
    });

  test('is refused without a proof, whatever the reason', async () => {
    expect(await judge({ at: AT }, listed('superseded'))).toEqual(['revoked']);
    expect(await judge({ at: AT }, listed('keyCompromise'))).toEqual(['revoked']);
  });

  test('is good with a proof from before, if nobody else had the key (TS-09)', async () => {
    expect(await judge({ at: AT, provenAt: PROVEN }, listed('superseded'))).toEqual(['revoked-after-poe?']);
    expect(await judge({ at: AT, provenAt: PROVEN }, listed('keyCompromise'))).toEqual(['revoked']);
    const after: ProvenTime = { at: day('2026-09-02'), source: 'tsa' };
    expect(await judge({ at: AT, provenAt: after }, listed('superseded'))).toEqual(['revoked']);
  });

  test('needs the lists of now all the same', async () => {
    const stale = rules('require', { thisUpdate: day('2026-05-25'), nextUpdate: day('2026-06-25') });
    expect(await judge({ at: AT, provenAt: PROVEN }, stale)).toEqual(['crl-stale']);
  });
});

test('a good entry needs no proof, and a proof adds nothing to it', async () => {
  expect(await judge({ at: day('2026-07-01'), provenAt: PROVEN })).toEqual([]);
});
