import { type Finding, hasError } from '../errors.ts';
import { applyRule, type RuleContext } from './apply-rule.ts';
import { isAuthentic } from './authentic.ts';
import { isWithdrawn, toLabel, toStanding, writeLabel } from './candidate.ts';
import type { ChosenEntry, Decision, Reason } from './decision.ts';
import type { JudgedEntry, LogStanding, UnreadableEntry } from './judged-entry.ts';
import { toAsideReason, toLogReasons, toPrecedence, toSetAside } from './log-fault.ts';
import { isListedBroadly } from './match-endorser.ts';
import type { Effect, Policy, PolicyRule, Rule } from './policy.ts';

/** Everything a decision depends on: no clock, no network. */
export interface Question {
  /** Identifier of the image. */
  readonly image: string;
  /** What is said about it, in any order; statements about other images do not count. */
  readonly entries: readonly JudgedEntry[];
  /** Statements about it that could not be read. One of them may be the withdrawal that somebody hides, so they deny the image. */
  readonly unreadable?: readonly UnreadableEntry[];
  readonly log: readonly LogStanding[];
  readonly at: Date;
}

/** What holds where a policy does not say otherwise. */
const DEFAULT_RULES: readonly Rule[] = [
  { kind: 'deprecation', by: 'own' },
  { kind: 'valid' },
  { kind: 'certificate', imported: 'refuse', rsaBits: 0, checksums: [] },
];

const EFFECTS = { enforce: 'enforced', warn: 'warned', audit: 'audited' } as const satisfies Record<
  Effect,
  Reason['effect']
>;

/**
 * May this image run here? It may if the newest statement of some endorser is kept by every enforced rule; the newest such statement is
 * the one to launch from. Whatever cannot be established counts against the image.
 */
export function decide({ image, entries, unreadable = [], log, at }: Question, policy: Policy): Decision {
  const about = entries.filter(({ entry }) => entry.identifier === image);
  const { logFaults = 'deny-all' } = policy;
  const { current, superseded } = toStanding(about.filter(isSound), toPrecedence(log));
  const rules = withDefaults(policy);
  const general: Reason[] = [
    ...toLogReasons(log, [...about, ...unreadable], logFaults),
    ...unreadable.map(toUnreadableReason),
    ...about.filter((judged) => !isSound(judged)).map(toUnsoundReason),
    ...(about.length + unreadable.length === 0 ? [toNothingReason(image)] : []),
  ];
  // Only thresholds look at them, and judging everybody twice is not free.
  const hasThreshold = rules.some(({ rule }) => rule.kind === 'threshold');
  const setAside = toSetAside(log, logFaults);
  const speaking = current.filter(({ origin }) => !setAside.has(origin));
  const supporters = hasThreshold ? toSupporters(speaking, rules, { at, current, log }) : [];
  const context = { at, current, supporters, log };
  const judgements = current.map((judged) => {
    const found = [
      ...(setAside.has(judged.origin) ? [toAsideReason(judged)] : []),
      ...rules.flatMap((rule, position) => toReasons(rule, judged, { ...context, position })),
    ];
    return { judged, found, hurdles: found.filter(isRejection) };
  });
  const chosen = general.some(isRejection) ? undefined : judgements.find(({ hurdles }) => hurdles.length === 0)?.judged;
  return {
    outcome: chosen === undefined ? 'deny' : 'allow',
    image,
    ...(chosen === undefined ? {} : { entry: toChosen(chosen) }),
    reasons: [
      ...general,
      ...superseded.map(({ judged, by }) => toSupersededReason(judged, by)),
      ...judgements.flatMap(({ found }) => found),
    ],
    remedies: chosen === undefined ? toRemedies(general.filter(isRejection), judgements) : [],
    policy: { ...(policy.name === undefined ? {} : { name: policy.name }), digest: policy.digest },
    log,
    at,
  };
}

/** The rules of a policy in its order, then those defaults it says nothing about. */
function withDefaults({ rules }: Policy): PolicyRule[] {
  const stated = new Set(rules.map(({ rule }) => rule.kind));
  const silent = DEFAULT_RULES.filter(({ kind }) => !stated.has(kind));
  return [...rules, ...silent.map((rule): PolicyRule => ({ rule, effect: 'enforce' }))];
}

