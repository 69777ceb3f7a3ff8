import { VouchError } from '../errors.ts';
import { isEntryRecord, readRecord } from '../proof/record.ts';
import type { Placed } from './batch.ts';
import { readPlaced } from './batch.ts';
import type { LogRecord } from './log.ts';
import { readRoot } from './prove-key.ts';
import { readBack, readLeaves } from './read-back.ts';
import type { Pair, Store } from './store.ts';
import { type Head, readHead, readNumber, STORE_KEYS, toHeadKey, toNumberValue } from './store-key.ts';
import { type TrieAddition, TrieChange } from './trie-change.ts';
import { toTrieKey } from './trie-hash.ts';

/** What records come to in the index. Nothing of it is written yet. */
export interface IndexPlan {
  /** What must be written in one with the records. */
  readonly pairs: readonly Pair[];
  /** Where the index stands then. */
  readonly position: number;
  readonly last: Head | undefined;
}

/** Where the pages of an index lie. */
export type PageStore = Pick<Store, 'read' | 'write'>;

/** Stands for the index itself where records about an image have its identifier. */
export const INDEX_IDENTIFIER = '';

/** Records that are taken into the trie at once. */
export const INDEX_STEP = 1024;

/**
 * The index of a log (design L6, level B): a trie over all images, of which an `index` record now and then states the root. It follows
 * from the records before it. Its pages are in the log's own store, so that a record and what it states are written together or not at
 * all; between two of them the trie may be ahead, on the way to the next.
 */
export class LogIndex {
  readonly #store: PageStore;
  #position: number;
  #last: Head | undefined;

  private constructor(store: PageStore, position: number, last: Head | undefined) {
    this.#store = store;
    this.#position = position;
    this.#last = last;
  }

  /** Takes up the index of the log in a store, or begins one; `corrupt` if it is not what the newest `index` record states. */
  static async open(store: PageStore): Promise<LogIndex> {
    const [state, head] = await store.read([STORE_KEYS.index, toHeadKey(INDEX_IDENTIFIER)]);
    const position = state === undefined ? 0 : readNumber(state);
    const last = head === undefined ? undefined : readHead(head);
    if (last !== undefined) {
      const [placed] = await readPlaced(store, [last.index]);
      const root = await readRoot(store, last.seq);
      if (position <= last.index || root === undefined || toHex(root) !== placed!.record.doc) {
        throw new VouchError('corrupt', `The index of the log is not what its record ${last.index} states.`);
      }
    }
    return new LogIndex(store, position, last);
  }

  /** All records before this one are in the trie. */
  get position(): number {
    return this.#position;
  }

  /** Number and place of the newest `index` record. */
  get last(): Head | undefined {
    return this.#last;
  }

  /** Takes records before `to` from the store of their log into the trie, step by step, each of them durable; at most `steps`. */
  async advance(log: Store, to: number, steps = Number.POSITIVE_INFINITY): Promise<void> {
    for (let done = 0; this.#position < to && done < steps; done += 1) {
      const end = Math.min(to, this.#position + INDEX_STEP);
      const placed: Placed[] = [];
      for await (const { index, leaf } of readLeaves(log, this.#position, end)) {
        placed.push({ index, record: readRecord(leaf) });
      }
      await this.absorb(placed, end);
    }
  }

  /** Takes records up to, not including, `end` into the trie; none of them may be an `index` record. */
  async absorb(placed: readonly Placed[], end: number): Promise<void> {
    const change = new TrieChange(this.#store);
    await change.add(toAdditions(placed), this.#next);
    const pairs = [...change.pairs(), toState(end)];
    await this.#store.write(pairs);
    await readBack(this.#store, pairs);
    this.#position = end;
  }

  /**
   * What consecutive records come to, of which the first is that at `position`: their own `index` records are held against the trie. In
   * words what is wrong with one, and then nothing of them may be written.
   */
  async plan(placed: readonly Placed[]): Promise<IndexPlan | { readonly fault: string }> {
    const change = new TrieChange(this.#store);
    let [last, entries]: [Head | undefined, Placed[]] = [this.#last, []];
    for (const one of placed) {
      if (one.record.t !== 'index') {
        entries.push(one);
        continue;
      }
      const seq = (last?.seq ?? 0) + 1;
      await change.add(toAdditions(entries), seq);
      const fault = findFault(one, seq, last, toHex(await change.root()));
      if (fault !== undefined) return { fault };
      last = { seq, index: one.index };
      entries = [];
    }
    return this.#toPlan(change, last);
  }

  /** The `index` record that comes after these, of which the first is that at `position`; and what it comes to. */
  async planRecord(
    placed: readonly Placed[],
    at: string,
  ): Promise<{ readonly placed: Placed; readonly plan: IndexPlan }> {
    const change = new TrieChange(this.#store);
    await change.add(toAdditions(placed), this.#next);
    const index = this.#position + placed.length;
    const record = toIndexRecord(index, this.#next, this.#last?.index ?? -1, toHex(await change.root()), at);
    return { placed: { index, record }, plan: this.#toPlan(change, { seq: this.#next, index }) };
  }

  /** The plan was written. */
  settle({ position, last }: IndexPlan): void {
    this.#position = position;
    this.#last = last;
  }

  get #next(): number {
    return (this.#last?.seq ?? 0) + 1;
  }

  #toPlan(change: TrieChange, last: Head | undefined): IndexPlan {
    if (last === this.#last) return { pairs: [], position: this.#position, last };
    const position = last!.index + 1;
    return { pairs: [...change.pairs(), toState(position)], position, last };
  }
}

function toIndexRecord(index: number, seq: number, prev: number, root: string, at: string): LogRecord {
  const blank = { c14n: '', sig: '', signer: '', created: '', act: '', ev: '' } as const;
  return { v: 1, t: 'index', id: INDEX_IDENTIFIER, seq, prev, doc: root, len: index, ...blank, at };
}

function findFault({ index, record }: Placed, seq: number, last: Head | undefined, root: string): string | undefined {
  if (record.prev !== (last?.index ?? -1)) return `record ${index} names record ${record.prev} as the index before it`;
  if (record.seq !== seq) {
    return `record ${index} says it is number ${record.seq} of the index, but number ${seq - 1} is the last before it`;
  }
  if (record.len !== index) return `record ${index} states the index of ${record.len} records, not of those before it`;
  if (record.doc !== root) return `record ${index} states an index that the records before it do not make`;
  return undefined;
}

/** The records by image; those that are of no image count for nothing. */
function toAdditions(placed: readonly Placed[]): TrieAddition[] {
  const byImage = new Map<string, number[]>();
  for (const { index, record } of placed) {
    if (!isEntryRecord(record)) continue;
    const records = byImage.get(record.id);
    if (records === undefined) byImage.set(record.id, [index]);
    else records.push(index);
  }
  return [...byImage].map(([identifier, records]) => ({ key: toTrieKey(identifier), records }));
}

function toState(position: number): Pair {
  return [STORE_KEYS.index, toNumberValue(position)];
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
