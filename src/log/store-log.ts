import { VouchError } from '../errors.ts';
import { readRecord } from '../proof/record.ts';
import { readPlaced } from './batch.ts';
import { toDraft, toTrustDraft } from './draft.ts';
import type { IndexOptions } from './index-writer.ts';
import type { Log, LogRecord, Receipt, Statement } from './log.ts';
import type { LogKey } from './note-key.ts';
import { openSequence } from './open-sequence.ts';
import { findLoss } from './own-history.ts';
import { readLeaves } from './read-back.ts';
import { Sequencer } from './sequencer.ts';
import { isSha256Hex } from './sha256.ts';
import type { Store } from './store.ts';
import { readNumber, toDocumentKey } from './store-key.ts';
import { StoreReader } from './store-reader.ts';
import type { Witnessing } from './witnessing.ts';

/**
 * Opens the log in a store: verifies what is there, and signs what is durable but was not signed. The origin is the key's
 * name. `config` if the store holds something else or the log of another origin or key, `corrupt` if it contradicts itself.
 * The store belongs to the log from here on; if opening fails it is closed. With witnesses readers see what these have cosigned.
 */
export async function openStoreLog(store: Store, origin: string, key: LogKey, witnessing?: Witnessing): Promise<Log> {
  try {
    if (key.name !== origin) {
      throw new VouchError('config', `The log key is of ${key.name}, but the origin of the log is ${origin}.`);
    }
    const start = await openSequence(store, key, witnessing !== undefined);
    const sequencer = new Sequencer(store, key, start, witnessing);
    return new StoreLog(store, key, sequencer, witnessing?.patienceMs ?? 0);
  } catch (fault) {
    // Why it could not be opened is what the caller must hear.
    await store.close().catch(() => undefined);
    throw fault;
  }
}

class StoreLog extends StoreReader implements Log {
  readonly #store: Store;
  readonly #key: LogKey;
  readonly #sequencer: Sequencer;
  readonly #patienceMs: number;

  constructor(store: Store, key: LogKey, sequencer: Sequencer, patienceMs: number) {
    super(store, key.verifier, () => sequencer.published);
    this.#store = store;
    this.#key = key;
    this.#sequencer = sequencer;
    this.#patienceMs = patienceMs;
  }

  async append(statement: Statement): Promise<Receipt> {
    return this.#sequencer.append(toDraft(statement), this.#patienceMs);
  }

  /** What is trusted is in force as soon as it is durable; no reader waits for it. */
  async appendTrust(snapshot: Uint8Array, at: Date, attachments: readonly Uint8Array[] = []): Promise<Receipt> {
    return this.#sequencer.append(toTrustDraft(snapshot, at, attachments));
  }

  async *pendingRecords(): AsyncGenerator<{ index: number; record: LogRecord }> {
    const { published, signed } = this.#sequencer;
    for await (const { index, leaf } of readLeaves(this.#store, published.size, signed.size)) {
      yield { index, record: readRecord(leaf) };
    }
  }

  async findPending(sha256: string): Promise<{ index: number; record: LogRecord } | undefined> {
    const [value] = isSha256Hex(sha256) ? await this.#store.read([toDocumentKey(sha256)]) : [];
    const index = value === undefined ? undefined : readNumber(value);
    const { published, signed } = this.#sequencer;
    if (index === undefined || index < published.size || index >= signed.size) return undefined;
    return (await readPlaced(this.#store, [index]))[0];
  }

  findLoss(note: Uint8Array): Promise<string | undefined> {
    return findLoss(this.#store, this.#key.verifier, this.#sequencer.signed, note);
  }

  keepIndex(options: IndexOptions): Promise<void> {
    return this.#sequencer.keepIndex(options);
  }

  halt(reason: string): void {
    this.#sequencer.halt(reason);
  }

  haltReason(): string | undefined {
    return this.#sequencer.haltReason;
  }

  isStopped(): boolean {
    return this.#sequencer.isStopped;
  }

  async close(): Promise<void> {
    await this.#sequencer.close();
    await this.#store.close();
  }
}
