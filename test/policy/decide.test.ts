import { describe, expect, it } from 'vitest';
import { toFinding, toWarning } from '../../src/errors.ts';
import { decide } from '../../src/policy/decide.ts';
import type { Reason, RuleName } from '../../src/policy/decision.ts';
import type { JudgedEntry } from '../../src/policy/judged-entry.ts';
import { NOW } from '../endorser.ts';
import { IMAGE, ISSUER, type JudgedDraft, LOG, makeJudged, makePolicy } from './judged.ts';

const ANYONE = 'endorsers: { allow: anyone }';
const DAY_MS = 86_400_000;
const ago = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);

function ask(entries: readonly JudgedEntry[], ...rules: readonly string[]) {
  return decide({ image: IMAGE, entries, log: [LOG], at: NOW }, makePolicy(...rules));
}

const rejections = (reasons: readonly Reason[]): RuleName[] =>
  reasons.filter(({ outcome, effect }) => outcome === 'rejected' && effect === 'enforced').map(({ rule }) => rule);

describe('a decision', () => {
  it('names the statement to launch from, and a reason for each rule that looked at it', () => {
    const judged = makeJudged();
    const { outcome, entry, reasons, remedies } = ask([judged], ANYONE, 'requires: { os: [debian, ubuntu] }');
    expect(outcome).toBe('allow');
    expect(entry).toMatchObject({ email: 'ada@example.org', locations: judged.entry.locations, sizeBytes: 1_048_576 });
    expect(reasons.map(({ rule, outcome: one }) => [rule, one])).toEqual([
      ['endorsers.allow', 'kept'],
      ['requires', 'kept'],
      ['deprecation', 'kept'],
      ['valid', 'kept'],
      ['certificate', 'kept'],
    ]);
    expect(remedies).toEqual([]);
  });

  it('denies an image nobody says anything about, and does not take statements about others for it', () => {
    const other = makeJudged({ entry: { identifier: 'A'.repeat(27) } });
    const { outcome, reasons, remedies } = ask([other], ANYONE);
    expect([outcome, rejections(reasons)]).toEqual(['deny', ['entries']]);
    expect(remedies).toEqual(['somebody this policy allows endorses the image']);
  });

  it('counts the newest statement of each endorser only', () => {
    const old = makeJudged({ createdAt: ago(3) });
    const withdrawn = makeJudged({ createdAt: ago(2), entry: { deprecated: 'It has a hole.', locations: [] } });
    const { outcome, reasons, remedies } = ask([old, withdrawn], ANYONE);
    expect([outcome, rejections(reasons)]).toEqual(['deny', ['deprecation']]);
    expect(reasons.find(({ rule }) => rule === 'current')).toMatchObject({ effect: 'skipped', outcome: 'rejected' });
    expect(remedies).toEqual(['somebody who has not withdrawn the image endorses it']);
  });

  it('takes a withdrawal of the same second for the newer one', () => {
    const good = makeJudged();
    const withdrawn = makeJudged({ entry: { deprecated: 'no' } });
    for (const entries of [
      [good, withdrawn],
      [withdrawn, good],
    ])
      expect(ask(entries, ANYONE).outcome).toBe('deny');
  });

  it('lets no namesake without a trusted authority take the place of an older statement', () => {
    const withdrawn = makeJudged({ createdAt: ago(3), entry: { deprecated: 'It has a hole.' } });
    const forged = makeJudged({
      createdAt: ago(1),
      signerSha256: 'f'.repeat(64),
      findings: [toFinding('no-anchor', 'No path leads to an authority that is trusted here.')],
    });
    const other = makeJudged({ name: 'ben' });
    const { outcome, reasons } = ask([withdrawn, forged, other], ANYONE, 'deprecation: any');
    expect(outcome).toBe('deny');
    expect(reasons.some(({ message }) => message.includes('It has a hole.'))).toBe(true);
    const listed = `endorsers: { allow: [{ subject: "CN=ada,O=Vouch Tests", issuer: "${ISSUER}" }] }`;
    const lax = ask([forged], listed, '{ certificate: {}, effect: warn }');
    expect(rejections(lax.reasons)).toEqual(['endorsers.allow']);
  });

  it.each([
    ['an import, whose signer nobody judged', { isImported: true }],
    ['a revoked certificate, whose key may be stolen', { findings: [toFinding('revoked', 'It was revoked.')] }],
  ])('does not let a withdrawal be taken back by %s', (_, how) => {
    const withdrawn = makeJudged({ createdAt: ago(3), entry: { deprecated: 'It has a hole.' } });
    const newer = makeJudged({ createdAt: ago(1), ...how });
    const other = makeJudged({ name: 'ben' });
    for (const certificate of ['refuse', 'accept']) {
      const imported = `certificate: { imported: ${certificate} }`;
      const { outcome, reasons } = ask([withdrawn, newer, other], ANYONE, 'deprecation: any', imported);
      expect([outcome, rejections(reasons)]).toEqual(['deny', expect.arrayContaining(['deprecation'])]);
      expect(ask([withdrawn, newer], ANYONE, imported).outcome).toBe('deny');
      const threshold = 'threshold: { of: 2, endorsers: anyone }';
      expect(ask([withdrawn, newer, other], threshold, imported).outcome).toBe('deny');
      expect(ask([withdrawn, newer, other], ANYONE, imported).entry).toMatchObject({ email: 'ben@example.org' });
    }
  });

  it('counts somebody once whom two authorities certified under two addresses', () => {
    const one = makeJudged({ email: 'ada@example.org' });
    const two = makeJudged({ email: 'ada@example.net', endorserKey: 'e'.repeat(64), signerSha256: 'f'.repeat(64) });
    const threshold = 'threshold: { of: 2, endorsers: anyone }';
    expect(ask([one, two], threshold).outcome).toBe('deny');
    expect(ask([one, two, makeJudged({ name: 'ben' })], threshold).outcome).toBe('allow');
  });

  it('takes a document for what it was judged as, though another log calls it an import', () => {
    const judged = makeJudged({ entry: { deprecated: 'It has a hole.' } });
    const again = { ...judged, origin: 'a.example.org/log', isImported: true };
    const newer = makeJudged({ createdAt: NOW, isImported: true });
    for (const entries of [
      [judged, again, newer, makeJudged({ name: 'ben' })],
      [makeJudged({ name: 'ben' }), newer, again, judged],
    ]) {
      expect(ask(entries, ANYONE, 'deprecation: any').outcome).toBe('deny');
    }
  });

  it('is a denial while a statement about the image cannot be read: it may be the withdrawal', () => {
    const unreadable = [{ origin: LOG.origin, index: 9, message: 'its document is missing.' }];
    const policy = makePolicy(ANYONE);
    const missing = decide({ image: IMAGE, entries: [makeJudged()], unreadable, log: [LOG], at: NOW }, policy);
    expect([missing.outcome, rejections(missing.reasons)]).toEqual(['deny', ['integrity']]);
    expect(missing.reasons[0]?.message).toBe(
      `Record 9 of ${LOG.origin} about the image cannot be read: its document is missing.`,
    );
    const broken = makeJudged({ name: 'ben', findings: [toFinding('digest', 'The digest is another.')] });
    const forged = ask([makeJudged(), broken], ANYONE);
    expect([forged.outcome, rejections(forged.reasons)]).toEqual(['deny', ['integrity']]);
  });

  it('is a denial while a log it rests on contradicts itself, and says what is only worth knowing', () => {
    const question = { image: IMAGE, entries: [makeJudged()], at: NOW };
    const forked = decide(
      { ...question, log: [LOG, { ...LOG, origin: 'b', fault: 'The log has forked.' }] },
      makePolicy(ANYONE),
    );
    expect([forked.outcome, rejections(forked.reasons), forked.remedies]).toEqual([
      'deny',
      ['log'],
      ['the log can be followed again'],
    ]);
    const away = decide({ ...question, log: [{ ...LOG, notice: 'The registry is away.' }] }, makePolicy(ANYONE));
    expect([away.outcome, away.reasons[0]?.effect]).toEqual(['allow', 'warned']);
  });

  it('launches from the newest statement that is kept, whatever the order they come in', () => {
    const entries = [
      makeJudged({ name: 'ada', createdAt: ago(3) }),
      makeJudged({ name: 'ben', createdAt: ago(1) }),
      makeJudged({ name: 'eve', createdAt: ago(0.5) }),
    ];
    const deny = 'endorsers: { allow: anyone, deny: [{ email: EVE@example.org }] }';
    expect(ask(entries, deny).entry?.email).toBe('ben@example.org');
    expect(ask(entries.toReversed(), deny)).toEqual(ask(entries, deny));
  });

  it('is warned of and recorded where a rule is not enforced', () => {
    const rules = [
      `{ images: { deny: [${IMAGE}] }, effect: warn, name: old ones }`,
      '{ requires: { os: hurd }, effect: audit }',
    ];
    const { outcome, reasons } = ask([makeJudged()], ANYONE, ...rules);
    expect(outcome).toBe('allow');
    expect(reasons.filter(({ outcome: one }) => one === 'rejected')).toMatchObject([
      { rule: 'images.deny', effect: 'warned', name: 'old ones' },
      { rule: 'requires', effect: 'audited' },
    ]);
  });

  it('tells what would have to be true of the statement that comes closest', () => {
    const far = makeJudged({ name: 'ada', entry: { os: 'hurd', validUntil: ago(1) } });
    const near = makeJudged({ name: 'ben', entry: { validUntil: ago(1) } });
    const { remedies } = ask([far, near], ANYONE, 'requires: { os: debian }');
    expect(remedies).toEqual(['ben@example.org renews the statement']);
  });
});

