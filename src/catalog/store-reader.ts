import { VouchError } from '../errors.ts';
import type { BrowsePage, BrowseRequest } from './browse.ts';
import type { Browser } from './browse-entries.ts';
import {
  type CatalogEntry,
  type CatalogReader,
  type EndorserSummary,
  type EntryFilter,
  type EntryPage,
  placeOf,
  type TagSummary,
} from './catalog.ts';
import type { EndorserActivity } from './endorser-activity.ts';
import { endorserIdOf } from './endorser-id.ts';
import { listEndorserTallies, toSummary } from './endorser-tally.ts';
import { readEntries, readRow, toEntryAsOf } from './entry-row.ts';
import type { ImageOverview } from './image-overview.ts';
import { type StoreView, toRange } from './ordered-store.ts';
import { after, toIndex, toRank } from './rank.ts';
import type { OpenedView } from './shared-store.ts';
import { findRespellings } from './spelling.ts';
import { toFieldPrefix, toHistoryPrefix, toRowKey, toTagPrefix, toTagsPrefix } from './store-key.ts';
import { type Counts, findTally, readPosition } from './tally.ts';

/** Entries read at once in search of the first that fits: it is nearly always among them. */
const SOUGHT_STEP = 8;

/** The answers of the catalog's store, each read from one moment of it: as of now, or of the first `size` records. */
export class StoreReader implements CatalogReader {
  readonly #open: () => OpenedView;
  readonly #size: number | undefined;

  /** Readers of one store share the browser, which holds columns of it in memory. */
  constructor(open: () => OpenedView, size?: number) {
    this.#open = open;
    this.#size = size;
  }

  entry(index: number): Promise<CatalogEntry | undefined> {
    return this.#read(async (view) => {
      if (!Number.isSafeInteger(index) || index < 0 || !this.#has(index)) return undefined;
      const row = await view.get(toRowKey(index));
      return row === undefined ? undefined : toEntryAsOf(readRow(row), this.#size);
    });
  }

  list(filter: EntryFilter, at: Date, page: { limit: number; after?: string }): Promise<EntryPage> {
    return this.#read((view, browser) => browser.list(view, filter, at, page, this.#size));
  }

  browse(filter: EntryFilter, at: Date, request: BrowseRequest): Promise<BrowsePage> {
    return this.#read((view, browser) => browser.browse(view, filter, at, request, this.#size));
  }

  respell(text: string): Promise<readonly string[]> {
    return this.#read(async (view) => findRespellings(view, text, this.#size ?? (await readPosition(view))));
  }

