import type { Cursor, StoreView } from './ordered-store.ts';
import { toRange } from './ordered-store.ts';
import { after, type Rank } from './rank.ts';

/** A set of entries in rank order that is read lazily. */
export interface Run {
  /** The first rank of the set that is not below `from`, which never goes down from call to call. */
  seek(from: string): Rank | undefined | Promise<Rank | undefined>;
  close(): Promise<void>;
}

const FIRST_CHUNK = 64;
const SMALLEST_CHUNK = 16;
const LARGEST_CHUNK = 1024;

/** The ranks at the end of the store's keys `<prefix><rank>`, of those whose value is accepted. */
export class StoreRun implements Run {
  readonly #cursor: Cursor;
  readonly #prefix: string;
  readonly #accept: ((value: string) => boolean) | undefined;
  #chunk: Rank[] = [];
  #position = 0;
  #isAtEnd = false;
  #chunkSize = FIRST_CHUNK;
  /** How often the chunk had what was sought: what is leapt over need not have been read. */
  #hits = 0;

  constructor(view: StoreView, prefix: string, accept?: (value: string) => boolean) {
    const { from, to } = toRange(prefix);
    this.#cursor = view.cursor(from, to);
    this.#prefix = prefix;
    this.#accept = accept;
  }

  seek(from: string): Rank | undefined | Promise<Rank | undefined> {
    while (this.#position < this.#chunk.length && this.#chunk[this.#position]! < from) this.#position++;
    if (this.#position < this.#chunk.length) {
      this.#hits++;
      return this.#chunk[this.#position];
    }
    return this.#isAtEnd ? undefined : this.#fill(from);
  }

  close(): Promise<void> {
    return this.#cursor.close();
  }

  async #fill(from: string): Promise<Rank | undefined> {
    if (this.#hits > this.#chunkSize / 8) this.#chunkSize = Math.min(LARGEST_CHUNK, this.#chunkSize * 4);
    else if (this.#hits < 2 && this.#chunk.length > 0) {
      this.#chunkSize = Math.max(SMALLEST_CHUNK, this.#chunkSize / 4);
    }
    this.#hits = 0;
    this.#cursor.seek(this.#prefix + from);
    while (!this.#isAtEnd) {
      const pairs = await this.#cursor.next(this.#chunkSize);
      this.#isAtEnd = pairs.length === 0;
      this.#chunk = [];
      this.#position = 0;
      for (const [key, value] of pairs) {
        if (this.#accept === undefined || this.#accept(value)) this.#chunk.push(key.slice(this.#prefix.length));
      }
      if (this.#chunk.length > 0) return this.#chunk[0];
      // nothing accepted: the search may be long
      this.#chunkSize = LARGEST_CHUNK;
    }
    return undefined;
  }
}

/** Ranks in memory, sorted and distinct. */
export class ArrayRun implements Run {
  readonly #ranks: readonly Rank[];
  #position = 0;

  constructor(ranks: readonly Rank[]) {
    this.#ranks = ranks;
  }

  seek(from: string): Rank | undefined {
    while (this.#position < this.#ranks.length && this.#ranks[this.#position]! < from) this.#position++;
    return this.#ranks[this.#position];
  }

  async close(): Promise<void> {}
}

/** What is in any of the runs. */
export class UnionRun implements Run {
  readonly #runs: readonly Run[];

  constructor(runs: readonly Run[]) {
    this.#runs = runs;
  }

  async seek(from: string): Promise<Rank | undefined> {
    let first: Rank | undefined;
    for (const run of this.#runs) {
      const sought = run.seek(from);
      const rank = sought instanceof Promise ? await sought : sought;
      if (rank !== undefined && (first === undefined || rank < first)) first = rank;
    }
    return first;
  }

  async close(): Promise<void> {
    await Promise.all(this.#runs.map((run) => run.close()));
  }
}

/**
 * The ranks from `from` (inclusive) to `end` (exclusive) that are in every one of the runs, in order. Each run leaps to
 * where another one has its next rank, so the cost follows the run with the fewest ranks. At least one run.
 */
export async function* intersect(runs: readonly Run[], from: string, end: string): AsyncGenerator<Rank, void, void> {
  let wanted = from;
  let agreed = 0;
  for (let turn = 0; ; turn = (turn + 1) % runs.length) {
    const sought = runs[turn]!.seek(wanted);
    const rank = sought instanceof Promise ? await sought : sought;
    if (rank === undefined || rank >= end) return;
    agreed = rank === wanted ? agreed + 1 : 1;
    wanted = rank;
    if (agreed === runs.length) {
      yield wanted;
      wanted = after(wanted);
      agreed = 0;
    }
  }
}
