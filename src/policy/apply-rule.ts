import type { ChecksumAlgorithm } from '../entry/entry.ts';
import { writeEntryTime } from '../entry/entry-time.ts';
import { hasError } from '../errors.ts';
import { agree } from './agreement.ts';
import { createdMs, findOwnWithdrawal, writeLabel } from './candidate.ts';
import type { RuleName } from './decision.ts';
import { writeDuration } from './duration.ts';
import type { GraphAnswer, JudgedEntry, LogStanding } from './judged-entry.ts';
import { isListed, isListedBroadly, writeEndorsers, writeSome } from './match-endorser.ts';
import { countPeople } from './person.ts';
import type { Rule } from './policy.ts';

/** What a rule says of one statement; one rule may say two things (`allow` and `deny`). */
export interface RuleOutcome {
  readonly rule: RuleName;
  readonly outcome: 'kept' | 'rejected';
  readonly message: string;
  readonly remedy?: string;
}

/** What a rule may look at besides the statement itself. */
export interface RuleContext {
  readonly at: Date;
  /** The newest statement of every endorser of the image. */
  readonly current: readonly JudgedEntry[];
  /** Those of them that may count toward a threshold. */
  readonly supporters: readonly JudgedEntry[];
  readonly log: readonly LogStanding[];
  /** Position of the rule in the policy. */
  readonly position: number;
}

/** Applies one rule of a policy to one statement. */
export function applyRule(rule: Rule, judged: JudgedEntry, context: RuleContext): RuleOutcome[] {
  switch (rule.kind) {
    case 'endorsers':
      return applyEndorsers(rule, judged);
    case 'images':
      return applyList('images', rule, [judged.entry.identifier], 'image');
    case 'checksums':
      return applyList(
        'checksums',
        rule,
        judged.entry.checksums.map(({ value }) => value),
        'checksum',
      );
    case 'threshold':
      return [applyThreshold(rule, judged, context)];
    case 'deprecation':
      return [applyDeprecation(rule, judged, context)];
    case 'valid':
      return [applyValid(rule, judged, context)];
    case 'certificate':
      return [applyCertificate(rule, judged)];
    case 'requires':
      return [applyRequires(rule, judged)];
    case 'ask':
    case 'shapes':
      return [applyAnswer(rule.kind, judged.answers?.get(context.position))];
    case 'log':
      return [applyLog(rule, judged, context)];
  }
}

type RuleOf<K extends Rule['kind']> = Extract<Rule, { readonly kind: K }>;

const keep = (rule: RuleName, message: string): RuleOutcome => ({ rule, outcome: 'kept', message });
const reject = (rule: RuleName, message: string, remedy: string): RuleOutcome => ({
  rule,
  outcome: 'rejected',
  message,
  remedy,
});

function applyEndorsers({ allow, deny }: RuleOf<'endorsers'>, judged: JudgedEntry): RuleOutcome[] {
  const { email } = judged.entry.endorsement;
  const outcomes: RuleOutcome[] = [];
  if (allow !== undefined) {
    outcomes.push(
      isListed(judged, allow)
        ? keep('endorsers.allow', `${email} is an endorser this policy allows.`)
        : reject(
            'endorsers.allow',
            `${email} is none of the endorsers this policy allows.`,
            `one of them endorses the image: ${writeEndorsers(allow)}`,
          ),
    );
  }
  if (deny !== undefined) {
    outcomes.push(
      isListedBroadly(judged, deny)
        ? reject('endorsers.deny', `${email} is an endorser this policy denies.`, 'somebody else endorses the image')
        : keep('endorsers.deny', `${email} is not denied.`),
    );
  }
  return outcomes;
}

function applyList(
  kind: 'images' | 'checksums',
  { allow, deny }: { readonly allow?: readonly string[]; readonly deny?: readonly string[] },
  values: readonly string[],
  word: string,
): RuleOutcome[] {
  const outcomes: RuleOutcome[] = [];
  if (allow !== undefined) {
    outcomes.push(
      values.some((value) => allow.includes(value))
        ? keep(`${kind}.allow`, `The ${word} is listed as allowed.`)
        : reject(`${kind}.allow`, `The ${word} is not among those allowed.`, `the ${word} is added to ${kind}.allow`),
    );
  }
  if (deny !== undefined) {
    const denied = values.find((value) => deny.includes(value));
    outcomes.push(
      denied === undefined
        ? keep(`${kind}.deny`, `The ${word} is not denied.`)
        : reject(`${kind}.deny`, `The ${word} ${denied} is denied.`, `it is taken out of ${kind}.deny`),
    );
  }
  return outcomes;
}

