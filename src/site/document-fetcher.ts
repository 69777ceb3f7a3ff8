import { VouchError } from '../errors.ts';
import { fetchBlob } from '../peer/fetch-blob.ts';
import type { LogSource } from '../peer/log-source.ts';
import type { SyncedLog } from '../peer/synced-log.ts';
import { isEntryRecord } from '../proof/record.ts';
import type { DocumentStore } from './document-store.ts';

/** A document of an entry; the registry takes none that is larger. */
const DOCUMENT_BYTES = 1_048_576;
const FETCHES = 16;
/** Records whose documents are looked for together. */
const STRETCH = 256;

/** Brings the documents of a log to where its copy is. */
export class DocumentFetcher {
  readonly #log: SyncedLog;
  readonly #source: LogSource;
  readonly #documents: DocumentStore;
  /** The documents of so many records are here: no round looks through these again. */
  #whole = 0;

  constructor({
    log,
    source,
    documents,
  }: {
    readonly log: SyncedLog;
    readonly source: LogSource;
    readonly documents: DocumentStore;
  }) {
    this.#log = log;
    this.#source = source;
    this.#documents = documents;
  }

  /** Asks for the documents of the copy's records that are not here yet. What the log does not give is left for later; false if it is away. */
  async fetchAll(signal?: AbortSignal): Promise<boolean> {
    const size = await this.#log.size();
    for (let from = this.#whole; from < size && signal?.aborted !== true; from += STRETCH) {
      const to = Math.min(from + STRETCH, size);
      const placed = (await this.#log.range(from, to)).filter(({ record }) => isEntryRecord(record));
      const missing = await this.#documents.findMissing(placed.map(({ record }) => record.doc));
      const { came, isAway } = await this.fetch(missing);
      if (came === missing.length && this.#whole === from) this.#whole = to;
      // The next round asks again; until then the rest would only wait, and with it what is new in the log.
      if (isAway) return false;
    }
    return true;
  }

  /** Has the next round look through all of them: one that was here is gone. */
  lookAgain(): void {
    this.#whole = 0;
  }

  /** Fetches and keeps documents, a few at once, until the registry seems to be away. */
  async fetch(names: readonly string[]): Promise<{ readonly came: number; readonly isAway: boolean }> {
    let fetched = 0;
    for (let from = 0; from < names.length; from += FETCHES) {
      const answers = await Promise.allSettled(
        names.slice(from, from + FETCHES).map((name) => fetchBlob(this.#source, name, DOCUMENT_BYTES)),
      );
      const came = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      if (came.length > 0) await this.#documents.put(came);
      fetched += came.length;
      if (answers.some((answer) => answer.status === 'rejected' && isAway(answer.reason))) {
        return { came: fetched, isAway: true };
      }
    }
    return { came: fetched, isAway: false };
  }
}

/** True if a registry did not answer, or not in time. */
function isAway(fault: unknown): boolean {
  return fault instanceof VouchError && (fault.code === 'unreachable' || fault.code === 'timeout');
}
