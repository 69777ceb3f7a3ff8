import { VouchError } from '../errors.ts';
import type { ColumnBuffers } from './quads/column.ts';
import type { SparqlFormat, SparqlLoad, SparqlView } from './sparql.ts';
import type { GuardedQuery } from './sparql-guard.ts';
import type { SparqlReply, SparqlRequest } from './sparql-message.ts';
import { Thread } from './thread.ts';

export interface PoolLimits {
  readonly timeoutMs: number;
  readonly waitMs: number;
  readonly rows: number;
  readonly bytes: number;
  readonly memoryBytes: number;
  readonly queue: number;
}

/** A query to run. */
export interface Job {
  readonly query: GuardedQuery;
  readonly format: SparqlFormat;
  readonly view: SparqlView;
  readonly nowMs: number;
  /** The newest log size where absent. */
  readonly asOf?: number;
}

export interface Outcome {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly isTimed: boolean;
  readonly logSize: number;
}

/** The quads there are to ask about. */
export interface Offered {
  readonly buffers: ColumnBuffers;
  readonly logSize: number;
}

interface Waiting {
  readonly job: Job;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: VouchError) => void;
  readonly patience: NodeJS.Timeout;
}

interface QueryThread {
  readonly thread: Thread<SparqlRequest, SparqlReply>;
  buffers?: ColumnBuffers;
}

const MEMORY_LOOK_MS = 100;

/**
 * Threads that answer queries, one at a time each. There is always one at rest, up to the most there may be: a query that runs
 * long shares the processors with the next one, but does not hold it up. One that passes a limit is ended with its thread.
 */
export class QueryPool {
  readonly #limits: PoolLimits;
  readonly #most: number;
  readonly #queue = new Set<Waiting>();
  readonly #resting: QueryThread[] = [];
  readonly #threads = new Set<QueryThread>();
  #starting = 0;
  #running = 0;
  #offered: Offered | undefined;
  #failure: VouchError | undefined;

  constructor(limits: PoolLimits, most: number) {
    this.#limits = limits;
    this.#most = most;
    this.#rest();
  }

  get load(): SparqlLoad {
    return { running: this.#running, waiting: this.#queue.size };
  }

  /** Queries are asked about these quads from now on. */
  offer(offered: Offered): void {
    this.#offered = offered;
    this.#serve();
  }

  /** The answer; rejects with `busy`, `timeout`, `too-large`, `query`, or `usage` where the client went away first. */
  ask(job: Job, signal?: AbortSignal): Promise<Outcome> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#queue.size >= this.#limits.queue) return Promise.reject(this.#toBusy('Too many queries are waiting.'));
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => {
        this.#queue.delete(waiting);
        reject(
          this.#toBusy(this.#offered === undefined ? 'The RDF index is loading.' : 'All SPARQL workers are busy.'),
        );
      }, this.#limits.waitMs);
      const waiting: Waiting = { job, resolve, reject, patience };
      const leave = (): void => {
        if (!this.#queue.delete(waiting)) return;
        clearTimeout(patience);
        reject(new VouchError('usage', 'The client went away before the query was asked.'));
      };
      this.#queue.add(waiting);
      signal?.addEventListener('abort', leave, { once: true });
      if (signal?.aborted === true) leave();
      this.#serve();
    });
  }

  /** Ends everything; who waits is told `reason`. */
  close(reason: VouchError): void {
    this.#failure ??= reason;
    for (const { reject, patience } of this.#queue) {
      clearTimeout(patience);
      reject(reason);
    }
    this.#queue.clear();
    for (const { thread } of this.#threads) thread.end(reason);
  }

  /** Sees that a thread is at rest, if there may be one more. */
  #rest(): void {
    if (this.#resting.length + this.#starting > 0 || this.#threads.size >= this.#most) return;
    if (this.#failure !== undefined) return;
    const started: QueryThread = { thread: new Thread('#workers/catalog/sparql-worker', 'SPARQL') };
    this.#threads.add(started);
    this.#starting++;
    void started.thread.started.then(() => {
      this.#starting--;
      this.#resting.push(started);
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#offered !== undefined && this.#failure === undefined) {
      const [next] = this.#queue;
      if (next === undefined) return;
      this.#rest();
      const thread = this.#resting.pop();
      if (thread === undefined) return;
      if (thread.thread.hasEnded()) {
        this.#threads.delete(thread);
        continue;
      }
      this.#queue.delete(next);
      clearTimeout(next.patience);
      void this.#run(thread, next, this.#offered);
      this.#rest();
    }
  }

  async #run(running: QueryThread, { job, resolve, reject }: Waiting, offered: Offered): Promise<void> {
    const { thread } = running;
    const { timeoutMs, rows, bytes, memoryBytes } = this.#limits;
    const { asOf, ...asked } = job;
    const logSize = asOf ?? offered.logSize;
    if (logSize > offered.logSize) {
      reject(
        new VouchError('query', `The log has ${offered.logSize} records; there is no answer as of ${logSize} yet.`),
      );
      this.#resting.push(running);
      return;
    }
    this.#running++;
    const rssLimit = process.memoryUsage.rss() + memoryBytes;
    const timer = setTimeout(() => {
      const seconds = timeoutMs / 1000;
      thread.end(new VouchError('timeout', `The query was ended after ${seconds} s, the limit of time.`));
    }, timeoutMs);
    const memory = setInterval(() => {
      if (process.memoryUsage.rss() < rssLimit) return;
      thread.end(new VouchError('too-large', 'The query was ended: it needed more memory than the limit.'));
    }, MEMORY_LOOK_MS);
    try {
      const isKnown = running.buffers === offered.buffers;
      running.buffers = offered.buffers;
      const request = { ...asked, logSize, rows, bytes, memoryBytes, ...(isKnown ? {} : { buffers: offered.buffers }) };
      const reply = await thread.ask(request);
      if (reply.kind === 'answer') resolve({ body: reply.body, isTimed: reply.isTimed, logSize });
      else {
        const refusal = new VouchError(reply.code, reply.message);
        if (reply.isBroken) thread.end(refusal);
        reject(refusal);
      }
    } catch (failure) {
      reject(
        failure instanceof VouchError
          ? failure
          : new VouchError('internal', 'The SPARQL engine failed.', { cause: failure }),
      );
    } finally {
      this.#running--;
      clearTimeout(timer);
      clearInterval(memory);
      if (thread.hasEnded()) this.#threads.delete(running);
      else this.#resting.push(running);
      this.#serve();
      this.#rest();
    }
  }

  #toBusy(why: string): VouchError {
    const retryAfterSeconds = Math.ceil(this.#limits.timeoutMs / 1000);
    return new VouchError('busy', `${why} Try again in ${retryAfterSeconds} s.`, { retryAfterSeconds });
  }
}
