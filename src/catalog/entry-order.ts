import type { SortColumn } from './browse.ts';
import type { EntryColumns, NumberColumn, TextColumn } from './entry-column.ts';

/** What each order sorts by. */
const SORTED_BY = {
  created: 'createdMs',
  valid: 'validUntilMs',
  size: 'sizeBytes',
  title: 'title',
  os: 'os',
  version: 'osVersion',
  arch: 'osArch',
  kind: 'kind',
  format: 'format',
  hypervisor: 'hypervisor',
  email: 'email',
  identifier: 'identifier',
  tag: 'tag',
} as const satisfies Record<Exclude<SortColumn, 'status'>, TextColumn | NumberColumn>;

/**
 * The log indexes of all entries in the order of one column: smallest first, texts whatever their case, entries without a value last,
 * and the newest first among equals. New records are merged in, so that an append costs no sorting.
 */
export class EntryOrder {
  readonly #columns: EntryColumns;
  readonly #compare: (one: number, other: number) => number;
  #order = new Uint32Array();
  #size = 0;

  /** `newest` is by age alone. A status depends on the moment: see `orderByStatus`. */
  constructor(columns: EntryColumns, column: keyof typeof SORTED_BY | 'newest') {
    this.#columns = columns;
    this.#compare = column === 'newest' ? toAgeComparison(columns) : toComparison(columns, SORTED_BY[column]);
  }

  /** All entries the columns have now, in order. */
  indexes(): Uint32Array {
    const { size } = this.#columns;
    if (size === this.#size) return this.#order;
    const added: number[] = [];
    for (let index = this.#size; index < size; index++) if (this.#columns.isEntry(index)) added.push(index);
    added.sort(this.#compare);
    const merged = new Uint32Array(this.#order.length + added.length);
    let taken = 0;
    added.forEach((index, fresh) => {
      const place = this.#placeOf(index, taken);
      merged.set(this.#order.subarray(taken, place), taken + fresh);
      merged[place + fresh] = index;
      taken = place;
    });
    merged.set(this.#order.subarray(taken), taken + added.length);
    this.#order = merged;
    this.#size = size;
    return merged;
  }

  /** Where in the order so far an entry belongs, which is not before `from`. */
  #placeOf(index: number, from: number): number {
    let [low, high] = [from, this.#order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#order[middle]!, index) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The indexes with those of the smallest status first, each status in the order in which they came. */
export function orderByStatus(
  indexes: Uint32Array,
  toStatus: (index: number) => number,
  statuses: number,
): Uint32Array {
  const counts = new Uint32Array(statuses + 1);
  for (const index of indexes) counts[toStatus(index) + 1]!++;
  for (let status = 1; status <= statuses; status++) counts[status]! += counts[status - 1]!;
  const ordered = new Uint32Array(indexes.length);
  for (const index of indexes) ordered[counts[toStatus(index)]!++] = index;
  return ordered;
}

function toAgeComparison(columns: EntryColumns) {
  return (one: number, other: number) => {
    const created = columns.numbers('createdMs');
    return created[other]! - created[one]! || other - one;
  };
}

function toComparison(columns: EntryColumns, column: TextColumn | NumberColumn) {
  const byAge = toAgeComparison(columns);
  if (column === 'createdMs' || column === 'validUntilMs' || column === 'sizeBytes') {
    return (one: number, other: number) => {
      const [left, right] = [columns.numbers(column)[one]!, columns.numbers(column)[other]!];
      if (left === right || (Number.isNaN(left) && Number.isNaN(right))) return byAge(one, other);
      if (Number.isNaN(left)) return 1;
      return Number.isNaN(right) ? -1 : left - right;
    };
  }
  const { texts } = columns.dictionaries.get(column)!;
  const folded: string[] = [];
  const fold = (code: number) => {
    folded[code] ??= (texts[code] ?? '').toLowerCase();
    return folded[code];
  };
  return (one: number, other: number) => {
    const [left, right] = [columns.codes(column)[one]!, columns.codes(column)[other]!];
    if (left === right) return byAge(one, other);
    if (left === 0 || right === 0) return left === 0 ? 1 : -1;
    const [text, otherText] = [fold(left), fold(right)];
    if (text === otherText) return byAge(one, other);
    return text < otherText ? -1 : 1;
  };
}