/** True unless something is wrong that no policy may overlook: with the bytes, the signature, or the name of who signed. */
export function isSound({ findings }: JudgedEntry): boolean {
  return !findings.some(isUnsound);
}

/**
 * Whose certificate or address is in doubt is for the rule `certificate` to weigh, and what has expired for `valid`; all else means that the
 * registry shows what nobody signed.
 */
function isUnsound(finding: Finding): boolean {
  const isForRules = finding.check === 'certificate' || finding.code === 'email-unbound' || finding.code === 'validity';
  return hasError([finding]) && !isForRules;
}

const READABLE = 'every statement about the image can be read as it was signed';

function toUnsoundReason(judged: JudgedEntry): Reason {
  const { message } = judged.findings.find(isUnsound)!;
  return {
    rule: 'integrity',
    effect: 'enforced',
    entry: toLabel(judged),
    outcome: 'rejected',
    message,
    remedy: READABLE,
  };
}

function toUnreadableReason({ origin, index, message }: UnreadableEntry): Reason {
  const which = index === undefined ? `A statement in ${origin}` : `Record ${index} of ${origin}`;
  const text = `${which} about the image cannot be read: ${message}`;
  return { rule: 'integrity', effect: 'enforced', outcome: 'rejected', message: text, remedy: READABLE };
}

function toNothingReason(image: string): Reason {
  return {
    rule: 'entries',
    effect: 'enforced',
    outcome: 'rejected',
    message: `Nothing is said about the image ${image}.`,
    remedy: 'somebody this policy allows endorses the image',
  };
}

function toSupersededReason(judged: JudgedEntry, by: JudgedEntry): Reason {
  const message = `${by.entry.endorsement.email} has made a newer statement since: ${writeLabel(by)}.`;
  return { rule: 'current', effect: 'skipped', entry: toLabel(judged), outcome: 'rejected', message };
}

function toReasons({ rule, effect, name }: PolicyRule, judged: JudgedEntry, context: RuleContext): Reason[] {
  return applyRule(rule, judged, context).map((outcome) => ({
    ...outcome,
    ...(name === undefined ? {} : { name }),
    effect: EFFECTS[effect],
    entry: toLabel(judged),
  }));
}

function isRejection({ effect, outcome }: Reason): boolean {
  return effect === 'enforced' && outcome === 'rejected';
}

/** Rules about a statement itself; only one that passes them can stand behind another. */
const SUPPORTING_RULES: readonly Rule['kind'][] = ['valid', 'certificate', 'checksums', 'log', 'ask', 'shapes'];

/**
 * Whose statements count toward a threshold: those that were not withdrawn, by endorsers nobody denies, that pass every enforced rule
 * about a statement itself. Whom the policy allows to launch from is another matter, since a threshold has a list of its own.
 */
function toSupporters(
  speaking: readonly JudgedEntry[],
  rules: readonly PolicyRule[],
  context: Omit<RuleContext, 'supporters' | 'position'>,
): JudgedEntry[] {
  return speaking.filter((judged) => {
    if (isWithdrawn(judged, context.current) || !isAuthentic(judged)) return false;
    return rules.every(({ rule, effect }, position) => {
      if (effect !== 'enforce') return true;
      if (rule.kind === 'endorsers') return rule.deny === undefined || !isListedBroadly(judged, rule.deny);
      if (!SUPPORTING_RULES.includes(rule.kind)) return true;
      return applyRule(rule, judged, { ...context, supporters: [], position }).every(
        ({ outcome }) => outcome === 'kept',
      );
    });
  });
}

function toChosen(judged: JudgedEntry): ChosenEntry {
  const { sizeBytes, checksums, locations, format, compression } = judged.entry;
  return {
    ...toLabel(judged),
    sizeBytes,
    checksums,
    locations,
    ...(format === undefined ? {} : { format }),
    ...(compression === undefined ? {} : { compression }),
  };
}

/** What stands in the way of the image itself, and then of the statement that comes closest. */
function toRemedies(
  general: readonly Reason[],
  judgements: readonly { readonly hurdles: readonly Reason[] }[],
): string[] {
  const [first, ...others] = judgements;
  const closest = others.reduce((best, one) => (one.hurdles.length < (best?.hurdles.length ?? 0) ? one : best), first);
  const remedies = [...general, ...(closest?.hurdles ?? [])].flatMap(({ remedy }) => remedy ?? []);
  return [...new Set(remedies)];
}