const STRONG = makeJudged().entry.checksums.find(({ algorithm }) => algorithm === 'SHA-256')!.value;
const ADA = makeJudged();
const two = (second: JudgedDraft, ...more: readonly JudgedDraft[]) => [ADA, ...[second, ...more].map(makeJudged)];

/** Each rule, with statements it keeps and statements it rejects. */
const TABLE: readonly [rule: string, kept: readonly JudgedEntry[], rejected: readonly JudgedEntry[]][] = [
  [
    `endorsers: { allow: [{ email: ada@EXAMPLE.org, issuer: "cn=Test  CA,O=Vouch Tests" }] }`,
    [ADA],
    [makeJudged({ name: 'Ada' })],
  ],
  [
    `endorsers: { allow: [{ issuer: "${ISSUER}" }] }`,
    [ADA],
    [makeJudged({ entry: { endorsement: { ...ADA.entry.endorsement, issuers: ['CN=Other'] } } })],
  ],
  [`endorsers: { allow: [{ key: ${ADA.endorserKey.toUpperCase()} }] }`, [ADA], [makeJudged({ name: 'ben' })]],
  [`endorsers: { allow: [{ certificate: ${ADA.signerSha256} }] }`, [ADA], [makeJudged({ name: 'ben' })]],
  [
    'endorsers: { allow: [{ email: ada@example.org, emailAlone: true }] }',
    [ADA],
    [makeJudged({ findings: [toFinding('email-unbound', 'Nothing binds it.')] })],
  ],
  ['endorsers: { allow: anyone, deny: [{ email: eve@example.org }] }', [ADA], [makeJudged({ name: 'eve' })]],
  [`images: { allow: [${IMAGE}] }`, [ADA], []],
  [`images: { allow: [${'A'.repeat(27)}] }`, [], [ADA]],
  [`images: { allow: [${IMAGE}], deny: [${IMAGE}] }`, [], [ADA]],
  [`checksums: { allow: [${STRONG.toUpperCase()}] }`, [ADA], [makeJudged({ entry: { checksums: [] } })]],
  [`checksums: { allow: [${STRONG}], deny: [${STRONG}] }`, [], [ADA]],
  ['threshold: { of: 2, endorsers: anyone }', two({ name: 'ben' }), [ADA]],
  ['threshold: { of: 2, endorsers: anyone }', [], two({ name: 'ben', email: 'ADA@example.org' })],
  [
    'threshold: { of: 2, endorsers: anyone }',
    [],
    two({ name: 'ada', signerSha256: '2'.repeat(64), endorserKey: '3'.repeat(64) }),
  ],
  ['threshold: { of: 2, endorsers: anyone }', [], two({ name: 'ada', origin: 'elsewhere.example.org/log' })],
  ['threshold: { of: 2, endorsers: anyone }', [], two({ name: 'ben', entry: { deprecated: 'no' } })],
  ['threshold: { of: 2, endorsers: anyone }', [], two({ name: 'ben', entry: { validUntil: ago(1) } })],
  ['threshold: { of: 2, endorsers: anyone }', [], two({ name: 'ben', entry: { sizeBytes: 1 } })],
  [
    'threshold: { of: 2, endorsers: anyone }',
    [],
    two({ name: 'ben', entry: { checksums: ADA.entry.checksums.slice(0, 2) } }),
  ],
  [
    'threshold: { of: 2, endorsers: anyone, weakChecksums: true }',
    two({ name: 'ben', entry: { checksums: ADA.entry.checksums.slice(0, 2) } }),
    [],
  ],
  [
    'threshold: { of: 2, endorsers: anyone }',
    [],
    two({ name: 'ben', findings: [toFinding('no-anchor', 'No path leads to it.')] }),
  ],
  ['threshold: { of: 1, endorsers: [{ email: ben@example.org, emailAlone: true }] }', two({ name: 'ben' }), [ADA]],
  ['{ deprecation: any, name: x }', [ADA], two({ name: 'ben', entry: { deprecated: 'no' } })],
  [
    'deprecation: own',
    two({ name: 'ben', entry: { deprecated: 'no' } }),
    [makeJudged({ entry: { deprecated: 'no' } })],
  ],
  [
    'deprecation: { by: [{ email: ben@example.org }] }',
    two({ name: 'eve', entry: { deprecated: 'no' } }),
    two({ name: 'ben', entry: { deprecated: 'no' } }),
  ],
  ['valid: { maxAge: 90d }', [makeJudged({ createdAt: ago(90) })], [makeJudged({ createdAt: ago(90.1) })]],
  [
    'valid: { provenBefore: 2026-11-21T00:00:00Z }',
    [makeJudged({ provenAt: ago(1) })],
    [ADA, makeJudged({ provenAt: NOW })],
  ],
  [
    'valid: {}',
    [makeJudged({ entry: { validUntil: NOW } })],
    [makeJudged({ entry: { validUntil: ago(0.001) } }), makeJudged({ createdAt: ago(-1) })],
  ],
  [
    'certificate: { rsaBits: 3072 }',
    [ADA, makeJudged({ signerKey: { kind: 'ed25519' } })],
    [makeJudged({ signerKey: { kind: 'rsa', bits: 2048, exponent: 3n } })],
  ],
  [
    'certificate: { checksums: [SHA-256, SHA-384] }',
    [ADA],
    [makeJudged({ entry: { checksums: ADA.entry.checksums.slice(0, 2) } })],
  ],
  [
    'certificate: {}',
    [makeJudged({ findings: [toWarning('signer-expired-after-poe', 'later')] })],
    [makeJudged({ findings: [toFinding('revoked', 'It is revoked.')] }), makeJudged({ isImported: true })],
  ],
  ['certificate: { imported: accept }', [makeJudged({ isImported: true, findings: [toWarning('weak', 'SHA-1')] })], []],
  [
    'requires: { osArch: [x86_64, aarch64], schemes: [https], mostBytes: 1048576, inboundPorts: [22, 80] }',
    [ADA],
    [
      makeJudged({ entry: { osArch: 'mips' } }),
      makeJudged({ entry: { locations: ['ftp://x/'] } }),
      makeJudged({ entry: { sizeBytes: 2 ** 30 } }),
      makeJudged({ entry: { inboundPorts: [0] } }),
    ],
  ],
  ['ask: { query: "ASK { ?s ?p ?o }" }', [], [ADA]],
  [
    'log: { completeness: synced, maxAge: 1h }',
    [ADA],
    [makeJudged({ isIncluded: false }), makeJudged({ origin: 'unknown.example.org/log' })],
  ],
  ['log: { witnesses: true }', [], [ADA]],
];

