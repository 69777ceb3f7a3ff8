import { compareForOrder } from './compare-terms.ts';
import type { TermSpace } from './term-space.ts';

/** A row that is kept, with the terms it is ordered by. */
export interface OrderedRow {
  readonly row: Int32Array;
  readonly keys: readonly number[];
}

export type CompareKeys = (one: readonly number[], other: readonly number[]) => number;

export function makeCompare(isDescending: readonly boolean[], terms: TermSpace): CompareKeys {
  return (one, other) => {
    for (const [place, isReversed] of isDescending.entries()) {
      const order = compareForOrder(terms, one[place]!, other[place]!);
      if (order !== 0) return isReversed ? -order : order;
    }
    return 0;
  };
}

/** Keeps the first `limit` rows in order of all that are offered: a heap whose top is the last of them. */
export class FirstRows {
  readonly #limit: number;
  readonly #compare: CompareKeys;
  readonly #heap: OrderedRow[] = [];

  constructor(limit: number, compare: CompareKeys) {
    this.#limit = limit;
    this.#compare = compare;
  }

  /** `toRow` is called only for a row that is kept for now. */
  offer(keys: readonly number[], toRow: () => Int32Array): void {
    const heap = this.#heap;
    if (heap.length < this.#limit) {
      heap.push({ row: toRow(), keys });
      for (let at = heap.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (this.#compare(heap[at]!.keys, heap[parent]!.keys) <= 0) break;
        [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
        at = parent;
      }
      return;
    }
    if (this.#limit === 0 || this.#compare(keys, heap[0]!.keys) >= 0) return;
    heap[0] = { row: toRow(), keys };
    for (let at = 0; ; ) {
      let largest = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#compare(heap[child]!.keys, heap[largest]!.keys) > 0) largest = child;
      }
      if (largest === at) return;
      [heap[at], heap[largest]] = [heap[largest]!, heap[at]!];
      at = largest;
    }
  }

  inOrder(): OrderedRow[] {
    return this.#heap.toSorted((one, other) => this.#compare(one.keys, other.keys));
  }
}
