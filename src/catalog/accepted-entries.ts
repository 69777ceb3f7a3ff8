import { type AcceptedEntries, type CatalogEntry, type FeedFilter, placeOf } from './catalog.ts';
import { readRow, toEntryAsOf } from './entry-row.ts';
import type { StoreView } from './ordered-store.ts';
import { toIndex } from './rank.ts';
import { intersect, StoreRun } from './run.ts';
import { toFieldPrefix, toRowKey } from './store-key.ts';
import { readPosition } from './tally.ts';

/** Up to so many records are looked at one by one; beyond, the places of a filter's entries are gathered from the indexes. */
const LOOKED_AT = 512;
const FIELDS = ['identifier', 'email', 'tag'] as const satisfies readonly (keyof FeedFilter)[];

/** `Catalog.since` over a view. */
export async function readSince(
  view: StoreView,
  filter: FeedFilter,
  from: number,
  limit: number,
): Promise<{ readonly entries: readonly CatalogEntry[]; readonly next: number }> {
  const position = await readPosition(view);
  if (from >= position) return { entries: [], next: from };
  const isEverything = FIELDS.every((field) => filter[field] === undefined);
  if (!isEverything && position - from > LOOKED_AT) {
    const indexes = (await gatherIndexes(view, filter)).filter((index) => index >= from);
    const entries = await readAccepted(view, indexes.slice(0, limit));
    return { entries, next: indexes.length > limit ? placeOf(entries.at(-1)!) + 1 : position };
  }
  const entries: CatalogEntry[] = [];
  const cursor = view.cursor(toRowKey(from), toRowKey(position));
  try {
    for (let rows = await cursor.next(LOOKED_AT); rows.length > 0; rows = await cursor.next(LOOKED_AT)) {
      for (const [, row] of rows) {
        const entry = toAccepted(row);
        if (!FIELDS.every((field) => filter[field] === undefined || entry[field] === filter[field])) continue;
        if (entries.length === limit) return { entries, next: placeOf(entries.at(-1)!) + 1 };
        entries.push(entry);
      }
    }
  } finally {
    await cursor.close();
  }
  return { entries, next: position };
}

/** `Catalog.accepted` over a view. */
export async function readPlaces(
  view: StoreView,
  filter: FeedFilter,
  toRange: (places: number) => { readonly from: number; readonly to: number },
): Promise<AcceptedEntries> {
  if (FIELDS.every((field) => filter[field] === undefined)) {
    const places = await readPosition(view);
    const { from, to } = toRange(places);
    const indexes = Array.from({ length: Math.max(0, Math.min(to, places) - from) }, (_, place) => from + place);
    return { places, entries: await readAccepted(view, indexes) };
  }
  const indexes = await gatherIndexes(view, filter);
  const { from, to } = toRange(indexes.length);
  return { places: indexes.length, entries: await readAccepted(view, indexes.slice(from, to)) };
}

/** The log indexes of all entries that fit, ascending. */
async function gatherIndexes(view: StoreView, filter: FeedFilter): Promise<number[]> {
  const runs = FIELDS.flatMap((field) => {
    const value = filter[field];
    return value === undefined ? [] : [new StoreRun(view, toFieldPrefix(field, value))];
  });
  try {
    const indexes: number[] = [];
    for await (const rank of intersect(runs)) indexes.push(toIndex(rank));
    return indexes.sort((one, other) => one - other);
  } finally {
    await Promise.all(runs.map((run) => run.close()));
  }
}

/** Records that are no entries have no row, and are left out. */
async function readAccepted(view: StoreView, indexes: readonly number[]): Promise<CatalogEntry[]> {
  const rows = await view.getMany(indexes.map(toRowKey));
  return rows.flatMap((row) => (row === undefined ? [] : [toAccepted(row)]));
}

/** The entry as it was when it came, which never changes. */
function toAccepted(row: string): CatalogEntry {
  const stored = readRow(row);
  return toEntryAsOf(stored, stored.index + 1);
}
