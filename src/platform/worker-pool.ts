import { Worker } from 'node:worker_threads';
import { toMessage, VouchError } from '../errors.ts';

export interface WorkerPoolOptions {
  /** Compiled script of the worker. It posts `{ ready: true }` once, then `{ id, result }` or `{ id, error }` for each `{ id, job }`. */
  readonly script: string;
  /** Given to each thread when it starts, and as `{ workerData }` when it is replaced. */
  readonly workerData?: unknown;
  /** Number of threads. */
  readonly size: number;
  /** Jobs sent to one thread at a time, so that it need not wait between two. */
  readonly depth: number;
  /** A job that runs longer is refused with `timeout`, and its thread is killed and replaced. */
  readonly timeoutMs: number;
  /** Waiting jobs beyond this are refused with `busy`. */
  readonly queueLimit: number;
  readonly memoryMb?: number;
}

interface Waiting<Job, Result> {
  readonly id: number;
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: VouchError) => void;
  /** How often a thread died while it was at this job. */
  deaths: number;
}

type Reply<Result> = { ready: true } | { id: number; result: Result } | { id: number; error: string };

/** Threads that fail this often in a row before they are ready will go on to. */
const MOST_FAILED_STARTS = 3;
/** A job at which threads die this often is what they die of. */
const MOST_DEATHS = 2;
/** Loading a thread's libraries may take longer than any job. */
const START_TIMEOUT_MS = 30_000;

/**
 * Threads that do one kind of work and can be killed in the middle of it. Jobs of a killed thread other than the one that ran too
 * long are given to another. `run` rejects with `timeout`, `busy`, `closed` or `internal` (the job's own failure, one that no
 * thread survives, or threads that do not start: each later job tries to start one again).
 */
