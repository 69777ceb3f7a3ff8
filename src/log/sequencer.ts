import { VouchError } from '../errors.ts';
import { type Batch, type Placed, planBatch } from './batch.ts';
import type { Draft } from './draft.ts';
import type { GrowingTree } from './growing-tree.ts';
import type { Receipt } from './log.ts';
import { writeLogState } from './log-state.ts';
import { hashLeaf } from './merkle.ts';
import type { LogKey } from './note-key.ts';
import { type Publication, publish, toTileSource } from './publication.ts';
import { assertBlob, readBack } from './read-back.ts';
import { areEqualBytes } from './sha256.ts';
import type { Pair, Store } from './store.ts';
import { STORE_KEYS, toBlobKey, toTileKey } from './store-key.ts';
import { readEdge } from './tile-tree.ts';
import type { TreeEdge } from './tree-edge.ts';

/** Drafts one batch takes at most, and bytes of blobs, unless one draft alone has more. */
const BATCH_DRAFTS = 256;
const BATCH_BYTES = 16 * 1024 * 1024;

/** Where a log stands when it is opened: verified, and covered by its signed checkpoint. */
export interface LogStart {
  readonly tree: GrowingTree;
  readonly published: Publication;
  /** The newest `trust` record. */
  readonly trust: Placed | undefined;
}

interface Waiting {
  readonly draft: Draft;
  readonly resolve: (receipt: Receipt) => void;
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
  #published: Publication;
  #trust: Placed | undefined;
  /** The published tree's edge, extended only by what was read back. */
  #readEdge: TreeEdge | undefined;
  #waiting: Waiting[] = [];
  #run: Promise<void> | undefined;
  #closed: VouchError | undefined;

  constructor(store: Store, key: LogKey, start: LogStart) {
    this.#store = store;
    this.#key = key;
    this.#tree = start.tree;
    this.#published = start.published;
    this.#trust = start.trust;
  }

  get published(): Publication {
    return this.#published;
  }

  append(draft: Draft): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return;
      }
      this.#waiting.push({ draft, resolve, reject });
      this.#run ??= this.#drain();
    });
  }

  /** Takes nothing more and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed ??= new VouchError('closed', 'The log is closed.');
    await this.#run;
  }

  async #drain(): Promise<void> {
    // Calls of the same turn share the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commit(this.#takeBatch());
    this.#run = undefined;
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
      batch = await planBatch(this.#store, drafts, this.#published.size, this.#trust);
    } catch (fault) {
      // Nothing was written: the log goes on.
      for (const { reject } of waiting) reject(fault);
      return;
    }
    try {
      if (batch.leaves.length > 0) await this.#persist(batch);
    } catch (cause) {
      this.#stop(cause, waiting);
      return;
    }
    const { size } = this.#published;
    for (const [at, { resolve }] of waiting.entries()) resolve({ ...batch.placed[at]!, size });
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
    this.#readEdge ??= await readEdge(toTileSource(this.#store), this.#published.size);
    for (const leaf of stored.slice(0, leaves.length)) this.#readEdge.append(hashLeaf(leaf));
    if (!areEqualBytes(this.#readEdge.root(), root)) {
      throw new VouchError('corrupt', 'The records read back do not have the root that was to be signed.');
    }
    for (const [at, sha256] of [...blobs.keys()].entries()) assertBlob(sha256, stored[leaves.length + at]);
    this.#published = await publish(this.#store, this.#key, this.#published, size, root);
    this.#trust = trust;
  }

  #stop(cause: unknown, waiting: readonly Waiting[]): void {
    this.#closed = new VouchError(
      'closed',
      'The log closed itself: a write ended in a way that leaves open what is on disk. Opening it again recovers.',
      { cause },
    );
    for (const { reject } of [...waiting, ...this.#waiting]) reject(this.#closed);
    this.#waiting = [];
  }
}
