import { toMessage } from '../errors.ts';
import type { Policy } from '../policy/policy.ts';
import type { Trust } from '../verify/conditions.ts';
import type { FollowedLog } from './followed-log.ts';
import type { Site } from './site.ts';

export interface SiteKeeperOptions {
  readonly everyMs: number;
  /** Reads the policy anew; throws where it is none. */
  readonly readPolicy: () => Policy | Promise<Policy>;
  /** Reads the trust directory anew; throws where it cannot be used. The digest says whether it is another. */
  readonly readTrust: () => Promise<{ readonly trust: Trust; readonly digest: string }>;
  /** Hold the documents of every record, so that no decision ever waits for a registry. */
  readonly fetchesAll: boolean;
  /** Called after each round of a log, once all of it that could be had is here. What it throws is told of. */
  readonly onFollowed?: () => Promise<void>;
  /** One sentence for the operator, when something changes. */
  readonly tell: (sentence: string) => void;
}

/** Keeps a site up to date while it runs: its copies of logs, their documents, its policy and its trust. */
export class SiteKeeper implements AsyncDisposable {
  readonly #site: Site;
  readonly #options: SiteKeeperOptions;
  readonly #ending = new AbortController();
  #trustDigest: string;
  /** What was told last of each thing, so that trouble which stays is told of once. */
  readonly #told = new Map<string, string>();
  readonly #rounds = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Logs that were followed to their end at least once. */
  readonly #filled = new Set<FollowedLog>();

  constructor(site: Site, trustDigest: string, options: SiteKeeperOptions) {
    this.#site = site;
    this.#trustDigest = trustDigest;
    this.#options = options;
  }

  /** True once every log was followed to its end and, where wanted, asked for every document that was not here. */
  get isFilled(): boolean {
    return this.#site.logs.every((log) => this.#filled.has(log));
  }

  /** Begins; the first rounds start at once. Each log has rounds of its own, so that a slow one keeps nobody from the others. */
  start(): void {
    for (const log of this.#site.logs) this.#repeat(() => this.#follow(log));
    this.#repeat(() => this.#replace());
  }

  /** One round of everything. Never throws. */
  async refresh(): Promise<void> {
    await Promise.all([...this.#site.logs.map((log) => this.#follow(log)), this.#replace()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#rounds);
  }

  #repeat(act: () => Promise<void>): void {
    const round = (): void => {
      const done = act().finally(() => {
        this.#rounds.delete(done);
        if (this.#ending.signal.aborted) return;
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          round();
        }, this.#options.everyMs);
        this.#timers.add(timer);
      });
      this.#rounds.add(done);
    };
    round();
  }

  /** Takes over what a log has more, and where wanted its documents. */
  async #follow(log: FollowedLog): Promise<void> {
    await log.sync({ withDocuments: this.#options.fetchesAll, signal: this.#ending.signal });
    const { fault, notice, size } = log.standing(new Date());
    this.#tellOnce(log.origin, fault ?? notice ?? '', `The log ${log.origin} is followed again: ${size} records.`);
    if (size > 0) this.#filled.add(log);
    if (this.#ending.signal.aborted) return;
    try {
      await this.#options.onFollowed?.();
      this.#tellOnce('subscriptions', '', 'The subscriptions are kept again.');
    } catch (thrown) {
      if (!this.#ending.signal.aborted) this.#tellOnce('subscriptions', toMessage(thrown), '');
    }
  }

  /** Takes a new policy or trust; what cannot be read leaves in force what was. */
  async #replace(): Promise<void> {
    const { readPolicy, readTrust } = this.#options;
    try {
      const policy = await readPolicy();
      if (policy.digest !== this.#site.policy.digest) {
        this.#site.replace({ policy });
        this.#options.tell(
          `The policy has changed: ${policy.name ?? 'without a name'} (${policy.digest.slice(0, 16)}…).`,
        );
      }
      this.#tellOnce('policy', '', 'The policy can be read again.');
    } catch (thrown) {
      this.#tellOnce('policy', `${toMessage(thrown)} The policy before stays in force.`, '');
    }
    try {
      const { trust, digest } = await readTrust();
      if (digest !== this.#trustDigest) {
        this.#site.replace({ trust });
        this.#trustDigest = digest;
        this.#options.tell('The trust directory has changed.');
      }
      this.#tellOnce('trust', '', 'The trust directory can be read again.');
    } catch (thrown) {
      this.#tellOnce('trust', `${toMessage(thrown)} What was trusted before stays in force.`, '');
    }
  }

  #tellOnce(about: string, trouble: string, relief: string): void {
    const last = this.#told.get(about) ?? '';
    this.#told.set(about, trouble);
    if (trouble === last) return;
    this.#options.tell(trouble === '' ? relief : trouble);
  }
}
