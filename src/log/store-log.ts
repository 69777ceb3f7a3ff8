import { VouchError } from '../errors.ts';
import { toDraft, toTrustDraft } from './draft.ts';
import type { Log, Receipt, Statement } from './log.ts';
import type { LogKey, VerifierKey } from './note-key.ts';
import { openSequence } from './open-sequence.ts';
import { Sequencer } from './sequencer.ts';
import type { Store } from './store.ts';
import { StoreReader } from './store-reader.ts';

/**
 * Opens the log in a store: verifies what is there, and signs what is durable but was not signed. The origin is the key's
 * name. `config` if the store holds something else or the log of another origin or key, `corrupt` if it contradicts itself.
 * The store belongs to the log from here on; if opening fails it is closed.
 */
export async function openStoreLog(store: Store, origin: string, key: LogKey): Promise<Log> {
  try {
    if (key.name !== origin) {
      throw new VouchError('config', `The log key is of ${key.name}, but the origin of the log is ${origin}.`);
    }
    return new StoreLog(store, key.verifier, new Sequencer(store, key, await openSequence(store, key)));
  } catch (fault) {
    // Why it could not be opened is what the caller must hear.
    await store.close().catch(() => undefined);
    throw fault;
  }
}

class StoreLog extends StoreReader implements Log {
  readonly #store: Store;
  readonly #sequencer: Sequencer;

  constructor(store: Store, key: VerifierKey, sequencer: Sequencer) {
    super(store, key, () => sequencer.published);
    this.#store = store;
    this.#sequencer = sequencer;
  }

  async append(statement: Statement): Promise<Receipt> {
    return this.#sequencer.append(toDraft(statement));
  }

  async appendTrust(snapshot: Uint8Array, at: Date, attachments: readonly Uint8Array[] = []): Promise<Receipt> {
    return this.#sequencer.append(toTrustDraft(snapshot, at, attachments));
  }

  async close(): Promise<void> {
    await this.#sequencer.close();
    await this.#store.close();
  }
}
