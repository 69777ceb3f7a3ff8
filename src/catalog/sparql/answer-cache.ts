/** Bytes of answers that are kept. */
const MOST_BYTES = 32 * 1024 * 1024;
/** An answer larger than this is asked for rarely and would push out many. */
const MOST_OF_ONE = 4 * 1024 * 1024;
/** What an answer that depends on the clock may be late: statuses are shown to the minute. */
const MINUTE_MS = 60_000;

/**
 * Answers by what was asked, log size and, where they depend on it, the minute: such an answer never changes. Those of earlier sizes go
 * when the log has grown: hardly anybody asks for them again, and a log that grows all the time would fill the memory with them.
 */
export class AnswerCache {
  readonly #answers = new Map<string, Uint8Array<ArrayBuffer>>();
  #bytes = 0;
  #newest = 0;

  /** The answer for a log size at a time, if it is kept. `name` tells all else that it depends on. */
  find(name: string, logSize: number, nowMs: number): Uint8Array<ArrayBuffer> | undefined {
    for (const key of [toKey(name, logSize, undefined), toKey(name, logSize, nowMs)]) {
      const body = this.#answers.get(key);
      if (body === undefined) continue;
      // the one used last goes last
      this.#answers.delete(key);
      this.#answers.set(key, body);
      return body;
    }
    return undefined;
  }

  /** `nowMs` only where the answer depends on the clock. */
  keep(name: string, logSize: number, nowMs: number | undefined, body: Uint8Array<ArrayBuffer>): void {
    const key = toKey(name, logSize, nowMs);
    if (logSize > this.#newest) {
      this.#newest = logSize;
      this.#answers.clear();
      this.#bytes = 0;
    }
    if (body.buffer.byteLength > MOST_OF_ONE || this.#answers.has(key)) return;
    this.#answers.set(key, body);
    this.#bytes += toBytes(key, body);
    for (const [oldest, kept] of this.#answers) {
      if (this.#bytes <= MOST_BYTES) return;
      this.#answers.delete(oldest);
      this.#bytes -= toBytes(oldest, kept);
    }
  }
}

/** What an answer takes: all of the memory it is a part of. */
function toBytes(key: string, body: Uint8Array): number {
  return key.length * 2 + body.buffer.byteLength;
}

function toKey(name: string, logSize: number, nowMs: number | undefined): string {
  return `${logSize} ${nowMs === undefined ? '' : Math.floor(nowMs / MINUTE_MS)} ${name}`;
}
