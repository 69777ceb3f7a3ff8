import type { UseDay } from './use-day.ts';

/** Uses of one thing on one day that are not written yet. */
export interface PendingUse {
  /** `i` for an image by its identifier, `e` for an entry by the SHA-256 of its document. */
  readonly of: 'i' | 'e';
  readonly name: string;
  readonly day: UseDay;
  lookups: number;
  checks: number;
}

/**
 * What was counted since the last writing: it costs a look into a map, and is bounded whatever comes. Where it is full, what is not in it
 * yet is dropped, and how much is told.
 */
export class PendingUses {
  readonly #most: number;
  #uses = new Map<string, PendingUse>();
  #dropped = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#uses.size;
  }

  add(of: PendingUse['of'], name: string, day: UseDay, kind: 'lookups' | 'checks'): void {
    const use = this.#find(of, name, day);
    if (use !== undefined) use[kind] += 1;
    else this.#dropped += 1;
  }

  /** Takes everything out, to be written. */
  take(): PendingUse[] {
    const uses = [...this.#uses.values()];
    this.#uses = new Map();
    return uses;
  }

  /** Puts back what could not be written. */
  restore(uses: readonly PendingUse[]): void {
    for (const { of, name, day, lookups, checks } of uses) {
      const use = this.#find(of, name, day);
      if (use === undefined) {
        this.#dropped += lookups + checks;
        continue;
      }
      use.lookups += lookups;
      use.checks += checks;
    }
  }

  /** How many uses there was no room for since the last time this was asked. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  #find(of: PendingUse['of'], name: string, day: UseDay): PendingUse | undefined {
    const key = `${of} ${name} ${day}`;
    const known = this.#uses.get(key);
    if (known !== undefined) return known;
    if (this.#uses.size >= this.#most) return undefined;
    const fresh = { of, name, day, lookups: 0, checks: 0 };
    this.#uses.set(key, fresh);
    return fresh;
  }
}
