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

export interface SparqlQuery {
  readonly text: string;
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
  /** Log size the answer holds for. */
  readonly logSize: number;
}

export interface SparqlEngine {
  /** Log records the index has taken in. */
  position(): number;
  /** Resolves when `position() >= size`; also while the index is still loading after a restart. */
  waitFor(size: number): Promise<void>;
  /** Parses and guards only. Throws `query` for what is not SPARQL or is forbidden (updates, SERVICE, FROM of foreign graphs). */
  formOf(query: SparqlQuery): QueryForm;
  /**
   * Answers in the first of `accepted` formats that fits the form; throws `media-type` if none does, `query` as above,
   * `timeout` past the time limit (the worker is killed and replaced), `too-large` past the row limit, `busy` when too many wait.
   * A query that still waits when `signal` is aborted is not asked: nobody wants the answer (`usage`).
   */
  query(query: SparqlQuery, accepted: readonly SparqlFormat[], signal?: AbortSignal): Promise<SparqlAnswer>;
  close(): Promise<void>;
}
