import type { Catalog } from '../catalog/catalog.ts';
import type { OrderedStore } from '../catalog/ordered-store.ts';
import { isIdentifier } from '../entry/identifier.ts';
import { toMessage, VouchError } from '../errors.ts';
import { type PendingUse, PendingUses } from './pending-use.ts';
import { type ListedUse, type Taking, UsageStore } from './usage-store.ts';
import { toUseDay, type UseDay } from './use-day.ts';
import type { UseReceipt } from './use-receipt.ts';
import {
  type ImageUse,
  makeReport,
  readEntry,
  readSites,
  type SiteUseOfImage,
  toImageUse,
  type UsedImage,
  type UseReport,
} from './use-report.ts';

export interface UsageOptions {
  /** Closed with the counts, and where they could not be opened. */
  readonly store: OrderedStore;
  /** Of everything that is shown: whose images are counted. */
  readonly catalog: Catalog;
  /** Tells this catalog from another that was followed before: whose places are other ones. */
  readonly catalogName: string;
  readonly now: () => Date;
  /** Days that are kept as days; months after that. */
  readonly keepDays: number;
  /** Hears in sentences what goes wrong. */
  readonly onNews: (sentence: string) => void;
  /** Pause between two writings; 10 seconds where absent. What was counted since the last one is lost in a crash. */
  readonly writeMs?: number;
}

const WRITE_MS = 10_000;
/** Things that were used since the last writing: with so many, the next one begins at once; with so many more, what is new is dropped. */
const PENDING_WRITTEN = 5_000;
const PENDING_MOST = 20_000;
const STRETCH = 256;
/** A report is shown for so long, or for so many times what making it took. */
const REPORT_MS = 60_000;
const REPORT_TIMES = 20;

/**
 * How images are used, counted without anything about who does: no address, program, account or time of day reaches it. Counting costs a
 * look into a map; what was counted is written every few seconds.
 */
export class Usage {
  readonly #options: UsageOptions;
  readonly #store: UsageStore;
  readonly #pending = new PendingUses(PENDING_MOST);
  readonly #timer: NodeJS.Timeout;
  readonly #stopFollowing: () => void;
  #writing: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  #isBehind = false;
  #isClosed = false;
  #trouble = '';
  #report: { readonly made: Promise<UseReport>; staleMs: number } | undefined;

  /** Opens the counts; images that came meanwhile are taken note of from now on. */
  static async open(options: UsageOptions): Promise<Usage> {
    try {
      const today = toUseDay(options.now());
      const store = await UsageStore.open(options.store, today, options.keepDays);
      await store.mend(today);
      return new Usage(options, store);
    } catch (thrown) {
      await options.store.close();
      throw thrown;
    }
  }

