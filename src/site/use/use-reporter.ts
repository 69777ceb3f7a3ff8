import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage } from '../../errors.ts';
import { writeFileDurably } from '../../platform/durable-file.ts';
import { RECEIPT_IMAGES, type UseReceipt } from '../../usage/use-receipt.ts';
import type { DayTally, UseTally } from './use-tally.ts';

/** What became of a receipt that was sent. */
export type Posting =
  | { readonly outcome: 'taken' }
  /** The registry will not have it, now or later; the others may be in order. */
  | { readonly outcome: 'refused'; readonly why: string }
  | { readonly outcome: 'failed'; readonly why: string; readonly retryAfterMs?: number };

export interface UseReporterOptions {
  /** As the site wants to be called; absent where it gives no name. */
  readonly site?: string;
  readonly post: (receipt: UseReceipt) => Promise<Posting>;
  readonly now: () => Date;
  readonly tell: (sentence: string) => void;
}

const PAUSE_MS = 15 * 60_000;
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 6 * 3_600_000;

/**
 * Tells a registry what a site counted: of each day all until now, so that what is sent once more counts once. It waits a quarter of an hour
 * after each time, and longer and longer while it fails; that is on disk, so that it holds for every command that uses the directory.
 */
export class UseReporter {
  readonly #tally: UseTally;
  readonly #options: UseReporterOptions;
  #told = '';
  #round: Promise<void> = Promise.resolve();

  constructor(tally: UseTally, options: UseReporterOptions) {
    this.#tally = tally;
    this.#options = options;
  }

  /** Writes what was counted, and sends what waits if it is time. Never throws: nothing that a site decides depends on it. */
  round(): Promise<void> {
    this.#round = this.#round.then(() => this.#act());
    return this.#round;
  }

  /** Waits for a round under way, and writes what was counted since. Never throws. */
  async close(): Promise<void> {
    await this.#round;
    await this.#tally.write().catch((thrown: unknown) => this.#say(toMessage(thrown)));
  }

  async #act(): Promise<void> {
    try {
      await this.#tally.write();
      const { nextMs, failures } = await this.#readPace();
      const nowMs = this.#options.now().getTime();
      // A time further ahead than any pause is of a clock that went back since.
      if (nowMs < nextMs && nextMs - nowMs <= LAST_RETRY_MS) return;
      await this.#send(failures);
    } catch (thrown) {
      this.#say(toMessage(thrown));
    }
  }

  async #send(failures: number): Promise<void> {
    const waiting = await this.#tally.waiting();
    if (waiting.length === 0) return;
    const reporter = await this.#tally.reporter();
    let trouble: Exclude<Posting, { outcome: 'taken' }> | undefined;
    // Before anything is sent: a crash in its middle must not begin a storm.
    await this.#writePace(toRetryMs(failures), failures + 1);
    for (const tally of waiting.toReversed()) {
      const posting = await this.#post(reporter, tally);
      if (posting.outcome === 'taken') await this.#tally.settle(tally);
      else trouble = posting;
      if (posting.outcome === 'failed') break;
    }
    if (trouble === undefined) await this.#writePace(PAUSE_MS, 0);
    else if (trouble.outcome === 'failed' && trouble.retryAfterMs !== undefined) {
      const retryMs = Math.min(Math.max(toRetryMs(failures), trouble.retryAfterMs), LAST_RETRY_MS);
      await this.#writePace(retryMs, failures + 1);
    }
    this.#say(trouble === undefined ? '' : trouble.why);
  }

  async #post(reporter: string, { day, images }: DayTally): Promise<Posting> {
    const { site, post } = this.#options;
    const all = [...images];
    for (let from = 0; from < all.length; from += RECEIPT_IMAGES) {
      const some = new Map(all.slice(from, from + RECEIPT_IMAGES));
      const posting = await post({ reporter, ...(site === undefined ? {} : { site }), day, images: some });
      if (posting.outcome !== 'taken') return posting;
    }
    return { outcome: 'taken' };
  }

  async #readPace(): Promise<{ readonly nextMs: number; readonly failures: number }> {
    const text = await readFile(this.#pacePath, 'utf8').catch(() => '');
    const [, nextMs, failures] = /^(\d{1,15}) (\d{1,6})\n$/.exec(text) ?? [];
    return { nextMs: Number(nextMs ?? 0), failures: Number(failures ?? 0) };
  }

  async #writePace(pauseMs: number, failures: number): Promise<void> {
    const nextMs = Math.round(this.#options.now().getTime() + pauseMs);
    await writeFileDurably(this.#pacePath, Buffer.from(`${nextMs} ${Math.min(failures, 999_999)}\n`), { mode: 0o600 });
  }

  get #pacePath(): string {
    return join(this.#tally.directory, 'next');
  }

  #say(trouble: string): void {
    if (trouble === this.#told) return;
    this.#told = trouble;
    this.#options.tell(
      trouble === '' ? 'Use is reported again.' : `Use is not reported: ${trouble} It is tried again.`,
    );
  }
}

function toRetryMs(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures, 12), LAST_RETRY_MS);
}
