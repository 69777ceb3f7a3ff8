import { VouchError } from '../errors.ts';
import { type Batch, type Placed, planBatch } from './batch.ts';
import type { Draft } from './draft.ts';
import type { GrowingTree } from './growing-tree.ts';
import { type IndexOptions, IndexWriter, type LogExtent } from './index-writer.ts';
import type { Receipt } from './log.ts';
import type { IndexPlan } from './log-index.ts';
import { writeLogState } from './log-state.ts';
import { hashLeaf } from './merkle.ts';
import type { LogKey } from './note-key.ts';
import { type Publication, signTree, toTileSource } from './publication.ts';
import { Publisher } from './publisher.ts';
import { assertBlob, readBack } from './read-back.ts';
import { areEqualBytes } from './sha256.ts';
import type { Pair, Store } from './store.ts';
import { STORE_KEYS, toBlobKey, toCheckpointKey, toPendingKey, toTileKey } from './store-key.ts';
import { readEdge } from './tile-tree.ts';
import type { TreeEdge } from './tree-edge.ts';
import type { Witnessing } from './witnessing.ts';

/** Drafts one batch takes at most, and bytes of blobs, unless one draft alone has more. */
const BATCH_DRAFTS = 256;
const BATCH_BYTES = 16 * 1024 * 1024;

/** Where a log stands when it is opened: verified, and signed. */
export interface LogStart {
  readonly tree: GrowingTree;
  /** The newest checkpoint, of everything that is here. */
  readonly signed: Publication;
  /** What readers may see: the same, or what witnesses have seen of it. */
  readonly published: Publication;
  /** The newest `trust` record. */
  readonly trust: Placed | undefined;
}

interface Waiting {
  readonly draft: Draft;
  readonly patienceMs: number;
  readonly resolve: (receipt: Receipt | Promise<Receipt>) => void;
  readonly reject: (fault: unknown) => void;
}

/**
 * The only writer of a log. A batch is what came in while the batch before it was written. It goes through the steps 2 to 5
 * of design L4; a failure inside them leaves open what is on disk, so it stops the sequencer until the log is opened again.
 */
export class Sequencer {
  readonly #store: Store;
  readonly #key: LogKey;
  readonly #tree: GrowingTree;
  readonly #publisher: Publisher | undefined;
  #signed: Publication;
  #trust: Placed | undefined;
  #index: IndexWriter | undefined;
  /** The signed tree's edge, extended only by what was read back. */
  #readEdge: TreeEdge | undefined;
  #waiting: Waiting[] = [];
  #run: Promise<void> | undefined;
  #closed: VouchError | undefined;
  #haltReason: string | undefined;
  #isStopped = false;

