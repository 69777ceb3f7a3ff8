import { endorserIdOf } from './endorser-id.ts';
import { readEndorserTally, toUpdated, writeEndorserTally } from './endorser-tally.ts';
import { writeColumnRow } from './entry-column.ts';
import { type EntryRow, readRow, toSuperseded, writeRow } from './entry-row.ts';
import type { StoreView, Write } from './ordered-store.ts';
import { toRange } from './ordered-store.ts';
import { addToPosting, toPostingKeys, toWordKey } from './posting.ts';
import { toIndex, toRank } from './rank.ts';
import { toEntryWords } from './search-word.ts';
import { toSpellingKeys, toSpellingWords } from './spelling.ts';
import {
  toChangedKey,
  toColumnsKey,
  toEndorserKey,
  toEndorserTallyKey,
  toFieldPrefix,
  toHistoryPrefix,
  toKeyPart,
  toLastingKeys,
  toLiveTagKey,
  toRowKey,
  toTallyKey,
  toTriplesKey,
} from './store-key.ts';
import { readTally, type Tally, writeTally } from './tally.ts';

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
  canTake(entry: EntryRow): boolean {
    return !this.#histories.has(toHistoryPrefix(entry.identifier, endorserIdOf(entry)));
  }

  writes(): Write[] {
    return [...this.#writes].map(([key, value]) => ({ key, value }));
  }

  /** Adds an entry with its graph (text for the store) and settles which of the endorser's entries supersede which. */
  async take(entry: EntryRow, toGraph: (taken: EntryRow) => string): Promise<void> {
    const before = await this.#tallyBefore(entry.index);
    const endorser = endorserIdOf(entry);
    const history = toHistoryPrefix(entry.identifier, endorser);
    this.#histories.add(history);
    const rank = toRank(entry.createdAt, entry.index);
    const [newer, older, stored, anyOfImage] = await Promise.all([
      this.#lastBelow(history, rank),
      this.#firstFrom(history, rank),
      this.#get(toEndorserKey(endorser)),
      this.#firstFrom(toFieldPrefix('identifier', entry.identifier), ''),
    ]);
    // an import may be older than what is there: then it arrives superseded
    const by = newer === undefined ? undefined : await this.#get(toRowKey(toIndex(newer)));
    const taken = by === undefined ? entry : toSuperseded(entry, readRow(by));
    this.#writes.set(toRowKey(taken.index), writeRow(taken));
    this.#writes.set(toTriplesKey(taken.index), toGraph(taken));
    const supersedes = older === undefined ? undefined : toIndex(older);
    this.#writes.set(toColumnsKey(taken.index), writeColumnRow(taken, supersedes));
    for (const key of toLastingKeys(taken)) this.#writes.set(key, '');
    const tagged = toLiveTagKey(taken);
    if (tagged !== undefined) this.#writes.set(tagged, '');
    await this.#post(taken);
    if (supersedes !== undefined) await this.#supersede(supersedes, taken);
    this.#count(taken, before, stored, anyOfImage === undefined);
  }

  /** Passes a record that is no entry. */
  async pass(index: number, acceptedAt: Date): Promise<void> {
    const before = await this.#tallyBefore(index);
    this.#writes.set(toTallyKey(index), writeTally({ ...before, acceptedMs: toLater(before.acceptedMs, acceptedAt) }));
  }

  async #supersede(index: number, by: EntryRow): Promise<void> {
    const row = await this.#get(toRowKey(index));
    if (row === undefined) return;
    const before = readRow(row);
    const superseded = toSuperseded(before, by);
    const tagged = toLiveTagKey(before);
    if (tagged !== undefined) this.#writes.set(tagged, undefined);
    this.#writes.set(toRowKey(index), writeRow(superseded));
    this.#writes.set(toChangedKey(by.index), String(index));
  }

  /** Adds the entry to the postings of its words, and leads to those that its block has not had. */
  async #post(entry: EntryRow): Promise<void> {
    const words = toEntryWords(entry);
    const keys = [...toPostingKeys(words, entry.index)];
    const unread = keys.filter((key) => !this.#writes.has(key));
    const stored = await this.#view.getMany(unread);
    unread.forEach((key, place) => {
      this.#writes.set(key, stored[place]);
    });
    for (const word of toSpellingWords(words)) {
      if (this.#writes.get(toWordKey(word, entry.index)) !== undefined) continue;
      for (const key of toSpellingKeys(word)) this.#writes.set(key, '');
    }
    for (const key of keys) this.#writes.set(key, addToPosting(this.#writes.get(key), entry.index));
  }

  #count(entry: EntryRow, before: Tally, stored: string | undefined, isFirstStored: boolean): void {
    const isNewImage = isFirstStored && !this.#images.has(entry.identifier);
    this.#images.add(entry.identifier);
    const tally: Tally = {
      entries: before.entries + 1,
      images: before.images + (isNewImage ? 1 : 0),
      endorsers: before.endorsers + (stored === undefined ? 1 : 0),
      newestMs: before.entries === 0 ? entry.createdAt.getTime() : toLater(before.newestMs, entry.createdAt),
      acceptedMs: toLater(before.acceptedMs, entry.provenance?.learnedAt ?? entry.acceptedAt),
    };
    this.#writes.set(toTallyKey(entry.index), writeTally(tally));
    const known = stored === undefined ? undefined : readEndorserTally(stored);
    const endorser = writeEndorserTally(toUpdated(known, entry));
    const id = endorserIdOf(entry);
    this.#writes.set(toEndorserKey(id), endorser);
    this.#writes.set(toEndorserTallyKey(toKeyPart(id), entry.index), endorser);
  }

  async #tallyBefore(index: number): Promise<Tally> {
    return readTally(index === 0 ? undefined : await this.#get(toTallyKey(index - 1)));
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

function toLater(ms: number, at: Date): number {
  return Math.max(ms, at.getTime());
}
