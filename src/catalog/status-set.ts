import { BitSet } from './bit-set.ts';
import type { EntryColumns } from './entry-column.ts';
import { STATUS_CASES, STATUSES } from './entry-fit.ts';
import { type EntryOrder, placeIn } from './entry-order.ts';

/** Which entries there are and have each status, as some records and a time make it. */
export interface EntriesByStatus {
  readonly entries: BitSet;
  /** In the order of `STATUSES`. */
  readonly sets: readonly BitSet[];
  /** It holds from the time it was made for to this one, when an entry expires. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * What the status of every entry rests on, one bit each. They grow with the columns, and as time goes by only entries that expire in
 * between are touched.
 */
export class StatusSets {
  readonly #columns: EntryColumns;
  /** By the end of validity, entries without one last. */
  readonly #byEnd: EntryOrder;
  readonly #entries = new BitSet();
  readonly #deprecated = new BitSet();
  readonly #superseded = new BitSet();
  readonly #past = new BitSet();
  #size = 0;
  /** Most ask about the same moment as who came before. */
  #last: (EntriesByStatus & { readonly size: number }) | undefined;
  #nowMs = Number.NEGATIVE_INFINITY;

  constructor(columns: EntryColumns, byEnd: EntryOrder) {
    this.#columns = columns;
    this.#byEnd = byEnd;
  }

  /** Among the first `size` records, of which the columns MUST have as many. */
  at(at: Date, size: number): EntriesByStatus {
    const last = this.#last;
    if (last?.size === size && last.fromMs <= at.getTime() && at.getTime() <= last.untilMs) return last;
    this.#takeIn();
    const untilMs = this.#turnTo(at.getTime());
    const entries = this.#entries.below(size);
    const facts = [this.#supersededAsOf(size), this.#deprecated, this.#past];
    const sets = STATUSES.map(() => new BitSet(size));
    STATUS_CASES.forEach((status, bits) => {
      let those = entries;
      facts.forEach((fact, place) => {
        those = (bits & (1 << place)) === 0 ? those.without(fact) : those.with(fact);
      });
      sets[status]!.join(those);
    });
    this.#last = { entries, sets, fromMs: at.getTime(), untilMs, size };
    return this.#last;
  }

  #takeIn(): void {
    const { size } = this.#columns;
    const ends = this.#columns.numbers('validUntilMs');
    for (let index = this.#size; index < size; index++) {
      if (!this.#columns.isEntry(index)) continue;
      this.#entries.add(index);
      if (this.#columns.isDeprecated(index)) this.#deprecated.add(index);
      if (this.#columns.isSuperseded(index, size)) this.#superseded.add(index);
      if (ends[index]! < this.#nowMs) this.#past.add(index);
      const older = this.#columns.supersedes(index);
      if (older !== undefined) this.#superseded.add(older);
    }
    this.#size = size;
  }

  /** Moves to another time, which may be earlier; returns when the next entry expires. */
  #turnTo(nowMs: number): number {
    const ends = this.#columns.numbers('validUntilMs');
    const order = this.#byEnd.indexes();
    const placeOf = (ms: number) => placeIn(order, (index) => ends[index]! < ms);
    const [from, to] = [placeOf(this.#nowMs), placeOf(nowMs)];
    for (let place = from; place < to; place++) this.#past.add(order[place]!);
    for (let place = to; place < from; place++) this.#past.delete(order[place]!);
    this.#nowMs = nowMs;
    const next = order[to];
    const end = next === undefined ? Number.NaN : ends[next]!;
    return Number.isNaN(end) ? Number.POSITIVE_INFINITY : end;
  }

  #supersededAsOf(size: number): BitSet {
    if (size === this.#size) return this.#superseded;
    const then = this.#superseded.below(size);
    for (let index = size; index < this.#size; index++) {
      const older = this.#columns.supersedes(index);
      if (older !== undefined && !this.#columns.isSuperseded(older, size)) then.delete(older);
    }
    return then;
  }
}
