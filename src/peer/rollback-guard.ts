import { setTimeout as delay } from 'node:timers/promises';
import { toMessage } from '../errors.ts';
import type { Log } from '../log/log.ts';

/** Somebody who keeps checkpoints of our log. */
export interface Keeper {
  /** For sentences, as in `The witness A`. */
  readonly name: string;
  /** The newest it has as a signed note; undefined where it has none. */
  latest(origin: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
}

export interface GuardOptions {
  readonly keepers: readonly Keeper[];
  /** `require`: nothing is taken before every keeper has answered. `warn`: one that does not answer is told of. */
  readonly mode: 'require' | 'warn';
  /** Why nothing is taken whatever they answer, where that is so. */
  readonly held?: string | undefined;
  readonly onNews: (sentence: string) => void;
  /** What waits for the guard: called once, as soon as the log may take something. */
  readonly onPassed: () => Promise<void>;
}

const ROUND_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Asks everyone who keeps checkpoints of a log, before it takes anything, whether they have more of it than is here (design L4): a
 * restored old copy would sign a second history under the same name.
 */
export class RollbackGuard {
  readonly #log: Log;
  readonly #options: GuardOptions;
  readonly #stop = new AbortController();
  #reason: string | undefined;
  #run: Promise<void> | undefined;

  constructor(log: Log, options: GuardOptions) {
    this.#log = log;
    this.#options = options;
  }

  /** Why nothing is taken at the moment, or undefined. */
  get reason(): string | undefined {
    const halt = this.#log.haltReason();
    if (halt !== undefined) return `This registry takes no entries: ${halt} Its history must be completed first.`;
    return this.#reason;
  }

  /** Asks once; where an answer is required and missing, goes on asking by itself. */
  async start(): Promise<void> {
    const silent = await this.#ask();
    if (this.reason !== undefined) return;
    if (this.#options.held !== undefined) {
      this.#reason = this.#options.held;
      return;
    }
    if (silent.length === 0 || this.#options.mode === 'warn') {
      await this.#options.onPassed();
      return;
    }
    this.#reason =
      'This registry takes no entries yet: since it was started it has not heard from all who keep checkpoints of its log.';
    this.#run = this.#askOn();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#run;
  }

  async #askOn(): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      await delay(pauseMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      if (this.#stop.signal.aborted || this.#log.haltReason() !== undefined) return;
      if ((await this.#ask()).length > 0) continue;
      if (this.#stop.signal.aborted || this.#log.haltReason() !== undefined) return;
      this.#reason = undefined;
      this.#options.onNews('All who keep checkpoints of the log have answered: entries are taken.');
      await this.#options.onPassed().catch((fault) => this.#options.onNews(toMessage(fault)));
      return;
    }
  }

  /** The names of those who gave no answer that says anything. */
  async #ask(): Promise<string[]> {
    const { keepers, onNews } = this.#options;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ROUND_MS)]);
    const silent: string[] = [];
    await Promise.all(
      keepers.map(async ({ name, latest }) => {
        try {
          const note = await latest(this.#log.origin, signal);
          const loss = note === undefined ? undefined : await this.#log.findLoss(note);
          if (loss === undefined) return;
          onNews(`${name} holds ${loss}. Nothing is signed any more.`);
          this.#log.halt(`${name} holds ${loss}.`);
        } catch (fault) {
          silent.push(name);
          if (this.#reason === undefined) onNews(`${name} cannot say what it has of this log: ${toMessage(fault)}.`);
        }
      }),
    );
    return silent;
  }
}
