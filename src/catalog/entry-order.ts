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
} as const satisfies Record<SortColumn, TextColumn | NumberColumn>;

/**
 * The log indexes of all entries in the order of one column: smallest first, texts whatever their case, entries without a value last,
 * and the newest first among equals. New records are merged in, so that an append costs no sorting.
 */
export class EntryOrder {
  readonly #columns: EntryColumns;
  readonly #compare: (one: number, other: number) => number;
  #order = new Uint32Array();
  #size = 0;

  constructor(columns: EntryColumns, column: SortColumn) {
    this.#columns = columns;
    this.#compare = toComparison(columns, SORTED_BY[column]);
  }

  /** All entries the columns have now, in order. */
  indexes(): Uint32Array {
    const { size } = this.#columns;
    if (size === this.#size) return this.#order;
    const added: number[] = [];
    for (let index = this.#size; index < size; index++) if (this.#columns.isEntry(index)) added.push(index);
    added.sort(this.#compare);
    const merged = new Uint32Array(this.#order.length + added.length);
    let [old, fresh] = [0, 0];
    for (let place = 0; place < merged.length; place++) {
      const isOld =
        fresh === added.length || (old < this.#order.length && this.#compare(this.#order[old]!, added[fresh]!) < 0);
      merged[place] = isOld ? this.#order[old++]! : added[fresh++]!;
    }
    this.#order = merged;
    this.#size = size;
    return merged;
  }

  /** The place of an entry in `indexes()`. */
  placeOf(index: number): number {
    const order = this.indexes();
    let [low, high] = [0, order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(order[middle]!, index) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function toComparison(columns: EntryColumns, column: TextColumn | NumberColumn) {
  const byAge = (one: number, other: number) => {
    const created = columns.numbers('createdMs');
    return created[other]! - created[one]! || other - one;
  };
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
