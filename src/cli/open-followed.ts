import { join } from 'node:path';
import { VouchError } from '../errors.ts';
import type { VerifierKey } from '../log/note-key.ts';
import type { WitnessPolicy } from '../log/witness-policy.ts';
import { HttpLogSource } from '../peer/http-log-source.ts';
import { openLevelSyncedLog } from '../peer/level-synced-log.ts';
import { DocumentStore } from '../site/document-store.ts';
import { type Followed, readFollowed, writeFollowed } from '../site/followed-file.ts';
import { FollowedLog } from '../site/followed-log.ts';
import { fetchLogKey, openLogAt } from './log-address.ts';

export interface FollowOptions {
  /** Base URL of a registry, or the prefix of a log. */
  readonly address: string;
  /** Where the copy and what is remembered lie. */
  readonly directory: string;
  /** Keys of logs that may be followed; it must be one of them, unless there are none. */
  readonly keys: readonly VerifierKey[];
  /** Believe the key that the log itself names, if it was never followed before. */
  readonly trustFirst: boolean;
  readonly witnesses?: WitnessPolicy;
  readonly graceMs: number;
  readonly signal: AbortSignal;
  /** Opens the log of a private registry. */
  readonly token?: string;
}

/** Opens the copy of a log, or begins one. Throws `usage` without a key, `storage-locked` while another program has the copy open. */
export async function openFollowed(options: FollowOptions): Promise<FollowedLog> {
  const { directory, signal, witnesses, graceMs, token } = options;
  const { key, prefix } = await findFollowed(options);
  const log = await openLevelSyncedLog(join(directory, 'records'), key);
  let documents: DocumentStore | undefined;
  try {
    documents = await DocumentStore.open(join(directory, 'documents'));
    return await FollowedLog.open({
      log,
      documents,
      source: new HttpLogSource(prefix, { signal, ...(token === undefined ? {} : { token }) }),
      key,
      graceMs,
      evidenceDirectory: directory,
      ...(witnesses === undefined ? {} : { witnesses }),
    });
  } catch (fault) {
    // What is wrong is to be heard of, not that closing failed too.
    for (const opened of [documents, log]) await closeQuietly(opened);
    throw fault;
  }
}

async function closeQuietly(opened: AsyncDisposable | undefined): Promise<void> {
  try {
    await opened?.[Symbol.asyncDispose]();
  } catch {
    // The first fault is thrown.
  }
}

async function findFollowed(options: FollowOptions): Promise<Followed> {
  const { address, directory, keys, trustFirst, signal, token } = options;
  const path = join(directory, 'followed');
  const known = await readFollowed(path);
  if (known !== undefined) {
    if (keys.length === 0 || keys.some(({ vkey }) => vkey === known.key.vkey)) return known;
    const message = `The log at ${address} was followed by another key: ${known.key.vkey}.`;
    throw new VouchError('usage', `${message} A log never changes its key; one with another key is another log.`);
  }
  if (keys.length === 0 && !trustFirst) {
    const hint = 'give --log-key, or --trust-first to believe the key that the log itself names now';
    throw new VouchError('usage', `The log at ${address} was never followed here, and its key is not known: ${hint}.`);
  }
  const source = await openLogAt(address, { signal, ...(token === undefined ? {} : { token }) });
  const [only, ...others] = keys;
  // Among several keys the log says which is its own; what it signs is held against that one from then on.
  const key = only !== undefined && others.length === 0 ? only : await fetchLogKey(source);
  if (keys.length > 0 && !keys.some(({ vkey }) => vkey === key.vkey)) {
    throw new VouchError('usage', `The log at ${address} has the key ${key.vkey}, which is none of those given.`);
  }
  const followed = { key, prefix: source.name };
  await writeFollowed(path, followed);
  return followed;
}
