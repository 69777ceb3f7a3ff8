import type { EntryReading } from '../entry/read-entry.ts';
import { type Finding, toWarning } from '../errors.ts';
import { checkEndorser } from './check-endorser.ts';
import { checkTime } from './check-time.ts';
import { checkTrust } from './check-trust.ts';
import type { Conditions, World } from './conditions.ts';
import type { Statement, StatementSignature } from './read-statement.ts';
import type { Evidence } from './verdict.ts';

/** Names the rules that were applied; recorded in every entry's evidence. */
export const RULES_VERSION = 'vouch-1';

/** What came of judging a statement. */
export interface StatementJudgement {
  /** In the order of the checks: what the bytes alone say, and then what trust and time do. */
  readonly findings: readonly Finding[];
  /** Absent where there is no signer to judge. */
  readonly evidence?: Evidence;
}

/** Is a statement to be believed under these conditions? Whom to trust, who speaks, and when: all that may be another tomorrow. */
export async function judgeStatement(
  statement: Statement,
  conditions: Omit<Conditions, 'profile' | 'limits'>,
  world: World,
): Promise<StatementJudgement> {
  const { content, findings, documentSha256, profile } = statement;
  if (content === undefined) return { findings };
  const { reading, signature } = content;
  const under: Conditions = { ...conditions, profile };
  if (signature === undefined) return { findings: [...findings, ...checkTime(reading, undefined, under)] };
  if (signature.signer === undefined) return { findings };
  const judged = await judgeSigner(reading, signature, signature.signer, documentSha256, under, world);
  return { findings: [...findings, ...judged.findings], evidence: judged.evidence };
}

async function judgeSigner(
  reading: EntryReading,
  { extra }: StatementSignature,
  signer: NonNullable<StatementSignature['signer']>,
  documentSha256: string,
  conditions: Conditions,
  world: World,
): Promise<{ readonly findings: readonly Finding[]; readonly evidence: Evidence }> {
  const judgedAt = judgementTime(reading, conditions);
  const trust = await checkTrust(signer, extra, documentSha256, judgedAt, conditions, world);
  const endorser = checkEndorser(reading, signer, conditions);
  const findings = [...trust.findings, ...endorser.findings, ...checkTime(reading, signer, conditions)];
  if (conditions.profile === 'legacy') {
    findings.push(
      toWarning('weak', 'The signature uses SHA-1: good only because its bytes were fixed before that mattered.'),
    );
  }
  return {
    findings,
    evidence: {
      profile: conditions.profile,
      judgedAt: trust.judgedAt ?? judgedAt,
      chain: trust.chain,
      revocationLists: trust.lists,
      trustMode: conditions.trust.mode,
      trustDigest: conditions.trust.mode === 'any' ? '' : conditions.trust.digest,
      address: endorser.address,
      rules: RULES_VERSION,
    },
  };
}

/** New entries are judged now; an original is judged when it was made, since its bytes are vouched for by the manifest. */
function judgementTime(reading: EntryReading, conditions: Conditions): Date {
  return conditions.profile === 'legacy' ? (reading.endorsement?.createdAt ?? conditions.at) : conditions.at;
}
