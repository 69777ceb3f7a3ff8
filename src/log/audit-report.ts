/** Problems named one by one; of those beyond, only the number is told. */
const PROBLEMS_LIMIT = 100;

/** Collects what an audit finds, in words. */
export class AuditReport {
  readonly #problems: string[] = [];
  #unnamed = 0;

  add(problem: string): void {
    if (this.#problems.length < PROBLEMS_LIMIT) this.#problems.push(problem);
    else this.#unnamed += 1;
  }

  /** Empty for a sound log. */
  problems(): string[] {
    return this.#unnamed === 0 ? [...this.#problems] : [...this.#problems, `and ${this.#unnamed} more problems`];
  }
}
