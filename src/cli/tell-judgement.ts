import type { Entry } from '../entry/entry.ts';
import { writeEntryTime } from '../entry/entry-time.ts';
import type { Finding } from '../errors.ts';
import type { ProvenTime } from '../verify/conditions.ts';
import type { Terminal } from './terminal.ts';
import { countFindings, toFindingJson, writeFinding } from './write-finding.ts';

/** What was established about one entry. */
export interface Judgement {
  readonly isValid: boolean;
  readonly entry: Entry | null;
  readonly findings: readonly Finding[];
  readonly proven?: ProvenTime;
}

const PROOFS = { tsa: 'a time-stamp proves', witnesses: 'the witnesses of its receipt prove' } as const;

/** Says a judgement, with every finding. */
export function tellJudgement(terminal: Terminal, file: string, { isValid, entry, findings, proven }: Judgement): void {
  const word = isValid ? terminal.paint('green', 'valid') : terminal.paint('red', 'invalid');
  const who = entry === null ? '' : `, ${entry.identifier} by ${entry.endorsement.email}`;
  const count = findings.length === 0 ? '' : `, ${countFindings(findings)}`;
  terminal.print(`${file}: ${word}${who}${count}`);
  if (proven !== undefined)
    terminal.print(`  existed at ${proven.at.toISOString()}: ${PROOFS[proven.source]} its signature`);
  for (const finding of findings) terminal.print(writeFinding(finding, terminal));
}

/** A judgement as JSON (design: command line). */
export function toVerdictJson(file: string, { isValid, entry, findings, proven }: Judgement): Record<string, unknown> {
  const told = { valid: isValid, file, entry: entry && toEntryJson(entry), findings: findings.map(toFindingJson) };
  return { ...told, ...(proven && { existedAt: proven.at.toISOString() }) };
}

function toEntryJson({ identifier, endorsement, validUntil, draftedAt, ...rest }: Entry): Record<string, unknown> {
  const { email, createdAt, subject, issuers } = endorsement;
  return {
    identifier,
    email,
    created: writeEntryTime(createdAt),
    subject,
    issuers,
    ...rest,
    ...(validUntil === undefined ? {} : { validUntil: writeEntryTime(validUntil) }),
    ...(draftedAt === undefined ? {} : { draftedAt: writeEntryTime(draftedAt) }),
  };
}
