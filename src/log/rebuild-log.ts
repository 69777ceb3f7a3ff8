import { VouchError } from '../errors.ts';
import { readSignedCheckpoint } from './checkpoint.ts';
import { GrowingTree } from './growing-tree.ts';
import type { SignedNote } from './log-copy.ts';
import { INDEXED_LOG_FORMAT, LOG_FORMAT } from './log-format.ts';
import { writeLogState } from './log-state.ts';
import { EMPTY_ROOT } from './merkle.ts';
import type { VerifierKey } from './note-key.ts';
import { toTileSource } from './publication.ts';
import { areEqualBytes } from './sha256.ts';
import type { Store } from './store.ts';
import { STORE_KEYS, toCheckpointKey, toPendingKey } from './store-key.ts';
import { type LogPackage, PackageWriter } from './write-package.ts';

const EVERYTHING = [new Uint8Array(), Uint8Array.of(0xff)] as const;

/** Writes a log again from its copy. Until `finish` the store is no log to whoever opens it. */
export class LogRebuild {
  readonly #store: Store;
  readonly #writer: PackageWriter;

  private constructor(store: Store, writer: PackageWriter) {
    this.#store = store;
    this.#writer = writer;
  }

  /** Begins in an empty store; `config` if something is in it. The store stays its owner's to close. */
  static async open(store: Store): Promise<LogRebuild> {
    if ((await store.range(...EVERYTHING, 1)).length > 0) {
      throw new VouchError('config', 'A log is rebuilt into an empty store only.');
    }
    await store.write([[STORE_KEYS.state, writeLogState({ size: 0, root: EMPTY_ROOT, edge: [] })]]);
    return new LogRebuild(
      store,
      new PackageWriter(store, await GrowingTree.read(toTileSource(store), 0), { isLog: false }),
    );
  }

  get size(): number {
    return this.#writer.size;
  }

  take(next: LogPackage): Promise<void> {
    return this.#writer.take(next);
  }

  /** Keeps some of the checkpoints that were signed. */
  async keep(notes: readonly SignedNote[]): Promise<void> {
    const toKey = { published: toCheckpointKey, pending: toPendingKey } as const;
    await this.#store.write(notes.map(({ kind, size, note }) => [toKey[kind](size), note]));
  }

  /** Makes it a log, if `newest`, which was kept too, is its key's signature under exactly what was taken; else `corrupt`. */
  async finish(key: VerifierKey, newest: Uint8Array): Promise<void> {
    const { size, root } = readSignedCheckpoint(newest, key).checkpoint;
    if (size !== this.size || !areEqualBytes(root, await this.#writer.root())) {
      throw new VouchError(
        'corrupt',
        `The checkpoint of ${size} records is not that of the ${this.size} records here.`,
      );
    }
    const format = this.#writer.hasIndex ? INDEXED_LOG_FORMAT : LOG_FORMAT;
    await this.#store.write([[STORE_KEYS.format, Buffer.from(format)]]);
  }
}
