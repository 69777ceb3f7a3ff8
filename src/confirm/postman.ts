import { setTimeout as delay } from 'node:timers/promises';
import { toMessage } from '../errors.ts';
import type { Delivery } from '../mail/smtp.ts';

/** What a postman works for. */
export interface PostmanParts {
  /** Makes one attempt at the mail of a submission: undefined if there is none to send any more. */
  readonly send: (id: string) => Promise<Delivery | undefined>;
  /** Told when mail begins to fail, and when it goes out again. */
  readonly onNews: (sentence: string) => void;
  /** Pause after the first failure; doubled with each, up to `longestPauseMs`. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

/** How mail goes out. */
export interface MailState {
  /** Mails not sent yet. */
  readonly queued: number;
  /** True if the last attempt of all failed. */
  readonly isFailing: boolean;
}

/** Mails under way at once: a server that is slow with one must not keep the others. */
const AT_ONCE = 4;
/** What is under way when the registry stops may end; later it counts as not sent. */
const CLOSE_MS = 3_000;

/**
 * Sends what is given to it, again and again until it is taken. It remembers nothing: what is to be sent is on disk with whoever gives
 * it, and is given again after a restart.
 */
export class Postman {
  readonly #parts: PostmanParts;
  /** Ids that are due, in order, with the failures so far. */
  readonly #due = new Map<string, number>();
  readonly #resting = new Map<string, NodeJS.Timeout>();
  readonly #under = new Set<Promise<void>>();
  #trouble: string | undefined;
  #isClosed = false;

  constructor(parts: PostmanParts) {
    this.#parts = parts;
  }

  get state(): MailState {
    const queued = this.#due.size + this.#resting.size + this.#under.size;
    return { queued, isFailing: this.#trouble !== undefined };
  }

  post(id: string, failures = 0): void {
    if (this.#isClosed) return;
    this.#due.set(id, failures);
    this.#start();
  }

  /** Lets attempts under way end, and makes no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#due.clear();
    for (const timer of this.#resting.values()) clearTimeout(timer);
    this.#resting.clear();
    await Promise.race([Promise.all(this.#under), delay(CLOSE_MS, undefined, { ref: false })]);
  }

  #start(): void {
    while (this.#under.size < AT_ONCE && !this.#isClosed) {
      const [next] = this.#due;
      if (next === undefined) return;
      const [id, failures] = next;
      this.#due.delete(id);
      const attempt = this.#attempt(id, failures).finally(() => {
        this.#under.delete(attempt);
        this.#start();
      });
      this.#under.add(attempt);
    }
  }

  async #attempt(id: string, failures: number): Promise<void> {
    let delivery: Delivery | undefined;
    try {
      delivery = await this.#parts.send(id);
    } catch (thrown) {
      delivery = { outcome: 'deferred', reason: toMessage(thrown) };
    }
    if (delivery === undefined) return;
    if (delivery.outcome !== 'deferred') {
      this.#tell(undefined);
      return;
    }
    this.#tell(delivery.reason);
    if (this.#isClosed) return;
    const { firstPauseMs, longestPauseMs } = this.#parts;
    const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(failures, 30), longestPauseMs);
    const timer = setTimeout(() => {
      this.#resting.delete(id);
      this.post(id, failures + 1);
    }, pauseMs).unref();
    this.#resting.set(id, timer);
  }

  /** Says what is new, and nothing twice. */
  #tell(trouble: string | undefined): void {
    if (trouble === this.#trouble) return;
    const before = this.#trouble;
    this.#trouble = trouble;
    if (trouble !== undefined) this.#parts.onNews(`Mail does not go out: ${trouble}. It is tried again.`);
    else if (before !== undefined) this.#parts.onNews('Mail goes out again.');
  }
}
