import { setImmediate } from 'node:timers/promises';
import { VouchError } from '../errors.ts';
import { type BrowsePage, type BrowseRequest, SORT_COLUMNS, type SortColumn } from './browse.ts';
import type { EntryFilter, EntryPage } from './catalog.ts';
import { countActivity, type EndorserActivity } from './endorser-activity.ts';
import { EntryColumns } from './entry-column.ts';
import { STATUSES, toFit, toStatusAt } from './entry-fit.ts';
import { EntryOrder, orderByStatus } from './entry-order.ts';
import { readEntries } from './entry-row.ts';
import { countFacets, type FacetCount } from './facet-count.ts';
import { type ImageOverview, readImageOverview } from './image-overview.ts';
import type { StoreView } from './ordered-store.ts';
import { findText } from './posting.ts';
import { readRank, toIndex, toRank, toTime } from './rank.ts';
import { readPosition } from './tally.ts';

const PAGE_LIMIT = 1_000;
/** Counts kept: what everybody asks for is counted once for each record. */
const KEPT_LIMIT = 32;

/** Lists over one store, from columns and orders that are held in memory and grow with it. */
export class Browser {
  readonly #columns = new EntryColumns();
  readonly #orders = new Map<SortColumn | 'newest', EntryOrder>();
  readonly #counts = new Map<string, FacetCount>();

  /** Takes in what the store has and makes every order, so that nobody who asks waits for that. */
  async warm(view: StoreView): Promise<void> {
    await this.#columns.bringUp(view);
    for (const column of ['newest', ...SORT_COLUMNS] as const) {
      // sorting some hundred thousand titles takes a moment: requests are answered in between
      await setImmediate();
      if (column !== 'status') this.#orderOf(column).indexes();
    }
  }

