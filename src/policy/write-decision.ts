import { writeEntryTime } from '../entry/entry-time.ts';
import type { ChosenEntry, Decision, EntryLabel, Reason } from './decision.ts';
import type { LogStanding } from './judged-entry.ts';

/** A decision as JSON values, its keys those of the types, times as ISO 8601 text. What is absent is left out. */
export function toDecisionJson(decision: Decision): Record<string, unknown> {
  const { entry, reasons, log, at, ...rest } = decision;
  return {
    ...rest,
    ...(entry === undefined ? {} : { entry: toChosenJson(entry) }),
    reasons: reasons.map(toReasonJson),
    log: log.map(toStandingJson),
    at: at.toISOString(),
  };
}

function toReasonJson({ entry, ...reason }: Reason): Record<string, unknown> {
  return { ...reason, ...(entry === undefined ? {} : { entry: toLabelJson(entry) }) };
}

function toChosenJson({ createdAt, ...chosen }: ChosenEntry): Record<string, unknown> {
  return { ...chosen, created: writeEntryTime(createdAt) };
}

function toLabelJson({ createdAt, ...label }: EntryLabel): Record<string, unknown> {
  return { ...label, created: writeEntryTime(createdAt) };
}

function toStandingJson({ checkedAt, witnessedAt, ...standing }: LogStanding): Record<string, unknown> {
  return {
    ...standing,
    checkedAt: checkedAt.toISOString(),
    ...(witnessedAt === undefined ? {} : { witnessedAt: witnessedAt.toISOString() }),
  };
}

/** A decision in lines for people: the answer first; with `all` every reason, else those that matter. */
export function writeDecision(decision: Decision, all: boolean): string[] {
  const { outcome, image, entry, reasons, remedies, policy, log } = decision;
  const lines = [`${outcome}: ${image}`];
  if (entry !== undefined) lines.push(`  launch from the statement of ${writeEntry(entry)}`);
  const told = reasons.filter((reason) => all || matters(reason, outcome));
  for (const reason of told) lines.push(`  ${writeReason(reason)}`);
  for (const remedy of remedies) lines.push(`  to allow it: ${remedy}`);
  lines.push(`  policy: ${policy.name ?? 'without a name'} (${policy.digest.slice(0, 16)}…)`);
  for (const { origin, size, completeness, checkedAt } of log) {
    lines.push(`  log: ${origin}, ${size} records, ${completeness}, seen at ${checkedAt.toISOString()}`);
  }
  return lines;
}

function matters({ outcome, effect }: Reason, answer: Decision['outcome']): boolean {
  if (effect === 'warned') return true;
  return answer === 'deny' && outcome === 'rejected' && effect === 'enforced';
}

function writeReason({ rule, name, effect, outcome, entry, message }: Reason): string {
  const word =
    outcome === 'kept'
      ? 'kept'
      : { enforced: 'rejected', warned: 'warning', audited: 'noted', skipped: 'skipped' }[effect];
  const who = entry === undefined ? '' : ` [${entry.email} ${writeEntryTime(entry.createdAt)}]`;
  return `${word} by ${name === undefined ? rule : `${rule} (${name})`}${who}: ${message}`;
}

function writeEntry({ email, createdAt, origin, index }: EntryLabel): string {
  const place = index === undefined ? origin : `record ${index} of ${origin}`;
  return `${email} from ${writeEntryTime(createdAt)}, ${place}`;
}
