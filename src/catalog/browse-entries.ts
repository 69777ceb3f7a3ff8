import { setImmediate } from 'node:timers/promises';
import { VouchError } from '../errors.ts';
import type { BitSet } from './bit-set.ts';
import { type BrowsePage, type BrowseRequest, type Facets, SORT_COLUMNS, type SortColumn } from './browse.ts';
import type { EntryFilter, EntryPage } from './catalog.ts';
import { countActivity, type EndorserActivity } from './endorser-activity.ts';
import { EntryColumns } from './entry-column.ts';
import { STATUSES, toConditions, toStatusAt } from './entry-fit.ts';
import { EntryOrder, placeIn } from './entry-order.ts';
import { readEntries } from './entry-row.ts';
import { countFacets, meetAll } from './facet-count.ts';
import { type ImageOverview, readImageOverview } from './image-overview.ts';
import type { StoreView } from './ordered-store.ts';
import { type PagePlace, type Stretch, toStretch, walkPage } from './page-walk.ts';
import { findText } from './posting.ts';
import { readRank, toIndex, toRank, toTime } from './rank.ts';
import { StatusSets } from './status-set.ts';
import { readPosition } from './tally.ts';
import { ValueSets } from './value-set.ts';

const PAGE_LIMIT = 1_000;
/** Answers kept: what everybody asks for is found once for each record. */
const KEPT_LIMIT = 32;

/** Which entries fit a filter. */
interface Found {
  readonly fits: BitSet;
  readonly total: number;
  /** All entries by their status, in the order of `STATUSES`. */
  readonly statuses: readonly BitSet[];
  /** Counted when they are first asked for. */
  readonly facets: () => Facets;
  /** It holds from the time it was made for to this one, when an entry expires. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Lists over one store, from columns and orders that are held in memory and grow with it. */
export class Browser {
  readonly #columns = new EntryColumns();
  readonly #orders = new Map<SortColumn | 'newest', EntryOrder>();
  readonly #values = new ValueSets(this.#columns);
  readonly #statuses = new StatusSets(this.#columns, this.#orderOf('valid'));
  readonly #found = new Map<string, Found>();

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
    const { fits, total } = await this.#find(view, filter, at, logSize);
    // from here to reading entries nothing else runs, so the columns stay as they are
    const created = this.#columns.numbers('createdMs');
    const { indexes } = toStretch(this.#orderOf('newest'), fits, total);
    let place = 0;
    if (last !== undefined) {
      const [lastMs, lastIndex] = [toTime(last).getTime(), toIndex(last)];
      place = placeIn(indexes, (one) => created[one]! > lastMs || (created[one] === lastMs && one >= lastIndex));
    }
    const shown: number[] = [];
    for (; place < indexes.length && shown.length <= page.limit; place++) {
      if (fits.has(indexes[place]!)) shown.push(indexes[place]!);
    }
    const isMore = shown.length > page.limit;
    if (isMore) shown.pop();
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
    const found = await this.#find(view, filter, at, logSize);
    // from here to reading entries nothing else runs, so the columns stay as they are
    const order = this.#orderOf(column === 'status' ? 'newest' : column);
    const stretches =
      column === 'status' ? toStatusStretches(order, found) : [toStretch(order, found.fits, found.total)];
    const { limit, offset = 0 } = request;
    let place: PagePlace = { isDescending, limit, offset };
    if (request.after !== undefined) {
      const index = readCursor(request.after, column, this.#columns, logSize);
      const stretch = column === 'status' ? found.statuses.findIndex((set) => set.has(index)) : 0;
      place = { ...place, after: { index, stretch } };
    }
    const { indexes, isMore, before, previous } = walkPage(order, stretches, place);
    const last = indexes.at(-1);
    const cursors = {
      ...(isMore && last !== undefined ? { next: this.#writeCursor(column, last) } : {}),
      ...(previous === undefined ? {} : { previous: this.#writeCursor(column, previous) }),
    };
    const { total, facets } = found;
    const entries = await readEntries(view, indexes, size);
    return { entries, total, facets: facets(), logSize, before, ...cursors };
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

  /** Brings the columns up to the view and tells which entries fit: from memory where that was asked before. */
  async #find(view: StoreView, filter: EntryFilter, at: Date, size: number): Promise<Found> {
    const key = JSON.stringify([size, Object.entries(filter).sort()]);
    const known = this.#found.get(key);
    const isKnown = known !== undefined && known.fromMs <= at.getTime() && at.getTime() <= known.untilMs;
    const having = isKnown ? undefined : await findText(view, filter.text ?? '', size);
    await this.#columns.bringUp(view);
    const made = isKnown ? known : this.#toFound(filter, at, size, having);
    // the latest asked for is the last to go
    this.#found.delete(key);
    this.#found.set(key, made);
    for (const oldest of this.#found.keys()) {
      if (this.#found.size <= KEPT_LIMIT) break;
      this.#found.delete(oldest);
    }
    return made;
  }

  #toFound(filter: EntryFilter, at: Date, size: number, having: BitSet | undefined): Found {
    const [columns, values] = [this.#columns, this.#values];
    const { entries, sets: statuses, fromMs, untilMs } = this.#statuses.at(at, size);
    const among = having === undefined ? entries : entries.with(having);
    const conditions = toConditions(columns, values, this.#orderOf('newest'), statuses, filter, size);
    const fits = meetAll(among, conditions);
    // the sets of values grow with the columns, and `among` does not: later on the counts are the same
    const facets = once(() => countFacets(columns, values, among, statuses, conditions, size));
    return { fits, total: fits.count(), statuses, facets, fromMs, untilMs };
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

/** Those that fit, by status, and the newest first within each. */
function toStatusStretches(newest: EntryOrder, { fits, statuses, total }: Found): Stretch[] {
  const { indexes } = toStretch(newest, fits, total);
  return statuses.map((set) => ({ indexes, fits: fits.with(set) }));
}

/** Does it when it is first asked for, and keeps nothing but the outcome. */
function once<T>(make: () => T): () => T {
  let [made, waiting]: [T | undefined, (() => T) | undefined] = [undefined, make];
  return () => {
    if (waiting !== undefined) [made, waiting] = [waiting(), undefined];
    return made as T;
  };
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