function applyThreshold(rule: RuleOf<'threshold'>, judged: JudgedEntry, { supporters }: RuleContext): RuleOutcome {
  const listed = supporters.filter((one) => isListed(one, rule.endorsers));
  const agreeing = listed.filter((one) => agree(one.entry, judged.entry, rule.weakChecksums));
  const count = countPeople(agreeing);
  const who = agreeing.map(({ entry }) => entry.endorsement.email);
  const found =
    count === 0 ? 'nobody listed vouches' : `${count} of them vouch${count === 1 ? 'es' : ''} (${writeSome(who)})`;
  const message = `At least ${rule.of} listed endorsers must vouch for the same checksums; ${found}.`;
  if (count >= rule.of) return keep('threshold', message);
  const others = listed.length - agreeing.length;
  const differing = others === 0 ? '' : ` (${others} other statements name other bytes)`;
  const missing = rule.of - count;
  const remedy = `${missing} more of them endorse${missing === 1 ? 's' : ''} the same bytes${differing}: ${writeEndorsers(rule.endorsers)}`;
  return reject('threshold', message, remedy);
}

function applyDeprecation({ by }: RuleOf<'deprecation'>, judged: JudgedEntry, { current }: RuleContext): RuleOutcome {
  // Whoever withdraws an image does not vouch for it, whatever else the policy says.
  const against = current.filter(({ entry }) => entry.deprecated !== undefined);
  const own = findOwnWithdrawal(judged, current);
  const first = own ?? against.find((one) => by === 'any' || (by !== 'own' && isListedBroadly(one, by)));
  if (first === undefined) {
    const aside = against.length === 0 ? '' : ` (${against.length} others withdrew it, which does not count here)`;
    return keep('deprecation', `Nobody who counts has withdrawn the image${aside}.`);
  }
  const { email, createdAt } = first.entry.endorsement;
  const when = writeEntryTime(createdAt);
  return reject(
    'deprecation',
    `${email} withdrew the image at ${when}: ${first.entry.deprecated}`,
    first === own ? 'somebody who has not withdrawn the image endorses it' : `${email} endorses the image again`,
  );
}

function applyValid(rule: RuleOf<'valid'>, judged: JudgedEntry, { at }: RuleContext): RuleOutcome {
  const { validUntil, endorsement } = judged.entry;
  const renewed = `${endorsement.email} renews the statement`;
  if (validUntil !== undefined && validUntil < at) {
    return reject('valid', `The statement expired at ${writeEntryTime(validUntil)}.`, renewed);
  }
  if (endorsement.createdAt.getTime() > at.getTime()) {
    const signed = writeEntryTime(endorsement.createdAt);
    return reject('valid', `The statement was signed at ${signed}, which is still to come.`, 'its time comes');
  }
  if (rule.maxAgeMs !== undefined && at.getTime() - createdMs(judged) > rule.maxAgeMs) {
    const most = writeDuration(rule.maxAgeMs);
    return reject('valid', `The statement is older than ${most}.`, renewed);
  }
  if (rule.provenBefore !== undefined && !(judged.provenAt !== undefined && judged.provenAt <= rule.provenBefore)) {
    const before = writeEntryTime(rule.provenBefore);
    const proof = 'a time-stamp or the witnesses of the log prove it';
    return reject('valid', `Nothing proves that the statement existed before ${before}.`, proof);
  }
  const until = validUntil === undefined ? 'It names no end.' : `It is valid until ${writeEntryTime(validUntil)}.`;
  return keep('valid', until);
}

function applyCertificate(rule: RuleOf<'certificate'>, judged: JudgedEntry): RuleOutcome {
  const { findings, isImported, signerKey, entry } = judged;
  const refuse = (message: string, remedy: string) => reject('certificate', message, remedy);
  // What has expired is for the rule `valid` to say.
  const fault = findings.find((finding) => hasError([finding]) && finding.code !== 'validity');
  if (fault !== undefined) return refuse(fault.message, 'the endorser signs again with a certificate that holds');
  if (isImported && rule.imported === 'refuse') {
    return refuse(
      'The statement is an original of the StratusLab Marketplace, signed with SHA-1 and never judged against your authorities.',
      'somebody endorses the image anew, or the policy says `certificate: { imported: accept }`',
    );
  }
  if (signerKey?.kind === 'rsa' && signerKey.bits < rule.rsaBits) {
    return refuse(
      `The signer's RSA key has ${signerKey.bits} bits; this policy asks for ${rule.rsaBits}.`,
      'the endorser signs with a longer key',
    );
  }
  const stated = entry.checksums.map(({ algorithm }): ChecksumAlgorithm => algorithm);
  if (rule.checksums.length > 0 && !rule.checksums.some((algorithm) => stated.includes(algorithm))) {
    const wanted = rule.checksums.join(' or ');
    return refuse(`The statement has no ${wanted} checksum.`, `a statement names a ${wanted} checksum of the image`);
  }
  return keep(
    'certificate',
    isImported ? 'Originals are accepted by this policy.' : 'The certificate of the signer holds.',
  );
}

