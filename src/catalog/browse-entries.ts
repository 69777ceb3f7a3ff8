import { VouchError } from '../errors.ts';
import { type BrowsePage, type BrowseRequest, FACETS, type FacetName, type Facets } from './browse.ts';
import { type EntryFilter, type EntryStatus, statusOf } from './catalog.ts';
import { EntryColumns, type TextColumn } from './entry-column.ts';
import { EntryOrder } from './entry-order.ts';
import { readEntries } from './list-entries.ts';
import { type StoreView, toRange } from './ordered-store.ts';
import { type Rank, toIndex, toRank } from './rank.ts';
import { toSearchTerms } from './search-word.ts';
import { INDEXED_FIELDS, toWordPrefix } from './store-key.ts';
import { readPosition } from './tally.ts';

const PAGE_LIMIT = 1_000;
const TERMS_LIMIT = 16;
/** Values of a facet that are told, the most frequent first. */
const VALUES_LIMIT = 100;
const STATUSES = ['valid', 'expired', 'deprecated', 'superseded'] as const satisfies readonly EntryStatus[];
/** Longer ones cannot be asked for, and would make replies of any size. */
const VALUE_LENGTH_LIMIT = 200;
/** Counts kept: what everybody asks for is counted once for each record. */
const KEPT_LIMIT = 32;
const STEP = 1_024;

/** Which entries fit, and how many have each value. */
interface Count {
  readonly fits: Uint8Array;
  readonly total: number;
  readonly facets: Facets;
  /** It holds from the time it was made to this one, when an entry expires. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Columns and orders over one store; they grow with it. */
export class Browser {
  readonly #columns = new EntryColumns();
  readonly #orders = new Map<string, EntryOrder>();
  readonly #counts = new Map<string, Count>();

  /** One page of `CatalogReader.browse`, as of the first `size` records if that is given. */
  async browse(
    view: StoreView,
    filter: EntryFilter,
    at: Date,
    request: BrowseRequest,
    size?: number,
  ): Promise<BrowsePage> {
    const { column, isDescending } = request.sort;
    if (!Number.isInteger(request.limit) || request.limit < 0 || request.limit > PAGE_LIMIT) {
      throw new VouchError('usage', `A page has 0 to ${PAGE_LIMIT} entries, not ${request.limit}.`);
    }
    const logSize = size ?? (await readPosition(view));
    await this.#columns.bringUp(view);
    const { fits, total, facets } = await this.#count(view, filter, at, logSize);
    // from here to reading entries nothing else runs, so the columns stay as they are
    const order = this.#orderOf(column);
    const indexes = order.indexes();
    const steps = { from: isDescending ? indexes.length - 1 : 0, by: isDescending ? -1 : 1 };
    if (request.after !== undefined) {
      steps.from = order.placeOf(readCursor(request.after, column, this.#columns, logSize)) + steps.by;
    }
    const page: number[] = [];
    let passed = 0;
    for (let place = steps.from; place >= 0 && place < indexes.length; place += steps.by) {
      const index = indexes[place]!;
      if (fits[index] !== 1 || passed++ < (request.offset ?? 0)) continue;
      page.push(index);
      if (page.length > request.limit) break;
    }
    const isMore = page.length > request.limit;
    const shown = page.slice(0, request.limit);
    const entries = await readEntries(
      view,
      shown.map((index) => this.#rankOf(index)),
      size,
    );
    const last = shown.at(-1);
    const next = isMore && last !== undefined ? { next: `${column}-${last.toString(16)}` } : {};
    return { entries, total, facets, logSize, ...next };
  }

  async #count(view: StoreView, filter: EntryFilter, at: Date, size: number): Promise<Count> {
    const key = JSON.stringify([size, Object.entries(filter).sort()]);
    const known = this.#counts.get(key);
    this.#counts.delete(key);
    const isKnown = known !== undefined && known.fromMs <= at.getTime() && at.getTime() <= known.untilMs;
    const made = isKnown ? known : count(this.#columns, filter, at, size, await readText(view, filter.text, size));
    // the latest asked for is the last to go
    this.#counts.set(key, made);
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= KEPT_LIMIT) break;
      this.#counts.delete(oldest);
    }
    return made;
  }

  #orderOf(column: BrowseRequest['sort']['column']): EntryOrder {
    const known = this.#orders.get(column) ?? new EntryOrder(this.#columns, column);
    this.#orders.set(column, known);
    return known;
  }

