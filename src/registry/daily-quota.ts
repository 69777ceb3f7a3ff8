import { VouchError } from '../errors.ts';

/** Entries taken within 24 hours; those that come by import are not counted. */
export interface DailyLimits {
  /** Of anybody. */
  readonly entries: number;
  /** Of one endorser. */
  readonly perEndorser: number;
}

/** An entry that was taken before. */
export interface TakenBefore {
  readonly endorserKey: string;
  readonly ageMs: number;
}

interface Taken {
  readonly endorserKey: string;
  readonly atMs: number;
}

const DAY_MS = 86_400_000;

/** Counts what was taken within the last 24 hours, by a clock that never jumps. */
export class DailyQuota {
  readonly #limits: DailyLimits;
  readonly #nowMs: () => number;
  /** The oldest first. */
  readonly #taken = new Set<Taken>();
  readonly #ofEndorser = new Map<string, number>();

  constructor(limits: DailyLimits, before: readonly TakenBefore[], nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    for (const { endorserKey, ageMs } of before) this.#add({ endorserKey, atMs: nowMs() - ageMs });
  }

  /** Counts one more; the function returned takes that back, where nothing came of it. Throws `quota` where it would be too many. */
  take(endorserKey: string): () => void {
    this.#forget();
    const { entries, perEndorser } = this.#limits;
    if ((this.#ofEndorser.get(endorserKey) ?? 0) >= perEndorser) {
      const oldest = [...this.#taken].find((one) => one.endorserKey === endorserKey)!;
      throw this.#toQuota(`${perEndorser} entries of this endorser were taken within 24 hours`, oldest);
    }
    if (this.#taken.size >= entries) {
      const [oldest] = this.#taken;
      throw this.#toQuota(`${entries} entries were taken here within 24 hours`, oldest!);
    }
    const one = { endorserKey, atMs: this.#nowMs() };
    this.#add(one);
    return () => this.#remove(one);
  }

  /** Counts one more while the work goes on, and for good if it does not fail. Throws `quota`, and what the work throws. */
  async during<T>(endorserKey: string, work: () => Promise<T>): Promise<T> {
    const giveBack = this.take(endorserKey);
    try {
      return await work();
    } catch (thrown) {
      giveBack();
      throw thrown;
    }
  }

  #add(one: Taken): void {
    this.#taken.add(one);
    this.#ofEndorser.set(one.endorserKey, (this.#ofEndorser.get(one.endorserKey) ?? 0) + 1);
  }

  #remove(one: Taken): void {
    if (!this.#taken.delete(one)) return;
    const left = this.#ofEndorser.get(one.endorserKey)! - 1;
    if (left > 0) this.#ofEndorser.set(one.endorserKey, left);
    else this.#ofEndorser.delete(one.endorserKey);
  }

  #forget(): void {
    const nowMs = this.#nowMs();
    for (const one of this.#taken) {
      if (nowMs - one.atMs < DAY_MS) return;
      this.#remove(one);
    }
  }

  #toQuota(why: string, { atMs }: Taken): VouchError {
    const retryAfterSeconds = Math.max(1, Math.ceil((atMs + DAY_MS - this.#nowMs()) / 1000));
    return new VouchError('quota', `${why}, which is the limit; try again later.`, { retryAfterSeconds });
  }
}
