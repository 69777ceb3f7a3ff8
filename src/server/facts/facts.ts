import type {
  QueryForm,
  SparqlAnswer,
  SparqlBounds,
  SparqlEngine,
  SparqlFormat,
  SparqlQuery,
} from '../../catalog/sparql/sparql.ts';
import { openSparqlEngine } from '../../catalog/sparql/sparql-engine.ts';
import { guardQuery } from '../../catalog/sparql/sparql-guard.ts';
import { toMessage, VouchError } from '../../errors.ts';
import { within } from '../../registry/within.ts';
import { type FactParts, FactSource } from './fact-source.ts';

export interface FactsOptions extends FactParts {
  /** What a query may take. */
  readonly bounds: SparqlBounds;
  readonly now?: () => Date;
  /** Hears, in a sentence, why there is no new copy. */
  readonly onNews?: (sentence: string) => void;
  /** How long a copy is new enough, at least; a minute where absent. */
  readonly freshMs?: number;
  /** How long a copy that nobody asks is kept; five minutes where absent. */
  readonly idleMs?: number;
}

/** An answer, and the moment it is of. */
export interface FactsAnswer {
  readonly answer: SparqlAnswer;
  readonly madeAt: Date;
}

interface Copy {
  readonly engine: SparqlEngine;
  readonly madeAt: Date;
  /** By `performance.now()`: until then it is new enough. */
  staleMs: number;
  /** Queries that are being answered. */
  asked: number;
}

/** A copy is asked for so long, or for so many times what making it took. */
const FRESH_MS = 60_000;
const FRESH_TIMES = 20;
/** Nobody asked for so long: its memory is given back. */
const IDLE_MS = 300_000;
/** Who asks first waits for the copy to be made, up to this. */
const WAIT_MS = 10_000;
const RETRY_SECONDS = 10;
const WORKERS = 2;
const LONGEST_QUERY = 16_384;

/**
 * SPARQL over what is counted and found out about images: the use of images and the state of locations. None of it is in the log, and it
 * changes all the time, so that queries are asked about a copy, made when somebody asks, made anew when it is old, and given up when nobody
 * asks any more.
 */
export class Facts {
  readonly #options: FactsOptions;
  #copy: Copy | undefined;
  #making: Promise<Copy> | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();
  #failed: { readonly why: unknown; readonly againMs: number } | undefined;
  #trouble = '';

  constructor(options: FactsOptions) {
    this.#options = options;
  }

  get bounds(): SparqlBounds {
    return this.#options.bounds;
  }

  /** Parses and guards only; throws `query`. */
  formOf(query: SparqlQuery): QueryForm {
    const { baseUrl, bounds } = this.#options;
    return guardQuery(query, { baseUrl, rows: bounds.rows, queryLength: LONGEST_QUERY }).form;
  }

  /** As the engine for entries answers; `busy` while the copy is being made for the first time. */
  async query(
    query: SparqlQuery,
    accepted: readonly SparqlFormat[],
    signal: AbortSignal,
    client: string | undefined,
  ): Promise<FactsAnswer> {
    const copy = await this.#find();
    copy.asked++;
    try {
      return { answer: await copy.engine.query(query, accepted, signal, client), madeAt: copy.madeAt };
    } finally {
      copy.asked--;
      this.#leave(copy);
      this.#rest();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#idle);
    await this.#making?.catch(() => undefined);
    await this.#copy?.engine.close();
    this.#copy = undefined;
  }

  /** The copy to ask: one that is old is asked while another one is being made. */
  async #find(): Promise<Copy> {
    if (this.#closing.signal.aborted) throw new VouchError('closed', 'The registry is closing.');
    const copy = this.#copy;
    const nowMs = performance.now();
    if (copy !== undefined && nowMs < copy.staleMs) return copy;
    if (this.#failed !== undefined && nowMs < this.#failed.againMs) {
      if (copy === undefined) throw this.#failed.why;
      return copy;
    }
    this.#making ??= this.#make()
      .catch((thrown: unknown) => this.#fail(thrown))
      .finally(() => {
        this.#making = undefined;
      });
    if (copy !== undefined) {
      this.#making.catch(() => undefined);
      return copy;
    }
    await within(
      WAIT_MS,
      this.#making.then(() => undefined),
    );
    if (this.#copy !== undefined) return this.#copy;
    const message = `What is known about images is being put together. Try again in ${RETRY_SECONDS} s.`;
    throw new VouchError('busy', message, { retryAfterSeconds: RETRY_SECONDS });
  }

  async #make(): Promise<Copy> {
    const { bounds, baseUrl, now = () => new Date(), freshMs = FRESH_MS } = this.#options;
    const startMs = performance.now();
    const madeAt = now();
    const source = new FactSource(this.#options, madeAt, this.#closing.signal);
    const limits = bounds;
    const engine = await openSparqlEngine({ catalog: source, baseUrl, workers: WORKERS, limits, warmsUp: false, now });
    try {
      await engine.waitFor(source.position());
    } catch (thrown) {
      await engine.close();
      throw thrown;
    }
    const doneMs = performance.now();
    const staleMs = doneMs + Math.max(freshMs, (doneMs - startMs) * FRESH_TIMES);
    const copy = { engine, madeAt, asked: 0, staleMs };
    this.#failed = undefined;
    this.#trouble = '';
    const before = this.#copy;
    this.#copy = copy;
    if (before !== undefined) this.#leave(before);
    this.#rest();
    return copy;
  }

  /** Takes note of why there is no new copy, so that not everybody who asks tries again. */
  #fail(why: unknown): never {
    this.#failed = { why, againMs: performance.now() + RETRY_SECONDS * 1_000 };
    const trouble = toMessage(why);
    if (trouble !== this.#trouble && !this.#closing.signal.aborted) {
      this.#options.onNews?.(`What is known about images could not be put together: ${trouble}`);
    }
    this.#trouble = trouble;
    throw why;
  }

  /** Closes a copy that is no longer asked. */
  #leave(copy: Copy): void {
    if (copy.asked === 0 && copy !== this.#copy) void copy.engine.close();
  }

  /** From now on the copy is at rest, until somebody asks. */
  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#closing.signal.aborted) return;
    this.#idle = setTimeout(() => {
      const copy = this.#copy;
      if (copy === undefined) return;
      this.#copy = undefined;
      this.#leave(copy);
    }, this.#options.idleMs ?? IDLE_MS).unref();
  }
}
