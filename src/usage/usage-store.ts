import { type OrderedStore, type StoreView, toRange, type Write } from '../catalog/ordered-store.ts';
import { VouchError } from '../errors.ts';
import type { PendingUse } from './pending-use.ts';
import { type Reporter, ReporterList } from './reporter-list.ts';
import {
  BEGUN_KEY,
  CURSOR_KEY,
  LAST_DAY,
  REPORTERS_PREFIX,
  toDayKey,
  toDayPart,
  toImageKey,
  toImageWrites,
  toKeyOf,
  toSitesPrefix,
} from './usage-key.ts';
import type { UseDay } from './use-day.ts';
import type { SiteUse, UseReceipt } from './use-receipt.ts';
import {
  addToDay,
  countOfDay,
  foldRecord,
  readRecord,
  toUnusedRecord,
  type UseRecord,
  writeRecord,
} from './use-record.ts';

/** Records that are changed in one step. */
const STEP = 500;
/** What sites told of one image, read at once. */
const SITES_MOST = 1_000;

/** An image with the day it is listed under. */
export interface ListedUse {
  readonly day: UseDay;
  readonly name: string;
}

/** What became of a receipt: how many of its images are known here. */
export type Taking =
  | { readonly outcome: 'taken'; readonly images: number; readonly unknown: number }
  | { readonly outcome: 'crowded' };

