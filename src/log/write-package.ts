import { VouchError } from '../errors.ts';
import type { Placed } from './batch.ts';
import type { Blobs } from './draft.ts';
import type { GrowingTree } from './growing-tree.ts';
import type { LogRecord } from './log.ts';
import { INDEXED_LOG_FORMAT } from './log-format.ts';
import { type IndexPlan, LogIndex } from './log-index.ts';
import { writeLogState } from './log-state.ts';
import { hashLeaf } from './merkle.ts';
import { toTileSource } from './publication.ts';
import { assertBlob, readBack } from './read-back.ts';
import { areEqualBytes } from './sha256.ts';
import type { Pair, Store } from './store.ts';
import {
  type Head,
  STORE_KEYS,
  toBlobKey,
  toDocumentKey,
  toEntryKey,
  toHeadKey,
  toIdentifierKey,
  toNumberValue,
  toTileKey,
  writeHead,
} from './store-key.ts';
import { readEdge } from './tile-tree.ts';
import type { TreeEdge } from './tree-edge.ts';

/** Consecutive records of a log that was written elsewhere, with the blobs they need. Whoever gives them has verified all of it. */
export interface LogPackage {
  /** Log index of the first record. */
  readonly first: number;
  readonly leaves: readonly Uint8Array[];
  /** What the leaves say, in the same order. */
  readonly records: readonly LogRecord[];
  /** What the store does not have yet. */
  readonly blobs: Blobs;
}

/** Writes a log that exists elsewhere into a store, a package at a time, in the layout its own writer would give it. */
export class PackageWriter {
  readonly #store: Store;
  readonly #tree: GrowingTree;
  /** The tree of what was read back, beside that of what was to be written. */
  #readEdge: TreeEdge | undefined;
  /** Made when the first `index` record comes. */
  #index: LogIndex | undefined;
  #planned:
    | { readonly records: LogPackage['records']; readonly plan: Awaited<ReturnType<LogIndex['plan']>> }
    | undefined;
  readonly #isLog: boolean;

  /** `tree` is that of what the store has; it is the writer's from here on. `isLog`: the store says its format, and does so anew where that changes. */
  constructor(store: Store, tree: GrowingTree, { isLog = true }: { readonly isLog?: boolean } = {}) {
    this.#store = store;
    this.#tree = tree;
    this.#isLog = isLog;
  }

  /** Records that are durable. */
  get size(): number {
    return this.#tree.size;
  }

  /** Root of what was read back from the store. */
  async root(): Promise<Uint8Array> {
    this.#readEdge ??= await readEdge(toTileSource(this.#store), this.#tree.size);
    return this.#readEdge.root();
  }

  /** True if there are `index` records among those that were taken since the writer was made. */
  get hasIndex(): boolean {
    return this.#index?.last !== undefined;
  }

  /** In words what an `index` record of the next package gets wrong; undefined if all state what the records before them make. */
  async findIndexFault({ first, records }: Pick<LogPackage, 'first' | 'records'>): Promise<string | undefined> {
    if (!records.some(({ t }) => t === 'index')) return undefined;
    this.#assertNext(first);
    if (this.#planned?.records !== records) {
      this.#index ??= await LogIndex.open(this.#store);
      await this.#index.advance(this.#store, first);
      const placed = records.map((record, at) => ({ index: first + at, record }));
      this.#planned = { records, plan: await this.#index.plan(placed) };
    }
    return 'fault' in this.#planned.plan ? this.#planned.plan.fault : undefined;
  }

  /** Makes the next package durable, and reads it back; `corrupt` where the store gives back something else, or an index is wrong. */
  async take(next: LogPackage): Promise<void> {
    const { first, leaves, records, blobs } = next;
    const tree = this.#tree;
    this.#assertNext(first);
    if (leaves.length !== records.length)
      throw new VouchError('internal', 'A package has not the records of its leaves.');
    const indexed = await this.#toIndexed(next);
    for (const leaf of leaves) tree.append(hashLeaf(leaf));
    const [size, root] = [tree.size, tree.root()];
    const entries = leaves.map((leaf, at): Pair => [toEntryKey(first + at), leaf]);
    const named = [...blobs].map(([sha256, bytes]): Pair => [toBlobKey(sha256), bytes]);
    const tiles = tree.takeTouched().map((tile): Pair => [toTileKey(tile), tile.bytes]);
    const state: Pair = [STORE_KEYS.state, writeLogState({ size, root, edge: tree.edge })];
    const placed = records.map((record, at) => ({ index: first + at, record }));
    const pairs = [...entries, ...named, ...toIndexes(placed), ...(indexed?.pairs ?? []), ...tiles, state];
    if (indexed !== undefined && this.#isLog) pairs.push([STORE_KEYS.format, Buffer.from(INDEXED_LOG_FORMAT)]);
    this.#readEdge ??= await readEdge(toTileSource(this.#store), first);
    await this.#store.write(pairs);
    const stored = await readBack(this.#store, pairs);
    for (const leaf of stored.slice(0, leaves.length)) this.#readEdge.append(hashLeaf(leaf));
    for (const [at, sha256] of [...blobs.keys()].entries()) assertBlob(sha256, stored[leaves.length + at]);
    if (!areEqualBytes(this.#readEdge.root(), root)) {
      throw new VouchError('corrupt', 'The records read back do not have the root of those that were to be written.');
    }
    if (indexed !== undefined) this.#index!.settle(indexed);
  }

  /** What the package comes to in the index; undefined where it has no `index` record. */
  async #toIndexed(next: LogPackage): Promise<IndexPlan | undefined> {
    const fault = await this.findIndexFault(next);
    const plan = this.#planned?.records === next.records ? this.#planned.plan : undefined;
    if (plan === undefined) return undefined;
    if ('fault' in plan) throw new VouchError('corrupt', `Wrong index: ${fault}.`);
    return plan;
  }

  #assertNext(first: number): void {
    if (first === this.#tree.size) return;
    throw new VouchError('internal', `A package begins at record ${first}, but the store has ${this.#tree.size}.`);
  }
}

/** What the log's own writer indexes too. */
function toIndexes(placed: readonly Placed[]): Pair[] {
  const pairs: Pair[] = [];
  const heads = new Map<string, Head>();
  let trust: number | undefined;
  for (const { index, record } of placed) {
    const { t, id, seq, doc } = record;
    const value = toNumberValue(index);
    if (t === 'trust') trust = index;
    else {
      if (t !== 'index') pairs.push([toDocumentKey(doc), value]);
      pairs.push([toIdentifierKey(id, seq), value]);
      heads.set(id, { seq, index });
    }
  }
  for (const [id, head] of heads) pairs.push([toHeadKey(id), writeHead(head)]);
  if (trust !== undefined) pairs.push([STORE_KEYS.trust, toNumberValue(trust)]);
  return pairs;
}
