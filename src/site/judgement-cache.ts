import type { EntryJudgement } from '../policy/judge-entry.ts';

/** How long a judgement is taken again: certificates and revocation lists end on a day, not within seconds. */
const KEPT_MS = 10_000;
/** Bytes of documents whose judgements are kept: what they say is held in memory several times as large. */
const KEPT_BYTES = 64 * 1024 * 1024;

interface Kept {
  readonly at: number;
  readonly bytes: number;
  readonly judgement: Promise<EntryJudgement>;
}

/** Judgements of documents made a moment ago: a cloud that starts a hundred machines asks a hundred times. */
export class JudgementCache {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  /** The judgement made for `name`, a document of so many bytes, within the last seconds before or at `at`, or a new one. */
  get(name: string, bytes: number, at: Date, judge: () => Promise<EntryJudgement>): Promise<EntryJudgement> {
    const known = this.#kept.get(name);
    const ageMs = known === undefined ? Number.NaN : at.getTime() - known.at;
    if (known !== undefined && ageMs >= 0 && ageMs < KEPT_MS) return known.judgement;
    const judgement = judge();
    this.#forget(name);
    const kept = { at: at.getTime(), bytes, judgement };
    this.#kept.set(name, kept);
    this.#bytes += bytes;
    judgement.catch(() => {
      if (this.#kept.get(name) === kept) this.#forget(name);
    });
    while (this.#bytes > KEPT_BYTES) this.#forget(this.#kept.keys().next().value!);
    return judgement;
  }

  /** Forgets everything: trust or policy are others now. */
  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #forget(name: string): void {
    this.#bytes -= this.#kept.get(name)?.bytes ?? 0;
    this.#kept.delete(name);
  }
}
