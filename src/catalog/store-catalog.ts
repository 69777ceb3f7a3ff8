import type { LogReader, LogRecord } from '../log/log.ts';
import { readPlaces, readSince } from './accepted-entries.ts';
import { Browser } from './browse-entries.ts';
import type { AcceptedEntries, Catalog, CatalogReader, FeedFilter } from './catalog.ts';
import { Follower, type ReadDocument, type ReadEntry } from './follower.ts';
import { readGraphChanges } from './graph-changes.ts';
import type { GraphChanges, GraphSource } from './graph-source.ts';
import type { OrderedStore, StoreView } from './ordered-store.ts';
import { CURSOR_KEY, STAMP_KEY } from './store-key.ts';
import { StoreReader } from './store-reader.ts';
import { type StoredCursor, takeRecords, toRecordMark } from './take-records.ts';
import { findSizeAt, readPosition } from './tally.ts';

/** Changes when the layout of the store or what it is made from does; an older store is rebuilt. */
export const CATALOG_FORMAT = 5;
const OFFERED_LIMIT = 1_024;
/** Records after which the lists are made ready again; fewer are taken in by who asks. */
const WARM_STEP = 1_024;

export interface StoreCatalogOptions {
  readonly log: LogReader;
  readonly readDocument: ReadDocument;
  /** Public base URL without a trailing slash: the beginning of every entry's IRI. */
  readonly baseUrl: string;
}

/** The catalog over an ordered store: every answer is read from one moment of the store. */
export class StoreCatalog extends StoreReader implements Catalog, GraphSource {
  readonly #store: OrderedStore;
  readonly #browser: Browser;
  readonly #follower: Follower;
  readonly #offered = new Map<string, ReadEntry>();
  #warming: Promise<void> | undefined;
  /** How much there was when lists were last made ready ahead of who asks for them. */
  #warmed = 0;

  private constructor(store: OrderedStore, position: number, options: StoreCatalogOptions) {
    const browser = new Browser();
    super(() => store.view(), browser);
    this.#browser = browser;
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
      let position = await findPosition(store, stamp, options.log);
      if (position === undefined) {
        await store.clear();
        await store.write([{ key: STAMP_KEY, value: stamp }]);
        position = 0;
      }
      const catalog = new StoreCatalog(store, position, options);
      catalog.onAdvance(() => {
        if (catalog.position() - catalog.#warmed >= WARM_STEP) catalog.#warm();
      });
      catalog.#follower.notify();
      catalog.#warm();
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

  asOf(size: number): CatalogReader {
    return new StoreReader(() => this.#store.view(), this.#browser, size);
  }

  sizeAt(time: Date): Promise<number> {
    return this.#view((view) => findSizeAt(view, time));
  }

  since(filter: FeedFilter, from: number, limit: number): ReturnType<typeof readSince> {
    return this.#view((view) => readSince(view, filter, from, limit));
  }

  accepted(filter: FeedFilter, toRange: Parameters<typeof readPlaces>[2]): Promise<AcceptedEntries> {
    return this.#view((view) => readPlaces(view, filter, toRange));
  }

  async changes(from: number): Promise<GraphChanges> {
    const view = this.#store.view();
    try {
      const to = await readPosition(view);
      return { to, steps: readGraphChanges(view, from, to) };
    } catch (failure) {
      await view.close();
      throw failure;
    }
  }

  async close(): Promise<void> {
    await this.#follower.close();
    await this.#warming;
    await this.#store.close();
  }

  /** Makes the lists ready in the background. What goes wrong there, whoever asks next is told. */
  #warm(): void {
    if (this.#warming !== undefined) return;
    this.#warmed = this.position();
    this.#warming = this.#view((view) => this.#browser.warm(view))
      .catch(() => undefined)
      .finally(() => {
        this.#warming = undefined;
      });
  }

  async #view<T>(read: (view: StoreView) => Promise<T>): Promise<T> {
    const view = this.#store.view();
    try {
      return await read(view);
    } finally {
      await view.close();
    }
  }
}

/** The position to resume at, or undefined where the store does not belong to this registry's log as it is now. */
async function findPosition(store: OrderedStore, stamp: string, log: LogReader): Promise<number | undefined> {
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

function readCursor(stored: string | undefined): StoredCursor | undefined {
  return stored === undefined ? undefined : (JSON.parse(stored) as StoredCursor);
}
