import type { EntryJudgement } from '../policy/judge-entry.ts';

/** How long a judgement is taken again: certificates and revocation lists end on a day, not within seconds. */
const KEPT_MS = 10_000;
const KEPT_MOST = 20_000;

/** Judgements of documents made a moment ago: a cloud that starts a hundred machines asks a hundred times. */
export class JudgementCache {
  readonly #kept = new Map<string, { readonly at: number; readonly judgement: Promise<EntryJudgement> }>();

  /** The judgement made for `name` within the last seconds before or at `at`, or a new one. */
  get(name: string, at: Date, judge: () => Promise<EntryJudgement>): Promise<EntryJudgement> {
    const known = this.#kept.get(name);
    const ageMs = known === undefined ? Number.NaN : at.getTime() - known.at;
    if (known !== undefined && ageMs >= 0 && ageMs < KEPT_MS) return known.judgement;
    const judgement = judge();
    this.#kept.delete(name);
    this.#kept.set(name, { at: at.getTime(), judgement });
    judgement.catch(() => this.#kept.delete(name));
    if (this.#kept.size > KEPT_MOST) this.#kept.delete(this.#kept.keys().next().value!);
    return judgement;
  }

  /** Forgets everything: trust or policy are others now. */
  clear(): void {
    this.#kept.clear();
  }
}
