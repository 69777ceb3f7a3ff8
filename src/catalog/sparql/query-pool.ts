import { VouchError } from '../../errors.ts';
import { FairQueue } from './fair-queue.ts';
import type { ColumnBuffers } from './quads/column.ts';
import type { SparqlFormat, SparqlLoad, SparqlView } from './sparql.ts';
import type { GuardedQuery } from './sparql-guard.ts';
import type { SparqlReply, SparqlRequest } from './sparql-message.ts';
import { Thread } from './thread.ts';
import { readWork, stepBack } from './thread-work.ts';

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

/** Who asks. */
export interface Asking {
  /** Aborted when nobody wants the answer any more. */
  readonly signal?: AbortSignal | undefined;
  /** A name that others who ask do not have; the registry itself where absent. */
  readonly client?: string | undefined;
}

interface Waiting {
  readonly client: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly job: Job;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: VouchError) => void;
  readonly patience: NodeJS.Timeout;
}

interface QueryThread {
  readonly thread: Thread<SparqlRequest, SparqlReply>;
  buffers?: ColumnBuffers;
}

const LOOK_MS = 100;
/** A thread that is not warm after so long is another one's to replace. */
const WARM_MS = 5_000;
/**
 * A query that takes more time of a processor steps back behind everything else on the machine; its thread, which cannot come back, is
 * ended after it. The clock would tell of a busy machine only.
 */
const LONG_MS = 400;
/** A query that has run this long when nobody wants its answer any more is ended; the thread of a shorter one is worth more than its rest. */
const LEFT_MS = 500;

/**
 * Threads that answer queries, one at a time each. There is always one at rest, up to the most there may be: a query that runs
 * long shares the processors with the next one, but does not hold it up. One that passes a limit is ended with its thread. A client has at
 * most half of the threads and half of the places to wait, so that another one need not wait for it.
 */
export class QueryPool {
  readonly #limits: PoolLimits;
  readonly #most: number;
  readonly #queue: FairQueue<Waiting>;
  readonly #resting: QueryThread[] = [];
  readonly #threads = new Set<QueryThread>();
  #starting = 0;
  #running = 0;
  #offered: Offered | undefined;
  #failure: VouchError | undefined;
  readonly #toWarmJobs: () => Iterable<Job>;

  /** `toWarmJobs`: what a new thread is asked before it is asked by anybody. */
  constructor(limits: PoolLimits, most: number, toWarmJobs: () => Iterable<Job> = () => []) {
    this.#limits = limits;
    this.#most = most;
    this.#toWarmJobs = toWarmJobs;
    this.#queue = new FairQueue(Math.ceil(most / 2));
    this.#rest();
  }

