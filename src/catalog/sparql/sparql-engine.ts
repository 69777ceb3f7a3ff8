import { setTimeout as pause } from 'node:timers/promises';
import { VouchError } from '../../errors.ts';
import type { GraphSource } from '../graph-source.ts';
import { AnswerCache } from './answer-cache.ts';
import { chooseFormat } from './answer-format.ts';
import { QuadIndex } from './quads/quad-index.ts';
import { type Job, type Outcome, QueryPool } from './query-pool.ts';
import { QuickAnswers } from './quick-answer.ts';
import {
  type QueryForm,
  SPARQL_VIEWS,
  type SparqlAnswer,
  type SparqlBounds,
  type SparqlEngine,
  type SparqlFormat,
  type SparqlLoad,
  type SparqlQuery,
  type SparqlView,
} from './sparql.ts';
import { type GuardedQuery, guardQuery } from './sparql-guard.ts';
import { SERVER_ROUNDS, toWarmQueries, WARM_RECORDS, WORKER_ROUNDS } from './warm-up.ts';

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
  /** Most queries that run at the same time, each in a thread of its own over the same quads. Default 4. */
  readonly workers?: number;
  /** The view of queries that name none. Default `history`. */
  readonly view?: SparqlView;
  /** False where threads need not be warm before anybody comes. */
  readonly warmsUp?: boolean;
  /** The clock that `valid` and expiry depend on; the machine's where absent. */
  readonly now?: () => Date;
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
/** An index that fails to load this often in a row will not load. */
const ATTEMPTS = 3;
const WARM_FORMAT: SparqlFormat = 'application/sparql-results+json';
/** Between two queries that warm the thread of the server up: nobody is to notice. */
const WARM_PAUSE_MS = 10;

/** Whether this thread is warm, or becoming so: whichever engine it was for. */
let isWarm = false;

/** Opens the engine; the index loads in the background, while queries wait and are then answered `busy`. */
export function openSparqlEngine(options: SparqlEngineOptions): Promise<SparqlEngine> {
  return Promise.resolve(new SharedEngine(options));
}

/**
 * Queries over quads in shared memory: one thread follows the catalog and writes them, others read and answer. An answer
 * holds for at least the log size of `position` when the query came, and a submission waits for no query that is running.
 */
class SharedEngine implements SparqlEngine {
  readonly views: readonly SparqlView[];
  readonly #source: GraphSource;
  readonly #baseUrl: string;
  readonly #limits: SparqlLimits;
  readonly #now: () => Date;
  readonly #warmsUp: boolean;
  readonly #pool: QueryPool;
  readonly #answers = new AnswerCache();
  readonly #quick = new QuickAnswers();
  readonly #following: Promise<void>;
  readonly #stopListening: () => void;
  /** Guarding takes longer than most queries, and a query is guarded before its form is known and again before it is asked. */
  readonly #guarded = new WeakMap<SparqlQuery, GuardedQuery>();
  #index: QuadIndex | undefined;
  #position = 0;
  #wakeAll: () => void = () => undefined;
  #woken = new Promise<void>(() => undefined);
  #failure: VouchError | undefined;

  constructor({
    catalog,
    baseUrl,
    limits,
    workers = 4,
    view = 'history',
    warmsUp = true,
    now = () => new Date(),
  }: SparqlEngineOptions) {
    this.#source = catalog;
    this.#baseUrl = baseUrl;
    this.#limits = { ...DEFAULTS, ...limits };
    this.views = [view, ...SPARQL_VIEWS.filter((other) => other !== view)];
    this.#now = now;
    this.#warmsUp = warmsUp;
    this.#pool = new QueryPool(this.#limits, workers, () => this.#toWarmJobs());
    this.#wake();
    this.#stopListening = catalog.onAdvance(() => this.#wake());
    this.#following = this.#follow();
  }

  get bounds(): SparqlBounds {
    const { timeoutMs, rows } = this.#limits;
    return { timeoutMs, rows };
  }

  position(): number {
    return this.#position;
  }

  async waitFor(size: number): Promise<void> {
    await this.#source.waitFor(size);
    while (this.#position < size) {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#woken;
    }
  }

  formOf(query: SparqlQuery): QueryForm {
    return this.#guard(query).form;
  }

  dependsOnClock(query: SparqlQuery): boolean {
    return (query.view ?? this.views[0]) === 'valid' || this.#guard(query).looksAtStatus;
  }

  isRepeatable(query: SparqlQuery): boolean {
    return this.#guard(query).isRepeatable;
  }

