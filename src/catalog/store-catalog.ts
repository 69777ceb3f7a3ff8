import type { LogReader, LogRecord } from '../log/log.ts';
import type { Catalog, CatalogEntry, EndorserSummary, EntryFilter, EntryPage, TagSummary } from './catalog.ts';
import { type Counts, readCounts, type StoredEndorser } from './draft.ts';
import { readRow } from './entry-row.ts';
import { Follower, type ReadDocument, type ReadEntry } from './follower.ts';
import { readGraphChanges } from './graph-changes.ts';
import type { GraphChanges, GraphSource } from './graph-source.ts';
import { listEntries, readEntries } from './list-entries.ts';
import { type OrderedStore, type StoreView, toRange } from './ordered-store.ts';
import type { Rank } from './rank.ts';
import {
  COUNTS_KEY,
  CURSOR_KEY,
  ENDORSERS_PREFIX,
  STAMP_KEY,
  toFieldPrefix,
  toHistoryPrefix,
  toRowKey,
  toTagPrefix,
  toTagsPrefix,
} from './store-key.ts';
import { type StoredCursor, takeRecords, toRecordMark } from './take-records.ts';

/** Changes when the layout of the store or what it is made from does; an older store is rebuilt. */
export const CATALOG_FORMAT = 1;
const OFFERED_LIMIT = 1_024;

export interface StoreCatalogOptions {
  readonly log: LogReader;
  readonly readDocument: ReadDocument;
  /** Public base URL without a trailing slash: the beginning of every entry's IRI. */
  readonly baseUrl: string;
}

/** The catalog over an ordered store: every answer is read from one moment of the store. */
export class StoreCatalog implements Catalog, GraphSource {
  readonly #store: OrderedStore;
  readonly #follower: Follower;
  readonly #offered = new Map<string, ReadEntry>();

