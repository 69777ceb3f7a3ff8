import { VouchError } from '../../../errors.ts';

/** Thrown where a query that was to be short is not; nothing has left the executor by then. */
export class TooLong extends Error {
  constructor() {
    super('The query is not short.');
    this.name = 'TooLong';
  }
}

export interface BudgetLimits {
  /** Bytes that collected rows may take. */
  readonly bytes: number;
  /** About how many quads may be looked at, or things done that take as long; any number where absent. */
  readonly steps?: number;
  /** When to stop, by `performance.now()`; never where absent. */
  readonly deadlineMs?: number;
}

/** Steps between two looks at the clock. */
const STRETCH = 64;

/** Counts what a query collects, and where that is limited what it does. */
export class Budget {
  readonly #deadlineMs: number | undefined;
  #bytes: number;
  #steps: number;
  #nextLook: number;

  constructor({ bytes, steps = Number.POSITIVE_INFINITY, deadlineMs }: BudgetLimits) {
    this.#bytes = bytes;
    this.#steps = steps;
    this.#deadlineMs = deadlineMs;
    this.#nextLook = steps === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : steps - STRETCH;
  }

  /** Throws `too-large` where there is not as much left. */
  take(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes < 0) {
      throw new VouchError('too-large', 'The query was ended: it needed more memory than the limit.');
    }
  }

  /** Throws `TooLong` where there is not as much left, or no time. */
  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < this.#nextLook) this.#look();
  }

  /** Throws `TooLong` where so many steps are more than are left: what is to come need not be begun. */
  expect(steps: number): void {
    if (steps > this.#steps) throw new TooLong();
  }

  #look(): void {
    if (this.#steps < 0) throw new TooLong();
    if (this.#deadlineMs !== undefined && performance.now() > this.#deadlineMs) throw new TooLong();
    this.#nextLook = this.#steps - STRETCH;
  }
}
