import { setTimeout as pause } from 'node:timers/promises';
import { toMessage, VouchError } from '../errors.ts';
import type { MirrorLog } from '../log/mirror-log.ts';
import type { VerifierKey } from '../log/note-key.ts';
import { findFork } from '../peer/find-fork.ts';
import { keepEvidence } from '../peer/keep-evidence.ts';
import { type BreachCode, LogBreach } from '../peer/log-breach.ts';
import type { LogSource } from '../peer/log-source.ts';
import { pullLog } from './pull-log.ts';
import type { Verifier } from './verifier.ts';

/** How a copy stands to the log it follows. */
export interface Following {
  /** Where the log is read from, for people. */
  readonly source: string;
  readonly origin: string;
  /**
   * `following`: everything up to the last checkpoint is here. `catching-up`: on the way. `waiting`: the last pull did not succeed and is
   * tried again. `forked`: the log told two histories; this copy keeps its own for ever. `stopped`: this copy cannot be written.
   */
  readonly state: 'catching-up' | 'following' | 'waiting' | 'forked' | 'stopped';
  /** Records that readers see, and that are stored. */
  readonly size: number;
  readonly stored: number;
  /** Size of the log when it was last seen. */
  readonly targetSize?: number;
  /** When everything was last found in order. */
  readonly checkedAt?: Date;
  /** What is wrong, in one sentence; a breach if the log itself did it. */
  readonly problem?: { readonly message: string; readonly breach?: BreachCode; readonly since: Date };
  /** Path of the file that proves a fork, or tells what was seen. */
  readonly evidence?: string;
}

export interface FollowOptions {
  readonly source: LogSource;
  readonly mirror: MirrorLog;
  readonly log: VerifierKey;
  readonly verifier: Pick<Verifier, 'recheck'>;
  /** Where proofs of forks are kept. */
  readonly evidenceDirectory: string;
  /** Between two pulls that succeed; after failures it is longer. */
  readonly intervalMs: number;
  readonly now: () => Date;
  /** Called when readers can see more. */
  readonly onGrowth: () => void;
  /** Told of each change for better or worse, once. */
  readonly onNews: (following: Following) => void;
}

const MOST_PAUSE_MS = 5 * 60_000;

/** Follows another log: pulls again and again until it is closed, and can say at any time how it stands. */
export class LogFollower {
  readonly #options: FollowOptions;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(stored: number, size: number) => void>();
  #state: Following['state'] = 'catching-up';
  #facts: Pick<Following, 'targetSize' | 'checkedAt' | 'problem' | 'evidence'> = {};
  #run: Promise<void> | undefined;
  #pull: Promise<void> | undefined;
  #told = '';

  private constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Remembers a fork that was found before. Nothing is pulled yet. */
  static async open(options: FollowOptions): Promise<LogFollower> {
    const follower = new LogFollower(options);
    const path = await findFork(options.evidenceDirectory, options.log);
    if (path !== undefined) {
      const message = `Fork: ${options.log.name} signed two histories; this copy keeps the one it saw first.`;
      follower.#settle('forked', { message, breach: 'fork' }, path);
    }
    return follower;
  }

  following(): Following {
    const { mirror, source, log } = this.#options;
    const [state, facts] = [this.#state, this.#facts];
    return { source: source.name, origin: log.name, state, size: mirror.size(), stored: mirror.stored, ...facts };
  }

  /** Pulls now; what goes wrong is in `following()` and is thrown too. A fork that was found ends pulling for good. */
  pull(): Promise<void> {
    this.#pull ??= this.#pullOnce().finally(() => {
      this.#pull = undefined;
    });
    return this.#pull;
  }

  /** Pulls every so often until `close`. */
  start(): void {
    this.#run ??= this.#follow().catch(() => undefined);
  }

  /** Hears how a pull gets on, until the returned function is called. */
  onProgress(listener: (stored: number, size: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends after the package under way. */
  async close(): Promise<void> {
    this.#stop.abort(new VouchError('closed', 'The mirror is closed.'));
    await Promise.allSettled([this.#run, this.#pull]);
  }

  async #follow(): Promise<void> {
    const { intervalMs } = this.#options;
    for (let failures = 0; ; ) {
      failures = await this.pull().then(
        () => 0,
        () => failures + 1,
      );
      if (this.#state === 'forked' || this.#state === 'stopped' || this.#stop.signal.aborted) return;
      const wait = Math.min(intervalMs * 2 ** Math.min(failures, 16), Math.max(intervalMs, MOST_PAUSE_MS));
      await pause(wait, undefined, { signal: this.#stop.signal });
    }
  }

  async #pullOnce(): Promise<void> {
    if (this.#state === 'forked') throw new LogBreach('fork', this.#facts.problem!.message);
    const { mirror, now, onGrowth } = this.#options;
    const before = mirror.size();
    try {
      const { size } = await pullLog({
        ...this.#options,
        signal: this.#stop.signal,
        onProgress: (stored, targetSize) => this.#progress(stored, targetSize),
      });
      this.#facts = { targetSize: size, checkedAt: now() };
      this.#settle('following');
    } catch (thrown) {
      if (!this.#stop.signal.aborted) await this.#judge(thrown);
      throw thrown;
    } finally {
      if (mirror.size() !== before) onGrowth();
    }
  }

  #progress(stored: number, targetSize: number): void {
    this.#facts = { ...this.#facts, targetSize };
    if (stored < targetSize && this.#state === 'following') this.#state = 'catching-up';
    for (const listener of this.#listeners) listener(stored, targetSize);
  }

  async #judge(thrown: unknown): Promise<void> {
    const message = toMessage(thrown);
    if (thrown instanceof LogBreach) {
      const { breach } = thrown;
      // Where it cannot be kept, what it proves is still so; a restart finds it again.
      const path = await keepEvidence(this.#options.evidenceDirectory, thrown).catch(() => undefined);
      return this.#settle(breach === 'fork' ? 'forked' : 'waiting', { message, breach }, path);
    }
    const code = thrown instanceof VouchError ? thrown.code : 'internal';
    // The copy has closed itself, or cannot be read: only opening it again helps.
    const isOurs = code === 'closed' || code === 'storage' || code === 'corrupt' || code === 'internal';
    this.#settle(isOurs ? 'stopped' : 'waiting', { message });
  }

  #settle(state: Following['state'], problem?: { message: string; breach?: BreachCode }, evidence?: string): void {
    const { problem: _, ...facts } = this.#facts;
    const since = this.#facts.problem?.message === problem?.message ? this.#facts.problem?.since : undefined;
    this.#state = state;
    this.#facts = {
      ...facts,
      ...(problem === undefined ? {} : { problem: { ...problem, since: since ?? this.#options.now() } }),
      ...(evidence === undefined ? {} : { evidence }),
    };
    const told = `${state} ${problem?.message ?? ''}`;
    if (told !== this.#told) this.#options.onNews(this.following());
    this.#told = told;
  }
}