  endorsing(identifiers: readonly string[], at: Date): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.#read((view, browser) => browser.endorsing(view, identifiers, at, this.#size));
  }

  history(identifier: string): Promise<CatalogEntry[]> {
    return this.#read(async (view) => {
      const indexes: number[] = [];
      for await (const index of this.#indexes(view, toFieldPrefix('identifier', identifier))) indexes.push(index);
      const entries = await readEntries(view, indexes, this.#size);
      return entries.sort((one, other) => placeOf(one) - placeOf(other));
    });
  }

  image(identifier: string, at: Date): Promise<ImageOverview | undefined> {
    return this.#read((view, browser) => browser.image(view, identifier, at, this.#size));
  }

  activity(email: string, at: Date): Promise<EndorserActivity> {
    return this.#read((view, browser) => browser.activity(view, email, at, this.#size));
  }

  previous(entry: CatalogEntry): Promise<CatalogEntry | undefined> {
    return this.#read(async (view) => {
      const stored = await view.get(toRowKey(placeOf(entry)));
      if (stored === undefined) return undefined;
      const row = readRow(stored);
      const prefix = toHistoryPrefix(row.identifier, endorserIdOf(row));
      return this.#first(view, prefix, () => true, prefix + after(toRank(row.createdAt, row.index)));
    });
  }

  current(identifier: string, endorserKey: string): Promise<CatalogEntry | undefined> {
    return this.#read((view) => this.#first(view, toHistoryPrefix(identifier, endorserKey), () => true));
  }

  endorsers(): Promise<EndorserSummary[]> {
    return this.#read(async (view) => {
      const tallies = await listEndorserTallies(view, this.#size);
      const newest = await readEntries(
        view,
        tallies.map((tally) => toIndex(tally.newest)),
      );
      return tallies
        .map((tally, place) => toSummary(tally, newest[place]!))
        .sort((one, other) => compare(one.email, other.email) || compare(one.endorserKey, other.endorserKey));
    });
  }

  tags(email: string): Promise<TagSummary[]> {
    return this.#read(async (view) => {
      const tags: TagSummary[] = [];
      for (const prefix of await readTagPrefixes(view, toTagsPrefix(email, this.#reach))) {
        const entry = await this.#first(view, prefix, isTagged);
        if (entry !== undefined) tags.push({ tag: entry.tag ?? '', email: entry.email, entry });
      }
      return tags.sort((one, other) => compare(one.tag, other.tag));
    });
  }

  tagged(email: string, tag: string): Promise<CatalogEntry | undefined> {
    return this.#read((view) => this.#first(view, toTagPrefix(email, tag, this.#reach), isTagged));
  }

  counts(): Promise<Counts> {
    return this.#read(async (view) => {
      const { entries, images, endorsers } = await findTally(view, this.#size ?? (await readPosition(view)));
      return { entries, images, endorsers };
    });
  }

  /** Today's tags have an index of their own; who had which before is found among all there ever were. */
  get #reach(): 'now' | 'ever' {
    return this.#size === undefined ? 'now' : 'ever';
  }

  #has(index: number): boolean {
    return this.#size === undefined || index < this.#size;
  }

  async *#indexes(view: StoreView, prefix: string, start = prefix): AsyncGenerator<number, void, void> {
    const cursor = view.cursor(start, toRange(prefix).to);
    try {
      for (let pairs = await cursor.next(SOUGHT_STEP); pairs.length > 0; pairs = await cursor.next(256)) {
        for (const [key] of pairs) {
          const index = toIndex(key.slice(prefix.length));
          if (this.#has(index)) yield index;
        }
      }
    } finally {
      await cursor.close();
    }
  }

  async #first(
    view: StoreView,
    prefix: string,
    fits: (entry: CatalogEntry) => boolean,
    start = prefix,
  ): Promise<CatalogEntry | undefined> {
    for await (const index of this.#indexes(view, prefix, start)) {
      const [entry] = await readEntries(view, [index], this.#size);
      if (entry !== undefined && fits(entry)) return entry;
    }
    return undefined;
  }

  async #read<T>(read: (view: StoreView, browser: Browser) => Promise<T>): Promise<T> {
    const { view, browser } = this.#open();
    try {
      if (this.#size !== undefined) await assertHas(view, this.#size);
      return await read(view, browser);
    } finally {
      await view.close();
    }
  }
}

async function assertHas(view: StoreView, size: number): Promise<void> {
  const position = await readPosition(view);
  if (Number.isSafeInteger(size) && size >= 0 && size <= position) return;
  throw new VouchError('not-found', `The log has ${position} records so far: there is no state after ${size}.`);
}

function isTagged(entry: CatalogEntry): boolean {
  return entry.supersededBy === undefined && entry.deprecated === undefined;
}

/** `…/<tag>/` of every tag below a prefix; the entries of each are leapt over. */
async function readTagPrefixes(view: StoreView, tags: string): Promise<string[]> {
  const prefixes: string[] = [];
  const { from, to } = toRange(tags);
  const cursor = view.cursor(from, to);
  try {
    for (let [pair] = await cursor.next(1); pair !== undefined; [pair] = await cursor.next(1)) {
      const prefix = pair[0].slice(0, pair[0].lastIndexOf('/') + 1);
      prefixes.push(prefix);
      cursor.seek(toRange(prefix).to);
    }
  } finally {
    await cursor.close();
  }
  return prefixes;
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
