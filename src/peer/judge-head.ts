import { judgeQuorum, tellQuorum } from '../log/quorum.ts';
import type { WitnessPolicy } from '../log/witness-policy.ts';
import { writeSighting } from './evidence.ts';
import { LogBreach } from './log-breach.ts';
import type { LogHead } from './log-head.ts';

/** What a checkpoint must have besides the log's signature. */
export interface HeadDemands {
  readonly now: Date;
  /** Which witnesses must have seen it; none where absent. */
  readonly policy?: Pick<WitnessPolicy, 'witnesses' | 'quorum'>;
  /** How long ago the witnesses may have seen it. */
  readonly maxAgeMs?: number;
}

/**
 * Holds a checkpoint against the witnesses that must have seen it. Breaches: `quorum` for too few different operators, `time` for a
 * cosignature from the future, `freeze` for a quorum that saw it too long ago. Gives the time at which the quorum saw it, which is
 * unknown where no witness is asked for: a log's own signature has no time.
 */
export function judgeHead(head: LogHead, { now, policy, maxAgeMs }: HeadDemands): Date | undefined {
  if (policy === undefined) return undefined;
  const time = maxAgeMs === undefined ? { now } : { now, maxAgeMs };
  const verdict = judgeQuorum(policy, head.cosignatures, time);
  const told = tellQuorum(verdict);
  if (verdict.outcome === 'met') return verdict.freshAt;
  if (verdict.outcome === 'not-met') throw new LogBreach('quorum', `No quorum for ${head.origin}: ${told}`);
  if (verdict.outcome === 'future') throw new LogBreach('time', `Wrong time at ${head.origin}: ${told}`);
  throw toFreeze(head, now, told);
}

/** The breach of a log that shows a stale checkpoint: all of it true, but what came later is withheld. */
export function toFreeze(head: LogHead, now: Date, why: string): LogBreach {
  const message = `Freeze: ${head.origin} shows a stale checkpoint of ${head.size} entries. ${why}`;
  return new LogBreach('freeze', message, { evidence: writeSighting('freeze', [head.note], now) });
}
