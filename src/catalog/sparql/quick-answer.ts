import { VouchError } from '../../errors.ts';
import { answerParsed } from './execute/answer-query.ts';
import { Budget, TooLong } from './execute/budget.ts';
import { Unsure } from './execute/unsure.ts';
import type { ColumnBuffers } from './quads/column.ts';
import { QuadReader } from './quads/quad-reader.ts';
import type { GuardedQuery } from './sparql-guard.ts';
import type { SparqlRequest } from './sparql-message.ts';

/** Steps of a query that is answered at once: about a millisecond, what making a page takes. */
const STEPS = 20_000;
/** When one is given up whatever it does; a step may take longer than most. */
const MOST_MS = 5;
const BYTES = 4 * 1024 * 1024;
/** Queries that are remembered not to be short. */
const REMEMBERED = 256;

/** What there is to ask about, and how. */
export type QuickRequest = Omit<SparqlRequest, 'number' | 'query' | 'buffers'> & {
  readonly query: GuardedQuery;
  readonly buffers: ColumnBuffers;
};

/**
 * Answers short queries where they arrive, on the thread of the server: handing them to a worker and taking the answer back takes longer,
 * and they need not wait while heavy ones keep every worker busy. What a query may do here is counted, so that nobody else waits
 * for more than a few milliseconds; what turns out longer, or cannot be counted, is left to a worker that can be killed.
 */
export class QuickAnswers {
  readonly #long = new Set<string>();
  #reader: { readonly buffers: ColumnBuffers; readonly reader: QuadReader } | undefined;

  /** The answer, or undefined: ask a worker then, also to learn why there is none. */
  answer(request: QuickRequest): { readonly body: Uint8Array<ArrayBuffer>; readonly isTimed: boolean } | undefined {
    const { query, buffers, ...asked } = request;
    const { short } = query;
    if (short === undefined || this.#long.has(query.text)) return undefined;
    if (this.#reader?.buffers !== buffers) this.#reader = { buffers, reader: new QuadReader(buffers) };
    const budget = new Budget({ bytes: BYTES, steps: STEPS, deadlineMs: performance.now() + MOST_MS });
    try {
      return answerParsed({ ...asked, query }, short, this.#reader.reader, budget);
    } catch (failure) {
      if (failure instanceof TooLong || failure instanceof Unsure || failure instanceof VouchError) {
        this.#remember(query.text);
        return undefined;
      }
      throw failure;
    }
  }

  #remember(text: string): void {
    if (this.#long.size >= REMEMBERED) this.#long.delete(this.#long.values().next().value!);
    this.#long.add(text);
  }
}
