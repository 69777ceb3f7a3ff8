import { BitSet } from './bit-set.ts';
import { FACETS } from './browse.ts';
import { type EntryFilter, type EntryStatus, statusOf } from './catalog.ts';
import { CHAINED_COLUMNS, type EntryColumns, type TextColumn } from './entry-column.ts';
import { type EntryOrder, placeIn } from './entry-order.ts';
import type { Condition } from './facet-count.ts';
import { INDEXED_FIELDS } from './store-key.ts';
import type { ValueSets } from './value-set.ts';

/** The statuses by number, in the order they are sorted in. */
export const STATUSES = ['valid', 'expired', 'deprecated', 'superseded'] as const satisfies readonly EntryStatus[];

/** A status by what it rests on, of which each is one bit of its place here: superseded, deprecated, past the end of validity. As numbers. */
export const STATUS_CASES: readonly number[] = Array.from({ length: 8 }, (_, bits) => {
  const status = statusOf(
    {
      ...((bits & 1) === 0 ? {} : { supersededBy: 0 }),
      ...((bits & 2) === 0 ? {} : { deprecated: '' }),
      validUntil: new Date((bits & 4) === 0 ? 1 : -1),
    },
    new Date(0),
  );
  return STATUSES.indexOf(status);
});

/** Fields whose value a filter can ask for. */
const WANTED_FIELDS = [...INDEXED_FIELDS, 'origin'] as const;

/** Tells an entry's status, as its place in `STATUSES`, as the first `size` records and the time make it. */
export function toStatusAt(columns: EntryColumns, at: Date, size: number): (index: number) => number {
  const validUntil = columns.numbers('validUntilMs');
  const nowMs = at.getTime();
  return (index) => {
    const isPast = validUntil[index]! < nowMs;
    return STATUS_CASES[
      (columns.isSuperseded(index, size) ? 1 : 0) | (columns.isDeprecated(index) ? 2 : 0) | (isPast ? 4 : 0)
    ]!;
  };
}

/** What a filter's fields, statuses and time of signing ask of the first `size` records; its words are looked up elsewhere. */
export function toConditions(
  columns: EntryColumns,
  values: ValueSets,
  newest: EntryOrder,
  statuses: readonly BitSet[],
  filter: EntryFilter,
  size: number,
): Condition[] {
  const conditions: Condition[] = [];
  for (const field of WANTED_FIELDS) {
    const value = filter[field];
    if (value === undefined) continue;
    const facet = FACETS.find((one) => one.field === field)?.field;
    conditions.push({ facet, set: toHaving(columns, values, field, value, size) });
  }
  if (filter.createdAt !== undefined) {
    conditions.push({ facet: undefined, set: toCreatedAt(columns, newest, filter.createdAt, size) });
  }
  if (filter.statuses !== undefined) {
    const set = new BitSet(size);
    for (const status of filter.statuses) set.join(statuses[STATUSES.indexOf(status)]!);
    conditions.push({ facet: 'status', set });
  }
  return conditions;
}

/** The entries with a value, at no more than the cost of those that have it, or of those whose values are all rare. */
function toHaving(columns: EntryColumns, values: ValueSets, field: TextColumn, value: string, size: number): BitSet {
  const having = new BitSet(size);
  const code = columns.dictionaries.get(field)!.codeOf(value);
  if (code === undefined) return having;
  const chained = CHAINED_COLUMNS.find((column) => column === field);
  if (chained !== undefined) {
    for (const index of columns.withValue(chained, value)) if (index < size) having.add(index);
    return having;
  }
  const { frequent, rest } = values.of(field);
  const set = frequent.get(code);
  if (set !== undefined) return set;
  const codes = columns.codes(field);
  rest.forEach((index) => {
    if (codes[index] === code && index < size) having.add(index);
  });
  return having;
}

function toCreatedAt(columns: EntryColumns, newest: EntryOrder, at: Date, size: number): BitSet {
  const created = columns.numbers('createdMs');
  const order = newest.indexes();
  const set = new BitSet(size);
  const first = placeIn(order, (index) => created[index]! > at.getTime());
  for (let place = first; place < order.length && created[order[place]!] === at.getTime(); place++) {
    if (order[place]! < size) set.add(order[place]!);
  }
  return set;
}
