import { readFile } from 'node:fs/promises';
import { toMessage, VouchError } from '../../errors.ts';
import { writeFileDurably } from '../../platform/durable-file.ts';
import { writeNTriples } from '../../rdf/write-n-triples.ts';
import { type CatalogEntry, placeOf } from '../catalog.ts';
import { toEntryGraph, toEntryIri } from '../entry-graph.ts';
import type { ReadDocument } from '../follower.ts';
import type { RecordSource } from '../record-source.ts';
import type { StoreCatalog } from '../store-catalog.ts';
import { toRecordMark } from '../take-records.ts';
import { countRows } from './answer-format.ts';
import type { ExternalServer } from './external-server.ts';

export interface GraphPushOptions {
  readonly catalog: Pick<StoreCatalog, 'position' | 'waitFor' | 'onAdvance' | 'entry' | 'history'>;
  readonly log: RecordSource;
  readonly readDocument: ReadDocument;
  readonly baseUrl: string;
  readonly server: ExternalServer;
  /** Where it is kept how far the server is. */
  readonly cursorFile: string;
  /** Push everything again. */
  readonly isAnew?: boolean;
  /** Told when the server fails, and when it is back. */
  readonly onNews?: (sentence: string) => void;
  /** Milliseconds before the server is tried again; twice as many after each failure, up to a minute. Default 500. */
  readonly retryMs?: number;
}

interface Cursor {
  readonly endpoint: string;
  readonly position: number;
  /** Of the last record: another log is pushed from its beginning. */
  readonly mark: string;
}

/** Records between two writes of the cursor: as many are pushed again after a crash, which changes nothing. */
const STEP = 64;
const AT_ONCE = 4;
const LONGEST_RETRY_MS = 60_000;
const ASK_MS = 30_000;

/**
 * Keeps the graphs of a SPARQL server behind the log. A record is pushed by replacing the graph of its entry, and of the entry that
 * it supersedes, by what they are now: doing it again changes nothing, so a crash between the push and the cursor does no harm. After
 * an outage the server is asked whether it still has the last entry; where it lost some, they are pushed again.
 */
export class GraphPush {
  readonly #options: GraphPushOptions;
  readonly #running: Promise<void>;
  readonly #stopListening: () => void;
  #position = 0;
  #isClosed = false;
  #wakeAll: () => void = () => undefined;
  #woken = new Promise<void>(() => undefined);

  constructor(options: GraphPushOptions) {
    this.#options = options;
    this.#wake();
    this.#stopListening = options.catalog.onAdvance(() => this.#wake());
    this.#running = this.#run();
  }

  /** Records that the server has taken in. */
  position(): number {
    return this.#position;
  }

  async waitFor(size: number): Promise<void> {
    await this.#options.catalog.waitFor(size);
    while (this.#position < size) {
      if (this.#isClosed) throw new VouchError('closed', 'The SPARQL server is no longer followed.');
      await this.#woken;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    this.#options.server.close();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { catalog, onNews = () => undefined, retryMs = 500 } = this.#options;
    let position = this.#options.isAnew === true ? 0 : await this.#readCursor().catch(() => 0);
    let isConfirmed = false;
    for (let failures = 0; !this.#isClosed; ) {
      try {
        if (!isConfirmed) position = await this.#confirm(position);
        isConfirmed = true;
        if (failures > 0) onNews(`The SPARQL server is back; it has ${position} records.`);
        failures = 0;
        this.#advance(position);
        while (position < catalog.position() && !this.#isClosed) {
          const to = Math.min(position + STEP, catalog.position());
          await this.#push(position, to);
          position = to;
          this.#advance(position);
        }
        if (!this.#isClosed) await this.#woken;
      } catch (failure) {
        if (failures === 0 && !this.#isClosed) onNews(`The SPARQL server is not followed: ${toMessage(failure)}`);
        isConfirmed = false;
        await this.#pause(Math.min(LONGEST_RETRY_MS, retryMs * 2 ** Math.min(failures++, 16)));
      }
    }
  }

  /** Pushes the records, then makes durable that they are there. */
  async #push(from: number, to: number): Promise<void> {
    const { log, catalog, server } = this.#options;
    const entries = new Map<string, CatalogEntry>();
    for (let index = from; index < to; index++) {
      const entry = await catalog.entry(index);
      if (entry === undefined) continue;
      const history = await catalog.history(entry.identifier);
      const isOlder = (one: CatalogEntry) => one.supersededBy === entry.index && one.origin === entry.origin;
      const changed = history.filter((one) => placeOf(one) === index || isOlder(one));
      for (const one of changed) entries.set(toEntryIri(one, this.#options.baseUrl), one);
    }
    const waiting = [...entries];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && !this.#isClosed; next = waiting.shift()) {
        await server.replaceGraph(next[0], await this.#graphOf(next[1]));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (this.#isClosed) throw new VouchError('closed', 'The SPARQL server is no longer followed.');
    const mark = toRecordMark(await log.record(to - 1));
    const cursor: Cursor = { endpoint: server.endpoint, position: to, mark };
    await writeFileDurably(this.#options.cursorFile, new TextEncoder().encode(`${JSON.stringify(cursor)}\n`));
  }

  async #graphOf(entry: CatalogEntry): Promise<string> {
    const { log, readDocument, baseUrl } = this.#options;
    const record = await log.record(placeOf(entry));
    const { triples } = await readDocument(record, await log.blob(entry.documentSha256));
    return writeNTriples(toEntryGraph(entry, triples, baseUrl));
  }

  async #readCursor(): Promise<number> {
    const cursor = JSON.parse(await readFile(this.#options.cursorFile, 'utf8')) as Cursor;
    const { log, server } = this.#options;
    const isOurs = cursor.endpoint === server.endpoint && cursor.position > 0 && cursor.position <= log.size();
    if (!isOurs || toRecordMark(await log.record(cursor.position - 1)) !== cursor.mark) return 0;
    return cursor.position;
  }

  /** The position, or an earlier one where the server lacks its last entry: steps back, each twice as long, to one that is there. */
  async #confirm(position: number): Promise<number> {
    const { catalog, server, baseUrl } = this.#options;
    while (catalog.position() < position && !this.#isClosed) await this.#woken;
    let step = 1;
    for (let end = position; end > 0; ) {
      const entry = await catalog.entry(end - 1);
      // a record that is no entry leaves nothing behind
      if (entry === undefined) {
        end--;
        continue;
      }
      // no ASK: what Virtuoso 7.2 answers to one is no boolean
      const text = `SELECT ?s { GRAPH <${toEntryIri(entry, baseUrl)}> { ?s ?p ?o } } LIMIT 1`;
      const accept = 'application/sparql-results+json';
      const bytes = await server.query({ text, accept, timeoutMs: ASK_MS, bytes: 16_384 });
      if (countRows(new TextDecoder().decode(bytes), accept) > 0) {
        return end === position || step === 1 ? position : end;
      }
      end = Math.max(0, end - step);
      step *= 2;
    }
    return step === 1 ? position : 0;
  }

  #advance(position: number): void {
    this.#position = position;
    this.#wake();
  }

  async #pause(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && !this.#isClosed; left = until - performance.now()) {
      let timer: NodeJS.Timeout | undefined;
      const slept = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, left);
      });
      await Promise.race([slept, this.#woken]);
      clearTimeout(timer);
    }
  }

  #wake(): void {
    this.#wakeAll();
    this.#woken = new Promise((resolve) => {
      this.#wakeAll = resolve;
    });
  }
}
