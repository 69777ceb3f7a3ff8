import { readdir } from 'node:fs/promises';
import { Level } from 'level';
import { toMessage, VouchError } from '../errors.ts';
import type { Pair, Store } from './store.ts';

const ENCODINGS = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;

/**
 * What is kept in memory until it is a file: twice that while one is written. Documents go through it too, and each is written again whenever
 * files are merged: with 32 MiB 1.6 times less is written, but an append waits twice as long for the file, and memory grows for an hour
 * after a start until it has filled.
 */
const WRITE_BUFFER_BYTES = 8 * 1024 * 1024;

/**
 * Opens (and where there is none, makes) a LevelDB store; `storage-locked` while another process has it open, `corrupt` if its
 * files are damaged. `holding` is what it holds, for sentences.
 */
export async function openLevelStore(directory: string, holding = 'The log'): Promise<Store> {
  const what = `${holding} in ${directory}`;
  await refuseHeadless(directory, what);
  const level = new Level<Uint8Array, Uint8Array>(directory, { ...ENCODINGS, writeBufferSize: WRITE_BUFFER_BYTES });
  try {
    await level.open();
  } catch (cause) {
    throw toFault(cause, `${what} cannot be opened`);
  }
  return new LevelStore(level, what);
}

/** Without the file CURRENT, LevelDB takes a directory for a new one and deletes what is there: after a restore that was cut off, the log. */
async function refuseHeadless(directory: string, what: string): Promise<void> {
  const names = await readdir(directory).catch((): string[] => []);
  if (names.includes('CURRENT') || !names.some((name) => /^\d+\.(?:ldb|sst|log)$/.test(name))) return;
  const message = `${what} has lost its file CURRENT; restore the whole directory. Nothing was changed.`;
  throw new VouchError('corrupt', message);
}

class LevelStore implements Store {
  readonly #level: Level<Uint8Array, Uint8Array>;
  readonly #what: string;

  constructor(level: Level<Uint8Array, Uint8Array>, what: string) {
    this.#level = level;
    this.#what = what;
  }

  read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#wrap('read', () => this.#level.getMany([...keys]));
  }

  has(keys: readonly Uint8Array[]): Promise<boolean[]> {
    return this.#wrap('read', () => this.#level.hasMany([...keys]));
  }

  range(from: Uint8Array, to: Uint8Array, limit: number, end: 'first' | 'last' = 'first'): Promise<Pair[]> {
    const bounds = { gte: from, lt: to, limit, reverse: end === 'last' };
    return this.#wrap('read', () => this.#level.iterator(bounds).all());
  }

  write(pairs: readonly Pair[]): Promise<void> {
    const puts = pairs.map(([key, value]) => ({ type: 'put' as const, key, value }));
    return this.#wrap('written', () => this.#level.batch(puts, { ...ENCODINGS, sync: true }));
  }

  close(): Promise<void> {
    return this.#wrap('closed', () => this.#level.close());
  }

  async #wrap<T>(deed: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      throw toFault(cause, `${this.#what} cannot be ${deed}`);
    }
  }
}

function toFault(thrown: unknown, what: string): VouchError {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  const codes = [codeOf(thrown), codeOf(cause)];
  if (codes.includes('LEVEL_LOCKED')) {
    return new VouchError('storage-locked', `${what}: another process has it open.`, { cause: thrown });
  }
  if (codes.includes('LEVEL_CORRUPTION')) {
    return new VouchError('corrupt', `${what}: LevelDB finds its files damaged.`, { cause: thrown });
  }
  // Without a cause it was open and is no longer; with one it could not be opened.
  if (cause === undefined && (codes[0] === 'LEVEL_DATABASE_NOT_OPEN' || codes[0] === 'LEVEL_ITERATOR_NOT_OPEN')) {
    return new VouchError('closed', `${what}: it is closed.`, { cause: thrown });
  }
  return new VouchError('storage', `${what}: ${toMessage(cause ?? thrown)}.`, { cause: thrown });
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}
