import type { BitSet } from './bit-set.ts';
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

  /** `newest` is by age alone. A status depends on the moment: see `page-walk.ts`. */
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
      const place = placeIn(this.#order, (one) => this.#compare(one, index) < 0, taken);
      merged.set(this.#order.subarray(taken, place), taken + fresh);
      merged[place + fresh] = index;
      taken = place;
    });
    merged.set(this.#order.subarray(taken), taken + added.length);
    this.#order = merged;
    this.#size = size;
    return merged;
  }

  /** A set of entries in this order, at no more than the cost of sorting them. */
  sort(entries: BitSet): Uint32Array {
    const indexes: number[] = [];
    entries.forEach((index) => {
      indexes.push(index);
    });
    return Uint32Array.from(indexes.sort(this.#compare));
  }

  /** How many of the indexes, in this order, come before an entry, and where they go on after it. */
  around(indexes: Uint32Array, index: number): { readonly before: number; readonly after: number } {
    const before = placeIn(indexes, (one) => this.#compare(one, index) < 0);
    return { before, after: indexes[before] === index ? before + 1 : before };
  }
}

/** How many of the indexes, in order, come before a place, given by whether an index does: they MUST be those at the beginning. */
export function placeIn(indexes: Uint32Array, isBefore: (index: number) => boolean, from = 0): number {
  let [low, high] = [from, indexes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(indexes[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
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