/** Counts of use on disk. Everything is written in one order; what is read is of one moment. */
export class UsageStore {
  readonly #store: OrderedStore;
  readonly #keepDays: number;
  readonly #begun: UseDay;
  readonly #reporters: ReporterList;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(store: OrderedStore, keepDays: number, begun: UseDay, reporters: ReporterList) {
    this.#store = store;
    this.#keepDays = keepDays;
    this.#begun = begun;
    this.#reporters = reporters;
  }

  /** Opens what was counted before, or begins today. `keepDays` are kept as days before they become months. */
  static async open(store: OrderedStore, today: UseDay, keepDays: number): Promise<UsageStore> {
    const { begun, reporters } = await reading(store, async (view) => ({
      begun: Number((await view.get(BEGUN_KEY)) ?? Number.NaN),
      reporters: await readRange(view, REPORTERS_PREFIX, Number.POSITIVE_INFINITY),
    }));
    const isBegun = Number.isSafeInteger(begun) && begun <= today;
    if (!isBegun) await store.write([{ key: BEGUN_KEY, value: String(today) }]);
    return new UsageStore(store, keepDays, isBegun ? begun : today, new ReporterList(reporters));
  }

  /** The first day that was counted. */
  get begun(): UseDay {
    return this.#begun;
  }

  reporters(): readonly Reporter[] {
    return this.#reporters.all();
  }

  /** Up to which place the images of this catalog are known. */
  async cursor(catalog: string): Promise<number> {
    const text = (await reading(this.#store, (view) => view.get(CURSOR_KEY))) ?? '';
    const [, place, of] = /^(\d{1,15}) (.*)$/s.exec(text) ?? [];
    return of === catalog ? Number(place) : 0;
  }

  /** Takes note of images that are there from now on, so that it is known of which nobody ever made use. */
  meet(images: ReadonlyMap<string, UseDay>, cursor: number, catalog: string): Promise<void> {
    return this.#write(async () => {
      const names = [...images.keys()];
      const known = await reading(this.#store, (view) => view.getMany(names.map(toImageKey)));
      const writes = names
        .filter((_, place) => known[place] === undefined)
        .flatMap((name) => toImageWrites(name, undefined, toUnusedRecord(Math.max(images.get(name)!, this.#begun))));
      await this.#store.write([...writes, { key: CURSOR_KEY, value: `${cursor} ${catalog}` }]);
    });
  }

  /** Adds what was counted. Throws `storage`; then an unknown part of it is written, in whole steps: `onWritten` hears of each. */
  add(uses: readonly PendingUse[], today: UseDay, onWritten: (uses: readonly PendingUse[]) => void): Promise<void> {
    return this.#write(async () => {
      for (let from = 0; from < uses.length; from += STEP) {
        const step = uses.slice(from, from + STEP);
        const keys = [...new Set(step.map(toKeyOf))];
        const before = await this.#readRecords(keys);
        const after = new Map<string, UseRecord>();
        for (const use of step) {
          const key = toKeyOf(use);
          const record = after.get(key) ?? before.get(key) ?? toUnusedRecord(this.#begun);
          after.set(key, addToDay(record, use.day, { lookups: use.lookups, checks: use.checks }));
        }
        const writes = keys.flatMap((key) => this.#toWrites(key, before.get(key), after.get(key)!, today));
        await this.#store.write(writes);
        onWritten(step);
      }
    });
  }

  /** Takes a receipt: each of its counts takes the place of what the same reporter told of the image and day before. */
  take(token: string, receipt: UseReceipt, today: UseDay): Promise<Taking> {
    return this.#write(async () => {
      const { reporter, site, day, images } = receipt;
      const admitted = this.#reporters.admit({ token, reporter, day, ...(site === undefined ? {} : { site }) }, today);
      if (admitted === undefined) return { outcome: 'crowded' };
      const names = [...images.keys()];
      const known = await this.#readRecords(names.map(toImageKey));
      const taken = names.filter((name) => known.has(toImageKey(name)));
      const toSiteKey = (name: string): string => `${toSitesPrefix(name)}${token}/${reporter}`;
      const told = await this.#readRecords(taken.map(toSiteKey));
      const writes: Write[] = [...admitted.writes];
      for (const name of taken) {
        const before = told.get(toSiteKey(name)) ?? toUnusedRecord(day);
        const change = toChange(images.get(name)!, countOfDay(before, day));
        const image = known.get(toImageKey(name))!;
        writes.push(
          { key: toSiteKey(name), value: this.#toText(addToDay(before, day, change), today) },
          ...this.#toWrites(toImageKey(name), image, addToDay(image, day, change), today),
        );
      }
      await this.#store.write(writes);
      admitted.done();
      return { outcome: 'taken', images: taken.length, unknown: names.length - taken.length };
    });
  }

  /** How images were used, as of a day; none of those that are not known. */
  async images(names: readonly string[], today: UseDay): Promise<ReadonlyMap<string, UseRecord>> {
    const records = await this.#readRecords(names.map(toImageKey));
    return new Map([...records].map(([key, record]) => [key.slice(2), foldRecord(record, today, this.#keepDays)]));
  }

  /** How an entry was looked up, by the SHA-256 of its document; undefined where nobody did. */
  async entry(sha256: string, today: UseDay): Promise<UseRecord | undefined> {
    const record = (await this.#readRecords([`e/${sha256}`])).get(`e/${sha256}`);
    return record === undefined ? undefined : foldRecord(record, today, this.#keepDays);
  }

  /** What was told of an image by each who reports, at most a thousand of them. */
  async sites(name: string, today: UseDay): Promise<readonly (Reporter & { readonly record: UseRecord })[]> {
    const prefix = toSitesPrefix(name);
    const rows = await reading(this.#store, (view) => readRange(view, prefix, SITES_MOST));
    return rows.flatMap(([key, text]) => {
      const [token, reporter] = key.slice(prefix.length).split('/') as [string, string];
      const record = readRecord(text);
      if (record === undefined) return [];
      const known = this.#reporters.find(token, reporter) ?? { token, reporter, day: record.last ?? record.since };
      return [{ ...known, record: foldRecord(record, today, this.#keepDays) }];
    });
  }

  /**
   * Images by their last day of use (`use`; for those without any the first day they could have had one) or of use at a site (`sites`),
   * from the day `from` to the day `to`, both inclusive, the earliest first. `after` is the last of those given before.
   */
  async byLast(
    what: 'use' | 'sites',
    { from, to, after, limit }: { from: UseDay; to: UseDay; after?: ListedUse; limit: number },
  ): Promise<readonly ListedUse[]> {
    const letter = what === 'use' ? 'r' : 'l';
    // A blank is below, and a tilde above, all that a name has.
    const start =
      after === undefined ? `${letter}/${toDayPart(from)}/ ` : `${toDayKey(letter, after.day, after.name)} `;
    const end = `${letter}/${toDayPart(to)}/~`;
    const rows = await reading(this.#store, async (view) => {
      const cursor = view.cursor(start, end);
      try {
        return await cursor.next(limit);
      } finally {
        await cursor.close();
      }
    });
    return rows.map(([key]) => {
      const [, day, name] = key.split('/') as [string, string, string];
      return { day: Number(day), name };
    });
  }

  /** Brings images back that a clock which ran ahead put into days that have not come. */
  async mend(today: UseDay): Promise<void> {
    for (const what of ['use', 'sites'] as const) {
      for (;;) {
        const early = await this.byLast(what, { from: today + 2, to: LAST_DAY, limit: STEP });
        if (early.length === 0) break;
        await this.#write(async () => {
          const keys = early.map(({ name }) => toImageKey(name));
          const records = await this.#readRecords(keys);
          // The key that was found goes, whatever the record says.
          const stale = early.map(({ day, name }) => ({
            key: toDayKey(what === 'use' ? 'r' : 'l', day, name),
            value: undefined,
          }));
          const writes = [...records].flatMap(([key, record]) => this.#toWrites(key, record, record, today));
          await this.#store.write([...stale, ...writes]);
        });
      }
    }
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#store.close();
  }

  #write<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#writing.catch(() => undefined).then(work);
    this.#writing = done;
    return done;
  }

  async #readRecords(keys: readonly string[]): Promise<Map<string, UseRecord>> {
    const texts = await reading(this.#store, (view) => view.getMany(keys));
    const records = new Map<string, UseRecord>();
    for (const [place, key] of keys.entries()) {
      const text = texts[place];
      if (text === undefined) continue;
      const record = readRecord(text);
      if (record === undefined) throw new VouchError('corrupt', `The count of use ${key} cannot be read.`);
      records.set(key, record);
    }
    return records;
  }

  #toText(record: UseRecord, today: UseDay): string {
    return writeRecord(foldRecord(record, today, this.#keepDays));
  }

  #toWrites(key: string, before: UseRecord | undefined, after: UseRecord, today: UseDay): Write[] {
    const folded = foldRecord(after, today, this.#keepDays);
    if (!key.startsWith('i/')) return [{ key, value: writeRecord(folded) }];
    return toImageWrites(key.slice(2), before, folded);
  }
}

/** What has to be added to a count for it to be another one. */
function toChange(now: SiteUse, before: SiteUse): SiteUse {
  return {
    allowed: now.allowed - before.allowed,
    denied: now.denied - before.denied,
    downloaded: now.downloaded - before.downloaded,
  };
}

async function reading<T>(store: OrderedStore, read: (view: StoreView) => Promise<T>): Promise<T> {
  const view = store.view();
  try {
    return await read(view);
  } finally {
    await view.close();
  }
}

async function readRange(view: StoreView, prefix: string, limit: number): Promise<[string, string][]> {
  const rows: [string, string][] = [];
  const { from, to } = toRange(prefix);
  const cursor = view.cursor(from, to);
  try {
    while (rows.length < limit) {
      const more = await cursor.next(Math.min(STEP, limit - rows.length));
      if (more.length === 0) break;
      rows.push(...more);
    }
  } finally {
    await cursor.close();
  }
  return rows;
}
