import { setTimeout as delay } from 'node:timers/promises';
import { askWitnesses } from './ask-witnesses.ts';
import type { VerifierKey } from './note-key.ts';
import type { Publication } from './publication.ts';
import type { Pair, Store } from './store.ts';
import { STORE_KEYS, toCheckpointKey } from './store-key.ts';
import type { Witnessing, WitnessPeer } from './witnessing.ts';

/** What a publisher works for. */
export interface PublisherParts {
  readonly store: Store;
  readonly log: VerifierKey;
  /** What readers see at the start. */
  readonly published: Publication;
  /** The newest the log has signed. */
  readonly signed: Publication;
  readonly witnessing: Witnessing;
  /** A write whose outcome is unknown. */
  readonly onFault: (cause: unknown) => void;
  /** Somebody proved that the log has lost history. */
  readonly onLoss: (sentence: string) => void;
  /** Readers see more than before. */
  readonly onPublished: () => void;
}

interface Waiter {
  readonly index: number;
  readonly settle: (isPublished: boolean) => void;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
const CLOSE_MS = 2_000;
const CLOSE_LOOK_MS = 10;

/**
 * Publishes what the log has signed, once enough witnesses have cosigned it (design L4, step 6). While a round of questions is
 * under way the log goes on; the next round takes up the newest. Without quorum it tries again for as long as it takes.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #stop = new AbortController();
  readonly #lastSizes = new Map<WitnessPeer, number>();
  readonly #waiters = new Set<Waiter>();
  #published: Publication;
  #signed: Publication;
  #run: Promise<void> | undefined;
  #troubles: ReadonlyMap<string, string> = new Map();
  #isRefreshDue = true;
  readonly #refresh: NodeJS.Timeout;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#published = parts.published;
    this.#signed = parts.signed;
    this.#refresh = setInterval(() => {
      this.#isRefreshDue = true;
      this.#start();
    }, parts.witnessing.refreshMs).unref();
    // What a crash left unpublished; and a first look at whether the witnesses know more of us than we do.
    this.#start();
  }

  get published(): Publication {
    return this.#published;
  }

  /** Takes a newer checkpoint, which is on disk. */
  offer(signed: Publication): void {
    this.#signed = signed;
    this.#start();
  }

  /** True as soon as readers see the record; false if that takes longer. */
  covers(index: number, patienceMs: number): Promise<boolean> {
    if (index < this.#published.size) return Promise.resolve(true);
    if (this.#stop.signal.aborted || patienceMs <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.settle(false), patienceMs);
      const waiter: Waiter = {
        index,
        settle: (isPublished) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(isPublished);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Lets those who wait have their answer if it comes soon, then asks nobody any more. */
  async close(): Promise<void> {
    const deadline = Date.now() + CLOSE_MS;
    while (this.#waiters.size > 0 && Date.now() < deadline) await delay(CLOSE_LOOK_MS);
    this.end();
    await this.#run;
  }

  /** Asks nobody any more, at once; whoever waits is told that his record is pending. */
  end(): void {
    this.#stop.abort();
    clearInterval(this.#refresh);
    for (const waiter of [...this.#waiters]) waiter.settle(false);
  }

  #start(): void {
    if (this.#stop.signal.aborted) return;
    this.#run ??= this.#work().finally(() => {
      this.#run = undefined;
    });
  }

  async #work(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.#stop.signal.aborted && (this.#signed.size > this.#published.size || this.#isRefreshDue)) {
      const signed = this.#signed;
      this.#isRefreshDue = false;
      try {
        if (await this.#publish(signed)) {
          pauseMs = FIRST_PAUSE_MS;
          continue;
        }
      } catch (cause) {
        this.end();
        this.#parts.onFault(cause);
        return;
      }
      this.#isRefreshDue = true;
      await delay(pauseMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  /** True if readers see this checkpoint, or a newer one, with its quorum now. */
  async #publish(signed: Publication): Promise<boolean> {
    const { store, log, witnessing, onLoss } = this.#parts;
    const question = { store, log, signed, lastSizes: this.#lastSizes, witnessing, stop: this.#stop.signal };
    const { note, troubles, loss } = await askWitnesses(question);
    if (this.#stop.signal.aborted) return false;
    if (loss !== undefined) {
      this.end();
      onLoss(loss);
      return false;
    }
    this.#tell(troubles, note !== undefined, signed.size);
    if (note === undefined) return false;
    const latest: Pair = [STORE_KEYS.checkpoint, Buffer.from(note)];
    // The first that was published of a size stays: receipts cite it, and it proves the earliest time.
    const isFirst = signed.size > this.#published.size;
    await store.write(isFirst ? [[toCheckpointKey(signed.size), Buffer.from(note)], latest] : [latest]);
    this.#published = { ...signed, note };
    for (const waiter of [...this.#waiters]) if (waiter.index < signed.size) waiter.settle(true);
    if (!isFirst) return true;
    this.#parts.onPublished();
    witnessing.onPublished?.(signed.size);
    return true;
  }

  /** Says what is new, and nothing twice. */
  #tell(troubles: ReadonlyMap<string, string>, isPublished: boolean, size: number): void {
    const { onNews = () => undefined } = this.#parts.witnessing;
    const waits = isPublished ? '' : ` The checkpoint of ${size} records waits for its witnesses; it is tried again.`;
    for (const [name, sentence] of troubles) {
      if (this.#troubles.get(name) !== sentence) onNews(`The witness ${name} ${sentence}.${waits}`);
    }
    for (const name of this.#troubles.keys()) if (!troubles.has(name)) onNews(`The witness ${name} answers again.`);
    this.#troubles = troubles;
  }
}
