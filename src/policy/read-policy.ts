import { isSufficient } from './match-endorser.ts';
import type { EndorserList, EndorserMatch, LogFaults, Policy, PolicyRule, Rule } from './policy.ts';
import { RULE_KINDS } from './policy.ts';
import { type PathStep, type PolicyProblem, Report } from './policy-problem.ts';
import { openSchemaCheck, type SchemaFault } from './schema-check.ts';
import { type RuleDocument, toRule } from './to-rule.ts';

/** A policy document as its text was read: YAML or JSON, no matter. */
export interface PolicyDocument {
  readonly value: unknown;
  /** The line of what is at a path. */
  lineOf(path: readonly PathStep[]): number | undefined;
  /** SHA-256 hex of the text and of what it includes. */
  readonly digest: string;
  /** The text of a file it includes by name, or why it cannot be read. */
  include(file: string): { readonly text: string } | { readonly fault: string };
}

/** A policy, or why it is none; advice comes with either. */
export type PolicyReading =
  | { readonly ok: true; readonly policy: Policy; readonly problems: readonly PolicyProblem[] }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** A document that its schema has let through. */
interface DocumentValue {
  readonly name?: string;
  readonly logFaults?: LogFaults;
  readonly rules: readonly RuleDocument[];
}

/** Reads policy documents by their JSON Schema (`schemas/policy.schema.json`). */
export function openPolicyReader(schema: object): (document: PolicyDocument) => PolicyReading {
  const check = openSchemaCheck(schema);
  return (document) => readPolicy(document, check);
}

function readPolicy(document: PolicyDocument, check: (value: unknown) => SchemaFault[]): PolicyReading {
  const report = new Report(document);
  const faults = check(document.value);
  if (faults.length > 0) {
    for (const { path, message } of faults) report.add('error', path, message);
    return { ok: false, problems: report.problems };
  }
  const { name, logFaults, rules: items } = document.value as DocumentValue;
  const rules = items.flatMap((item, position) => readRule(item, ['rules', position], document, report));
  checkWhole(rules, report);
  if (report.problems.some(({ severity }) => severity === 'error')) return { ok: false, problems: report.problems };
  const stated = { ...(name === undefined ? {} : { name }), ...(logFaults === undefined ? {} : { logFaults }) };
  const policy: Policy = { ...stated, rules, digest: document.digest };
  return { ok: true, policy, problems: report.problems };
}

function readRule(
  item: RuleDocument,
  path: readonly PathStep[],
  document: PolicyDocument,
  report: Report,
): PolicyRule[] {
  const kinds = RULE_KINDS.filter((kind) => item[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const found = kinds.length === 0 ? 'none' : kinds.join(' and ');
    report.add('error', path, `each rule stands in an item of its own; this one has ${found}`);
    return [];
  }
  const rule = toRule(kind, item, (file) => {
    const included = document.include(file);
    if ('text' in included) return included.text;
    report.add('error', [...path, kind, 'file'], `${file} cannot be read: ${included.fault}`);
    return '';
  });
  checkRule(rule, [...path, kind], report);
  const { effect = 'enforce', name } = item;
  return [{ rule, effect, ...(name === undefined ? {} : { name }) }];
}

function checkRule(rule: Rule, path: readonly PathStep[], report: Report): void {
  if (rule.kind === 'endorsers' && rule.allow !== undefined) checkMatches(rule.allow, [...path, 'allow'], report);
  if (rule.kind !== 'threshold') return;
  checkMatches(rule.endorsers, [...path, 'endorsers'], report);
  const { endorsers } = rule;
  // Whoever is named by an authority alone may be many.
  const isCountable = endorsers !== 'anyone' && endorsers.every((match) => !isOnlyIssuer(match));
  if (isCountable && endorsers.length < rule.of) {
    const message = `only ${endorsers.length} endorsers are listed, so that ${rule.of} can never be reached`;
    report.add('error', [...path, 'of'], message);
  }
}

function isOnlyIssuer({ issuer, ...rest }: EndorserMatch): boolean {
  return issuer !== undefined && Object.keys(rest).length === 0;
}

function checkMatches(list: EndorserList, path: readonly PathStep[], report: Report): void {
  if (list === 'anyone') return;
  for (const [at, match] of list.entries()) {
    if (isSufficient(match)) continue;
    report.add('error', [...path, at], tellInsufficient(match));
  }
}

/** What a match lacks that names nobody for sure. */
export function tellInsufficient(match: EndorserMatch): string {
  return match.email === undefined || match.subject !== undefined
    ? 'a subject means nothing without the issuer that certified it: add "issuer"'
    : 'any authority may certify an address: add "subject" and "issuer", or say "emailAlone: true"';
}

/** What only all rules together show. */
function checkWhole(rules: readonly PolicyRule[], report: Report): void {
  if (rules.length === 0) return;
  if (!rules.some(({ rule, effect }) => effect === 'enforce' && choosesWhom(rule))) {
    const message =
      'it does not say whom to believe: enforce "endorsers: { allow: … }" (or "anyone"), "threshold", "images" or "checksums" with "allow"';
    report.add('error', ['rules'], message);
  }
  for (const [at, { rule, effect }] of rules.entries()) {
    if (rule.kind === 'certificate' && effect !== 'enforce') {
      report.add(
        'advice',
        ['rules', at],
        'statements whose signer does not hold by your authorities may be launched from',
      );
    }
    const anyone = rule.kind === 'endorsers' && rule.allow === 'anyone';
    if (anyone && rules.every((other) => other.rule.kind !== 'threshold')) {
      report.add('advice', ['rules', at], 'whoever your trust directory lets endorse decides what runs');
    }
  }
}

function choosesWhom(rule: Rule): boolean {
  if (rule.kind === 'threshold') return true;
  return (rule.kind === 'endorsers' || rule.kind === 'images' || rule.kind === 'checksums') && rule.allow !== undefined;
}