export class WorkerPool<Job, Result> implements AsyncDisposable {
  #options: WorkerPoolOptions;
  readonly #threads: PoolThread<Job, Result>[] = [];
  readonly #queue: Waiting<Job, Result>[] = [];
  #nextId = 0;
  #failedStarts = 0;
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    for (let count = 0; count < options.size; count++) this.#start();
  }

  /** Does one job. */
  run(job: Job): Promise<Result> {
    if (this.#closed) return Promise.reject(new VouchError('closed', 'The worker threads have been stopped.'));
    if (this.#queue.length >= this.#options.queueLimit) {
      const message = `${this.#queue.length} jobs are waiting already; try again in a moment.`;
      return Promise.reject(new VouchError('busy', message, { retryAfterSeconds: 2 }));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ id: this.#nextId++, job, resolve, reject, deaths: 0 });
      if (this.#threads.length === 0) this.#start();
      this.#dispatch();
    });
  }

  /** Jobs that are given or wait. */
  get load(): number {
    return this.#queue.length + this.#threads.reduce((sum, { load }) => sum + load, 0);
  }

  /** Gives every thread, and those started later, other data. Jobs given from now on are done with it; those under way are not lost. */
  replaceData(workerData: unknown): void {
    this.#options = { ...this.#options, workerData };
    for (const thread of this.#threads) thread.tell(workerData);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const error = new VouchError('closed', 'The worker threads have been stopped.');
    for (const waiting of this.#queue.splice(0)) waiting.reject(error);
    await Promise.all(this.#threads.splice(0).map((thread) => thread.stop(error)));
  }

  #start(): void {
    const thread: PoolThread<Job, Result> = new PoolThread(this.#options, {
      onReady: () => {
        this.#failedStarts = 0;
        this.#dispatch();
      },
      onIdle: () => this.#dispatch(),
      onEnd: (unfinished, wasReady, cause) => this.#ended(thread, unfinished, wasReady, cause),
    });
    this.#threads.push(thread);
  }

  #ended(thread: PoolThread<Job, Result>, unfinished: Waiting<Job, Result>[], wasReady: boolean, cause: string): void {
    this.#threads.splice(this.#threads.indexOf(thread), 1);
    if (this.#closed) return;
    this.#queue.unshift(...unfinished);
    this.#failedStarts = wasReady ? 0 : this.#failedStarts + 1;
    if (this.#failedStarts < MOST_FAILED_STARTS) this.#start();
    this.#dispatch();
    // The others may still become ready, or are.
    if (this.#threads.length > 0) return;
    const error = new VouchError('internal', `A worker thread cannot start: ${cause}`);
    for (const waiting of this.#queue.splice(0)) waiting.reject(error);
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const free = this.#threads.filter((thread) => thread.isReady && thread.load < this.#options.depth);
      if (free.length === 0) return;
      const least = free.reduce((a, b) => (b.load < a.load ? b : a));
      least.give(this.#queue.shift()!);
    }
  }
}

interface ThreadEvents<Job, Result> {
  onReady(): void;
  onIdle(): void;
  onEnd(unfinished: Waiting<Job, Result>[], wasReady: boolean, cause: string): void;
}

/** One thread with the jobs it was given, oldest first: that is the one the timer is for. */
class PoolThread<Job, Result> {
  isReady = false;
  readonly #worker: Worker;
  readonly #given = new Map<number, Waiting<Job, Result>>();
  readonly #timeoutMs: number;
  readonly #events: ThreadEvents<Job, Result>;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(options: WorkerPoolOptions, events: ThreadEvents<Job, Result>) {
    this.#timeoutMs = options.timeoutMs;
    this.#events = events;
    this.#worker = new Worker(options.script, {
      workerData: options.workerData,
      ...(options.memoryMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: options.memoryMb } }),
    });
    this.#worker.on('message', (reply: Reply<Result>) => this.#received(reply));
    this.#worker.on('error', (error) => this.#die(toMessage(error)));
    this.#worker.on('exit', (code) => this.#die(`it ended with code ${code}`));
    // Kept alive until it is ready: jobs may be waiting for it.
    this.#timer = setTimeout(() => void this.#worker.terminate(), START_TIMEOUT_MS).unref();
  }

  get load(): number {
    return this.#given.size;
  }

  give(waiting: Waiting<Job, Result>): void {
    this.#given.set(waiting.id, waiting);
    // A process must not end while someone waits for an answer.
    this.#worker.ref();
    if (this.#given.size === 1) this.#watch();
    this.#worker.postMessage({ id: waiting.id, job: waiting.job });
  }

  /** Messages to a thread arrive in order, so what was given before is begun with the data of before. */
  tell(workerData: unknown): void {
    this.#worker.postMessage({ workerData });
  }

  async stop(error: VouchError): Promise<void> {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    for (const waiting of this.#given.values()) waiting.reject(error);
    this.#given.clear();
    await this.#worker.terminate();
  }

  #received(reply: Reply<Result>): void {
    if ('ready' in reply) {
      clearTimeout(this.#timer);
      this.isReady = true;
      this.#worker.unref();
      this.#events.onReady();
      return;
    }
    const waiting = this.#given.get(reply.id);
    if (waiting === undefined) return;
    this.#given.delete(reply.id);
    this.#watch();
    if ('result' in reply) waiting.resolve(reply.result);
    else waiting.reject(new VouchError('internal', reply.error));
    this.#events.onIdle();
  }

  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#given.size === 0) {
      this.#worker.unref();
      return;
    }
    const [oldest] = this.#given.keys();
    // After a stall of this thread the timer is due before the replies that wait are read: they come first.
    this.#timer = setTimeout(() => setImmediate(() => this.#expire(oldest)), this.#timeoutMs);
  }

  #expire(id: number | undefined): void {
    const [first] = this.#given.values();
    if (first === undefined || first.id !== id || this.#hasEnded) return;
    this.#given.delete(first.id);
    first.reject(new VouchError('timeout', `The work took longer than ${this.#timeoutMs} ms and was stopped.`));
    void this.#worker.terminate();
    this.#end('it was killed');
  }

  #end(cause: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#events.onEnd([...this.#given.values()], this.isReady, cause);
  }

  /** Nobody ended the thread: of the jobs it had, the oldest is the one it was at. */
  #die(cause: string): void {
    const [first] = this.#given.values();
    if (first !== undefined && !this.#hasEnded) {
      first.deaths += 1;
      if (first.deaths === MOST_DEATHS) {
        this.#given.delete(first.id);
        first.reject(new VouchError('internal', `A worker thread ended at this job, and so did another: ${cause}`));
      }
    }
    this.#end(cause);
  }
}
