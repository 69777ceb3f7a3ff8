import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { toMessage, VouchError } from '../errors.ts';
import type { Cursor, OrderedStore, StoreView, Write } from './ordered-store.ts';

/** Bytes LevelDB reads ahead for one `next`: the default of 16 KiB would split the larger steps into many. */
const READ_AHEAD_BYTES = 1 << 20;

/** The catalog's LevelDB. Nothing in it is precious, so nothing waits for the disk. */
export class LevelStore implements OrderedStore {
  readonly #db: Level<string, string>;

  private constructor(db: Level<string, string>) {
    this.#db = db;
  }

  /** Throws `storage-locked` if another process has the directory open, `storage` if it cannot be opened. */
  static async open(directory: string): Promise<LevelStore> {
    const db = new Level<string, string>(directory, { keyEncoding: 'utf8', valueEncoding: 'utf8' });
    try {
      await db.open();
    } catch (cause) {
      if (isLocked(cause)) {
        throw new VouchError('storage-locked', `Another process has the catalog in ${directory} open.`, { cause });
      }
      const reason = toMessage(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause);
      throw new VouchError('storage', `The catalog in ${directory} cannot be opened: ${reason}`, { cause });
    }
    return new LevelStore(db);
  }

  /** True if this was thrown because files are missing, cut off or do not hold what they should: nothing but deleting them helps. */
  static isDamage(thrown: unknown): boolean {
    for (let cause = thrown; cause instanceof Error; cause = cause.cause) {
      if (hasCode(cause, /^LEVEL_CORRUPTION$/)) return true;
      // What LevelDB says of a file that is gone, and of one that ends before the place it is to be read at.
      if (hasCode(cause, /^LEVEL_IO_ERROR$/) && /No such file or directory|Invalid argument/.test(cause.message))
        return true;
    }
    return false;
  }

  /** Empties a directory that is not open; the directory itself may be a mount or a link. Throws `storage`. */
  static async destroy(directory: string): Promise<void> {
    const remove = async (): Promise<void> => {
      for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true, force: true });
    };
    await wrapped(remove());
  }

  view(): StoreView {
    const db = this.#db;
    if (db.status !== 'open') throw new VouchError('closed', 'The catalog is closed.');
    const snapshot = db.snapshot();
    return {
      get: (key) => wrapped(db.get(key, { snapshot })),
      getMany: (keys) => wrapped(db.getMany([...keys], { snapshot })),
      cursor: (from, to) => {
        const options = { gte: from, lt: to, snapshot, highWaterMarkBytes: READ_AHEAD_BYTES };
        return toCursor(db.iterator(options), from, to);
      },
      close: () => wrapped(snapshot.close()),
    };
  }

  async write(writes: readonly Write[]): Promise<void> {
    await wrapped(
      this.#db.batch(
        writes.map(({ key, value }) =>
          value === undefined ? { type: 'del' as const, key } : { type: 'put' as const, key, value },
        ),
      ),
    );
  }

  async clear(): Promise<void> {
    await wrapped(this.#db.clear());
  }

  async close(): Promise<void> {
    await wrapped(this.#db.close());
  }
}

interface PairIterator {
  seek(key: string): void;
  nextv(count: number): Promise<[string, string][]>;
  close(): Promise<void>;
}

function toCursor(iterator: PairIterator, from: string, to: string): Cursor {
  let isPastEnd = false;
  return {
    seek: (key) => {
      // classic-level 3.0.0 aborts the whole process where the target is out of the range and the database is empty
      isPastEnd = key >= to;
      if (!isPastEnd) iterator.seek(key < from ? from : key);
    },
    next: async (count) => (isPastEnd ? [] : wrapped(iterator.nextv(count))),
    close: () => wrapped(iterator.close()),
  };
}

async function wrapped<T>(outcome: Promise<T>): Promise<T> {
  try {
    return await outcome;
  } catch (cause) {
    const code = hasCode(cause, /^LEVEL_(DATABASE|ITERATOR|SNAPSHOT)_NOT_OPEN$/) ? 'closed' : 'storage';
    const advice = LevelStore.isDamage(cause) ? '; stop the registry and delete the catalog: it is rebuilt' : '';
    throw new VouchError(code, `The catalog's store failed: ${toMessage(cause)}${advice}`, { cause });
  }
}

function isLocked(thrown: unknown): boolean {
  return hasCode(thrown, /^LEVEL_LOCKED$/) || (thrown instanceof Error && isLocked(thrown.cause));
}

function hasCode(thrown: unknown, pattern: RegExp): boolean {
  return thrown instanceof Error && 'code' in thrown && pattern.test(String(thrown.code));
}
