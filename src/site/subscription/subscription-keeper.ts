import { rm } from 'node:fs/promises';
import { toMessage } from '../../errors.ts';
import type { SiteEvent, Subscriptions } from '../../policy/subscription.ts';
import type { ImageCache } from '../download/image-cache.ts';
import type { Site } from '../site.ts';
import { type Assessment, assessImage } from './assess-image.ts';
import { chooseImages, type Target } from './choose-images.ts';
import { addNotice, type FollowedEntry, type FollowedImage, type Notice } from './followed-image.ts';
import { type FetchOptions, ImageFetcher } from './image-fetcher.ts';
import type { Ledger } from './ledger.ts';
import { lookThrough } from './look-through.ts';
import type { NoticeRunner } from './notice-runner.ts';

export interface SubscriptionKeeperOptions {
  readonly site: Site;
  readonly ledger: Ledger;
  readonly cache: ImageCache;
  readonly runner: NoticeRunner;
  readonly fetch: FetchOptions;
  /** How long an image stays here about which a registry withholds a document. */
  readonly graceMs: number;
  readonly tell: (sentence: string) => void;
  readonly now?: () => Date;
}

/**
 * Keeps what a site's subscriptions ask for: what newly may run is fetched, what may not any more is removed, and programs are told of it.
 * Rounds come one after another; fetching goes on beside them, so that no withdrawal waits for it.
 */
export class SubscriptionKeeper implements AsyncDisposable {
  readonly #options: SubscriptionKeeperOptions;
  readonly #fetcher: ImageFetcher;
  readonly #ending = new AbortController();
  readonly #assessments = new Map<string, Assessment>();
  #subscriptions: Subscriptions;
  #round: Promise<void> = Promise.resolve();
  #assessedAt: Date | undefined;
  #generation = -1;

