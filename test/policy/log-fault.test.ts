import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/policy/decide.ts';
import type { JudgedEntry, LogStanding, UnreadableEntry } from '../../src/policy/judged-entry.ts';
import { LOG_FAULTS, type LogFaults, type Policy } from '../../src/policy/policy.ts';
import { NOW } from '../endorser.ts';
import { IMAGE, LOG, makeJudged, makePolicy, readText } from './judged.ts';

const GOOD = { ...LOG, origin: 'good.example.org/log' };
const BAD = { ...LOG, origin: 'bad.example.org/log', fault: 'Fork: the log bad.example.org/log shows two histories.' };

interface Case {
  readonly entries?: readonly JudgedEntry[];
  readonly unreadable?: readonly UnreadableEntry[];
  readonly log?: readonly LogStanding[];
  readonly rules?: readonly string[];
}

const policies = new Map<string, Policy>();
/** A policy of these rules, read once. */
function policyOf(rules: readonly string[]): Policy {
  const policy = policies.get(rules.join()) ?? makePolicy(...rules);
  policies.set(rules.join(), policy);
  return policy;
}

function ask(logFaults: LogFaults | undefined, { entries = [], unreadable = [], log = [BAD, GOOD], rules }: Case) {
  const policy = policyOf(rules ?? ['endorsers: { allow: anyone }']);
  const question = { image: IMAGE, entries, unreadable, log, at: NOW };
  const { outcome, entry, reasons, remedies } = decide(question, {
    ...policy,
    ...(logFaults === undefined ? {} : { logFaults }),
  });
  const messages = (kind: string) => reasons.filter(({ effect }) => effect === kind).map(({ message }) => message);
  return { outcome, origin: entry?.origin, remedies, warned: messages('warned'), enforced: messages('enforced') };
}

const good = makeJudged({ origin: GOOD.origin });
const bad = makeJudged({ origin: BAD.origin, name: 'ben', createdAt: new Date(NOW.getTime() - 1_000) });
const withdrawn = makeJudged({
  origin: BAD.origin,
  createdAt: new Date(NOW.getTime() - 1_000),
  entry: { deprecated: 'It has a hole.', locations: [] },
});

describe('a log that cannot be believed', () => {
  const cases: [string, Case, Record<LogFaults, 'allow' | 'deny'>][] = [
    [
      'says nothing about the image',
      { entries: [good] },
      { 'deny-all': 'deny', 'deny-own': 'allow', 'set-aside': 'allow' },
    ],
    ['alone endorses it', { entries: [bad] }, { 'deny-all': 'deny', 'deny-own': 'deny', 'set-aside': 'deny' }],
    ['endorses it too', { entries: [bad, good] }, { 'deny-all': 'deny', 'deny-own': 'deny', 'set-aside': 'allow' }],
    ['withdraws it', { entries: [good, withdrawn] }, { 'deny-all': 'deny', 'deny-own': 'deny', 'set-aside': 'deny' }],
    [
      'withholds a statement about it',
      { entries: [good], unreadable: [{ origin: BAD.origin, index: 4, message: 'its document is not here.' }] },
      { 'deny-all': 'deny', 'deny-own': 'deny', 'set-aside': 'deny' },
    ],
    [
      'was never followed, so that nobody knows what it says',
      { entries: [good], log: [{ ...BAD, size: 0 }, GOOD] },
      { 'deny-all': 'deny', 'deny-own': 'deny', 'set-aside': 'allow' },
    ],
    [
      'has one of two who must vouch for it',
      { entries: [bad, good], rules: ['threshold: { of: 2, endorsers: anyone }'] },
      { 'deny-all': 'deny', 'deny-own': 'deny', 'set-aside': 'deny' },
    ],
    [
      'is the only one',
      { entries: [bad], log: [BAD] },
      { 'deny-all': 'deny', 'deny-own': 'deny', 'set-aside': 'deny' },
    ],
  ];
  it.each(cases)('that %s', (_, question, expected) => {
    const found = Object.fromEntries(LOG_FAULTS.map((logFaults) => [logFaults, ask(logFaults, question).outcome]));
    expect(found).toEqual(expected);
    expect(ask(undefined, question).outcome).toBe('deny');
  });

  it('is named in the reasons, with what its fault stops', () => {
    const all = ask('deny-all', { entries: [good] });
    expect([all.enforced[0], all.remedies]).toEqual([BAD.fault, ['the log can be followed again']]);
    expect(ask('deny-own', { entries: [good] }).warned).toEqual([
      `${BAD.fault} Up to record 10 the log ${BAD.origin} says nothing about the image: the others decide.`,
    ]);
    const aside = ask('set-aside', { entries: [bad] });
    expect(aside.warned).toEqual([`${BAD.fault} Nothing is launched by what the log ${BAD.origin} says alone.`]);
    expect(aside.enforced[0]).toBe(`The log ${BAD.origin}, in which the statement is, cannot be believed now.`);
    expect(aside.remedies).toEqual(['the log can be followed again']);
  });

  it('does not keep a document from being launched from that another log has too', () => {
    const documentSha256 = 'd'.repeat(64);
    const both = [BAD.origin, GOOD.origin].map((origin) => makeJudged({ origin, documentSha256 }));
    for (const log of [
      [BAD, GOOD],
      [GOOD, BAD],
    ])
      expect(ask('set-aside', { entries: both, log })).toMatchObject({ outcome: 'allow', origin: GOOD.origin });
  });
});

