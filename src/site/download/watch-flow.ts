import { VouchError } from '../../errors.ts';

export interface FlowLimits {
  /** Seconds without a byte after which a location is given up. */
  readonly idleSeconds: number;
  /** Bytes a second that it must give, over as many seconds. */
  readonly leastRate: number;
}

/** Gives a location up that gives nothing, or next to nothing: only the time counts that is waited for it, not that which its bytes take here. */
export class FlowWatch implements Disposable {
  readonly #location: string;
  readonly #limits: FlowLimits;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #startedMs = 0;
  /** Of the stretch that is being looked at. */
  #waitedMs = 0;
  #bytes = 0;

  constructor(location: string, limits: FlowLimits) {
    this.#location = location;
    this.#limits = limits;
  }

  /** Aborted, with the reason, when the location is to be given up. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** From now on it is waited for. */
  wait(): void {
    const { idleSeconds } = this.#limits;
    this.#startedMs = performance.now();
    this.#timer = setTimeout(() => this.#giveUp(`gave nothing for ${idleSeconds} seconds`), idleSeconds * 1_000);
  }

  /** Bytes came. Throws `timeout` if they are too few for the time that was waited. */
  take(bytes: number): void {
    clearTimeout(this.#timer);
    this.#waitedMs += performance.now() - this.#startedMs;
    this.#bytes += bytes;
    if (this.#waitedMs < this.#limits.idleSeconds * 1_000) return;
    const seconds = this.#waitedMs / 1_000;
    if (this.#bytes < this.#limits.leastRate * seconds) {
      throw this.#giveUp(`gave only ${this.#bytes} bytes in ${Math.round(seconds)} seconds`);
    }
    [this.#waitedMs, this.#bytes] = [0, 0];
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #giveUp(what: string): VouchError {
    const fault = new VouchError('timeout', `${this.#location} ${what}.`);
    this.#ending.abort(fault);
    return fault;
  }
}