  get load(): SparqlLoad {
    return { running: this.#running, waiting: this.#queue.size };
  }

  /** Queries are asked about these quads from now on. */
  offer(offered: Offered): void {
    const isFirst = this.#offered === undefined;
    this.#offered = offered;
    if (isFirst) for (const started of this.#resting.splice(0)) this.#begin(started);
    this.#serve();
  }

  /** The answer; rejects with `busy`, `timeout`, `too-large`, `query`, or `usage` where the client went away first. */
  ask(job: Job, { signal, client }: Asking = {}): Promise<Outcome> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#queue.size >= this.#limits.queue) return Promise.reject(this.#toBusy('Too many queries are waiting.'));
    if (this.#queue.waitingOf(client) >= Math.ceil(this.#limits.queue / 2)) {
      return Promise.reject(this.#toBusy('Too many of your queries are waiting.'));
    }
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => {
        this.#queue.delete(waiting, client);
        reject(
          this.#toBusy(this.#offered === undefined ? 'The RDF index is loading.' : 'All SPARQL workers are busy.'),
        );
      }, this.#limits.waitMs);
      const waiting: Waiting = { client, signal, job, resolve, reject, patience };
      const leave = (): void => {
        if (!this.#queue.delete(waiting, client)) return;
        clearTimeout(patience);
        reject(new VouchError('usage', 'The client went away before the query was asked.'));
      };
      this.#queue.add(waiting, client);
      signal?.addEventListener('abort', leave, { once: true });
      if (signal?.aborted === true) leave();
      this.#serve();
    });
  }

  /** Ends everything; who waits is told `reason`. */
  close(reason: VouchError): void {
    this.#failure ??= reason;
    for (const { reject, patience } of this.#queue.clear()) {
      clearTimeout(patience);
      reject(reason);
    }
    for (const { thread } of this.#threads) thread.end(reason);
  }

  /** Sees that a thread is at rest, if there may be one more. */
  #rest(wanted = 1): void {
    if (this.#resting.length + this.#starting >= wanted || this.#threads.size >= this.#most) return;
    if (this.#failure !== undefined) return;
    const started: QueryThread = { thread: new Thread('#workers/catalog/sparql/sparql-worker', 'SPARQL') };
    this.#threads.add(started);
    this.#begin(started);
  }

  /** Lets a thread start and warm up, as long as nobody waits for it. */
  #begin(started: QueryThread): void {
    this.#starting++;
    void started.thread.started
      .then(() => this.#warm(started))
      .then(() => {
        this.#starting--;
        this.#resting.push(started);
        this.#serve();
      });
  }

  /** Never throws: a thread that ended is found to have. */
  async #warm(started: QueryThread): Promise<void> {
    if (this.#offered === undefined) return;
    const timer = setTimeout(() => {
      started.thread.end(new VouchError('timeout', 'The SPARQL thread did not warm up.'));
    }, WARM_MS);
    try {
      for (const { asOf: _, ...job } of this.#toWarmJobs()) {
        if (this.#queue.size > 0 || this.#failure !== undefined) return;
        await started.thread.ask(this.#toRequest(started, job, this.#offered));
      }
    } catch {
      // whoever is asked next says why
    } finally {
      clearTimeout(timer);
    }
  }

  #toRequest(
    running: QueryThread,
    asked: Omit<Job, 'asOf'>,
    { buffers, logSize }: Offered,
  ): Omit<SparqlRequest, 'number'> {
    const { rows, bytes, memoryBytes } = this.#limits;
    const isKnown = running.buffers === buffers;
    running.buffers = buffers;
    return { ...asked, logSize, rows, bytes, memoryBytes, ...(isKnown ? {} : { buffers }) };
  }

  #serve(): void {
    while (this.#offered !== undefined && this.#failure === undefined) {
      // the last thread at rest is left to clients for whom none runs, unless there will be no other
      const isSpare = this.#resting.length > 1 || this.#threads.size >= this.#most;
      const next = this.#queue.next(isSpare ? undefined : 0);
      if (next === undefined) {
        if (this.#queue.size > 0) this.#rest(2);
        return;
      }
      this.#rest();
      const thread = this.#resting.pop();
      if (thread === undefined) return;
      if (thread.thread.hasEnded()) {
        this.#threads.delete(thread);
        continue;
      }
      this.#queue.begin(next, next.client);
      clearTimeout(next.patience);
      void this.#run(thread, next, this.#offered);
      this.#rest();
    }
  }

  async #run(running: QueryThread, { client, signal, job, resolve, reject }: Waiting, offered: Offered): Promise<void> {
    const { thread } = running;
    const { timeoutMs, memoryBytes } = this.#limits;
    const { asOf, ...asked } = job;
    const logSize = asOf ?? offered.logSize;
    if (logSize > offered.logSize) {
      reject(
        new VouchError('query', `The log has ${offered.logSize} records; there is no answer as of ${logSize} yet.`),
      );
      this.#queue.end(client);
      this.#resting.push(running);
      return;
    }
    this.#running++;
    const rssLimit = process.memoryUsage.rss() + memoryBytes;
    const timer = setTimeout(() => {
      const seconds = timeoutMs / 1000;
      thread.end(new VouchError('timeout', `The query was ended after ${seconds} s, the limit of time.`));
    }, timeoutMs);
    let isLong = false;
    let atFirst: number | undefined;
    const begun = performance.now();
    const look = setInterval(() => {
      if (signal?.aborted === true && performance.now() - begun > LEFT_MS) {
        thread.end(new VouchError('usage', 'The client went away while the query ran.'));
      }
      const workMs = isLong ? 0 : readWork(thread.systemId);
      atFirst ??= workMs;
      if (workMs - atFirst > LONG_MS) isLong = stepBack(thread.systemId!);
      if (process.memoryUsage.rss() < rssLimit) return;
      thread.end(new VouchError('too-large', 'The query was ended: it needed more memory than the limit.'));
    }, LOOK_MS);
    try {
      const reply = await thread.ask(this.#toRequest(running, asked, { ...offered, logSize }));
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
      this.#queue.end(client);
      clearTimeout(timer);
      clearInterval(look);
      if (isLong) thread.end(new VouchError('closed', 'The SPARQL thread is replaced.'));
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
