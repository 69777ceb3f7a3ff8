import type { AuditReport } from './audit-report.ts';
import type { Placed } from './batch.ts';
import { IndexTrial } from './index-trial.ts';
import { areEqualBytes } from './sha256.ts';
import { type Pair, readPairs, type Store } from './store.ts';
import { readNumber, STORE_KEYS, toKeyBounds } from './store-key.ts';

const PAGE = 256;

/** Holds the index of a stored log against one made anew: what `index` records state and, at the end, each page that is stored. */
export class IndexAudit {
  readonly #store: Store;
  readonly #scratch: Store;
  readonly #report: AuditReport;
  readonly #trial: IndexTrial;
  /** Records that the stored trie has taken in. */
  readonly #stored: number;
  #isBroken = false;

  private constructor(store: Store, scratch: Store, report: AuditReport, stored: number) {
    this.#store = store;
    this.#scratch = scratch;
    this.#report = report;
    this.#trial = new IndexTrial(scratch);
    this.#stored = stored;
  }

  /** `scratch` is empty, and is filled. */
  static async open(store: Store, scratch: Store, report: AuditReport): Promise<IndexAudit> {
    const [position] = await store.read([STORE_KEYS.index]);
    return new IndexAudit(store, scratch, report, position === undefined ? 0 : readNumber(position));
  }

  /** Checks the next records. */
  async take(placed: readonly Placed[]): Promise<void> {
    const fault = await this.#trial.take(placed, this.#stored);
    if (fault === undefined) return;
    this.#isBroken = true;
    this.#report.add(`wrong index: ${fault}`);
  }

  /** After the last record: the pages that are stored. */
  async finish(): Promise<void> {
    if (this.#isBroken) return;
    if (this.#stored !== this.#trial.position) {
      this.#report.add(`the index is said to cover ${this.#stored} records, not ${this.#trial.position}`);
    } else if (!(await this.#hasSamePages())) this.#report.add('the index has pages that the records do not make');
  }

  async #hasSamePages(): Promise<boolean> {
    const expected = readPairs(this.#scratch, ...toKeyBounds('x'), PAGE);
    const stored = readPairs(this.#store, ...toKeyBounds('x'), PAGE);
    for (;;) {
      const [one, other] = [(await expected.next()).value, (await stored.next()).value];
      if (one === undefined || other === undefined) return one === other;
      if (!isSame(one, other)) return false;
    }
  }
}

function isSame(one: Pair, other: Pair): boolean {
  return areEqualBytes(one[0], other[0]) && areEqualBytes(one[1], other[1]);
}