  constructor(subscriptions: Subscriptions, options: SubscriptionKeeperOptions) {
    this.#subscriptions = subscriptions;
    this.#options = options;
    this.#fetcher = new ImageFetcher(options.cache, {
      ...options.fetch,
      signal: this.#ending.signal,
      tell: options.tell,
      mostBytes: () => this.#subscriptions.mostBytes,
      isHeld: (image, document) => options.ledger.get(image)?.held?.entry.documentSha256 === document,
      heldBytes: () => options.ledger.list().reduce((sum, { held }) => sum + (held?.entry.sizeBytes ?? 0), 0),
      onFetched: (image, entry, file) => this.#onFetched(image, entry, file),
    });
  }

  get subscriptions(): Subscriptions {
    return this.#subscriptions;
  }

  /** Why an image that is wanted is not here yet, where something is in the way. */
  troubleOf(image: string): string | undefined {
    return this.#fetcher.troubleOf(image);
  }

  /** From the next round on these. */
  replace(subscriptions: Subscriptions): void {
    this.#subscriptions = subscriptions;
    this.#options.runner.replace(subscriptions);
    this.#assessedAt = undefined;
  }

  /** One round: looks at what is new, and all over again where policy, trust or subscriptions are others or some time has passed. */
  round(): Promise<void> {
    const done = this.#round.then(() => this.#act());
    this.#round = done.catch(() => undefined);
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#round;
    await this.#fetcher[Symbol.asyncDispose]();
  }

  async #act(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    const { site, ledger, runner } = this.#options;
    const subscriptions = this.#subscriptions;
    const { list, digest, recheckMs } = subscriptions;
    const from = ledger.reach.digest === digest ? ledger.reach.next : {};
    const found = await lookThrough(site, list, from, this.#ending.signal);
    for (const image of found.candidates) if (ledger.get(image) === undefined) await ledger.put(this.#begin(image));
    if (found.touched.size > 0 || ledger.reach.digest !== digest) await ledger.advance({ digest, next: found.next });
    const isAllDue =
      this.#assessedAt === undefined ||
      this.#generation !== site.generation ||
      this.#now().getTime() - this.#assessedAt.getTime() >= recheckMs;
    if (isAllDue) [this.#assessedAt, this.#generation] = [this.#now(), site.generation];
    for (const { image } of ledger.list()) {
      this.#ending.signal.throwIfAborted();
      const known = this.#assessments.get(image);
      // What could not be decided may be any moment: the log is followed again, a document came.
      if (!isAllDue && known !== undefined && known.outcome !== 'undecided' && !found.touched.has(image)) continue;
      await new Promise(setImmediate);
      this.#assessments.set(image, await assessImage(site, image, list));
    }
    await this.#settle();
    runner.wake();
  }

  /** Makes of every image what is to become of it. */
  async #settle(): Promise<void> {
    const { ledger } = this.#options;
    const targets = chooseImages([...this.#assessments.values()], this.#subscriptions.list, {
      heldMs: (image) => {
        const held = ledger.get(image)?.held;
        return held && Date.parse(held.entry.created);
      },
      hadBefore: (image) => ledger.get(image)?.subscriptions ?? [],
    });
    const wanted = new Map<string, FollowedEntry>();
    for (const [image, target] of targets) {
      const assessment = this.#assessments.get(image)!;
      const known = ledger.get(image)!;
      await this.#removeFiles(known);
      if (target.target === 'here') {
        wanted.set(image, assessment.entry!);
        await this.#keepWanted(known, target.subscriptions, assessment);
      } else if (target.target === 'as-it-is' && !this.#isOverdue(known, assessment)) {
        await this.#keepState(known, { state: target.state, reasons: target.reasons });
      } else await this.#withdraw(known, target);
    }
    this.#fetcher.want(wanted);
  }

  /** A registry that withholds a document may hide a withdrawal: that is not waited for without end. */
  #isOverdue({ state, since }: FollowedImage, { outcome, isWithheld }: Assessment): boolean {
    if (outcome !== 'undecided' || state !== 'undecided' || !isWithheld) return false;
    return this.#now().getTime() - Date.parse(since) > this.#options.graceMs;
  }

  async #keepWanted(known: FollowedImage, subscriptions: readonly string[], { reasons }: Assessment): Promise<void> {
    const state = known.held === undefined ? 'wanted' : 'here';
    await this.#keepState(known, { state, subscriptions, reasons });
  }

  async #keepState(known: FollowedImage, change: Partial<FollowedImage>): Promise<void> {
    const next = { ...known, ...change };
    const isSame = (['state', 'subscriptions', 'reasons'] as const).every(
      (field) => String(next[field]) === String(known[field]),
    );
    if (isSame) return;
    const since = next.state === known.state ? known.since : this.#now().toISOString();
    await this.#options.ledger.put({ ...next, since });
  }

  async #withdraw(known: FollowedImage, { reasons, ...target }: Exclude<Target, { target: 'here' }>): Promise<void> {
    const state = target.state === 'undecided' ? 'denied' : target.state;
    const { held, subscriptions } = known;
    if (held === undefined) return this.#keepState(known, { state, reasons, subscriptions: [] });
    const { held: _, ...rest } = known;
    const notice = this.#toNotice(known.image, 'withdrawn', { ...held, subscriptions, reasons });
    await this.#options.ledger.put({
      ...rest,
      state,
      reasons,
      subscriptions: [],
      since: notice.at,
      leaving: [...known.leaving, held.file],
      notices: addNotice(known.notices, notice),
    });
    this.#options.tell(`${known.image} is withdrawn: ${reasons.join(' ')}`);
    await this.#removeFiles(this.#options.ledger.get(known.image)!);
  }

  /** An image is here by a statement, whole and verified; it is taken if it still may run by it. */
  async #onFetched(image: string, entry: FollowedEntry, file: string): Promise<void> {
    const { ledger, site, runner } = this.#options;
    const fresh = await assessImage(site, image, this.#subscriptions.list);
    this.#assessments.set(image, fresh);
    const known = ledger.get(image);
    // The next round sees to it.
    if (known === undefined || fresh.entry?.documentSha256 !== entry.documentSha256) return;
    const { held } = known;
    if (held?.entry.documentSha256 === entry.documentSha256) return;
    const { subscriptions } = known;
    const previous = held === undefined ? {} : { previous: held.entry };
    const event = held === undefined ? 'allowed' : 'changed';
    const notice = this.#toNotice(image, event, { entry, file, subscriptions, reasons: fresh.reasons, ...previous });
    await ledger.put({
      ...known,
      state: 'here',
      reasons: fresh.reasons,
      since: notice.at,
      held: { entry, file },
      leaving: [...known.leaving.filter((one) => one !== file), ...(held && held.file !== file ? [held.file] : [])],
      notices: addNotice(known.notices, notice),
    });
    this.#options.tell(`${image} is here: ${file}`);
    runner.wake();
    // What it takes the place of can go now.
    void this.round().catch((thrown: unknown) => this.#options.tell(toMessage(thrown)));
  }

  async #removeFiles(known: FollowedImage): Promise<void> {
    if (known.leaving.length === 0) return;
    for (const file of known.leaving) {
      await this.#options.cache.remove({ path: file });
      await rm(`${file}.part`, { force: true });
    }
    await this.#options.ledger.put({ ...this.#options.ledger.get(known.image)!, leaving: [] });
  }

  #toNotice(image: string, event: SiteEvent, told: Omit<Notice, 'id' | 'event' | 'image' | 'at'>): Notice {
    const at = this.#now().toISOString();
    return { id: `${image}-${event}-${at}`, event, image, at, ...told };
  }

  #begin(image: string): FollowedImage {
    const since = this.#now().toISOString();
    return { image, state: 'wanted', subscriptions: [], reasons: [], since, leaving: [], notices: [] };
  }

  #now(): Date {
    return (this.#options.now ?? (() => new Date()))();
  }
}