  constructor(store: Store, key: LogKey, { tree, signed, published, trust }: LogStart, witnessing?: Witnessing) {
    this.#store = store;
    this.#key = key;
    this.#tree = tree;
    this.#signed = signed;
    this.#trust = trust;
    if (witnessing === undefined) return;
    this.#publisher = new Publisher({
      store,
      log: key.verifier,
      published,
      signed,
      witnessing,
      onFault: (cause) => this.#stop(cause, []),
      onLoss: (sentence) => this.halt(sentence),
      onPublished: () => this.#start(),
    });
  }

  get signed(): Publication {
    return this.#signed;
  }

  get published(): Publication {
    return this.#publisher?.published ?? this.#signed;
  }

  /** Why nothing is taken any more, where somebody proved that history is missing here. */
  get haltReason(): string | undefined {
    return this.#haltReason;
  }

  /** True after a write whose outcome is unknown: nothing is taken until the log is opened again. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Takes nothing and signs nothing from here on; what is here stays readable. */
  halt(reason: string): void {
    this.#haltReason ??= reason;
    const message = `This registry takes no entries: ${reason} Its history must be completed first.`;
    this.#refuse(new VouchError('read-only', message), []);
    this.#publisher?.end();
  }

  /** States the root of the index every so often from here on; `corrupt` if the index that is here is not what the log states of it. */
  async keepIndex(options: IndexOptions): Promise<void> {
    this.#index ??= await IndexWriter.open(this.#store, options);
    this.#start();
  }

  /** With witnesses it resolves when they have seen the record, or after `patienceMs` as pending. */
  append(draft: Draft, patienceMs = 0): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return;
      }
      this.#waiting.push({ draft, patienceMs, resolve, reject });
      this.#start();
    });
  }

  /** Takes nothing more and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed ??= new VouchError('closed', 'The log is closed.');
    await this.#run;
    await this.#publisher?.close();
  }

  get #extent(): LogExtent {
    return { signed: this.#signed.size, published: this.published.size };
  }

  #start(): void {
    this.#run ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // Calls of the same turn share the first batch.
    await Promise.resolve();
    for (;;) {
      if (this.#waiting.length > 0 || this.#isIndexDue(0)) await this.#commit(this.#takeBatch());
      else if (!this.#isIndexBehind()) break;
      if (this.#isIndexBehind()) await this.#advanceIndex();
    }
    this.#run = undefined;
  }

  /** What nobody waits for is not begun once the log takes nothing more. */
  #isIndexDue(fresh: number): boolean {
    return (fresh > 0 || this.#closed === undefined) && this.#index?.isDue(this.#extent, fresh) === true;
  }

  #isIndexBehind(): boolean {
    return this.#closed === undefined && this.#index?.isBehind(this.#extent) === true;
  }

  async #advanceIndex(): Promise<void> {
    try {
      await this.#index?.advance(this.#extent);
    } catch (cause) {
      this.#stop(cause, []);
    }
  }

  #takeBatch(): Waiting[] {
    let [count, bytes] = [0, 0];
    for (const { draft } of this.#waiting) {
      bytes += draft.bytes;
      if (count === BATCH_DRAFTS || (count > 0 && bytes > BATCH_BYTES)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(waiting: readonly Waiting[]): Promise<void> {
    let batch: Batch;
    try {
      const drafts = waiting.map(({ draft }) => draft);
      batch = await planBatch(this.#store, drafts, this.#signed.size, this.#trust);
    } catch (fault) {
      // Nothing was written: the log goes on.
      for (const { reject } of waiting) reject(fault);
      return;
    }
    try {
      let plan: IndexPlan | undefined;
      if (this.#isIndexDue(batch.leaves.length)) ({ batch, plan } = await this.#index!.extend(batch, this.#extent));
      if (batch.leaves.length > 0) await this.#persist(batch);
      if (plan !== undefined) this.#index!.settle(plan);
    } catch (cause) {
      this.#stop(cause, waiting);
      return;
    }
    if (this.#haltReason !== undefined) {
      // Halted meanwhile: what this batch signed is shown to nobody.
      for (const { reject } of waiting) reject(this.#closed);
      return;
    }
    for (const [at, { resolve, patienceMs }] of waiting.entries()) {
      resolve(this.#toReceipt(batch.placed[at]!, patienceMs));
    }
  }

  async #toReceipt(placed: Placed, patienceMs: number): Promise<Receipt> {
    const isPublished = (await this.#publisher?.covers(placed.index, patienceMs)) ?? true;
    return isPublished
      ? { ...placed, size: this.published.size }
      : { ...placed, size: this.#signed.size, isPending: true };
  }

  async #persist({ leaves, indexes, blobs, trust }: Batch): Promise<void> {
    const tree = this.#tree;
    for (const [, leaf] of leaves) tree.append(hashLeaf(leaf));
    const [size, root] = [tree.size, tree.root()];
    const tiles = tree.takeTouched().map((tile): Pair => [toTileKey(tile), tile.bytes]);
    const state: Pair = [STORE_KEYS.state, writeLogState({ size, root, edge: tree.edge })];
    const named = [...blobs].map(([sha256, bytes]): Pair => [toBlobKey(sha256), bytes]);
    const pairs = [...leaves, ...named, ...indexes, ...tiles, state];
    await this.#store.write(pairs);
    const stored = await readBack(this.#store, pairs);
    this.#readEdge ??= await readEdge(toTileSource(this.#store), this.#signed.size);
    for (const leaf of stored.slice(0, leaves.length)) this.#readEdge.append(hashLeaf(leaf));
    if (!areEqualBytes(this.#readEdge.root(), root)) {
      throw new VouchError('corrupt', 'The records read back do not have the root that was to be signed.');
    }
    for (const [at, sha256] of [...blobs.keys()].entries()) assertBlob(sha256, stored[leaves.length + at]);
    const place = this.#publisher === undefined ? toCheckpointKey : toPendingKey;
    this.#signed = await signTree(this.#store, this.#key, this.#signed, { size, root }, place);
    this.#trust = trust;
    this.#publisher?.offer(this.#signed);
  }

  #stop(cause: unknown, waiting: readonly Waiting[]): void {
    this.#isStopped = true;
    const message =
      'The log closed itself: a write ended in a way that leaves open what is on disk. Opening it again recovers.';
    this.#refuse(new VouchError('closed', message, { cause }), waiting);
  }

  #refuse(fault: VouchError, waiting: readonly Waiting[]): void {
    this.#closed = fault;
    for (const { reject } of [...waiting, ...this.#waiting]) reject(fault);
    this.#waiting = [];
  }
}
