import type { Placed } from './batch.ts';
import { LogIndex, type PageStore } from './log-index.ts';

/** Makes the index of a log anew, from its first record on, and holds the log's `index` records against it. */
export class IndexTrial {
  readonly #pages: PageStore;
  #index: LogIndex | undefined;
  #isOver = false;

  /** `pages` is empty, and is filled; in memory where it is absent. */
  constructor(pages: PageStore = toPagesInMemory()) {
    this.#pages = pages;
  }

  /** Records before this one are in the index. */
  get position(): number {
    return this.#index?.position ?? 0;
  }

  /**
   * Takes the next records, and of those after the last `index` record only such as are before `end`. In words what the first `index`
   * record gets wrong that is wrong; then nothing more is held against anything.
   */
  async take(placed: readonly Placed[], end = Number.POSITIVE_INFINITY): Promise<string | undefined> {
    if (this.#isOver) return undefined;
    this.#index ??= await LogIndex.open(this.#pages);
    const split = placed.findLastIndex(({ record }) => record.t === 'index') + 1;
    const fault = split === 0 ? undefined : await this.#judge(this.#index, placed.slice(0, split));
    if (fault !== undefined) {
      this.#isOver = true;
      return fault;
    }
    const rest = placed.slice(split).filter(({ index }) => index < end);
    if (rest.length > 0) await this.#index.absorb(rest, rest.at(-1)!.index + 1);
    return undefined;
  }

  async #judge(index: LogIndex, placed: readonly Placed[]): Promise<string | undefined> {
    const [first, last] = [placed[0]!.index, placed.at(-1)!.index];
    if (first !== index.position)
      return `it is said to cover ${index.position} records, but record ${last} states it later`;
    const plan = await index.plan(placed);
    if ('fault' in plan) return plan.fault;
    await this.#pages.write(plan.pairs);
    index.settle(plan);
    return undefined;
  }
}

function toPagesInMemory(): PageStore {
  const pages = new Map<string, Uint8Array>();
  const toText = (key: Uint8Array): string => Buffer.from(key).toString('latin1');
  return {
    read: async (keys) => keys.map((key) => pages.get(toText(key))),
    write: async (pairs) => {
      for (const [key, value] of pairs) pages.set(toText(key), value);
    },
  };
}
