import type { Entry } from '../entry/entry.ts';
import { toMessage, VouchError } from '../errors.ts';
import type { LogRecord } from '../log/log.ts';
import type { Quad } from '../rdf/quad.ts';

/** What a record's document says, as `readDocument` reads it again from the stored bytes. */
export interface ReadEntry {
  readonly entry: Entry;
  /** SHA-256 hex over issuer DER and subject DER, in trust mode `open` over the public key too. */
  readonly endorserKey: string;
  /** Present where nobody vouched for the names when it was accepted. */
  readonly trustMode?: 'open';
  /** The document's own triples. */
  readonly triples: readonly Quad[];
}

/** Reads the document of an accepted record. MUST give the same result for the same bytes; what it throws stops the follower. */
export type ReadDocument = (record: LogRecord, bytes: Uint8Array) => Promise<ReadEntry>;

export interface FollowerOptions {
  /** Said in errors, e.g. `catalog`. */
  readonly name: string;
  /** The durable cursor: records below it are taken in. */
  readonly position: number;
  /** How far there is something to take in. */
  readonly size: () => number;
  /**
   * Takes in records from `from`, at most up to `to`, and resolves to the new cursor, which is larger than `from`. MUST
   * make changes and cursor durable in one step, so that a crash leaves both or neither.
   */
  readonly advance: (from: number, to: number) => Promise<number>;
}

/**
 * Walks a log behind its writer. An error stops it for good: nothing is retried or skipped silently, everyone who waits
 * for more than it has taken in is told, and opening it anew resumes at the durable cursor.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #listeners = new Set<() => void>();
  #position: number;
  #failure: VouchError | undefined;
  #run: Promise<void> | undefined;
  #waiting: { readonly size: number; readonly resolve: () => void; readonly reject: (reason: VouchError) => void }[] =
    [];

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  /** The number of records taken in. */
  position(): number {
    return this.#position;
  }

  /** Says that there may be something new; returns at once. */
  notify(): void {
    if (this.#run !== undefined || this.#failure !== undefined) return;
    if (this.#position >= this.#options.size()) return;
    this.#run = this.#walk().finally(() => {
      this.#run = undefined;
      // a record that arrived between the last look and here
      this.notify();
    });
  }

  /** Resolves when `position() >= size`; rejects with what stopped the follower. */
  waitFor(size: number): Promise<void> {
    if (this.#position >= size) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ size, resolve, reject });
      this.notify();
    });
  }

  /** Calls `listener` after every step forward and when the follower stops, until the returned function is called. */
  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops after the step under way; whoever still waits is told `closed`. */
  async close(): Promise<void> {
    this.#stop(new VouchError('closed', `The ${this.#options.name} is closed.`));
    await this.#run;
  }

  async #walk(): Promise<void> {
    try {
      for (let size = this.#options.size(); this.#position < size; size = this.#options.size()) {
        if (this.#failure !== undefined) return;
        const position = await this.#options.advance(this.#position, size);
        if (position <= this.#position) {
          const gap = `The log says it has ${size} records, but gave none from ${this.#position} on.`;
          throw new VouchError('corrupt', gap);
        }
        this.#position = position;
        this.#waiting = this.#waiting.filter((waiter) => {
          if (waiter.size > position) return true;
          waiter.resolve();
          return false;
        });
        for (const listener of this.#listeners) listener();
      }
    } catch (cause) {
      const at = `The ${this.#options.name} stopped at record ${this.#position}`;
      const code = cause instanceof VouchError ? cause.code : 'internal';
      this.#stop(new VouchError(code, `${at}: ${toMessage(cause)}`, { cause }));
    }
  }

  #stop(reason: VouchError): void {
    this.#failure ??= reason;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) waiter.reject(this.#failure);
    for (const listener of this.#listeners) listener();
  }
}