  #rankOf(index: number): Rank {
    return toRank(new Date(this.#columns.numbers('createdMs')[index]!), index);
  }
}

/** The log index in a page cursor, which comes from outside. Throws `usage` for anything but a cursor of this order. */
function readCursor(cursor: string, column: string, columns: EntryColumns, size: number): number {
  const [, of, digits = ''] = /^([a-z]+)-([0-9a-f]{1,10})$/.exec(cursor) ?? [];
  const index = Number.parseInt(digits, 16);
  if (of === column && index < size && columns.isEntry(index)) return index;
  throw new VouchError(
    'usage',
    'The page cursor is not one of this list in this order: start again at the first page.',
  );
}

/** Of a facet that the filter narrows, the values are counted without that. */
function count(
  columns: EntryColumns,
  filter: EntryFilter,
  at: Date,
  size: number,
  found: Uint8Array | undefined,
): Count {
  const isFacet = (field: TextColumn) => FACETS.some(({ field: one }) => one === field);
  const wanted = INDEXED_FIELDS.flatMap((field) => {
    const value = filter[field];
    if (value === undefined) return [];
    // no entry has the number
    const code = columns.dictionaries.get(field)!.codeOf(value) ?? 0xffffffff;
    return [{ codes: columns.codes(field), code, place: isFacet(field) ? toPlace(field) : -1 }];
  });
  const statuses = filter.statuses === undefined ? undefined : new Set<EntryStatus>(filter.statuses);
  const createdMs = filter.createdAt?.getTime();
  const created = columns.numbers('createdMs');
  const toStatus = toStatusAt(columns, at, size);
  const tallies = FACETS.map(({ field }) =>
    field === undefined
      ? { codes: undefined, counts: new Uint32Array(STATUSES.length) }
      : { codes: columns.codes(field), counts: new Uint32Array(columns.dictionaries.get(field)!.texts.length) },
  );
  const statusPlace = toPlace(undefined);
  const fits = new Uint8Array(size);
  const validUntil = columns.numbers('validUntilMs');
  const fromMs = at.getTime();
  let untilMs = Number.POSITIVE_INFINITY;
  let total = 0;
  for (let index = 0; index < size; index++) {
    const ends = validUntil[index]!;
    if (ends >= fromMs && ends < untilMs) untilMs = ends;
    if (!columns.isEntry(index) || (found !== undefined && found[index] !== 1)) continue;
    if (createdMs !== undefined && created[index] !== createdMs) continue;
    const status = toStatus(index);
    let misses = 0;
    let missed = -1;
    for (const { codes, code, place } of wanted) {
      if (codes[index] === code) continue;
      misses += place < 0 ? 2 : 1;
      missed = place;
    }
    if (statuses !== undefined && !statuses.has(STATUSES[status]!)) {
      misses++;
      missed = statusPlace;
    }
    if (misses > 1) continue;
    if (misses === 0) {
      fits[index] = 1;
      total++;
    }
    for (let place = 0; place < tallies.length; place++) {
      if (misses === 1 && place !== missed) continue;
      const { codes, counts } = tallies[place]!;
      counts[codes === undefined ? status : codes[index]!]!++;
    }
  }
  const told = FACETS.map(
    ({ name, field }, place) => [name, toValues(columns, field, tallies[place]!.counts)] as const,
  );
  const facets = Object.fromEntries(told) as Record<FacetName, Facets[FacetName]>;
  return { fits, total, facets, fromMs, untilMs };
}

function toPlace(field: TextColumn | undefined): number {
  return FACETS.findIndex((facet) => facet.field === field);
}

/** The status of an entry as its place in `STATUSES`: of the eight cases there are, each asked once. */
function toStatusAt(columns: EntryColumns, at: Date, size: number): (index: number) => number {
  const cases = Array.from({ length: 8 }, (_, bits) => {
    const status = statusOf(
      {
        ...((bits & 1) === 0 ? {} : { supersededBy: 0 }),
        ...((bits & 2) === 0 ? {} : { deprecated: '' }),
        validUntil: new Date(at.getTime() + ((bits & 4) === 0 ? 1 : -1)),
      },
      at,
    );
    return STATUSES.indexOf(status);
  });
  const validUntil = columns.numbers('validUntilMs');
  const nowMs = at.getTime();
  return (index) => {
    const isPast = validUntil[index]! < nowMs;
    return cases[
      (columns.isSuperseded(index, size) ? 1 : 0) | (columns.isDeprecated(index) ? 2 : 0) | (isPast ? 4 : 0)
    ]!;
  };
}

function toValues(columns: EntryColumns, field: TextColumn | undefined, counts: Uint32Array): Facets[FacetName] {
  const texts = field === undefined ? STATUSES : columns.dictionaries.get(field)!.texts;
  const values: { value: string; count: number }[] = [];
  counts.forEach((number, code) => {
    const value = texts[code];
    if (number > 0 && value !== undefined && value.length <= VALUE_LENGTH_LIMIT) values.push({ value, count: number });
  });
  values.sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1));
  return values.slice(0, VALUES_LIMIT);
}

/** For each record whether it has a word that begins with each term; undefined where every one fits. */
async function readText(view: StoreView, text: string | undefined, size: number): Promise<Uint8Array | undefined> {
  const terms = toSearchTerms(text ?? '');
  if (terms.length > TERMS_LIMIT) {
    throw new VouchError('usage', `A search has at most ${TERMS_LIMIT} words, not ${terms.length}.`);
  }
  let found: Uint8Array | undefined;
  for (const term of terms) {
    const having = new Uint8Array(size);
    const { from, to } = toRange(toWordPrefix(term));
    const cursor = view.cursor(from, to);
    try {
      for (let pairs = await cursor.next(STEP); pairs.length > 0; pairs = await cursor.next(STEP)) {
        for (const [key] of pairs) {
          const index = toIndex(key.slice(key.lastIndexOf('/') + 1));
          if (index < size && (found === undefined || found[index] === 1)) having[index] = 1;
        }
      }
    } finally {
      await cursor.close();
    }
    found = having;
  }
  return found;
}
