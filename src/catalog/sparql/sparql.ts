/** The SPARQL face of the catalog: guarded queries over the entries' graphs, answered by an engine that can be killed. */

/** Media types an answer can have. */
export type SparqlFormat =
  | 'application/sparql-results+json'
  | 'application/sparql-results+xml'
  | 'text/csv'
  | 'text/tab-separated-values'
  | 'text/turtle'
  | 'application/n-triples'
  | 'application/rdf+xml'
  | 'application/ld+json';

/**
 * Which entries a query sees: every one (`history`), the newest of each endorser for each image (`current`), or of these
 * the ones that are neither deprecated nor expired (`valid`, which depends on the clock).
 */
export const SPARQL_VIEWS = ['history', 'current', 'valid'] as const;
export type SparqlView = (typeof SPARQL_VIEWS)[number];

export interface SparqlQuery {
  readonly text: string;
  /** The engine's own default where absent. */
  readonly view?: SparqlView;
  /** Answers as of this log size, which MUST NOT be larger than the log; the newest where absent. */
  readonly asOf?: number;
  /** The time that statuses are computed for; the engine's clock where absent. */
  readonly at?: Date;
  /** SPARQL Protocol dataset, overriding FROM clauses. */
  readonly defaultGraphs?: readonly string[];
  readonly namedGraphs?: readonly string[];
}

/** What a query is, known before it runs; decides which formats its answer can have. */
export type QueryForm = 'SELECT' | 'ASK' | 'CONSTRUCT' | 'DESCRIBE';

export interface SparqlAnswer {
  readonly form: QueryForm;
  readonly format: SparqlFormat;
  readonly body: string;
  /** The same in UTF-8, ready to be sent; MUST NOT be changed. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Log size the answer holds for. */
  readonly logSize: number;
}

/** How busy an engine is. */
export interface SparqlLoad {
  readonly running: number;
  readonly waiting: number;
}

/** What one query may take. */
export interface SparqlBounds {
  /** It is ended after that. */
  readonly timeoutMs: number;
  /** Most rows or triples of an answer. */
  readonly rows: number;
}

export interface SparqlEngine {
  /** What every query may take, to be said beforehand. */
  readonly bounds: SparqlBounds;
  /** Views a query may name; the first is that of queries which name none. */
  readonly views: readonly SparqlView[];
  /** Log records the index has taken in. */
  position(): number;
  /** Resolves when `position() >= size`; also while the index is still loading after a restart. */
  waitFor(size: number): Promise<void>;
  /** Parses and guards only. Throws `query` for what is not SPARQL or is forbidden (updates, SERVICE, FROM of foreign graphs). */
  formOf(query: SparqlQuery): QueryForm;
  /** True if the answer may change with the clock alone: it then holds to the minute. Throws `query` as above. */
  dependsOnClock(query: SparqlQuery): boolean;
  /** False if the answer may be another each time, over the same log and in the same minute: it must not be kept. Throws `query` as above. */
  isRepeatable(query: SparqlQuery): boolean;
  /**
   * Answers in the first of `accepted` formats that fits the form; throws `media-type` if none does, `query` as above,
   * `timeout` past the time limit (the worker is killed and replaced), `too-large` past the row limit, `busy` when too many wait.
   * When `signal` is aborted nobody wants the answer: a query that waits is not asked, one that runs long is ended (`usage`). Those of one `client`, who
   * has a name of his own, have a share of the workers and of the queue; the registry itself, without a name, has all.
   */
  query(
    query: SparqlQuery,
    accepted: readonly SparqlFormat[],
    signal?: AbortSignal,
    client?: string,
  ): Promise<SparqlAnswer>;
  /** Queries that are asked now, and that wait for a thread. */
  load(): SparqlLoad;
  close(): Promise<void>;
}
