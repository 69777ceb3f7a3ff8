import type { CatalogEntry } from './catalog.ts';
import { readRow, writeRow } from './entry-row.ts';
import type { StoreView, Write } from './ordered-store.ts';
import { toRange } from './ordered-store.ts';
import { toIndex, toRank } from './rank.ts';
import {
  COUNTS_KEY,
  toChangedKey,
  toEndorserKey,
  toFieldPrefix,
  toHistoryPrefix,
  toLastingKeys,
  toRowKey,
  toStandingKeys,
  toSupersededKey,
  toTriplesKey,
} from './store-key.ts';

/** How much the catalog holds. */
export interface Counts {
  readonly entries: number;
  readonly images: number;
  readonly endorsers: number;
}

/** An endorser's summary as stored; times in milliseconds. The label is of the newest entry. */
export interface StoredEndorser {
  readonly endorserKey: string;
  readonly email: string;
  readonly subject: string;
  readonly issuers: readonly string[];
  readonly entries: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export const NO_COUNTS: Counts = { entries: 0, images: 0, endorsers: 0 };

/** Index changes of several records on top of a view of the store, to be written in one batch together with the cursor. */
export class Draft {
  readonly #view: StoreView;
  readonly #writes = new Map<string, string | undefined>();
  /** Images of this draft: whether one is new cannot be seen in the view. */
  readonly #images = new Set<string>();
  /** Endorsers' entries for one image of this draft: their neighbours cannot be looked up in the view. */
  readonly #histories = new Set<string>();

  constructor(view: StoreView) {
    this.#view = view;
  }

  /** False if an entry of the same endorser for the same image is in this draft: it has to be written first. */
  canTake(entry: CatalogEntry): boolean {
    return !this.#histories.has(toHistoryPrefix(entry.identifier, entry.endorserKey));
  }

  writes(): Write[] {
    return [...this.#writes].map(([key, value]) => ({ key, value }));
  }

  /** Adds an entry with its lasting triples (text as stored) and settles which of the endorser's entries supersede which. */
  async take(entry: CatalogEntry, triples: string): Promise<void> {
    const history = toHistoryPrefix(entry.identifier, entry.endorserKey);
    this.#histories.add(history);
    const rank = toRank(entry.createdAt, entry.index);
    const [newer, older, stored, anyOfImage] = await Promise.all([
      this.#lastBelow(history, rank),
      this.#firstFrom(history, rank),
      this.#get(toEndorserKey(entry.endorserKey)),
      this.#firstFrom(toFieldPrefix('identifier', entry.identifier), ''),
    ]);
    // an import may be older than what is there: then it arrives superseded
    const supersededBy = newer === undefined ? undefined : toIndex(newer);
    const taken = supersededBy === undefined ? entry : { ...entry, supersededBy };
    this.#writes.set(toRowKey(taken.index), writeRow(taken));
    this.#writes.set(toTriplesKey(taken.index), triples);
    if (supersededBy !== undefined) this.#writes.set(toSupersededKey(taken.index), String(supersededBy));
    for (const key of toLastingKeys(taken)) this.#writes.set(key, '');
    for (const { key, value } of toStandingKeys(taken)) this.#writes.set(key, value);
    if (older !== undefined) await this.#supersede(toIndex(older), taken.index);
    await this.#count(taken, stored, anyOfImage === undefined);
  }

  async #supersede(index: number, supersededBy: number): Promise<void> {
    const row = await this.#get(toRowKey(index));
    if (row === undefined) return;
    const entry = readRow(row);
    const superseded = { ...entry, supersededBy };
    for (const { key } of toStandingKeys(entry)) this.#writes.set(key, undefined);
    for (const { key, value } of toStandingKeys(superseded)) this.#writes.set(key, value);
    this.#writes.set(toRowKey(index), writeRow(superseded));
    this.#writes.set(toSupersededKey(index), String(supersededBy));
    this.#writes.set(toChangedKey(supersededBy), String(index));
  }

  async #count(entry: CatalogEntry, stored: string | undefined, isFirstStored: boolean): Promise<void> {
    const counts = readCounts(await this.#get(COUNTS_KEY));
    const isNewImage = isFirstStored && !this.#images.has(entry.identifier);
    this.#images.add(entry.identifier);
    this.#writes.set(
      COUNTS_KEY,
      JSON.stringify({
        entries: counts.entries + 1,
        images: counts.images + (isNewImage ? 1 : 0),
        endorsers: counts.endorsers + (stored === undefined ? 1 : 0),
      } satisfies Counts),
    );
    const endorser = toUpdated(stored === undefined ? undefined : (JSON.parse(stored) as StoredEndorser), entry);
    this.#writes.set(toEndorserKey(entry.endorserKey), JSON.stringify(endorser));
  }

  async #get(key: string): Promise<string | undefined> {
    return this.#writes.has(key) ? this.#writes.get(key) : this.#view.get(key);
  }

  async #firstFrom(prefix: string, rank: string): Promise<string | undefined> {
    const cursor = this.#view.cursor(prefix + rank, toRange(prefix).to);
    try {
      const [pair] = await cursor.next(1);
      return pair?.[0].slice(prefix.length);
    } finally {
      await cursor.close();
    }
  }

  /** The largest rank below: of the entries that are newer, the next one. An endorser's history of one image is short. */
  async #lastBelow(prefix: string, rank: string): Promise<string | undefined> {
    const cursor = this.#view.cursor(prefix, prefix + rank);
    try {
      let last: string | undefined;
      for (;;) {
        const pairs = await cursor.next(64);
        if (pairs.length === 0) return last;
        last = pairs.at(-1)![0].slice(prefix.length);
      }
    } finally {
      await cursor.close();
    }
  }
}

export function readCounts(stored: string | undefined): Counts {
  return stored === undefined ? NO_COUNTS : (JSON.parse(stored) as Counts);
}

function toUpdated(known: StoredEndorser | undefined, entry: CatalogEntry): StoredEndorser {
  const ms = entry.createdAt.getTime();
  const isNewest = known === undefined || ms >= known.lastMs;
  return {
    endorserKey: entry.endorserKey,
    email: isNewest ? entry.email : known.email,
    subject: isNewest ? entry.subject : known.subject,
    issuers: isNewest ? entry.issuers : known.issuers,
    entries: (known?.entries ?? 0) + 1,
    firstMs: Math.min(ms, known?.firstMs ?? ms),
    lastMs: Math.max(ms, known?.lastMs ?? ms),
  };
}
