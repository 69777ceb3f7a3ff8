import { VouchError } from '../errors.ts';
import { readSignedCheckpoint } from './checkpoint.ts';
import { cosignCheckpoint, isCosigned } from './cosign-checkpoint.ts';
import type { GrowingTree } from './growing-tree.ts';
import type { CosignerKey, VerifierKey } from './note-key.ts';
import { openMirrorStore } from './open-mirror-store.ts';
import { assertContinues, type Publication } from './publication.ts';
import { areEqualBytes } from './sha256.ts';
import type { Store } from './store.ts';
import { type Head, readHead, STORE_KEYS, toBlobKey, toCheckpointKey, toDocumentKey, toHeadKey } from './store-key.ts';
import { StoreReader } from './store-reader.ts';
import { type LogPackage, PackageWriter } from './write-package.ts';

/** Which log is copied, and who says so. */
export interface MirrorLogOptions {
  /** The key of the log that is copied; its name is the origin. */
  readonly log: VerifierKey;
  /** The mirror's own key. */
  readonly cosigner: CosignerKey;
}

/** Consecutive records of the log that is copied, with the blobs they need. Whoever gives them has verified all of it. */
export type MirrorPackage = LogPackage;

const NOTHING_YET = 'This mirror has not copied the first checkpoint of its log yet; try again in a moment.';
const RETRY_SECONDS = 5;

/**
 * Opens the copy of a log in a store, or begins one there; the layout is that of the log itself, so that whatever reads a log reads its
 * mirror. `config` if the store holds something else, `corrupt` if it contradicts itself. If opening fails the store is closed.
 */
export async function openMirrorLog(store: Store, options: MirrorLogOptions): Promise<MirrorLog> {
  try {
    return new MirrorLog(store, options, await openMirrorStore(store, options.log));
  } catch (fault) {
    await store.close().catch(() => undefined);
    throw fault;
  }
}

/**
 * The copy of another log, a package at a time. Packages are durable as they come; readers see them once the checkpoint that covers them
 * is published with the mirror's cosignature. It never gives up a record: what contradicts it is refused.
 */
export class MirrorLog extends StoreReader {
  readonly #store: Store;
  readonly #options: MirrorLogOptions;
  readonly #writer: PackageWriter;
  #published: Publication | undefined;
  #target: string | undefined;
  #closed: VouchError | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  /** For `openMirrorLog`. */
  constructor(
    store: Store,
    options: MirrorLogOptions,
    start: { tree: GrowingTree; published: Publication | undefined; target: string | undefined },
  ) {
    super(store, options.log, () => this.#needPublished());
    this.#store = store;
    this.#options = options;
    this.#writer = new PackageWriter(store, start.tree);
    this.#published = start.published;
    this.#target = start.target;
  }

  override size(): number {
    return this.#published?.size ?? 0;
  }

  /** Records that are durable here, published or not. */
  get stored(): number {
    return this.#writer.size;
  }

  /** The newest signed checkpoint the mirror is bound to, as the log gave it: all that is stored is under it. */
  get target(): string | undefined {
    return this.#target;
  }

  /** The ends of the chains of these identifiers, published or not. */
  async heads(identifiers: readonly string[]): Promise<(Head | undefined)[]> {
    const values = await this.#store.read(identifiers.map(toHeadKey));
    return values.map((value) => (value === undefined ? undefined : readHead(value)));
  }

  /** Which of these blobs are stored, published or not. */
  hasBlobs(sha256s: readonly string[]): Promise<boolean[]> {
    return this.#store.has(sha256s.map(toBlobKey));
  }

  /** Which of these documents a stored record is about, published or not. */
  hasDocuments(sha256s: readonly string[]): Promise<boolean[]> {
    return this.#store.has(sha256s.map(toDocumentKey));
  }

  /** Binds the mirror to a checkpoint before anything of it is taken: MUST be known to continue the last one. */
  aim(note: string): Promise<void> {
    return this.#write(async () => {
      readSignedCheckpoint(Buffer.from(note), this.#options.log);
      await this.#store.write([[STORE_KEYS.target, Buffer.from(note)]]);
      this.#target = note;
    });
  }

  /**
   * In words what an `index` record of the next package gets wrong; undefined if all state what the records before them make. It may
   * bring this copy's own index up for that; nothing of the package is taken.
   */
  async findIndexFault(next: Pick<MirrorPackage, 'first' | 'records'>): Promise<string | undefined> {
    let fault: string | undefined;
    await this.#write(async () => {
      fault = await this.#writer.findIndexFault(next);
    });
    return fault;
  }

  /** Makes the next package durable, and reads it back. */
  take(next: MirrorPackage): Promise<void> {
    return this.#write(() => this.#writer.take(next));
  }

  /**
   * Publishes what is stored under the checkpoint that covers exactly that, with the mirror's own cosignature below it. `corrupt`, with
   * nothing signed, unless the records read back have its root. The same size again renews the time of the cosignature.
   */
  publish(note: string, at: Date): Promise<void> {
    return this.#write(() => this.#publish(note, at));
  }

  /** True if readers have this checkpoint with all signatures that came with it, and the mirror's own is no older than `since`. */
  isPublished(note: string, since: Date): boolean {
    return this.#published !== undefined && isCosigned(this.#published.note, note, this.#options.cosigner, since);
  }

  /** Waits for what is under way, then releases the store. */
  async close(): Promise<void> {
    this.#closed ??= new VouchError('closed', 'The mirror is closed.');
    await this.#writing.catch(() => undefined);
    await this.#store.close();
  }

  #needPublished(): Publication {
    if (this.#published !== undefined) return this.#published;
    throw new VouchError('busy', NOTHING_YET, { retryAfterSeconds: RETRY_SECONDS });
  }

  /** One write after the other; after one that failed it is open what is on disk, so none follows until the mirror is opened again. */
  #write(act: () => Promise<void>): Promise<void> {
    const written = this.#writing.then(async () => {
      if (this.#closed !== undefined) throw this.#closed;
      try {
        await act();
      } catch (cause) {
        const message = 'The mirror closed itself: a write failed. Opening it again recovers.';
        this.#closed = new VouchError('closed', message, { cause });
        throw this.#closed;
      }
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #publish(note: string, at: Date): Promise<void> {
    const { log, cosigner } = this.#options;
    const { size, root } = readSignedCheckpoint(Buffer.from(note), log).checkpoint;
    if (size !== this.#writer.size || !areEqualBytes(root, await this.#writer.root())) {
      throw new VouchError('corrupt', `The checkpoint of ${size} records is not that of what the mirror has stored.`);
    }
    if (this.#published !== undefined) await assertContinues(this.#store, this.#published, size, root);
    const cosigned = cosignCheckpoint(note, log, cosigner, at);
    // The first form of a checkpoint is what receipts cite for ever; a later one stands beside it.
    const key = this.#published?.size === size ? STORE_KEYS.checkpoint : toCheckpointKey(size);
    await this.#store.write([[key, Buffer.from(cosigned)]]);
    this.#published = { size, root, note: cosigned };
  }
}
