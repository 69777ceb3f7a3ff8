import { toLabel } from './candidate.ts';
import type { Reason } from './decision.ts';
import type { JudgedEntry, LogStanding, UnreadableEntry } from './judged-entry.ts';
import type { LogFaults } from './policy.ts';

const REMEDY = 'the log can be followed again';

/** How the logs stand as far as it concerns one image: what that stops, and what is worth saying. */
export function toLogReasons(
  log: readonly LogStanding[],
  said: readonly (JudgedEntry | UnreadableEntry)[],
  logFaults: LogFaults,
): Reason[] {
  const speaking = new Set(said.map(({ origin }) => origin));
  return log.flatMap((standing) => {
    const { fault, notice } = standing;
    if (fault !== undefined) return [toFaultReason(standing, fault, speaking.has(standing.origin), logFaults)];
    return notice === undefined ? [] : [{ ...COMMON, effect: 'warned', outcome: 'kept', message: notice }];
  });
}

const COMMON = { rule: 'log' } as const;

function toFaultReason({ origin, size }: LogStanding, fault: string, speaks: boolean, logFaults: LogFaults): Reason {
  const deny = (message: string): Reason => ({
    ...COMMON,
    effect: 'enforced',
    outcome: 'rejected',
    message,
    remedy: REMEDY,
  });
  const warn = (message: string): Reason => ({ ...COMMON, effect: 'warned', outcome: 'kept', message });
  switch (logFaults) {
    case 'deny-all':
      return deny(fault);
    case 'deny-own':
      // What a log says that was never followed nobody knows.
      if (speaks || size === 0) return deny(fault);
      return warn(`${fault} Up to record ${size} the log ${origin} says nothing about the image: the others decide.`);
    case 'set-aside':
      return warn(`${fault} Nothing is launched by what the log ${origin} says alone.`);
  }
}

/** The logs on which alone nothing may rest now, by their origins. */
export function toSetAside(log: readonly LogStanding[], logFaults: LogFaults): ReadonlySet<string> {
  const faulty = logFaults === 'set-aside' ? log.filter(({ fault }) => fault !== undefined) : [];
  return new Set(faulty.map(({ origin }) => origin));
}

/** Why a statement may not be launched from that is in such a log. What it says against the image counts: its endorser signed it. */
export function toAsideReason(judged: JudgedEntry): Reason {
  const message = `The log ${judged.origin}, in which the statement is, cannot be believed now.`;
  return { ...COMMON, effect: 'enforced', entry: toLabel(judged), outcome: 'rejected', message, remedy: REMEDY };
}

/** The logs in the order in which they speak for a document that is in several: those first that can be believed, then as the site names them. */
export function toPrecedence(log: readonly LogStanding[]): string[] {
  const [sound, faulty] = [false, true].map((isBad) =>
    log.filter(({ fault }) => (fault !== undefined) === isBad).map(({ origin }) => origin),
  );
  return [...sound!, ...faulty!];
}
