import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { toMessage, VouchError } from '../../errors.ts';

/** A request and its reply share a number. */
interface Numbered {
  readonly number: number;
}

/** One worker thread that answers numbered requests and can be ended whatever it does. */
export class Thread<Request extends Numbered, Reply extends Numbered> {
  readonly #worker: Worker;
  readonly #asked = new Map<number, { resolve: (reply: Reply) => void; reject: (reason: VouchError) => void }>();
  readonly #what: string;
  /** Resolves when the thread has loaded its program, or has ended. */
  readonly started: Promise<void>;
  /** The system's number of the thread, where it told it. */
  systemId: number | undefined;
  #lastNumber = 0;
  #end: VouchError | undefined;

  /** `script` is the compiled file below `dist/` without its ending. */
  constructor(script: string, what: string) {
    this.#what = what;
    // a panic inside an engine prints its own report; the reply says what matters
    const options = { name: what, stdout: true, stderr: true };
    this.#worker = new Worker(createRequire(import.meta.url).resolve(script), options);
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.started = new Promise((resolve) => {
      // the first message has no number
      this.#worker.once('message', ({ systemId }: { systemId?: number }) => {
        this.systemId = systemId;
        resolve();
      });
      this.#worker.once('exit', () => resolve());
    });
    this.#worker.on('message', (reply: Reply) => {
      const asked = this.#asked.get(reply.number);
      this.#asked.delete(reply.number);
      asked?.resolve(reply);
    });
    this.#worker.on('error', (cause) => this.end(this.#toEnd(toMessage(cause), cause)));
    this.#worker.on('exit', (code) => this.end(this.#toEnd(`it left with code ${code}`)));
  }

  hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** The thread's reply; rejects with the reason given to `end`. */
  ask(request: Omit<Request, 'number'>): Promise<Reply> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const number = ++this.#lastNumber;
    return new Promise((resolve, reject) => {
      this.#asked.set(number, { resolve, reject });
      this.#worker.postMessage({ ...request, number });
    });
  }

  /** Ends the thread; what was asked is answered by `reason`. */
  end(reason: VouchError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(reason);
    void this.#worker.terminate();
  }

  #toEnd(why: string, cause?: unknown): VouchError {
    return new VouchError('internal', `The ${this.#what} thread ended unexpectedly: ${why}.`, { cause });
  }
}
