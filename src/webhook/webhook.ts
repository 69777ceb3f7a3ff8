import type { Catalog, CatalogEntry, FeedFilter } from '../catalog/catalog.ts';
import { toMessage } from '../errors.ts';
import type { CursorFile } from './cursor-file.ts';
import { type Attempt, deliver, type WebhookMessage } from './deliver.ts';
import type { WebhookKey } from './webhook-key.ts';

/** Who is told of what, as the operator says it. */
export interface WebhookTarget {
  /** Of the cursor's file; the webhook is the same as long as it has this name. */
  readonly name: string;
  readonly url: string;
  readonly filter: FeedFilter;
  /** The log size to begin after, where there is no cursor yet; what the log has then where absent. */
  readonly after?: number;
}

/** How a webhook does. It never says where the receiver is. */
export interface WebhookState {
  readonly name: string;
  /** Log records that are delivered or pass the filter by. */
  readonly cursor: number;
  /** Log records behind. */
  readonly behind: number;
  readonly state: 'delivering' | 'failing' | 'gone' | 'stopped';
  /** Attempts that failed since the last that did not. */
  readonly failures: number;
  readonly lastAttempt?: Attempt;
  readonly deliveredAt?: Date;
}

export interface WebhookParts {
  readonly catalog: Catalog;
  readonly key: WebhookKey;
  readonly file: CursorFile;
  readonly write: (entry: CatalogEntry) => WebhookMessage;
  readonly now: () => Date;
  readonly timeoutMs: number;
  /** How long to wait after so many failures. */
  readonly pauseMs: (failures: number) => number;
  /** Hears why a webhook stopped for good: its cursor cannot be kept. */
  readonly onStop: (reason: string) => void;
}

const STRETCH = 32;
/** Records that may pass a filter by before that is kept: after a crash they pass by again. */
const PASSED_BY = 1000;

/**
 * Delivers what is accepted to one receiver, in the order of the log and each at least once: the next is not sent before the receiver
 * took the one before, however long that takes, and the cursor is on disk before the next is sent.
 */
export class Webhook {
  readonly #target: WebhookTarget;
  readonly #parts: WebhookParts;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #cursor: number;
  #kept: number;
  #state: WebhookState['state'] = 'delivering';
  #failures = 0;
  #lastAttempt: Attempt | undefined;
  #deliveredAt: Date | undefined;

  constructor(target: WebhookTarget, cursor: number, parts: WebhookParts) {
    this.#target = target;
    this.#parts = parts;
    this.#cursor = cursor;
    this.#kept = cursor;
    this.#running = this.#run().catch((thrown: unknown) => {
      if (this.#stop.signal.aborted) return;
      this.#state = 'stopped';
      parts.onStop(`The webhook ${target.name} stopped: ${toMessage(thrown)}`);
    });
  }

  get state(): WebhookState {
    return {
      name: this.#target.name,
      cursor: this.#cursor,
      behind: Math.max(0, this.#parts.catalog.position() - this.#cursor),
      state: this.#state,
      failures: this.#failures,
      ...(this.#lastAttempt === undefined ? {} : { lastAttempt: this.#lastAttempt }),
      ...(this.#deliveredAt === undefined ? {} : { deliveredAt: this.#deliveredAt }),
    };
  }

  /** Breaks off the attempt under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    if (this.#state !== 'stopped' && this.#kept !== this.#cursor) await this.#parts.file.write(this.#cursor);
  }

  async #run(): Promise<void> {
    const { catalog } = this.#parts;
    while (!this.#stop.signal.aborted) {
      const advanced = this.#nextAdvance();
      const { entries, next } = await catalog.since(this.#target.filter, this.#cursor, STRETCH);
      for (const entry of entries) {
        if (!(await this.#deliver(this.#parts.write(entry)))) return;
        this.#deliveredAt = this.#parts.now();
        await this.#keep(entry.index + 1);
      }
      this.#cursor = next;
      if (next - this.#kept >= PASSED_BY) await this.#keep(next);
      if (entries.length === 0) await advanced;
    }
  }

  /** False if the receiver wants no more. */
  async #deliver(message: WebhookMessage): Promise<boolean> {
    const { key, timeoutMs, now, pauseMs } = this.#parts;
    for (;;) {
      const stop = this.#stop.signal;
      this.#lastAttempt = await deliver(this.#target.url, message, key, { timeoutMs, now, stop });
      if (this.#lastAttempt === 'taken') {
        this.#state = 'delivering';
        this.#failures = 0;
        return true;
      }
      this.#failures += 1;
      this.#state = this.#lastAttempt === 'gone' ? 'gone' : 'failing';
      if (this.#state === 'gone') return false;
      await this.#pause(pauseMs(this.#failures));
    }
  }

  async #keep(cursor: number): Promise<void> {
    await this.#parts.file.write(cursor);
    this.#cursor = cursor;
    this.#kept = cursor;
  }

  #nextAdvance(): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.#parts.catalog.onAdvance(() => done());
      const done = (): void => {
        forget();
        this.#stop.signal.removeEventListener('abort', done);
        resolve();
      };
      this.#stop.signal.addEventListener('abort', done);
      if (this.#stop.signal.aborted) done();
    });
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
