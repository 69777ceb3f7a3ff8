import { writeEntryTime } from '../entry/entry-time.ts';
import { writeRecord } from '../proof/record.ts';
import type { Batch } from './batch.ts';
import { INDEXED_LOG_FORMAT } from './log-format.ts';
import { INDEX_IDENTIFIER, INDEX_STEP, type IndexPlan, LogIndex } from './log-index.ts';
import type { Store } from './store.ts';
import { STORE_KEYS, toEntryKey, toHeadKey, toIdentifierKey, toNumberValue, writeHead } from './store-key.ts';

/** When a log states the root of its index. */
export interface IndexOptions {
  /** After this many records, at the latest with the batch that has the last of them. */
  readonly everyRecords: number;
  readonly now: () => Date;
}

/** How far a log is: what it has signed, and what readers see of that. */
export interface LogExtent {
  readonly signed: number;
  readonly published: number;
}

/** Writes the index of a log, for its sequencer: in between its batches, and the record that states the root as part of one. */
export class IndexWriter {
  readonly #store: Store;
  readonly #options: IndexOptions;
  readonly #index: LogIndex;

  private constructor(store: Store, options: IndexOptions, index: LogIndex) {
    this.#store = store;
    this.#options = options;
    this.#index = index;
  }

  static async open(store: Store, options: IndexOptions): Promise<IndexWriter> {
    return new IndexWriter(store, options, await LogIndex.open(store));
  }

  /** True if the root is to be stated with a batch that has this many records. */
  isDue(extent: LogExtent, fresh: number): boolean {
    const { last, position } = this.#index;
    const since = extent.signed + fresh - (last === undefined ? 0 : last.index + 1);
    return this.#isFree(extent) && since >= this.#options.everyRecords && extent.signed - position < 2 * INDEX_STEP;
  }

  /** True if there is so much to be taken in that it does not wait until the root is due. */
  isBehind(extent: LogExtent): boolean {
    return this.#isFree(extent) && extent.signed - this.#index.position >= INDEX_STEP;
  }

  /** Takes in one step of what is there. */
  advance({ signed }: LogExtent): Promise<void> {
    return this.#index.advance(this.#store, signed, 1);
  }

  /** The batch with the `index` record at its end; `settle` when it is written. */
  async extend(batch: Batch, { signed }: LogExtent): Promise<{ readonly batch: Batch; readonly plan: IndexPlan }> {
    await this.#index.advance(this.#store, signed);
    const fresh = new Map(batch.placed.filter(({ index }) => index >= signed).map((one) => [one.index, one]));
    const at = writeEntryTime(this.#options.now());
    const { placed, plan } = await this.#index.planRecord([...fresh.values()], at);
    const { index, record } = placed;
    const isFirst = record.seq === 1;
    const indexes = [
      ...batch.indexes,
      [toIdentifierKey(INDEX_IDENTIFIER, record.seq), toNumberValue(index)] as const,
      [toHeadKey(INDEX_IDENTIFIER), writeHead({ seq: record.seq, index })] as const,
      ...(isFirst ? [[STORE_KEYS.format, Buffer.from(INDEXED_LOG_FORMAT)] as const] : []),
      ...plan.pairs,
    ];
    const leaves = [...batch.leaves, [toEntryKey(index), writeRecord(record)] as const];
    return { batch: { ...batch, leaves, indexes }, plan };
  }

  settle(plan: IndexPlan): void {
    this.#index.settle(plan);
  }

  /** Readers have the last index there is: only then may its trie be the older one. */
  #isFree({ published }: LogExtent): boolean {
    const { last } = this.#index;
    return last === undefined || last.index < published;
  }
}
