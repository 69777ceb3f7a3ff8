import { VouchError } from '../errors.ts';
import { type Placed, readPlaced } from '../log/batch.ts';
import type { VerifierKey } from '../log/note-key.ts';
import type { Pair, Store } from '../log/store.ts';
import {
  readHead,
  readNumber,
  toEntryKey,
  toHeadKey,
  toIdentifierKey,
  toNumberValue,
  writeHead,
} from '../log/store-key.ts';
import { verifyGrowth } from './growth.ts';
import { LogBreach } from './log-breach.ts';
import { fetchLogHead, type LogHead, readLogHead } from './log-head.ts';
import type { LogSource } from './log-source.ts';
import { type ChainHead, readRecordPage } from './record-chain.ts';
import { readPages, type VerifiedPage } from './verified-page.ts';

export interface SyncOptions {
  /** Whose cosignatures the log may show. */
  readonly witnesses?: readonly VerifierKey[];
  /** Throws if a checkpoint may not be believed: too old, too few witnesses. Asked before anything is taken from it. */
  readonly judge?: (head: LogHead) => void;
  /** Bundles under way at once. */
  readonly parallel?: number;
  /** Hears after each page how many records of how many are here. */
  readonly onProgress?: (done: number, size: number) => void;
}

/**
 * Every record of somebody else's log, checked and kept here, so that nobody can hide one: completeness by having all of it (design
 * L6 level A). Two implementations, one contract suite: on disk and in memory.
 */
export interface SyncedLog extends AsyncDisposable {
  /** Name of the log. */
  readonly origin: string;
  /** The newest checkpoint that was believed; undefined before the first. */
  head(): Promise<LogHead | undefined>;
  /** How many records are here; less than the head covers after a sync that was interrupted. */
  size(): Promise<number>;
  /**
   * Takes over what the log has more than is here, and gives its newest checkpoint. A breach, and nothing of it taken over, if the log
   * forked, went back, withholds or changed anything. It may be interrupted at any moment; what was taken over stays.
   */
  sync(source: LogSource, options?: SyncOptions): Promise<LogHead>;
  /**
   * Every record about an image, oldest first, as of the head or of an earlier size of the log; `busy` while records up to there are
   * missing.
   */
  records(identifier: string, size?: number): Promise<Placed[]>;
  /** Records `from` (inclusive) to `to` (exclusive) as far as they are here. */
  range(from: number, to: number): Promise<Placed[]>;
}

const FORMAT = 'vouch synced log 1';
const KEYS = {
  format: Buffer.from('s/format'),
  key: Buffer.from('s/key'),
  head: Buffer.from('s/head'),
  size: Buffer.from('s/size'),
} as const;

/** Opens a copy of the log with this key in a store, which belongs to it from here on; `config` if the store holds something else. */
export async function openStoreSyncedLog(store: Store, key: VerifierKey): Promise<SyncedLog> {
  try {
    const [format, known] = await store.read([KEYS.format, KEYS.key]);
    if (format === undefined && (await store.range(new Uint8Array(), Uint8Array.of(255), 1)).length === 0) {
      await store.write([
        [KEYS.format, Buffer.from(FORMAT)],
        [KEYS.key, Buffer.from(key.vkey)],
      ]);
    } else if (format === undefined || Buffer.from(format).toString() !== FORMAT) {
      throw new VouchError('config', 'This is not the copy of a log: it holds something else.');
    } else if (Buffer.from(known ?? []).toString() !== key.vkey) {
      throw new VouchError('config', `This is the copy of another log, or of one with another key, than ${key.vkey}.`);
    }
    return new StoreSyncedLog(store, key);
  } catch (fault) {
    // Why it could not be opened is what the caller must hear.
    await store.close().catch(() => undefined);
    throw fault;
  }
}