it('the log that a site names first speaks for a document that is in several', () => {
  const other = { ...LOG, origin: 'another.example.org/log' };
  const both = [GOOD.origin, other.origin].map((origin) => makeJudged({ origin, documentSha256: 'd'.repeat(64) }));
  expect(ask('deny-all', { entries: both, log: [GOOD, other] }).origin).toBe(GOOD.origin);
  expect(ask('deny-all', { entries: both, log: [other, GOOD] }).origin).toBe(other.origin);
});

it('a policy says in its document what a fault stops', () => {
  const text = (value: string) => `policy: 1\nlogFaults: ${value}\nrules:\n  - endorsers: { allow: anyone }\n`;
  for (const value of LOG_FAULTS)
    expect(readText(text(value))).toMatchObject({ ok: true, policy: { logFaults: value } });
  expect(readText(text('ignore'))).toMatchObject({ ok: false, problems: [{ line: 2 }] });
});

it('a fault never turns a denial into an allowance, and the stricter setting never allows more', () => {
  const origins = [GOOD.origin, BAD.origin, 'third.example.org/log'];
  const judged = fc
    .record({
      name: fc.constantFrom('ada', 'ben', 'eve'),
      origin: fc.constantFrom(...origins),
      hours: fc.integer({ min: 1, max: 9 }),
      isDeprecated: fc.boolean(),
      document: fc.option(fc.constantFrom('a'.repeat(64), 'b'.repeat(64)), { nil: undefined, freq: 3 }),
    })
    .map(({ name, origin, hours, isDeprecated, document }) =>
      makeJudged({
        name: document === undefined ? name : 'joan',
        origin,
        createdAt: new Date(NOW.getTime() - (document === undefined ? hours : 1) * 3_600_000),
        ...(document === undefined
          ? { entry: isDeprecated ? { deprecated: 'no', locations: [] } : {} }
          : { documentSha256: document }),
      }),
    );
  const unreadable = fc.record({ origin: fc.constantFrom(...origins), message: fc.constant('it is not here.') });
  fc.assert(
    fc.property(
      fc.array(judged, { maxLength: 6 }),
      fc.array(unreadable, { maxLength: 1 }),
      fc.subarray(origins),
      fc.constantFrom('endorsers: { allow: anyone }', 'threshold: { of: 2, endorsers: anyone }'),
      fc.constantFrom('deprecation: any', 'deprecation: own'),
      (entries, missing, faulty, whom, withdrawals) => {
        const log = origins.map((origin) => ({ ...LOG, origin, ...(faulty.includes(origin) ? { fault: 'No.' } : {}) }));
        const question = { entries, unreadable: missing, rules: [whom, withdrawals] };
        const allows = (setting: LogFaults, standings: readonly LogStanding[]) =>
          ask(setting, { ...question, log: standings }).outcome === 'allow';
        const isSound = allows(
          'deny-all',
          origins.map((origin) => ({ ...LOG, origin })),
        );
        const [all, own, aside] = LOG_FAULTS.map((setting) => allows(setting, log));
        expect([!all || own, !own || aside, !aside || isSound]).toEqual([true, true, true]);
        if (faulty.length === 0) expect([all, own, aside]).toEqual([isSound, isSound, isSound]);
      },
    ),
    { numRuns: 1_000 },
  );
});
