import type { EntryJudgement } from '../policy/judge-entry.ts';

/** How long a judgement is taken again: certificates and revocation lists end on a day, not within a minute. */
const KEPT_MS = 60_000;
/** From this age on it is made anew behind the back of who asks; not of all at the same age, so that what came together does not end together. */
const FRESH_MS = { least: 20_000, most: 50_000 } as const;
/** Bytes of documents whose judgements are kept, two or three thousand documents: what they say takes several times as much memory. */
const KEPT_BYTES = 16 * 1024 * 1024;

interface Kept {
  readonly at: number;
  readonly freshUntil: number;
  readonly bytes: number;
  readonly judgement: Promise<EntryJudgement>;
}

/** Judgements of documents made a moment ago: a cloud that starts a hundred machines asks a hundred times. */
export class JudgementCache {
  readonly #kept = new Map<string, Kept>();
  readonly #renewing = new Set<string>();
  #last: Promise<void> = Promise.resolve();
  #bytes = 0;

  /** Bytes of the documents whose judgements are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The judgement made for `name`, a document of so many bytes, within the last minute before or at `at`, or a new one. */
  get(name: string, bytes: number, at: Date, judge: () => Promise<EntryJudgement>): Promise<EntryJudgement> {
    const known = this.#kept.get(name);
    const ageMs = known === undefined ? Number.NaN : at.getTime() - known.at;
    if (known === undefined || !(ageMs >= 0 && ageMs < KEPT_MS)) return this.#keep(name, bytes, at, judge());
    if (at.getTime() > known.freshUntil) this.#renew(name, known, at, judge);
    return known.judgement;
  }

  /** Forgets everything: trust or policy are others now. */
  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #keep(name: string, bytes: number, at: Date, judgement: Promise<EntryJudgement>): Promise<EntryJudgement> {
    this.#forget(name);
    const freshMs = FRESH_MS.least + Math.random() * (FRESH_MS.most - FRESH_MS.least);
    const kept = { at: at.getTime(), freshUntil: at.getTime() + freshMs, bytes, judgement };
    this.#kept.set(name, kept);
    this.#bytes += bytes;
    judgement.catch(() => {
      if (this.#kept.get(name) === kept) this.#forget(name);
    });
    // the oldest are first: what is of no use any more, and what there is no room for
    for (const [oldest, { at: madeAt }] of this.#kept) {
      if (this.#bytes <= KEPT_BYTES && at.getTime() - madeAt < KEPT_MS) break;
      this.#forget(oldest);
    }
    return judgement;
  }

  /** Judges anew, one document after another, while the judgement before still serves. */
  #renew(name: string, known: Kept, at: Date, judge: () => Promise<EntryJudgement>): void {
    if (this.#renewing.has(name)) return;
    this.#renewing.add(name);
    this.#last = this.#last.then(async () => {
      // Who asks meanwhile is answered before the next one is judged.
      await new Promise(setImmediate);
      // Forgotten means that trust or policy are others now: this judgement would be by those before.
      if (this.#kept.get(name) !== known) return;
      const judgement = judge();
      await judgement.catch(() => undefined);
      if (this.#kept.get(name) === known) this.#keep(name, known.bytes, at, judgement);
    });
    this.#last = this.#last.finally(() => this.#renewing.delete(name));
  }

  #forget(name: string): void {
    this.#bytes -= this.#kept.get(name)?.bytes ?? 0;
    this.#kept.delete(name);
  }
}
