import type { VerifierKey } from '../log/note-key.ts';
import { verifyGrowth } from './growth.ts';
import { type HeadDemands, judgeHead, toFreeze } from './judge-head.ts';
import { fetchLogHead } from './log-head.ts';
import type { LogSource } from './log-source.ts';
import type { Sight } from './sight.ts';

/**
 * Looks at a log once, and gives what is to be remembered of it: its newest checkpoint, signed, grown from the last sight, and fresh.
 * Breaches `fork`, `rollback`, `freeze`, `time`, `quorum`, `checkpoint`, `tile`, `unavailable`; after one, the last sight stays.
 * Where no witness tells the time, a checkpoint is as old as its first sight.
 */
export async function watchLog(
  source: LogSource,
  key: VerifierKey,
  last: Sight | undefined,
  demands: HeadDemands,
): Promise<Sight> {
  const { now, policy, maxAgeMs } = demands;
  const witnesses = policy?.witnesses.map((witness) => witness.key) ?? [];
  const head = await fetchLogHead(source, { log: key, witnesses });
  if (last !== undefined) await verifyGrowth(source, last.head, head, now);
  const witnessedAt = judgeHead(head, demands);
  const since = last?.head.size === head.size ? last.since : now;
  if (witnessedAt === undefined && maxAgeMs !== undefined && now.getTime() - since.getTime() > maxAgeMs) {
    throw toFreeze(head, now, `It has been the newest since ${since.toISOString()}.`);
  }
  return { key, head, since };
}