  async query(
    query: SparqlQuery,
    accepted: readonly SparqlFormat[],
    signal?: AbortSignal,
    client?: string,
  ): Promise<SparqlAnswer> {
    const guarded = this.#guard(query);
    const format = chooseFormat(guarded.form, accepted);
    if (this.#failure !== undefined) throw this.#failure;
    const nowMs = (query.at ?? this.#now()).getTime();
    const view = query.view ?? this.views[0]!;
    const logSize = query.asOf ?? this.#position;
    const answerOf = (body: Uint8Array<ArrayBuffer>, size: number): SparqlAnswer => ({
      form: guarded.form,
      format,
      bytes: body,
      get body() {
        return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
      },
      logSize: size,
    });
    const { isRepeatable } = guarded;
    const name = JSON.stringify([guarded.text, guarded.dataset, view, format]);
    const known = isRepeatable ? this.#answers.find(name, logSize, nowMs) : undefined;
    if (known !== undefined && this.#position > 0) return answerOf(known, logSize);
    const found =
      this.#answerQuickly(guarded, { format, view, nowMs, logSize }) ??
      (await this.#pool.ask(
        { query: withoutTree(guarded), format, view, nowMs, ...(query.asOf === undefined ? {} : { asOf: query.asOf }) },
        { signal, client },
      ));
    const { body, isTimed, logSize: size } = found;
    if (isRepeatable) this.#answers.keep(name, size, isTimed ? nowMs : undefined, body);
    return answerOf(body, size);
  }

  load(): SparqlLoad {
    return this.#pool.load;
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#fail(new VouchError('closed', 'The SPARQL engine is closed.'));
    await this.#following;
  }

  #guard(query: SparqlQuery): GuardedQuery {
    const known = this.#guarded.get(query);
    if (known !== undefined) return known;
    const { rows, queryLength } = this.#limits;
    const guarded = guardQuery(query, { baseUrl: this.#baseUrl, rows, queryLength });
    this.#guarded.set(query, guarded);
    return guarded;
  }

  /** Undefined where a worker has to be asked. */
  #answerQuickly(
    query: GuardedQuery,
    asked: Pick<Outcome, 'logSize'> & Omit<Job, 'query' | 'asOf'>,
  ): Outcome | undefined {
    const buffers = this.#index?.buffers;
    // an index that is made anew is behind what was answered for already
    if (buffers === undefined || asked.logSize > this.#index!.position || asked.logSize === 0) return undefined;
    const { rows, bytes, memoryBytes } = this.#limits;
    const found = this.#quick.answer({ ...asked, query, buffers, rows, bytes, memoryBytes });
    return found === undefined ? undefined : { ...found, logSize: asked.logSize };
  }

  /** Keeps the index behind the catalog; one that fails is made anew. */
  async #follow(): Promise<void> {
    for (let failures = 0; this.#failure === undefined; ) {
      const index = new QuadIndex();
      this.#index = index;
      try {
        while (this.#failure === undefined) {
          await index.bringUp(this.#source);
          failures = 0;
          this.#position = Math.max(this.#position, index.position);
          this.#pool.offer({ buffers: index.buffers!, logSize: index.position });
          this.#wake();
          // it is a help, and no more: nobody waits for it
          this.#warmUp().catch(() => undefined);
          // nothing runs between the look and the wait, so that no wake is missed
          if (index.position >= this.#source.position()) await this.#woken;
        }
      } catch (failure) {
        failures++;
        if (failures === ATTEMPTS) this.#fail(toFault(failure));
      } finally {
        index.end(new VouchError('closed', 'The RDF index was closed.'));
      }
    }
  }

  /** What new threads are asked before anybody comes. */
  *#toWarmJobs(): Generator<Job, void, void> {
    if (!this.#warmsUp || this.#position < WARM_RECORDS) return;
    const nowMs = this.#now().getTime();
    for (const text of toWarmQueries(WORKER_ROUNDS)) {
      yield { query: withoutTree(this.#guard({ text })), format: WARM_FORMAT, view: this.views[0]!, nowMs };
    }
  }

  /** Warms this thread up in the background, once: it guards all queries and answers short ones. */
  async #warmUp(): Promise<void> {
    if (isWarm || !this.#warmsUp || this.#position < WARM_RECORDS) return;
    isWarm = true;
    for (const text of toWarmQueries(SERVER_ROUNDS)) {
      await pause(WARM_PAUSE_MS, undefined, { ref: false });
      if (this.#failure !== undefined) return;
      const asked = {
        format: WARM_FORMAT,
        view: this.views[0]!,
        nowMs: this.#now().getTime(),
        logSize: this.#position,
      };
      this.#answerQuickly(this.#guard({ text }), asked);
    }
  }

  #fail(failure: VouchError): void {
    this.#failure ??= failure;
    this.#pool.close(this.#failure);
    this.#index?.end(this.#failure);
    this.#wake();
  }

  /** Lets everyone who waits look again. */
  #wake(): void {
    this.#wakeAll();
    this.#woken = new Promise((resolve) => {
      this.#wakeAll = resolve;
    });
  }
}

/** As it crosses threads: a worker parses the text, which is less than its tree. */
function withoutTree({ short, ...query }: GuardedQuery): GuardedQuery {
  return query;
}

function toFault(thrown: unknown): VouchError {
  if (thrown instanceof VouchError) return thrown;
  return new VouchError('internal', 'The SPARQL engine failed.', { cause: thrown });
}
