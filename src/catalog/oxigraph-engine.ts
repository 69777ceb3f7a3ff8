import { VouchError } from '../errors.ts';
import { chooseFormat } from './answer-format.ts';
import type { GraphSource } from './graph-source.ts';
import { QueryWorker } from './query-worker.ts';
import type { QueryForm, SparqlAnswer, SparqlEngine, SparqlFormat, SparqlQuery } from './sparql.ts';
import { type GuardedQuery, guardQuery } from './sparql-guard.ts';

export interface SparqlLimits {
  /** Time one query may run before its worker is killed. Default 10,000. */
  readonly timeoutMs: number;
  /** Time a query waits for a worker before it is answered `busy`. Default 10,000. */
  readonly waitMs: number;
  /** Most rows or triples of an answer. Default 200,000. */
  readonly rows: number;
  /** Most bytes of an answer. Default 64 MiB. */
  readonly bytes: number;
  /** How much the whole process may grow while a query runs before that query's worker is killed. Default 1 GiB. */
  readonly memoryBytes: number;
  /** Most queries that wait. Default 64. */
  readonly queue: number;
  /** Longest query in UTF-16 units. Default 16,384: what the parser takes at most a tenth of a second for. */
  readonly queryLength: number;
}

export interface SparqlEngineOptions {
  /** Where triples come from; not closed by the engine. */
  readonly catalog: GraphSource;
  /** Public base URL without a trailing slash. */
  readonly baseUrl: string;
  readonly limits?: Partial<SparqlLimits>;
  /** Worker threads, each with the whole index in memory. Default 2: while one is replaced the other answers. */
  readonly workers?: number;
}

const DEFAULTS: SparqlLimits = {
  timeoutMs: 10_000,
  waitMs: 10_000,
  rows: 200_000,
  bytes: 64 * 1024 * 1024,
  memoryBytes: 1024 * 1024 * 1024,
  queue: 64,
  queryLength: 16_384,
};
/** A worker that fails to load this often in a row will not load. */
const ATTEMPTS = 3;
const MEMORY_LOOK_MS = 100;

interface Waiting {
  readonly query: GuardedQuery;
  readonly format: SparqlFormat;
  readonly resolve: (answer: SparqlAnswer) => void;
  readonly reject: (reason: VouchError) => void;
  readonly patience: NodeJS.Timeout;
}

/** Opens the engine; the index loads in the background, while queries wait and are then answered `busy`. */
export function openSparqlEngine(options: SparqlEngineOptions): Promise<SparqlEngine> {
  return Promise.resolve(new OxigraphEngine(options));
}

/**
 * Queries over oxigraph in worker threads. A worker is brought up to the catalog's position before each query, so an answer
 * never holds for less than the catalog did when the query came, and a submission waits for no query that is running.
 */
class OxigraphEngine implements SparqlEngine {
  readonly #source: GraphSource;
  readonly #baseUrl: string;
  readonly #limits: SparqlLimits;
  readonly #workers = new Set<QueryWorker>();
  readonly #loaded = new Set<QueryWorker>();
  readonly #tended: Promise<void>[] = [];
  readonly #stopListening: () => void;
  readonly #queue = new Set<Waiting>();
  /** Guarding takes longer than most queries, and a query is guarded before its form is known and again before it is asked. */
  readonly #guarded = new WeakMap<SparqlQuery, GuardedQuery>();
  #wakeAll: () => void = () => undefined;
  #woken = new Promise<void>(() => undefined);
  #promised = 0;
  #failure: VouchError | undefined;

  constructor({ catalog, baseUrl, limits, workers = 2 }: SparqlEngineOptions) {
    this.#source = catalog;
    this.#baseUrl = baseUrl;
    this.#limits = { ...DEFAULTS, ...limits };
    this.#wake();
    this.#stopListening = catalog.onAdvance(() => this.#wake());
    for (let count = 0; count < workers; count++) this.#tended.push(this.#tend());
  }

