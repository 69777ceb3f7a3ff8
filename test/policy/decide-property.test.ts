import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toFinding } from '../../src/errors.ts';
import { decide } from '../../src/policy/decide.ts';
import type { JudgedEntry } from '../../src/policy/judged-entry.ts';
import { countPeople } from '../../src/policy/person.ts';
import type { EndorserMatch, Policy, PolicyRule } from '../../src/policy/policy.ts';
import { NOW } from '../endorser.ts';
import { IMAGE, ISSUER, LOG, makeJudged } from './judged.ts';

const NAMES = ['ada', 'ben', 'eve', 'joan'] as const;

const judged: fc.Arbitrary<JudgedEntry> = fc
  .record({
    name: fc.constantFrom(...NAMES),
    email: fc.constantFrom(...NAMES.map((name) => `${name}@example.org`)),
    hours: fc.integer({ min: 1, max: 400 }),
    origin: fc.constantFrom(LOG.origin, 'other.example.org/log'),
    isDeprecated: fc.boolean(),
    isExpired: fc.boolean(),
    sizeBytes: fc.constantFrom(1, 1_048_576),
    code: fc.constantFrom(undefined, undefined, undefined, 'no-anchor', 'revoked', 'email-unbound', 'digest'),
    isImported: fc.boolean(),
  })
  .map(({ name, email, hours, origin, isDeprecated, isExpired, sizeBytes, code, isImported }) =>
    makeJudged({
      name,
      email,
      origin,
      isImported,
      createdAt: new Date(NOW.getTime() - hours * 3_600_000),
      findings: code === undefined ? [] : [toFinding(code, 'It does not hold.')],
      entry: {
        sizeBytes,
        ...(isDeprecated ? { deprecated: 'no' } : {}),
        ...(isExpired ? { validUntil: new Date(NOW.getTime() - 1_000) } : {}),
      },
    }),
  );

const match: fc.Arbitrary<EndorserMatch> = fc.oneof(
  fc.constantFrom(...NAMES).map((name) => ({ email: `${name}@example.org`, emailAlone: true })),
  fc.constant({ issuer: ISSUER }),
  fc.constantFrom(...NAMES).map((name) => ({ subject: `CN=${name},O=Vouch Tests`, issuer: ISSUER })),
);
const list = fc.oneof(fc.constant('anyone' as const), fc.array(match, { minLength: 1, maxLength: 4 }));
const effect = fc.constantFrom('enforce' as const, 'enforce' as const, 'warn' as const, 'audit' as const);
const rule: fc.Arbitrary<PolicyRule> = fc.record({
  effect,
  rule: fc.oneof(
    list.map((allow) => ({ kind: 'endorsers' as const, allow })),
    fc.array(match, { minLength: 1 }).map((deny) => ({ kind: 'endorsers' as const, deny })),
    fc.record({
      kind: fc.constant('threshold' as const),
      of: fc.integer({ min: 1, max: 3 }),
      endorsers: list,
      weakChecksums: fc.boolean(),
    }),
    fc.constantFrom('any' as const, 'own' as const).map((by) => ({ kind: 'deprecation' as const, by })),
    fc.constantFrom('accept' as const, 'refuse' as const).map((imported) => ({
      kind: 'certificate' as const,
      imported,
      rsaBits: 0,
      checksums: [],
    })),
    fc.constant({ kind: 'valid' as const }),
  ),
});
const policy: fc.Arbitrary<Policy> = fc.array(rule, { maxLength: 5 }).map((rules) => ({ rules, digest: '' }));
const entries = fc.array(judged, { maxLength: 8 });

const ask = (said: readonly JudgedEntry[], by: Policy) =>
  decide({ image: IMAGE, entries: said, log: [LOG, { ...LOG, origin: 'other.example.org/log' }], at: NOW }, by);

describe('whatever the policy and the statements', () => {
  it('the order of the statements does not matter', () => {
    fc.assert(
      fc.property(entries, policy, fc.infiniteStream(fc.nat(99)), (said, by, order) => {
        const shuffled = said
          .map((one) => ({ one, place: order.next().value as number }))
          .sort((a, b) => a.place - b.place)
          .map(({ one }) => one);
        const [straight, mixed] = [ask(said, by), ask(shuffled, by)];
        expect(mixed.outcome).toBe(straight.outcome);
        expect(mixed.entry).toEqual(straight.entry);
        const sort = (messages: readonly { message: string }[]) => messages.map(({ message }) => message).sort();
        expect(sort(mixed.reasons)).toEqual(sort(straight.reasons));
      }),
      { numRuns: 500 },
    );
  });

  it('adding a denial never turns a denial into an allowance', () => {
    const denial: fc.Arbitrary<PolicyRule> = fc.oneof(
      fc
        .array(match, { minLength: 1 })
        .map((deny): PolicyRule => ({ effect: 'enforce', rule: { kind: 'endorsers', deny } })),
      fc.constant<PolicyRule>({ effect: 'enforce', rule: { kind: 'images', deny: [IMAGE] } }),
    );
    fc.assert(
      fc.property(entries, policy, denial, fc.nat(5), (said, by, added, place) => {
        const rules = by.rules.toSpliced(Math.min(place, by.rules.length), 0, added);
        if (ask(said, { ...by, rules }).outcome === 'allow') expect(ask(said, by).outcome).toBe('allow');
      }),
      { numRuns: 500 },
    );
  });

  it('a threshold counts nobody twice', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 4 }), (said, of) => {
        const threshold: PolicyRule = {
          effect: 'enforce',
          rule: { kind: 'threshold', of, endorsers: 'anyone', weakChecksums: true },
        };
        const { outcome } = ask(said, { rules: [threshold], digest: '' });
        const people = new Set(said.map(({ entry }) => entry.endorsement.email));
        const keys = new Set(said.map(({ endorserKey }) => endorserKey));
        if (outcome === 'allow') expect(Math.min(people.size, keys.size)).toBeGreaterThanOrEqual(of);
        expect(countPeople([...said, ...said])).toBe(countPeople(said));
      }),
      { numRuns: 500 },
    );
  });

  it('a withdrawn, expired or unsound statement is never launched from', () => {
    fc.assert(
      fc.property(entries, policy, (said, by) => {
        const { entry, outcome, remedies } = ask(said, by);
        const chosen = said.find(({ documentSha256 }) => documentSha256 === entry?.documentSha256);
        if (outcome === 'deny') expect(entry).toBeUndefined();
        if (outcome === 'deny') expect(remedies.length).toBeGreaterThan(0);
        if (chosen === undefined) return;
        const lax = (kind: string) => by.rules.some((one) => one.rule.kind === kind && one.effect !== 'enforce');
        if (!lax('deprecation')) expect(chosen.entry.deprecated).toBeUndefined();
        if (!lax('valid')) expect(chosen.entry.validUntil!.getTime()).toBeGreaterThanOrEqual(NOW.getTime());
        if (!lax('certificate')) expect(chosen.findings).toEqual([]);
        expect(chosen.findings.map(({ code }) => code)).not.toContain('digest');
      }),
      { numRuns: 1_000 },
    );
  });
});
