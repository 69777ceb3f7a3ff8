import type { Cursor, StoreView } from './ordered-store.ts';
import { toRange } from './ordered-store.ts';
import { after, type Rank } from './rank.ts';

const FIRST_CHUNK = 64;
const SMALLEST_CHUNK = 16;
const LARGEST_CHUNK = 1024;

/** The ranks at the end of the store's keys `<prefix><rank>`, read lazily. */
export class StoreRun {
  readonly #cursor: Cursor;
  readonly #prefix: string;
  #chunk: Rank[] = [];
  #position = 0;
  #isAtEnd = false;
  #chunkSize = FIRST_CHUNK;
  /** How often the chunk had what was sought: what is leapt over need not have been read. */
  #hits = 0;

  constructor(view: StoreView, prefix: string) {
    const { from, to } = toRange(prefix);
    this.#cursor = view.cursor(from, to);
    this.#prefix = prefix;
  }

  /** The first rank of the set that is not below `from`, which never goes down from call to call. */
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
    const pairs = await this.#cursor.next(this.#chunkSize);
    this.#isAtEnd = pairs.length === 0;
    this.#chunk = pairs.map(([key]) => key.slice(this.#prefix.length));
    this.#position = 0;
    return this.#chunk[0];
  }
}

/**
 * The ranks that are in every one of the runs, in order. Each run leaps to where another one has its next rank, so the cost follows the
 * run with the fewest ranks. At least one run.
 */
export async function* intersect(runs: readonly StoreRun[]): AsyncGenerator<Rank, void, void> {
  let wanted = '';
  let agreed = 0;
  for (let turn = 0; ; turn = (turn + 1) % runs.length) {
    const sought = runs[turn]!.seek(wanted);
    const rank = sought instanceof Promise ? await sought : sought;
    if (rank === undefined) return;
    agreed = rank === wanted ? agreed + 1 : 1;
    wanted = rank;
    if (agreed === runs.length) {
      yield wanted;
      wanted = after(wanted);
      agreed = 0;
    }
  }
}