describe('each rule', () => {
  for (const [rule, kept, rejected] of TABLE) {
    // Rules about one endorser are asked with his statement last, the others beside it.
    const rules = /allow/.test(rule) || rule.startsWith('threshold') ? [rule] : [ANYONE, rule];
    const kind = /^\{? ?(\w+)/.exec(rule)![1]!;
    it(`${rule} keeps ${kept.length} and rejects ${rejected.length}`, () => {
      if (kept.length > 0) expect(ask(kept, ...rules).outcome).toBe('allow');
      const sets = kind === 'threshold' || kind === 'deprecation' ? [rejected] : rejected.map((one) => [one]);
      for (const entries of sets.filter((one) => one.length > 0)) {
        const { outcome, reasons } = ask(entries, ...rules);
        expect(outcome).toBe('deny');
        expect(rejections(reasons).map((name) => name.split('.')[0])).toContain(kind);
        for (const reason of reasons) expect(reason.message).toMatch(/^[^\n]+[.:!]$|: .+$/);
      }
    });
  }
});

describe('rules that read the graph', () => {
  it('go by the answer that was prepared for them, at their position', () => {
    const rules = [ANYONE, 'ask: { query: "ASK {}" }'];
    const answered = (holds: boolean) => makeJudged({ answers: new Map([[1, { holds }]]) });
    expect(ask([answered(true)], ...rules).outcome).toBe('allow');
    expect(ask([answered(false)], ...rules).outcome).toBe('deny');
  });
});
