import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { toMessage, VouchError } from '../errors.ts';
import type { GraphChange, GraphSource } from './graph-source.ts';
import type { SparqlReply, SparqlRequest } from './sparql-message.ts';

/** Loads sent ahead of their replies: the worker never idles, and no more than this waits in memory. */
const LOADS_AHEAD = 2;

type Unnumbered<R> = R extends { readonly number: number } ? Omit<R, 'number'> : never;

/** One worker thread with its RDF index. One caller at a time. */
export class QueryWorker {
  readonly #worker: Worker;
  readonly #asked = new Map<number, { resolve: (reply: SparqlReply) => void; reject: (reason: VouchError) => void }>();
  #lastNumber = 0;
  #position = 0;
  #end: VouchError | undefined;

  constructor() {
    const script = createRequire(import.meta.url).resolve('#workers/catalog/sparql-worker');
    // a panic inside the engine prints its own report; the reply says what matters
    this.#worker = new Worker(script, { name: 'sparql', stdout: true, stderr: true });
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.on('message', (reply: SparqlReply) => {
      const asked = this.#asked.get(reply.number);
      this.#asked.delete(reply.number);
      asked?.resolve(reply);
    });
    this.#worker.on('error', (cause) => this.end(toEnd(toMessage(cause), cause)));
    this.#worker.on('exit', (code) => this.end(toEnd(`it left with code ${code}`)));
  }

  /** Log size the index stands at. */
  position(): number {
    return this.#position;
  }

  hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Takes in everything the source has taken in. */
  async bringUp(source: GraphSource): Promise<void> {
    while (this.#position < source.position()) {
      const { to, steps } = await source.changes(this.#position);
      const sent: Promise<void>[] = [];
      for await (const changes of steps) {
        const loading = this.#load(changes);
        // a later load fails with the first one, whose failure is the one that is thrown
        loading.catch(() => undefined);
        sent.push(loading);
        if (sent.length > LOADS_AHEAD) await sent.shift();
      }
      await Promise.all(sent);
      this.#position = to;
    }
  }

  /** The worker's reply; rejects with the reason given to `end`. */
  ask(request: Unnumbered<SparqlRequest>): Promise<SparqlReply> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const number = ++this.#lastNumber;
    return new Promise((resolve, reject) => {
      this.#asked.set(number, { resolve, reject });
      this.#worker.postMessage({ ...request, number });
    });
  }

  /** Ends the thread, whatever it does; what was asked is answered by `reason`. */
  end(reason: VouchError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(reason);
    void this.#worker.terminate();
  }

  async #load(changes: readonly GraphChange[]): Promise<void> {
    const reply = await this.ask({ kind: 'load', changes });
    if (reply.kind === 'refused') throw new VouchError('internal', `The RDF index refused triples: ${reply.message}`);
  }
}

function toEnd(why: string, cause?: unknown): VouchError {
  return new VouchError('internal', `The SPARQL worker ended unexpectedly: ${why}.`, { cause });
}