  /** The log size that every answer to a query asked from now on holds for at least. */
  position(): number {
    if (this.#loaded.size > 0) this.#promised = Math.max(this.#promised, this.#source.position());
    return this.#promised;
  }

  async waitFor(size: number): Promise<void> {
    await this.#source.waitFor(size);
    while (this.position() < size) {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#woken;
    }
  }

  formOf(query: SparqlQuery): QueryForm {
    return this.#guard(query).form;
  }

  async query(query: SparqlQuery, accepted: readonly SparqlFormat[], signal?: AbortSignal): Promise<SparqlAnswer> {
    const guarded = this.#guard(query);
    const format = chooseFormat(guarded.form, accepted);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#queue.size >= this.#limits.queue) throw this.#toBusy('Too many queries are waiting.');
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => {
        this.#queue.delete(waiting);
        reject(this.#toBusy(this.#loaded.size === 0 ? 'The RDF index is loading.' : 'All SPARQL workers are busy.'));
      }, this.#limits.waitMs);
      const waiting: Waiting = { query: guarded, format, resolve, reject, patience };
      const leave = (): void => {
        if (!this.#queue.delete(waiting)) return;
        clearTimeout(patience);
        reject(new VouchError('usage', 'The client went away before the query was asked.'));
      };
      this.#queue.add(waiting);
      signal?.addEventListener('abort', leave, { once: true });
      if (signal?.aborted === true) leave();
      this.#wake();
    });
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#fail(new VouchError('closed', 'The SPARQL engine is closed.'));
    await Promise.all(this.#tended);
  }

  #guard(query: SparqlQuery): GuardedQuery {
    const known = this.#guarded.get(query);
    if (known !== undefined) return known;
    const { rows, queryLength } = this.#limits;
    const guarded = guardQuery(query, { baseUrl: this.#baseUrl, rows, queryLength });
    this.#guarded.set(query, guarded);
    return guarded;
  }

  /** Keeps one place filled with a worker: loads it, lets it answer, replaces it when it has ended. */
  async #tend(): Promise<void> {
    for (let failures = 0; this.#failure === undefined; ) {
      const worker = new QueryWorker();
      this.#workers.add(worker);
      try {
        await worker.bringUp(this.#source);
        this.#loaded.add(worker);
        this.#wake();
        failures = 0;
        await this.#serve(worker);
      } catch (failure) {
        failures++;
        if (failures === ATTEMPTS) this.#fail(toFault(failure));
      } finally {
        this.#workers.delete(worker);
        this.#loaded.delete(worker);
        worker.end(new VouchError('closed', 'The SPARQL worker was replaced.'));
      }
    }
  }

  async #serve(worker: QueryWorker): Promise<void> {
    while (this.#failure === undefined) {
      await worker.bringUp(this.#source);
      // from here to resting nothing else runs, so that no wake is missed
      if (worker.hasEnded()) return;
      const [next] = this.#queue;
      if (next !== undefined) {
        this.#queue.delete(next);
        clearTimeout(next.patience);
        await this.#answer(worker, next);
      } else if (worker.position() >= this.#source.position()) await this.#woken;
    }
  }

  async #answer(worker: QueryWorker, { query, format, resolve, reject }: Waiting): Promise<void> {
    const { timeoutMs, rows, bytes, memoryBytes } = this.#limits;
    const logSize = worker.position();
    const rssLimit = process.memoryUsage.rss() + memoryBytes;
    const timer = setTimeout(() => {
      const seconds = timeoutMs / 1000;
      worker.end(new VouchError('timeout', `The query was ended after ${seconds} s, the limit of time.`));
    }, timeoutMs);
    const memory = setInterval(() => {
      if (process.memoryUsage.rss() < rssLimit) return;
      worker.end(new VouchError('too-large', 'The query was ended: it needed more memory than the limit.'));
    }, MEMORY_LOOK_MS);
    try {
      const reply = await worker.ask({ kind: 'query', query, format, rows, bytes });
      if (reply.kind === 'answer') resolve({ form: query.form, format, body: reply.body, logSize });
      else if (reply.kind === 'refused') {
        const refusal = new VouchError(reply.code, reply.message);
        if (reply.isBroken) worker.end(refusal);
        reject(refusal);
      }
    } catch (failure) {
      reject(toFault(failure));
    } finally {
      clearTimeout(timer);
      clearInterval(memory);
    }
  }

  #fail(failure: VouchError): void {
    this.#failure ??= failure;
    for (const { reject, patience } of this.#queue) {
      clearTimeout(patience);
      reject(this.#failure);
    }
    this.#queue.clear();
    for (const worker of this.#workers) worker.end(this.#failure);
    this.#wake();
  }

  /** Lets everyone who waits look again. */
  #wake(): void {
    this.#wakeAll();
    this.#woken = new Promise((resolve) => {
      this.#wakeAll = resolve;
    });
  }

  #toBusy(why: string): VouchError {
    const retryAfterSeconds = Math.ceil(this.#limits.timeoutMs / 1000);
    return new VouchError('busy', `${why} Try again in ${retryAfterSeconds} s.`, { retryAfterSeconds });
  }
}

function toFault(thrown: unknown): VouchError {
  if (thrown instanceof VouchError) return thrown;
  return new VouchError('internal', 'The SPARQL engine failed.', { cause: thrown });
}