  /** One page of `CatalogReader.list`, as of the first `size` records if that is given. */
  async list(
    view: StoreView,
    filter: EntryFilter,
    at: Date,
    page: { readonly limit: number; readonly after?: string },
    size?: number,
  ): Promise<EntryPage> {
    assertLimit(page.limit, 1);
    const last = page.after === undefined ? undefined : readRank(page.after);
    const logSize = size ?? (await readPosition(view));
    const found = await findText(view, filter.text ?? '', logSize);
    await this.#columns.bringUp(view);
    // from here to reading entries nothing else runs, so the columns stay as they are
    const fits = toFit(this.#columns, filter, at, logSize, found);
    const created = this.#columns.numbers('createdMs');
    const [lastMs, lastIndex] =
      last === undefined ? [Number.POSITIVE_INFINITY, 0] : [toTime(last).getTime(), toIndex(last)];
    const shown: number[] = [];
    let [total, passed] = [0, 0];
    for (const index of this.#orderOf('newest').indexes()) {
      if (!fits(index)) continue;
      total++;
      const createdMs = created[index]!;
      if (createdMs > lastMs || (createdMs === lastMs && index >= lastIndex)) passed++;
      else if (shown.length < page.limit) shown.push(index);
    }
    const isMore = total > passed + shown.length;
    const end = shown.at(-1);
    const next = isMore && end !== undefined ? { next: toRank(new Date(created[end]!), end) } : {};
    return { entries: await readEntries(view, shown, size), logSize, total, ...next };
  }

  /** One page of `CatalogReader.browse`, as of the first `size` records if that is given. */
  async browse(
    view: StoreView,
    filter: EntryFilter,
    at: Date,
    request: BrowseRequest,
    size?: number,
  ): Promise<BrowsePage> {
    // the newest come first by themselves: that order has cursors that `list` takes too
    const { column, isDescending } = request.sort ?? { column: 'newest', isDescending: false };
    assertLimit(request.limit, 0);
    const logSize = size ?? (await readPosition(view));
    await this.#columns.bringUp(view);
    const { fits, total, facets } = await this.#count(view, filter, at, logSize);
    // from here to reading entries nothing else runs, so the columns stay as they are
    const indexes = this.#indexesBy(column, at, logSize);
    const step = isDescending ? -1 : 1;
    let place = isDescending ? indexes.length - 1 : 0;
    if (request.after !== undefined) {
      place = indexes.indexOf(readCursor(request.after, column, this.#columns, logSize)) + step;
    }
    const { before, previous } = readBefore(indexes, fits, place, step, request.limit);
    const page: number[] = [];
    let passed = 0;
    for (; place >= 0 && place < indexes.length; place += step) {
      const index = indexes[place]!;
      if (fits[index] !== 1 || passed++ < (request.offset ?? 0)) continue;
      page.push(index);
      if (page.length > request.limit) break;
    }
    const shown = page.slice(0, request.limit);
    const last = shown.at(-1);
    const isMore = page.length > request.limit;
    const cursors = {
      ...(isMore && last !== undefined ? { next: this.#writeCursor(column, last) } : {}),
      ...(previous === undefined ? {} : { previous: this.#writeCursor(column, previous) }),
    };
    const entries = await readEntries(view, shown, size);
    return { entries, total, facets, logSize, before: before + passed - page.length, ...cursors };
  }

  /** `CatalogReader.endorsing`, as of the first `size` records if that is given. */
  async endorsing(
    view: StoreView,
    identifiers: readonly string[],
    at: Date,
    size?: number,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const logSize = size ?? (await readPosition(view));
    await this.#columns.bringUp(view);
    const columns = this.#columns;
    const toStatus = toStatusAt(columns, at, logSize);
    const emails = columns.dictionaries.get('email')!.texts;
    const toEmails = (identifier: string): string[] => {
      const found = new Set<string>();
      for (const index of columns.withValue('identifier', identifier)) {
        const isValid = index < logSize && STATUSES[toStatus(index)] === 'valid';
        if (isValid) found.add(emails[columns.codes('email')[index]!]!);
      }
      return [...found].sort();
    };
    return new Map([...new Set(identifiers)].map((identifier) => [identifier, toEmails(identifier)]));
  }

  /** `CatalogReader.image`, as of the first `size` records if that is given. */
  async image(view: StoreView, identifier: string, at: Date, size?: number): Promise<ImageOverview | undefined> {
    const logSize = size ?? (await readPosition(view));
    await this.#columns.bringUp(view);
    return readImageOverview(view, this.#columns, identifier, at, logSize);
  }

  /** `CatalogReader.activity`, as of the first `size` records if that is given. */
  async activity(view: StoreView, email: string, at: Date, size?: number): Promise<EndorserActivity> {
    const logSize = size ?? (await readPosition(view));
    await this.#columns.bringUp(view);
    return countActivity(this.#columns, email, at, logSize);
  }

  async #count(view: StoreView, filter: EntryFilter, at: Date, size: number): Promise<FacetCount> {
    const key = JSON.stringify([size, Object.entries(filter).sort()]);
    const known = this.#counts.get(key);
    this.#counts.delete(key);
    const isKnown = known !== undefined && known.fromMs <= at.getTime() && at.getTime() <= known.untilMs;
    const made = isKnown
      ? known
      : countFacets(this.#columns, filter, at, size, await findText(view, filter.text ?? '', size));
    // the latest asked for is the last to go
    this.#counts.set(key, made);
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= KEPT_LIMIT) break;
      this.#counts.delete(oldest);
    }
    return made;
  }

  /** The log indexes of all entries there are, in the order of the column. */
  #indexesBy(column: SortColumn | 'newest', at: Date, size: number): Uint32Array {
    if (column !== 'status') return this.#orderOf(column).indexes();
    return orderByStatus(this.#orderOf('newest').indexes(), toStatusAt(this.#columns, at, size), STATUSES.length);
  }

  #writeCursor(column: SortColumn | 'newest', index: number): string {
    if (column === 'newest') return toRank(new Date(this.#columns.numbers('createdMs')[index]!), index);
    return `${column}-${index.toString(16)}`;
  }

  #orderOf(column: Exclude<SortColumn, 'status'> | 'newest'): EntryOrder {
    const known = this.#orders.get(column) ?? new EntryOrder(this.#columns, column);
    this.#orders.set(column, known);
    return known;
  }
}

function assertLimit(limit: number, lowest: number): void {
  if (Number.isInteger(limit) && limit >= lowest && limit <= PAGE_LIMIT) return;
  throw new VouchError('usage', `A page has ${lowest} to ${PAGE_LIMIT} entries, not ${limit}.`);
}

/** How many fitting entries come before a place, and where the page before it starts, if that is not the first. */
function readBefore(
  indexes: Uint32Array,
  fits: Uint8Array,
  place: number,
  step: number,
  limit: number,
): { before: number; previous: number | undefined } {
  let before = 0;
  let previous: number | undefined;
  for (let earlier = place - step; earlier >= 0 && earlier < indexes.length; earlier -= step) {
    if (fits[indexes[earlier]!] !== 1) continue;
    if (before++ === limit) previous = indexes[earlier];
  }
  return { before, previous };
}

/** The log index in a page cursor, which comes from outside. Throws `usage` for anything but a cursor of this order. */
function readCursor(cursor: string, column: string, columns: EntryColumns, size: number): number {
  const [, of, digits = ''] = /^([a-z]+)-([0-9a-f]{1,10})$/.exec(cursor) ?? [];
  const index = column === 'newest' ? toIndex(readRank(cursor)) : Number.parseInt(digits, 16);
  if ((of === column || column === 'newest') && index < size && columns.isEntry(index)) return index;
  throw new VouchError(
    'usage',
    'The page cursor is not one of this list in this order: start again at the first page.',
  );
}
