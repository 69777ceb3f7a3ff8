import type { BitSet } from './bit-set.ts';
import { FACETS, type FacetName, type Facets } from './browse.ts';
import type { EntryColumns, TextColumn } from './entry-column.ts';
import { STATUSES } from './entry-fit.ts';
import type { ColumnSets, ValueSets } from './value-set.ts';

/** Values of a facet that are told, the most frequent first. */
const VALUES_LIMIT = 100;
/** Longer ones cannot be asked for, and would make replies of any size. */
const VALUE_LENGTH_LIMIT = 200;
/** Entries whose numbers are looked up in the time that the bits of 32 entries are counted in. */
const LOOKED_UP = 0.5;

/** One condition of a filter: the entries that meet it, and the facet that it narrows, if there is one. */
export interface Condition {
  readonly facet: TextColumn | 'status' | undefined;
  readonly set: BitSet;
}

/** Counts those of the entries that meet every condition by each facet; of a facet that a condition narrows, without that one. */
export function countFacets(
  columns: EntryColumns,
  values: ValueSets,
  entries: BitSet,
  statuses: readonly BitSet[],
  conditions: readonly Condition[],
  size: number,
): Facets {
  const fits = meetAll(entries, conditions);
  const told = FACETS.map(({ name, field }) => {
    const facet = field ?? 'status';
    const others = conditions.filter((condition) => condition.facet !== facet);
    const counted = others.length === conditions.length ? fits : meetAll(entries, others);
    if (field === undefined)
      return [
        name,
        toValues(
          STATUSES,
          statuses.map((set) => counted.countWith(set)),
        ),
      ] as const;
    const { texts } = columns.dictionaries.get(field)!;
    return [name, toValues(texts, countValues(columns, field, values.of(field), counted, size))] as const;
  });
  return Object.fromEntries(told) as Record<FacetName, Facets[FacetName]>;
}

/** The entries that meet every condition. */
export function meetAll(entries: BitSet, conditions: readonly Condition[]): BitSet {
  const [first, ...others] = conditions;
  if (first === undefined) return entries;
  const met = entries.with(first.set);
  for (const { set } of others) met.keep(set);
  return met;
}

/** How many of the counted have each value of the column, by its number. */
function countValues(
  columns: EntryColumns,
  column: TextColumn,
  { frequent, rest }: ColumnSets,
  counted: BitSet,
  size: number,
): ArrayLike<number> {
  const codes = columns.codes(column);
  const counts = new Uint32Array(columns.dictionaries.get(column)!.texts.length);
  if (counted.count() * LOOKED_UP < (frequent.size * size) / 32) {
    counted.tally(codes, counts);
    return counts;
  }
  for (const [code, set] of frequent) counts[code] = counted.countWith(set);
  counted.with(rest).tally(codes, counts);
  return counts;
}

function toValues(texts: readonly (string | undefined)[], counts: ArrayLike<number>): Facets[FacetName] {
  const values: { value: string; count: number }[] = [];
  for (let code = 0; code < counts.length; code++) {
    const [count, value] = [counts[code]!, texts[code]];
    if (count > 0 && value !== undefined && value.length <= VALUE_LENGTH_LIMIT) values.push({ value, count });
  }
  values.sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1));
  return values.slice(0, VALUES_LIMIT);
}