function applyRequires(rule: RuleOf<'requires'>, { entry }: JudgedEntry): RuleOutcome {
  const refuse = (message: string) => reject('requires', message, 'a statement about a fitting image');
  for (const [field, wanted] of Object.entries(rule.values) as [keyof typeof rule.values, readonly string[]][]) {
    const stated = entry[field];
    if (stated === undefined || !wanted.some((value) => value.toLowerCase() === stated.toLowerCase())) {
      return refuse(`${field} is ${stated ?? 'not stated'}; this policy asks for ${wanted.join(' or ')}.`);
    }
  }
  const { schemes, mostBytes, inboundPorts } = rule;
  if (schemes !== undefined && !entry.locations.some((location) => schemes.includes(toScheme(location)))) {
    return refuse(`No location is reached by ${schemes.join(' or ')}.`);
  }
  if (mostBytes !== undefined && entry.sizeBytes > mostBytes) {
    return refuse(`The image has ${entry.sizeBytes} bytes; this policy allows ${mostBytes}.`);
  }
  const port = entry.inboundPorts.find((one) => inboundPorts !== undefined && !inboundPorts.includes(one));
  if (port !== undefined) {
    const what = port === 0 ? 'all inbound ports' : `inbound port ${port}`;
    return refuse(`The image asks for ${what}, which this policy does not open.`);
  }
  return keep('requires', 'It states everything this policy asks for.');
}

function toScheme(location: string): string {
  return location.slice(0, Math.max(location.indexOf(':'), 0)).toLowerCase();
}

function applyAnswer(kind: 'ask' | 'shapes', answer: GraphAnswer | undefined): RuleOutcome {
  const what = kind === 'ask' ? 'The question of this policy' : 'The shapes of this policy';
  const remedy = kind === 'ask' ? 'a statement for which the answer is yes' : 'a statement that conforms to the shapes';
  // Fail closed: what could not be answered does not count as a yes.
  if (answer === undefined) return reject(kind, `${what} could not be put to the statement.`, remedy);
  if (answer.holds) return keep(kind, `${what} ${kind === 'ask' ? 'is answered with yes' : 'hold'}.`);
  const why = answer.message ?? (kind === 'ask' ? 'is answered with no.' : 'do not hold.');
  return reject(kind, `${what} ${why}`, remedy);
}

function applyLog(rule: RuleOf<'log'>, judged: JudgedEntry, { log, at }: RuleContext): RuleOutcome {
  const standing = log.find(({ origin }) => origin === judged.origin);
  if (standing === undefined) {
    return reject('log', `Nothing is known of the log ${judged.origin}.`, 'the log is followed by this site');
  }
  const { origin, completeness, checkedAt, witnessedAt } = standing;
  if (rule.inclusion && judged.isIncluded !== true) {
    return reject('log', `Nothing proves that ${writeLabel(judged)} is in the log ${origin}.`, 'the log proves it');
  }
  if (rule.completeness !== 'any' && !isCompleteEnough(completeness, rule.completeness)) {
    const remedy = 'this site synchronizes the log';
    return reject('log', `Nothing proves that the log ${origin} has no newer statement about the image.`, remedy);
  }
  if (rule.witnesses && witnessedAt === undefined) {
    const remedy = 'a quorum of witnesses cosigns its checkpoint';
    return reject('log', `No quorum of witnesses has seen the log ${origin} as it is shown here.`, remedy);
  }
  const seenAt = rule.witnesses ? witnessedAt! : checkedAt;
  if (rule.maxAgeMs !== undefined && at.getTime() - seenAt.getTime() > rule.maxAgeMs) {
    const most = writeDuration(rule.maxAgeMs);
    const remedy = 'a newer checkpoint of it arrives';
    return reject(
      'log',
      `What is known of the log ${origin} is from ${seenAt.toISOString()}, older than ${most}.`,
      remedy,
    );
  }
  return keep('log', `The log ${origin} is known up to record ${standing.size}, as of ${seenAt.toISOString()}.`);
}

function isCompleteEnough(has: LogStanding['completeness'], asked: 'synced' | 'index'): boolean {
  return has === 'synced' || (asked === 'index' && has === 'index');
}
