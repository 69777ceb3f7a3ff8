import { VouchError } from '../errors.ts';
import type { LogRecord } from '../log/log.ts';
import { KeyedLock } from '../platform/keyed-lock.ts';
import { readPlaces, readSince } from './accepted-entries.ts';
import type { Browser } from './browse-entries.ts';
import type { AcceptedEntries, Catalog, CatalogReader, FeedFilter } from './catalog.ts';
import { Follower, type ReadDocument, type ReadEntry } from './follower.ts';
import { readGraphChanges } from './graph-changes.ts';
import type { GraphChanges, GraphSource } from './graph-source.ts';
import type { OrderedStore, StoreView } from './ordered-store.ts';
import type { RecordSource } from './record-source.ts';
import { SharedStore } from './shared-store.ts';
import { CURSOR_KEY, STAMP_KEY } from './store-key.ts';
import { StoreReader } from './store-reader.ts';
import { type StoredCursor, takeRecords, toRecordMark } from './take-records.ts';
import { findSizeAt, readPosition } from './tally.ts';

/** Changes when the layout of the store or what it is made from does; an older store is rebuilt. */
export const CATALOG_FORMAT = 9;
const OFFERED_LIMIT = 1_024;
/** Records after which the lists are made ready again; fewer are taken in by who asks. */
const WARM_STEP = 1_024;

export interface StoreCatalogOptions {
  readonly log: RecordSource;
  readonly readDocument: ReadDocument;
  /** Public base URL without a trailing slash: the beginning of every entry's IRI. */
  readonly baseUrl: string;
}

/** How a catalog is made anew. */
export interface RebuildOptions {
  readonly onProgress: (position: number, size: number) => void;
  /** What fails here leaves the catalog as it was. */
  readonly onReady: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** The catalog over an ordered store: every answer is read from one moment of the store. */
export class StoreCatalog extends StoreReader implements Catalog, GraphSource {
  readonly #follower: Follower;
  /** One writes at a time: the follower, or who puts another store in the place of this one. */
  readonly #writing = new KeyedLock();
  readonly #offered = new Map<string, ReadEntry>();
  readonly #options: StoreCatalogOptions;
  #shared: SharedStore;
  #isRebuilding = false;
  #isClosed = false;
  /** Settles when a store that was replaced is closed. */
  #retired: Promise<unknown> = Promise.resolve();
  #warming: Promise<void> | undefined;
  /** How much there was when lists were last made ready ahead of who asks for them. */
  #warmed = 0;

  private constructor(store: OrderedStore, position: number, options: StoreCatalogOptions) {
    super(() => this.#shared.open());
    const { log, readDocument, baseUrl } = options;
    this.#options = options;
    this.#shared = new SharedStore(store);
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
      advance: (from, to) =>
        this.#writing.hold('', () => takeRecords({ log, store: this.#shared.store, baseUrl, read }, from, to)),
    });
  }

  /**
   * Opens the catalog in a store and starts to follow the log. A store of another layout, base URL or log, or one that is
   * ahead of the log (a restored backup), is emptied and rebuilt. The catalog owns the store from here on.
   */
  static async open(store: OrderedStore, options: StoreCatalogOptions): Promise<StoreCatalog> {
    try {
      const stamp = toStamp(options);
      let position = await findPosition(store, stamp, options.log);
      if (position === undefined) {
        await clear(store, stamp);
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
    return new StoreReader(() => this.#shared.open(), size);
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
    // Lists first: after a start both have everything to read, and people wait for lists.
    await this.#warming;
    const { view } = this.#shared.open();
    try {
      const to = await readPosition(view);
      return { to, steps: readGraphChanges(view, from, to) };
    } catch (failure) {
      await view.close();
      throw failure;
    }
  }

  /**
   * Makes the catalog anew from the log in another store, while this one answers, and puts it in its place once it has taken in as much;
   * `onReady` is told right before that. Until then nothing changes, and if it fails or is ended nothing has; the fresh store is closed
   * then. Resolves when nobody reads the store before any more. Throws `busy` while another one is made.
   */
  async rebuild(fresh: OrderedStore, { onProgress, onReady, signal }: RebuildOptions): Promise<void> {
    const { log, readDocument, baseUrl } = this.#options;
    const before = this.#shared;
    if (this.#isRebuilding) {
      await fresh.close();
      throw new VouchError('busy', 'The catalog is being made anew already.');
    }
    this.#isRebuilding = true;
    try {
      const read = async (record: LogRecord): Promise<ReadEntry> => readDocument(record, await log.blob(record.doc));
      await clear(fresh, toStamp(this.#options));
      let position = 0;
      const catchUp = async (): Promise<void> => {
        while (position < this.position()) {
          signal.throwIfAborted();
          position = await takeRecords({ log, store: fresh, baseUrl, read }, position, this.position());
          onProgress(position, this.position());
        }
      };
      await catchUp();
      // Ready for who asks first, like the one before.
      const shared = new SharedStore(fresh);
      const { view, browser } = shared.open();
      await browser.warm(view).finally(() => view.close());
      await this.#writing.hold('', async () => {
        await catchUp();
        signal.throwIfAborted();
        if (this.#isClosed) throw new VouchError('closed', 'The catalog is closed.');
        await onReady();
        this.#shared = shared;
      });
    } catch (thrown) {
      await fresh.close();
      throw thrown;
    } finally {
      this.#isRebuilding = false;
    }
    const retired = before.retire();
    this.#retired = retired.catch(() => undefined);
    await retired;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#follower.close();
    await this.#warming;
    await this.#writing.hold('', () => this.#shared.store.close());
    await this.#retired;
  }

  /** Makes the lists ready in the background. What goes wrong there, whoever asks next is told. */
  #warm(): void {
    if (this.#warming !== undefined) return;
    this.#warmed = this.position();
    this.#warming = this.#view((view, browser) => browser.warm(view))
      .catch(() => undefined)
      .finally(() => {
        this.#warming = undefined;
      });
  }

  async #view<T>(read: (view: StoreView, browser: Browser) => Promise<T>): Promise<T> {
    const { view, browser } = this.#shared.open();
    try {
      return await read(view, browser);
    } finally {
      await view.close();
    }
  }
}

/** Which registry and log a store is of, and how it is laid out. */
function toStamp({ baseUrl, log }: StoreCatalogOptions): string {
  return JSON.stringify({ format: CATALOG_FORMAT, baseUrl, origin: log.origin });
}

async function clear(store: OrderedStore, stamp: string): Promise<void> {
  await store.clear();
  await store.write([{ key: STAMP_KEY, value: stamp }]);
}

/** The position to resume at, or undefined where the store does not belong to this registry's log as it is now. */
async function findPosition(store: OrderedStore, stamp: string, log: RecordSource): Promise<number | undefined> {
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
