import { BitSet } from './bit-set.ts';
import { FACETS } from './browse.ts';
import type { EntryColumns, TextColumn } from './entry-column.ts';

/** A value that one in so many entries has is counted faster by the bits of its set than one by one. */
const SHARE = 64;

/** The entries with each frequent value of a column, by its number, and those with any other value. */
export interface ColumnSets {
  readonly frequent: ReadonlyMap<number, BitSet>;
  readonly rest: BitSet;
}

/**
 * For the columns that entries are counted by, which entries have which value: at most 64 sets a column, however many values there are.
 * They grow with the columns; which values are frequent is looked at anew each time the entries have doubled.
 */
export class ValueSets {
  readonly #columns: EntryColumns;
  readonly #sets = new Map<TextColumn, { frequent: Map<number, BitSet>; rest: BitSet }>();
  #size = -1;
  /** Where frequency is looked at next. */
  #next = 0;

  constructor(columns: EntryColumns) {
    this.#columns = columns;
  }

  /** The sets of a facet's column, of all that the columns have. */
  of(column: TextColumn): ColumnSets {
    this.#bringUp();
    return this.#sets.get(column)!;
  }

  #bringUp(): void {
    const { size } = this.#columns;
    if (size === this.#size) return;
    const isDoubled = size >= this.#next;
    for (const { field } of FACETS) {
      if (field === undefined) continue;
      if (isDoubled) this.#sets.set(field, toEmptySets(this.#columns.codes(field), size));
      const { frequent, rest } = this.#sets.get(field)!;
      const codes = this.#columns.codes(field);
      for (let index = isDoubled ? 0 : this.#size; index < size; index++) {
        const code = codes[index]!;
        if (code !== 0) (frequent.get(code) ?? rest).add(index);
      }
    }
    if (isDoubled) this.#next = size * 2;
    this.#size = size;
  }
}

function toEmptySets(codes: Uint32Array, size: number): { frequent: Map<number, BitSet>; rest: BitSet } {
  const counts = new Map<number, number>();
  for (let index = 0; index < size; index++) counts.set(codes[index]!, (counts.get(codes[index]!) ?? 0) + 1);
  const frequent = [...counts].filter(([code, count]) => code !== 0 && count * SHARE >= size);
  return { frequent: new Map(frequent.map(([code]) => [code, new BitSet(size)])), rest: new BitSet(size) };
}
