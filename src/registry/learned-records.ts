import type { NumberedRecord, RecordSource } from '../catalog/record-source.ts';
import { VouchError } from '../errors.ts';
import type { LogReader, LogRecord } from '../log/log.ts';
import type { LearnedOrder, Stretch } from './learned-order.ts';

/** What is read of a log. */
export type ReadableLog = Pick<LogReader, 'origin' | 'size' | 'records' | 'record' | 'blob'>;

interface Placed extends Stretch {
  /** The place of its first record. */
  readonly place: number;
  readonly log: ReadableLog;
}

/** The records of a registry's own log and of those it follows, in the order in which they were learned. */
export class LearnedRecords implements RecordSource {
  readonly origin: string;
  readonly #own: ReadableLog;
  readonly #logs: readonly ReadableLog[];
  readonly #order: LearnedOrder;
  readonly #placed: Placed[] = [];
  #size = 0;

  /** `followed` are the logs that are shown besides; those that were, and are not any more, leave no places. */
  constructor(own: ReadableLog, followed: readonly ReadableLog[], order: LearnedOrder) {
    this.#own = own;
    this.#logs = [own, ...followed];
    this.#order = order;
    this.origin = JSON.stringify([order.name, ...this.#logs.map((log) => log.origin)]);
    for (const stretch of order.stretches()) this.#place(stretch);
  }

  /** Takes in what the logs have got meanwhile; gives true if that was anything. */
  async learn(at: Date): Promise<boolean> {
    const fresh = await this.#order.learn(this.#logs, at);
    for (const stretch of fresh) this.#place(stretch);
    return fresh.length > 0;
  }

  size(): number {
    return this.#size;
  }

  /** The number of places that hold the first `size` records of the own log; undefined while these are not learned. */
  placesOfOwn(size: number): number | undefined {
    if (size === 0) return 0;
    const holding = this.#placed.findLast(({ log, from }) => log === this.#own && from < size);
    if (holding === undefined || size > holding.from + holding.count) return undefined;
    return holding.place + (size - holding.from);
  }

  async *records(from: number, to: number): AsyncGenerator<NumberedRecord, void, void> {
    const end = Math.min(to, this.#size);
    for (let at = this.#indexOf(from); at >= 0 && at < this.#placed.length; at++) {
      const { place, log, origin, from: first, count, at: learnedAt } = this.#placed[at]!;
      if (place >= end) return;
      const start = first + Math.max(0, from - place);
      const stop = first + Math.min(count, end - place);
      const isFollowed = log !== this.#own;
      for await (const { index, record } of log.records(start, stop)) {
        // An own record is known from the moment it is accepted.
        const known = isFollowed ? learnedAt : new Date(record.at);
        yield { index: place + index - first, record, provenance: { origin, index, isFollowed, learnedAt: known } };
      }
    }
  }

  async record(place: number): Promise<LogRecord> {
    const found = place < this.#size ? this.#placed[this.#indexOf(place)] : undefined;
    if (found === undefined) throw new VouchError('not-found', `There are ${this.#size} records.`);
    return found.log.record(found.from + place - found.place);
  }

  /** Any log that has it will do: it is named by its hash. */
  async blob(sha256: string): Promise<Uint8Array> {
    for (const log of this.#logs) {
      const found = await log.blob(sha256).catch((fault: unknown) => {
        if (fault instanceof VouchError && fault.code === 'not-found') return undefined;
        throw fault;
      });
      if (found !== undefined) return found;
    }
    throw new VouchError('not-found', `None of the logs has a blob ${sha256}.`);
  }

  #place({ origin, from, count, at }: Stretch): void {
    const log = this.#logs.find((one) => one.origin === origin);
    if (log === undefined) return;
    const last = this.#placed.at(-1);
    // One by one is how a log of its own grows; kept so, each record would cost an object.
    if (log === this.#own && last?.log === log) {
      this.#placed[this.#placed.length - 1] = { ...last, count: last.count + count };
    } else this.#placed.push({ origin, from, count, at, log, place: this.#size });
    this.#size += count;
  }

  /** Where the stretch that holds a place is. */
  #indexOf(place: number): number {
    let [low, high] = [0, this.#placed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#placed[middle]!.place <= place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
