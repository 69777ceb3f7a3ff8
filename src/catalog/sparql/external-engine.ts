import { VouchError } from '../../errors.ts';
import { chooseFormat, countRows } from './answer-format.ts';
import { toAskedFormat, toStandardAnswer } from './external-answer.ts';
import type { ExternalServer } from './external-server.ts';
import { GraphPush, type GraphPushOptions } from './graph-push.ts';
import type {
  QueryForm,
  SparqlAnswer,
  SparqlBounds,
  SparqlEngine,
  SparqlFormat,
  SparqlLoad,
  SparqlQuery,
} from './sparql.ts';
import { type GuardedQuery, guardQuery } from './sparql-guard.ts';

export interface ExternalLimits {
  /** Default 10,000. */
  readonly timeoutMs: number;
  /** Most rows of a SELECT, most triples in N-Triples. Default 200,000. */
  readonly rows: number;
  /** Default 64 MiB. */
  readonly bytes: number;
  /** Queries that the server is given at once; further ones are answered `busy`. Default 64. */
  readonly queue: number;
  /** Default 16,384. */
  readonly queryLength: number;
}

export interface ExternalEngineOptions extends GraphPushOptions {
  readonly limits?: Partial<ExternalLimits>;
}

const DEFAULTS: ExternalLimits = {
  timeoutMs: 10_000,
  rows: 200_000,
  bytes: 64 * 1024 * 1024,
  queue: 64,
  queryLength: 16_384,
};

/** Opens the engine over a SPARQL server of its own; it follows the log in the background, over outages of the server. */
export function openExternalEngine(options: ExternalEngineOptions): SparqlEngine {
  return new ExternalEngine(options);
}

/** Queries pass the same guard as everywhere, then go to the server as they were written. */
class ExternalEngine implements SparqlEngine {
  readonly views = ['history'] as const;
  readonly #server: ExternalServer;
  readonly #push: GraphPush;
  readonly #baseUrl: string;
  readonly #limits: ExternalLimits;
  #asked = 0;

  constructor(options: ExternalEngineOptions) {
    this.#server = options.server;
    this.#baseUrl = options.baseUrl;
    this.#limits = { ...DEFAULTS, ...options.limits };
    this.#push = new GraphPush(options);
  }

  get bounds(): SparqlBounds {
    const { timeoutMs, rows } = this.#limits;
    return { timeoutMs, rows };
  }

  position(): number {
    return this.#push.position();
  }

  waitFor(size: number): Promise<void> {
    return this.#push.waitFor(size);
  }

  formOf(query: SparqlQuery): QueryForm {
    return this.#guard(query).form;
  }

  /** The status of entries is not pushed: it would be out of date there. */
  dependsOnClock(): boolean {
    return false;
  }

  isRepeatable(query: SparqlQuery): boolean {
    return this.#guard(query).isRepeatable;
  }

  async query(query: SparqlQuery, accepted: readonly SparqlFormat[], signal?: AbortSignal): Promise<SparqlAnswer> {
    if ((query.view ?? 'history') !== 'history' || query.asOf !== undefined) {
      throw new VouchError(
        'query',
        'This registry asks another SPARQL server, which has the view history as it is now, and no other.',
      );
    }
    const { form, text, baseIri, dataset } = this.#guard(query);
    const format = chooseFormat(form, accepted);
    const { queue, timeoutMs, bytes, rows } = this.#limits;
    if (this.#asked >= queue) {
      const retryAfterSeconds = Math.ceil(timeoutMs / 1000);
      throw new VouchError('busy', `Too many queries are under way. Try again in ${retryAfterSeconds} s.`, {
        retryAfterSeconds,
      });
    }
    this.#asked++;
    try {
      const logSize = this.position();
      const accept = toAskedFormat(form, format);
      const asked = { text: `BASE <${baseIri}>\n${text}`, accept, timeoutMs, bytes, signal };
      const answer = await this.#server.query(dataset === undefined ? asked : { ...asked, dataset });
      const body = toStandardAnswer(new TextDecoder().decode(answer), form, format);
      const encoded = new TextEncoder().encode(body);
      if ((form === 'SELECT' || format === 'application/n-triples') && countRows(body, format) > rows) {
        throw new VouchError('too-large', `The answer has more than ${rows} rows: narrow the query, or use LIMIT.`);
      }
      return { form, format, body, bytes: encoded, logSize };
    } finally {
      this.#asked--;
    }
  }

  load(): SparqlLoad {
    return { running: this.#asked, waiting: 0 };
  }

  close(): Promise<void> {
    return this.#push.close();
  }

  #guard(query: SparqlQuery): GuardedQuery {
    const { rows, queryLength } = this.#limits;
    return guardQuery(query, { baseUrl: this.#baseUrl, rows, queryLength });
  }
}
