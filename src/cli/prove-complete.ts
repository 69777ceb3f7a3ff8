import { join } from 'node:path';
import { assertComplete, type ShownEntry } from '../peer/assert-complete.ts';
import { keepEvidence } from '../peer/keep-evidence.ts';
import { openLevelSyncedLog } from '../peer/level-synced-log.ts';
import { LogBreach } from '../peer/log-breach.ts';
import { findToken } from './access-token.ts';
import type { Call } from './call.ts';
import type { RegistryClient } from './client.ts';
import type { ListedEntry } from './listed-entry.ts';
import { openLogAt, readLogKeyOption, toStateDirectory } from './log-address.ts';

/**
 * Asks a registry for its list of an image's entries, and proves that it is all its log has, and says of each what the log says:
 * by all records of the log, which are kept on this machine and brought up to date. Throws a `LogBreach` with what the registry was
 * caught at; evidence is kept.
 */
export async function proveComplete(
  { terminal, options, settings }: Call<{ readonly logKey?: string; readonly state?: string }>,
  { baseUrl }: RegistryClient,
  identifier: string,
  list: () => Promise<ListedEntry[]>,
): Promise<ListedEntry[]> {
  const directory = toStateDirectory(options.state, terminal.io, baseUrl);
  const source = await openLogAt(baseUrl, { signal: terminal.io.signal, ...findToken(settings, baseUrl) });
  await using log = await openLevelSyncedLog(join(directory, 'records'), readLogKeyOption(options.logKey!));
  using progress = terminal.progress('log', 'count');
  try {
    const { size } = await log.sync(source, { onProgress: progress.update });
    const entries = await list();
    // What was accepted since the first sync may be in the list or not; what is in the list is in the log by now.
    await log.sync(source);
    await assertComplete(log, identifier, entries.map(toShown), size);
    terminal.say(`Complete: these are all entries about ${identifier} in the ${size} records of ${log.origin}.`);
    return entries;
  } catch (fault) {
    const evidence = fault instanceof LogBreach ? await keepEvidence(directory, fault) : undefined;
    if (evidence !== undefined) terminal.say(`The evidence is in ${evidence}.`);
    throw fault;
  }
}

/** What a registry says of an entry, to be held against the log. */
export function toShown({ index, createdAt, deprecated }: ListedEntry): ShownEntry {
  return { index, createdAt, act: deprecated === undefined ? 'valid' : 'deprecated' };
}