  private constructor(store: OrderedStore, position: number, options: StoreCatalogOptions) {
    const { log, readDocument, baseUrl } = options;
    this.#store = store;
    const read = async (record: LogRecord): Promise<ReadEntry> => {
      const offered = this.#offered.get(record.doc);
      if (offered === undefined) return readDocument(record, await log.blob(record.doc));
      this.#offered.delete(record.doc);
      return offered;
    };
    this.#follower = new Follower({
      name: 'catalog',
      position,
      size: () => log.size(),
      advance: (from, to) => takeRecords({ log, store, baseUrl, read }, from, to),
    });
  }

  /**
   * Opens the catalog in a store and starts to follow the log. A store of another layout, base URL or log, or one that is
   * ahead of the log (a restored backup), is emptied and rebuilt. The catalog owns the store from here on.
   */
  static async open(store: OrderedStore, options: StoreCatalogOptions): Promise<StoreCatalog> {
    try {
      const stamp = JSON.stringify({ format: CATALOG_FORMAT, baseUrl: options.baseUrl, origin: options.log.origin });
      let position = await readPosition(store, stamp, options.log);
      if (position === undefined) {
        await store.clear();
        await store.write([{ key: STAMP_KEY, value: stamp }]);
        position = 0;
      }
      const catalog = new StoreCatalog(store, position, options);
      catalog.#follower.notify();
      return catalog;
    } catch (failure) {
      await store.close();
      throw failure;
    }
  }

  position(): number {
    return this.#follower.position();
  }

  waitFor(size: number): Promise<void> {
    return this.#follower.waitFor(size);
  }

  /** Says that the log has grown; returns at once. */
  notify(): void {
    this.#follower.notify();
  }

  onAdvance(listener: () => void): () => void {
    return this.#follower.onAdvance(listener);
  }

  /** What a document says, from someone who has just read it, by the SHA-256 hex of its bytes: it need not be read again. */
  offer(documentSha256: string, read: ReadEntry): void {
    if (this.#offered.size >= OFFERED_LIMIT) {
      const [oldest] = this.#offered.keys();
      if (oldest !== undefined) this.#offered.delete(oldest);
    }
    this.#offered.set(documentSha256, read);
  }

  entry(index: number): Promise<CatalogEntry | undefined> {
    return this.#read(async (view) => {
      if (!Number.isSafeInteger(index) || index < 0) return undefined;
      const row = await view.get(toRowKey(index));
      return row === undefined ? undefined : readRow(row);
    });
  }

  list(filter: EntryFilter, at: Date, page: { limit: number; after?: string }): Promise<EntryPage> {
    return this.#read(async (view) => {
      const listed = await listEntries(view, filter, at, page);
      return { ...listed, logSize: readCursor(await view.get(CURSOR_KEY))?.position ?? 0 };
    });
  }

  history(identifier: string): Promise<CatalogEntry[]> {
    return this.#read(async (view) => {
      const ranks = await readRanks(view, toFieldPrefix('identifier', identifier));
      const entries = await readEntries(view, ranks);
      return entries.sort((one, other) => one.index - other.index);
    });
  }

  current(identifier: string, endorserKey: string): Promise<CatalogEntry | undefined> {
    return this.#read((view) => readFirst(view, toHistoryPrefix(identifier, endorserKey)));
  }

  endorsers(): Promise<EndorserSummary[]> {
    return this.#read(async (view) => {
      const endorsers: EndorserSummary[] = [];
      const { from, to } = toRange(ENDORSERS_PREFIX);
      for await (const [, value] of readPairs(view, from, to)) {
        const { firstMs, lastMs, ...summary } = JSON.parse(value) as StoredEndorser;
        endorsers.push({ ...summary, firstAt: new Date(firstMs), lastAt: new Date(lastMs) });
      }
      return endorsers.sort(
        (one, other) => compare(one.email, other.email) || compare(one.endorserKey, other.endorserKey),
      );
    });
  }

  tags(email: string): Promise<TagSummary[]> {
    return this.#read(async (view) => {
      const newest: Rank[] = [];
      const { from, to } = toRange(toTagsPrefix(email));
      const cursor = view.cursor(from, to);
      try {
        // the first key of each tag is its newest entry; the rest of the tag is leapt over
        for (let [pair] = await cursor.next(1); pair !== undefined; [pair] = await cursor.next(1)) {
          const endOfTag = pair[0].lastIndexOf('/') + 1;
          newest.push(pair[0].slice(endOfTag));
          cursor.seek(toRange(pair[0].slice(0, endOfTag)).to);
        }
      } finally {
        await cursor.close();
      }
      const entries = await readEntries(view, newest);
      const tags = entries.map((entry) => ({ tag: entry.tag ?? '', email: entry.email, entry }));
      return tags.sort((one, other) => compare(one.tag, other.tag));
    });
  }

  tagged(email: string, tag: string): Promise<CatalogEntry | undefined> {
    return this.#read((view) => readFirst(view, toTagPrefix(email, tag)));
  }

  counts(): Promise<Counts> {
    return this.#read(async (view) => readCounts(await view.get(COUNTS_KEY)));
  }

  async changes(from: number): Promise<GraphChanges> {
    const view = this.#store.view();
    try {
      const to = readCursor(await view.get(CURSOR_KEY))?.position ?? 0;
      return { to, steps: readGraphChanges(view, from, to) };
    } catch (failure) {
      await view.close();
      throw failure;
    }
  }

  async close(): Promise<void> {
    await this.#follower.close();
    await this.#store.close();
  }

  async #read<T>(read: (view: StoreView) => Promise<T>): Promise<T> {
    const view = this.#store.view();
    try {
      return await read(view);
    } finally {
      await view.close();
    }
  }
}

/** The position to resume at, or undefined where the store does not belong to this registry's log as it is now. */
async function readPosition(store: OrderedStore, stamp: string, log: LogReader): Promise<number | undefined> {
  const view = store.view();
  try {
    if ((await view.get(STAMP_KEY)) !== stamp) return undefined;
    const cursor = readCursor(await view.get(CURSOR_KEY));
    if (cursor === undefined) return 0;
    if (cursor.position > log.size()) return undefined;
    const last = await log.record(cursor.position - 1);
    return toRecordMark(last) === cursor.last ? cursor.position : undefined;
  } finally {
    await view.close();
  }
}

/** Reads the value under `CURSOR_KEY`. */
export function readCursor(stored: string | undefined): StoredCursor | undefined {
  return stored === undefined ? undefined : (JSON.parse(stored) as StoredCursor);
}

async function readFirst(view: StoreView, prefix: string): Promise<CatalogEntry | undefined> {
  const [entry] = await readEntries(view, await readRanks(view, prefix, 1));
  return entry;
}

async function readRanks(view: StoreView, prefix: string, limit = Number.POSITIVE_INFINITY): Promise<Rank[]> {
  const ranks: Rank[] = [];
  const { from, to } = toRange(prefix);
  for await (const [key] of readPairs(view, from, to)) {
    ranks.push(key.slice(prefix.length));
    if (ranks.length === limit) break;
  }
  return ranks;
}

async function* readPairs(view: StoreView, from: string, to: string): AsyncGenerator<[string, string], void, void> {
  const cursor = view.cursor(from, to);
  try {
    for (let pairs = await cursor.next(256); pairs.length > 0; pairs = await cursor.next(256)) yield* pairs;
  } finally {
    await cursor.close();
  }
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
