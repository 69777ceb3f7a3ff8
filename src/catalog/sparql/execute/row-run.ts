import { type Columns, ROW, ROW_WIDTH, RULE, RULE_SHIFT } from '../quads/column.ts';

/**
 * Finds what subjects say by one predicate, for subjects whose rows lie together (`IS_SCATTERED` is not set) and a predicate that does not
 * say how an entry stands. Such rows are sorted by predicate, and most entries say the same things: where the predicate was for
 * the subject before is a good guess for the next one, and the row there tells which way to look on.
 */
export class RowRun {
  readonly #rows: Int32Array;
  readonly #subjectHead: Int32Array;
  readonly #predicate: number;
  readonly #lastRow: number;
  /** From the row that the caller knows of to the one that was found. */
  #distance = 0;
  #looked = 0;

  /** `lastRow`: rows after it are newer than the answer. */
  constructor({ rows, subjectHead }: Columns, predicate: number, lastRow: number) {
    this.#rows = rows;
    this.#subjectHead = subjectHead;
    this.#predicate = predicate;
    this.#lastRow = lastRow;
  }

  /** Rows that the last `find` looked at. */
  get looked(): number {
    return this.#looked;
  }

  /** The last row of the subject with the predicate, 0 where there is none. `near` is any row, best one of the subject or of its entry. */
  find(subject: number, near: number): number {
    const rows = this.#rows;
    const predicate = this.#predicate;
    this.#looked = 1;
    let row = near + this.#distance;
    if (!this.#isAmong(row, subject)) {
      row = this.#lastOf(subject);
      if (row === 0) return 0;
    }
    const start = row;
    while (rows[row * ROW_WIDTH + ROW.predicate]! > predicate && rows[(row - 1) * ROW_WIDTH] === subject) row--;
    for (
      let above = row + 1;
      this.#isAmong(above, subject) && rows[above * ROW_WIDTH + ROW.predicate]! <= predicate;
      above++
    ) {
      row = above;
    }
    this.#looked += Math.abs(row - start);
    this.#distance = row - near;
    return rows[row * ROW_WIDTH + ROW.predicate] === predicate ? row : 0;
  }

  /** The one before a row that was found, 0 where there is none. */
  before(row: number): number {
    const [at, below] = [row * ROW_WIDTH, (row - 1) * ROW_WIDTH];
    const rows = this.#rows;
    const isSame = rows[below] === rows[at] && rows[below + ROW.predicate] === rows[at + ROW.predicate];
    return isSame ? row - 1 : 0;
  }

  /** True for a row of the subject that is among its sorted ones. */
  #isAmong(row: number, subject: number): boolean {
    const at = row * ROW_WIDTH;
    if (row < 1 || row > this.#lastRow || this.#rows[at] !== subject) return false;
    return this.#rows[at + ROW.mark]! >>> RULE_SHIFT <= RULE.shared;
  }

  /** The last of the sorted rows of a subject. */
  #lastOf(subject: number): number {
    const rows = this.#rows;
    let row = Atomics.load(this.#subjectHead, subject);
    while (row > 0 && !this.#isAmong(row, subject)) {
      this.#looked++;
      row = rows[row * ROW_WIDTH + ROW.nextS]!;
    }
    return row;
  }
}
