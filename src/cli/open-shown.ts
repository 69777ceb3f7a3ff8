import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VouchError } from '../errors.ts';
import type { VerifierKey } from '../log/note-key.ts';
import { writeFileDurably } from '../platform/durable-file.ts';
import { toMirrorPath } from '../server/shown.ts';
import type { FollowedLog } from '../site/followed-log.ts';
import type { RegistryClient } from './client.ts';
import { readLogKeyOption, toStateDirectory } from './log-address.ts';
import { type FollowOptions, openFollowed } from './open-followed.ts';
import type { Terminal } from './terminal.ts';

export interface ShownOptions extends Omit<FollowOptions, 'address' | 'directory' | 'keys'> {
  readonly state: string | undefined;
  /** Keys of the registry's log, and of logs it follows; no log but these where there are any. */
  readonly keys: readonly VerifierKey[];
  /** The registry is not asked. */
  readonly isOffline: boolean;
}

/** In the directory of a registry's log: the keys of those that decisions rest on besides, one a line. */
const BESIDE_FILE = 'beside';

/**
 * Opens the copies of the logs that a decision rests on: that of a registry and, where their keys are given (or whatever the registry names
 * is believed), those of the logs it follows, of which it serves copies. What once was asked besides is asked from then on: a log that is
 * not to be had any more is a fault, so that a registry cannot hide one. They must be closed.
 */
export async function openShown(
  client: RegistryClient,
  { keys, state, isOffline, ...options }: ShownOptions,
  terminal: Terminal,
): Promise<readonly FollowedLog[]> {
  const address = client.baseUrl;
  const told = isOffline ? undefined : await client.origins();
  const own = told?.find(({ isOwn }) => isOwn);
  const ownKey = keys.length < 2 ? keys : keys.filter(({ vkey }) => own === undefined || vkey === own.logKey);
  if (keys.length > 1 && ownKey.length === 0) {
    throw new VouchError('usage', `None of the keys given is that of the log of ${address} itself.`);
  }
  const others = (told ?? []).filter(({ isOwn }) => !isOwn).map(({ logKey }) => readLogKeyOption(logKey));
  const opened: FollowedLog[] = [];
  try {
    const open = async (where: string, ofLog: readonly VerifierKey[]): Promise<void> => {
      const directory = toStateDirectory(state, terminal.io, where);
      opened.push(await openFollowed({ ...options, address: where, directory, keys: ofLog }));
    };
    await open(address, ownKey);
    const [first] = opened;
    const path = join(toStateDirectory(state, terminal.io, address), BESIDE_FILE);
    const before = await readBeside(path);
    const named = keys.length > 0 || !options.trustFirst ? keys : others;
    const fresh = named.filter(({ name, vkey }) => name !== first!.origin && !before.some((one) => one.vkey === vkey));
    for (const key of [...before, ...fresh]) await open(`${address}${toMirrorPath(key.name)}`, [key]);
    if (fresh.length > 0) {
      const lines = [...before, ...fresh].map(({ vkey }) => `${vkey}\n`);
      await writeFileDurably(path, Buffer.from(lines.join('')));
    }
    for (const { name } of others) {
      if (opened.some(({ origin }) => origin === name)) continue;
      terminal.say(`Not asked: the log ${name}, which ${address} also shows. Give its --log-key besides to count it.`);
    }
    return opened;
  } catch (fault) {
    for (const log of opened) await log[Symbol.asyncDispose]();
    throw fault;
  }
}

async function readBeside(path: string): Promise<VerifierKey[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new VouchError('input-output', `${path} cannot be read.`, { cause });
  });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(readLogKeyOption);
}
