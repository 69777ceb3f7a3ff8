import { join } from 'node:path';
import { VouchError } from '../errors.ts';
import { assertShown } from '../peer/assert-complete.ts';
import { keepEvidence } from '../peer/keep-evidence.ts';
import { LogBreach } from '../peer/log-breach.ts';
import { SightFile } from '../peer/sight.ts';
import { type ProvenHistory, verifyHistory } from '../peer/verify-history.ts';
import { findToken } from './access-token.ts';
import type { Call } from './call.ts';
import type { RegistryClient } from './client.ts';
import type { ListedEntry } from './listed-entry.ts';
import { openLogAt, readLogKeyOption, readWitnessesOption, toStateDirectory } from './log-address.ts';
import { toShown } from './prove-complete.ts';

/** How long ago the witnesses may have seen the checkpoint, where there is a policy. */
const MAX_AGE_MS = 24 * 3_600_000;

export interface IndexProofOptions {
  readonly logKey?: string;
  readonly state?: string;
  readonly witnesses?: string;
}

/**
 * Asks a registry for its list of an image's entries, and proves by the index of its log that it is all there is. What is remembered is
 * one checkpoint, the same that `vouch log monitor` keeps. Throws a `LogBreach` with what the registry was caught at; evidence is kept.
 */
export async function proveByIndex(
  { terminal, options, settings }: Call<IndexProofOptions>,
  { baseUrl }: RegistryClient,
  identifier: string,
  list: () => Promise<ListedEntry[]>,
): Promise<ListedEntry[]> {
  const directory = toStateDirectory(options.state, terminal.io, baseUrl);
  const file = new SightFile(join(directory, 'seen'));
  const key = readLogKeyOption(options.logKey!);
  const policy = await readWitnessesOption(options.witnesses, terminal);
  const source = await openLogAt(baseUrl, { signal: terminal.io.signal, ...findToken(settings, baseUrl) });
  const prove = async (): Promise<ProvenHistory> => {
    const last = await file.read();
    if (last !== undefined && last.key.vkey !== key.vkey) {
      throw new VouchError('usage', `The log at ${baseUrl} was known by another key: ${last.key.vkey}.`);
    }
    const now = new Date();
    const demands = { log: key, last: last?.head, now, ...(policy && { policy, maxAgeMs: MAX_AGE_MS }) };
    const proven = await verifyHistory(source, identifier, demands);
    const since = last?.head.size === proven.head.size ? last.since : now;
    await file.replace(last, { key, head: proven.head, since });
    return proven;
  };
  try {
    const before = await prove();
    const entries = await list();
    // What was accepted since may be in the list or not; what is in the list is in the log by now.
    const isLater = entries.some(({ index }) => index >= before.head.size);
    const { records } = isLater ? await prove() : before;
    assertShown(before.head.origin, identifier, records, entries.map(toShown), before.head.size);
    const { size, origin } = before.head;
    const by = `by its index of record ${before.index} and the ${size - before.index - 1} records after that`;
    terminal.say(`Complete: these are all entries about ${identifier} in the ${size} records of ${origin}, ${by}.`);
    return entries;
  } catch (fault) {
    const evidence = fault instanceof LogBreach ? await keepEvidence(directory, fault) : undefined;
    if (evidence !== undefined) terminal.say(`The evidence is in ${evidence}.`);
    throw fault;
  }
}
