import { FACETS, type FacetName, type Facets } from './browse.ts';
import type { EntryFilter, EntryStatus } from './catalog.ts';
import type { EntryColumns, TextColumn } from './entry-column.ts';
import { STATUSES, toStatusAt, toWantedCodes } from './entry-fit.ts';

/** Values of a facet that are told, the most frequent first. */
const VALUES_LIMIT = 100;
/** Longer ones cannot be asked for, and would make replies of any size. */
const VALUE_LENGTH_LIMIT = 200;

/** Which entries fit a filter, and how many have each value. */
export interface FacetCount {
  readonly fits: Uint8Array;
  readonly total: number;
  readonly facets: Facets;
  /** It holds from the time it was made to this one, when an entry expires. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Counts among the first `size` records in one pass. Of a facet that the filter narrows, the values are counted without that. */
export function countFacets(
  columns: EntryColumns,
  filter: EntryFilter,
  at: Date,
  size: number,
  found: Uint8Array | undefined,
): FacetCount {
  const wanted = toWantedCodes(columns, filter).map(({ field, ...one }) => ({ ...one, place: toPlace(field) }));
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

/** The place of a field's facet; -1 where it has none. */
function toPlace(field: TextColumn | undefined): number {
  return FACETS.findIndex((facet) => facet.field === field);
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