class StoreSyncedLog implements SyncedLog {
  readonly #store: Store;
  readonly #key: VerifierKey;
  /** One sync after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: Store, key: VerifierKey) {
    this.#store = store;
    this.#key = key;
  }

  get origin(): string {
    return this.#key.name;
  }

  async head(): Promise<LogHead | undefined> {
    const [note] = await this.#store.read([KEYS.head]);
    return note === undefined ? undefined : this.#readOwn(note);
  }

  async size(): Promise<number> {
    const [size] = await this.#store.read([KEYS.size]);
    return size === undefined ? 0 : readNumber(size);
  }

  sync(source: LogSource, options: SyncOptions = {}): Promise<LogHead> {
    const done = this.#last.then(() => this.#sync(source, options));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async records(identifier: string, asOf?: number): Promise<Placed[]> {
    const [sizeBytes, lastBytes] = await this.#store.read([KEYS.size, toHeadKey(identifier)]);
    const size = sizeBytes === undefined ? 0 : readNumber(sizeBytes);
    const last = lastBytes === undefined ? undefined : readHead(lastBytes);
    const wanted = asOf ?? (await this.head())?.size;
    if (wanted === undefined || size < wanted) {
      const message = `This copy of ${this.origin} has ${size} of ${wanted ?? 'unknown many'} records; it must be synced first.`;
      throw new VouchError('busy', message);
    }
    const keys = Array.from({ length: last?.seq ?? 0 }, (_, at) => toIdentifierKey(identifier, at + 1));
    const indexes = (await this.#store.read(keys)).map((value) => (value === undefined ? -1 : readNumber(value)));
    const placed = await readPlaced(this.#store, indexes);
    if (placed.some(({ record }, at) => record.id !== identifier || record.seq !== at + 1)) {
      throw new VouchError('corrupt', `This copy of ${this.origin} has lost records about ${identifier}.`);
    }
    return placed.filter(({ index }) => index < wanted);
  }

  async range(from: number, to: number): Promise<Placed[]> {
    const end = Math.min(to, await this.size());
    return readPlaced(
      this.#store,
      Array.from({ length: Math.max(end - from, 0) }, (_, at) => from + at),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#store.close();
  }

  async #sync(source: LogSource, { witnesses = [], judge, parallel, onProgress }: SyncOptions): Promise<LogHead> {
    const last = await this.head();
    const fresh = await fetchLogHead(source, { log: this.#key, witnesses });
    if (last !== undefined) await verifyGrowth(source, last, fresh);
    judge?.(fresh);
    // First the head: whatever else happens, this history was seen, and no other one is taken any more.
    await this.#store.write([[KEYS.head, Buffer.from(fresh.note)]]);
    const from = await this.size();
    onProgress?.(from, fresh.size);
    const limits = parallel === undefined ? { from } : { from, parallel };
    for await (const page of readPages(source, fresh, limits)) {
      await this.#take(page);
      onProgress?.(page.first + page.leaves.length, fresh.size);
    }
    return fresh;
  }

  /** Stores a page, all or nothing; the next one begins where it ends. */
  async #take(page: VerifiedPage): Promise<void> {
    const { records, heads } = await readRecordPage(this.origin, page, (ids) => this.#readHeads(ids));
    const pairs: Pair[] = page.leaves.map((leaf, at) => [toEntryKey(page.first + at), leaf]);
    for (const { index, record } of records) {
      if (record.t !== 'trust') pairs.push([toIdentifierKey(record.id, record.seq), toNumberValue(index)]);
    }
    for (const [id, head] of heads) pairs.push([toHeadKey(id), writeHead(head)]);
    pairs.push([KEYS.size, toNumberValue(page.first + page.leaves.length)]);
    await this.#store.write(pairs);
  }

  async #readHeads(identifiers: readonly string[]): Promise<(ChainHead | undefined)[]> {
    const values = await this.#store.read(identifiers.map(toHeadKey));
    return values.map((value) => (value === undefined ? undefined : readHead(value)));
  }

  #readOwn(note: Uint8Array): LogHead {
    try {
      return readLogHead(note, { log: this.#key });
    } catch (cause) {
      if (!(cause instanceof LogBreach)) throw cause;
      throw new VouchError('corrupt', `This copy of ${this.origin} has lost the checkpoint it saw last.`, { cause });
    }
  }
}
