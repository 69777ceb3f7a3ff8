import type { Catalog, CatalogEntry, FeedFilter } from '../catalog/catalog.ts';
import { VouchError } from '../errors.ts';

export interface StreamLimits {
  /** Streams open at once; 500 where absent. Further ones are told `busy`. */
  readonly streams?: number;
  /** Milliseconds after which a stream without events shows that it lives; 15,000 where absent. */
  readonly heartbeatMs?: number;
  /** Milliseconds a client may take for what was last sent before it is dropped; 60,000 where absent. */
  readonly stallMs?: number;
  /** Ends all streams. */
  readonly closing?: AbortSignal;
}

/** Entries read for one stretch of a stream: the only thing ever held for a client. */
const STRETCH = 16;
/** What browsers wait before they come back; they come back with the cursor. */
const RETRY_MS = 3000;

/**
 * The streams of server-sent events (WHATWG HTML, section 9.2). A stream holds its cursor and nothing else: it reads on in the catalog
 * when its client has taken what was sent, so a slow client costs no memory, and one that takes nothing for too long is dropped.
 */
export class EventStreams {
  readonly #catalog: Catalog;
  readonly #limits: StreamLimits;
  #open = 0;

  constructor(catalog: Catalog, limits: StreamLimits) {
    this.#catalog = catalog;
    this.#limits = limits;
  }

  /** Streams that are open. */
  get open(): number {
    return this.#open;
  }

  /** Events from the log index `from` on, each as `write` has it. `drop` cuts the client off, where there is a connection. Throws `busy`. */
  stream(
    filter: FeedFilter,
    from: number,
    write: (entry: CatalogEntry) => string,
    drop: (() => void) | undefined,
  ): ReadableStream<Uint8Array> {
    const { streams = 500, heartbeatMs = 15_000, stallMs = 60_000, closing } = this.#limits;
    if (this.#open >= streams) {
      throw new VouchError('busy', `${this.#open} event streams are open already.`, { retryAfterSeconds: 30 });
    }
    this.#open += 1;
    const encoder = new TextEncoder();
    let cursor = from;
    let isOver = false;
    let wake = (): void => {};
    let stall: NodeJS.Timeout | undefined;
    const forget = this.#catalog.onAdvance(() => wake());
    const onClosing = (): void => wake();
    closing?.addEventListener('abort', onClosing);
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      this.#open -= 1;
      forget();
      closing?.removeEventListener('abort', onClosing);
      clearTimeout(stall);
      wake();
    };
    const send = (controller: ReadableStreamDefaultController<Uint8Array>, text: string): void => {
      controller.enqueue(encoder.encode(text));
      clearTimeout(stall);
      stall = setTimeout(() => {
        end();
        if (drop === undefined) controller.error(new VouchError('timeout', 'The client takes too long.'));
        else drop();
      }, stallMs);
      stall.unref();
    };
    return new ReadableStream({
      start: (controller) => send(controller, `retry: ${RETRY_MS}\n\n`),
      pull: async (controller) => {
        clearTimeout(stall);
        try {
          const isBeat = new Alarm(heartbeatMs);
          while (!isOver) {
            // Set before reading: what is accepted while reading is seen on the next turn.
            const woken = new Promise<void>((resolve) => {
              wake = resolve;
            });
            if (closing?.aborted) break;
            const { entries, next } = await this.#catalog.since(filter, cursor, STRETCH);
            if (isOver) return;
            cursor = next;
            // The identifier alone moves the client's cursor without an event, past what the filter leaves out.
            if (entries.length > 0) return send(controller, `${entries.map(write).join('')}id: ${next}\n\n`);
            if (isBeat.isDue) return send(controller, `: ${next}\nid: ${next}\n\n`);
            await isBeat.orSooner(woken);
          }
          if (isOver) return;
          end();
          controller.close();
        } catch (failure) {
          end();
          if (drop === undefined) throw failure;
          // It comes back with its cursor; what failed is told to whoever asks next.
          drop();
        }
      },
      cancel: end,
    });
  }
}

/** A time that comes once. */
class Alarm {
  readonly #at: number;

  constructor(afterMs: number) {
    this.#at = performance.now() + afterMs;
  }

  get isDue(): boolean {
    return performance.now() >= this.#at;
  }

  /** Resolves when the time has come, or `other` resolves. */
  async orSooner(other: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const due = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(1, this.#at - performance.now()));
    });
    await Promise.race([other, due]);
    clearTimeout(timer);
  }
}