  private constructor(options: UsageOptions, store: UsageStore) {
    this.#options = options;
    this.#store = store;
    this.#timer = setInterval(() => {
      void this.flush();
      if (this.#isBehind) void this.follow();
    }, options.writeMs ?? WRITE_MS).unref();
    this.#stopFollowing = options.catalog.onAdvance(() => void this.follow());
    void this.follow();
  }

  /** The first day that was counted. */
  get begun(): UseDay {
    return this.#store.begun;
  }

  /** Counts that an image, or one of its entries (by the SHA-256 of its document), was looked up. It MUST be one that is there. */
  countLookup(identifier: string, documentSha256?: string): void {
    this.#count('i', identifier, 'lookups');
    if (documentSha256 !== undefined) this.#count('e', documentSha256, 'lookups');
  }

  /** Counts that the proof of an image's history was fetched. It MUST be one that is there. */
  countCheck(identifier: string): void {
    this.#count('i', identifier, 'checks');
  }

  /** How images were used, those that are known. */
  async ofImages(identifiers: readonly string[]): Promise<ReadonlyMap<string, ImageUse>> {
    const today = this.#today();
    const records = await this.#store.images([...new Set(identifiers)], today);
    return new Map([...records].map(([name, record]) => [name, toImageUse(record, today)]));
  }

  /** How an entry was looked up; undefined where nobody did. */
  async ofEntry(documentSha256: string): Promise<ImageUse | undefined> {
    const today = this.#today();
    const record = await this.#store.entry(documentSha256, today);
    return record === undefined ? undefined : toImageUse(record, today);
  }

  /** What sites told of an image in the last 30 days. */
  sitesOf(identifier: string): Promise<readonly SiteUseOfImage[]> {
    return readSites(this.#store, identifier, this.#today());
  }

  /** Sites that told anything in so many days. */
  countSites(days: number): number {
    const from = this.#today() - days;
    return new Set(
      this.#store
        .reporters()
        .filter(({ day }) => day > from)
        .map(({ token }) => token),
    ).size;
  }

  /** Images that are here for so many days or longer, and that nobody used in them; those unused for longest first. */
  async unused(
    days: number,
    page: { readonly limit: number; readonly after?: ListedUse },
  ): Promise<{ readonly images: readonly UsedImage[]; readonly next?: ListedUse }> {
    const { catalog, now } = this.#options;
    const at = now();
    const today = toUseDay(at);
    const { limit, after } = page;
    const asked = { from: 0, to: today - days, limit: limit + 1, ...(after === undefined ? {} : { after }) };
    const listed = await this.#store.byLast('use', asked);
    const shown = listed.slice(0, limit);
    const uses = await this.ofImages(shown.map(({ name }) => name));
    const images: UsedImage[] = [];
    for (const { name } of shown) {
      const use = uses.get(name);
      if (use !== undefined) images.push({ identifier: name, use, ...(await readEntry(catalog, name, at)) });
    }
    return { images, ...(listed.length > limit ? { next: shown.at(-1)! } : {}) };
  }

  /** What was used most lately, and what although it was withdrawn. It may be a minute old, or more where making it takes long. */
  report(): Promise<UseReport> {
    const nowMs = performance.now();
    if (this.#report === undefined || nowMs >= this.#report.staleMs) {
      const made = makeReport(this.#store, this.#options.catalog, this.#options.now());
      const report = { made, staleMs: Number.POSITIVE_INFINITY };
      this.#report = report;
      void made.then(
        () => {
          const doneMs = performance.now();
          report.staleMs = doneMs + Math.max(REPORT_MS, (doneMs - nowMs) * REPORT_TIMES);
        },
        () => {
          report.staleMs = 0;
        },
      );
    }
    return this.#report.made;
  }

  /** Takes what a site tells, under the name of its token. Throws `busy` while the images are still being taken note of, `quota`. */
  async take(token: string, receipt: UseReceipt): Promise<Extract<Taking, { outcome: 'taken' }>> {
    await this.#following;
    if (this.#isBehind) throw new VouchError('busy', 'The images are not known yet; try again in a moment.');
    const taking = await this.#store.take(token, receipt, this.#today());
    if (taking.outcome === 'taken') return taking;
    throw new VouchError('quota', 'Too many reporters have used this token lately: give each site one of its own.', {
      retryAfterSeconds: 86_400,
    });
  }

  /** Writes what was counted. Never throws: what cannot be written is kept, as far as there is room. */
  flush(): Promise<void> {
    this.#writing ??= this.#flush().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Takes note of images that came since the last time. Never throws. */
  follow(): Promise<void> {
    this.#isBehind = true;
    this.#following ??= this.#follow().then((isDone) => {
      this.#following = undefined;
      // Something came while the end was reached.
      if (isDone && this.#isBehind && !this.#isClosed) void this.follow();
    });
    return this.#following;
  }

  /** Writes what was counted, and ends. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#stopFollowing();
    await this.#following;
    await this.flush();
    await this.#store.close();
  }

  #today(): UseDay {
    return toUseDay(this.#options.now());
  }

  #count(of: PendingUse['of'], name: string, kind: 'lookups' | 'checks'): void {
    if (of === 'i' && !isIdentifier(name)) return;
    this.#pending.add(of, name, this.#today(), kind);
    if (this.#pending.size >= PENDING_WRITTEN && this.#writing === undefined && this.#trouble === '') void this.flush();
  }

  async #flush(): Promise<void> {
    let uses: readonly PendingUse[] = this.#pending.take();
    const dropped = this.#pending.takeDropped();
    if (dropped > 0) this.#options.onNews(`${dropped} uses of images were not counted: there was no room for them.`);
    if (uses.length === 0) return;
    try {
      await this.#store.add(uses, this.#today(), (written) => {
        uses = uses.slice(written.length);
      });
      if (this.#trouble !== '') this.#options.onNews('The use of images can be written again.');
      this.#trouble = '';
    } catch (thrown) {
      this.#pending.restore(uses);
      this.#tell(thrown);
    }
  }

  /** False where it could not be done. */
  async #follow(): Promise<boolean> {
    const { catalog, catalogName } = this.#options;
    try {
      let from = await this.#store.cursor(catalogName);
      // Made anew, or another one: what is known already is left as it is.
      if (from > catalog.position()) from = 0;
      while (!this.#isClosed) {
        const { entries, next } = await catalog.since({}, from, STRETCH);
        const images = new Map<string, UseDay>();
        for (const { identifier, learnedAt, acceptedAt } of entries) {
          if (isIdentifier(identifier) && !images.has(identifier)) {
            images.set(identifier, toUseDay(learnedAt ?? acceptedAt));
          }
        }
        if (next !== from) await this.#store.meet(images, next, catalogName);
        else if (next >= catalog.position()) {
          this.#isBehind = false;
          return true;
        }
        from = next;
      }
      return true;
    } catch (thrown) {
      if (!this.#isClosed) this.#tell(thrown);
      return false;
    }
  }

  #tell(thrown: unknown): void {
    const trouble = toMessage(thrown);
    if (trouble !== this.#trouble) this.#options.onNews(`The use of images cannot be written: ${trouble}`);
    this.#trouble = trouble;
  }
}
