import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { VouchError } from '../errors.ts';
import { replyForeign } from './resource.ts';

/** How much may be held for readers, and how slow they may be. */
export interface SendingLimits {
  /** Bytes of large answers on their way at once; 256 MiB where absent. One client has at most half of it. */
  readonly bytes?: number;
  /** Milliseconds a reader may take nothing; 30,000 where absent. */
  readonly stallMs?: number;
  /** Milliseconds that every large answer has, besides those its size gives it; 60,000 where absent. */
  readonly graceMs?: number;
  /** What a reader has to take on average; 64 KiB where absent. */
  readonly bytesPerSecond?: number;
}

/** An answer up to here is left to the connection: there can be as many of them as there are connections. */
export const LARGE_BYTES = 256 * 1024;
const CHUNK_BYTES = 64 * 1024;
const KIB = 1024;

/**
 * Large answers, each whole in memory and sent piece by piece as its reader takes it. What is held for readers altogether is bounded, and
 * one who is too slow is cut off; as the length is told beforehand, or the encoding has an end of its own, nobody takes a part for the whole.
 */
export class LargeAnswers {
  readonly #limits: Required<SendingLimits>;
  readonly #held = new Map<string | undefined, number>();
  #bytes = 0;

  constructor({
    bytes = 256 * KIB * KIB,
    stallMs = 30_000,
    graceMs = 60_000,
    bytesPerSecond = 64 * KIB,
  }: SendingLimits) {
    this.#limits = { bytes, stallMs, graceMs, bytesPerSecond };
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Replies with an answer of any size; `client` is who has a share of his own, if anybody. Throws `busy`. */
  reply(c: Context, answer: Uint8Array<ArrayBuffer>, mediaType: string, client: string | undefined): Response {
    if (answer.length < LARGE_BYTES || c.req.method === 'HEAD') return replyForeign(c, answer, mediaType);
    const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
    const drop = incoming === undefined ? undefined : () => incoming.socket.destroy();
    const body = this.#open(answer, client, drop);
    c.header('Content-Length', String(answer.length));
    return replyForeign(c, body, mediaType);
  }

  #open(
    answer: Uint8Array<ArrayBuffer>,
    client: string | undefined,
    drop: (() => void) | undefined,
  ): ReadableStream<Uint8Array> {
    const { stallMs, graceMs, bytesPerSecond } = this.#limits;
    const release = this.#hold(answer.length, client);
    let rest: Uint8Array | undefined = answer;
    let cut = (): void => {};
    const stall = setTimeout(() => cut(), stallMs).unref();
    const late = setTimeout(() => cut(), graceMs + (answer.length / bytesPerSecond) * 1_000).unref();
    const end = (): void => {
      if (rest === undefined) return;
      // the stream may be kept by whoever is still at it, and must not keep the answer
      rest = undefined;
      clearTimeout(stall);
      clearTimeout(late);
      release();
    };
    return new ReadableStream(
      {
        start: (controller) => {
          cut = () => {
            end();
            if (drop === undefined) controller.error(new VouchError('timeout', 'The client takes too long.'));
            else drop();
          };
        },
        pull: (controller) => {
          if (rest === undefined) return;
          stall.refresh();
          controller.enqueue(rest.subarray(0, CHUNK_BYTES));
          rest = rest.subarray(CHUNK_BYTES);
          if (rest.length > 0) return;
          end();
          controller.close();
        },
        cancel: end,
      },
      { highWaterMark: 0 },
    );
  }

  /** Counts an answer; the returned function forgets it. */
  #hold(bytes: number, client: string | undefined): () => void {
    const held = this.#held.get(client) ?? 0;
    const isFair = client === undefined || held === 0 || held + bytes <= this.#limits.bytes / 2;
    if (!isFair || (this.#bytes > 0 && this.#bytes + bytes > this.#limits.bytes)) {
      const whose = isFair ? 'Too many large answers' : 'Too many large answers of yours';
      throw new VouchError('busy', `${whose} are on their way. Try again in 10 s, or ask for fewer rows.`, {
        retryAfterSeconds: 10,
      });
    }
    this.#bytes += bytes;
    this.#held.set(client, held + bytes);
    return () => {
      this.#bytes -= bytes;
      const left = this.#held.get(client)! - bytes;
      if (left > 0) this.#held.set(client, left);
      else this.#held.delete(client);
    };
  }
}
