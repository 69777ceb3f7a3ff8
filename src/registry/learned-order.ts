import { randomBytes } from 'node:crypto';
import { VouchError } from '../errors.ts';
import { readPairs, type Store } from '../log/store.ts';

/** Consecutive records of one log that were learned at once. */
export interface Stretch {
  readonly origin: string;
  /** The first of them, and how many, by their numbers in that log. */
  readonly from: number;
  readonly count: number;
  /** When that was. */
  readonly at: Date;
}

/** A log and how many of its records can be read. */
export interface Learnable {
  readonly origin: string;
  size(): number;
}

const ORDER_KEY = Buffer.from('s/order');
const PAGE = 1_024;

/**
 * In which order the records of several logs became known here. It is durable, since nothing else says it: a catalog that is made anew,
 * and who asks for an earlier state, must find each record where it was. Where a log has fewer records than were learned of it (its copy
 * was removed, or a backup restored), it is begun anew.
 */
export class LearnedOrder {
  /** Names this order: another one may give other records the same places. */
  readonly name: string;
  readonly #store: Store;
  readonly #stretches: Stretch[];
  readonly #known: Map<string, number>;
  #written: number;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(store: Store, name: string, stretches: readonly Stretch[]) {
    this.#store = store;
    this.name = name;
    this.#stretches = [...stretches];
    this.#written = stretches.length;
    this.#known = toKnown(stretches);
  }

  /** Reads the order in a store, or begins one. It owns the store from here on, which is closed if this fails. */
  static async open(store: Store, logs: readonly Learnable[]): Promise<LearnedOrder> {
    try {
      const [named] = await store.read([ORDER_KEY]);
      if (named !== undefined) {
        const name = Buffer.from(named).toString();
        const stretches = await readStretches(store, name);
        const known = toKnown(stretches);
        if (logs.every((log) => log.size() >= (known.get(log.origin) ?? 0))) {
          return new LearnedOrder(store, name, stretches);
        }
      }
      const name = randomBytes(8).toString('hex');
      await store.write([[ORDER_KEY, Buffer.from(name)]]);
      return new LearnedOrder(store, name, []);
    } catch (fault) {
      await store.close().catch(() => undefined);
      throw fault;
    }
  }

  /** How many records of a log were learned. */
  known(origin: string): number {
    return this.#known.get(origin) ?? 0;
  }

  /** Everything learned, in order; logs that nobody follows any more are in it too. */
  stretches(): readonly Stretch[] {
    return this.#stretches;
  }

  /** Takes in what the logs have beyond what is known, in the order of the logs, and makes that durable; gives what is new. */
  learn(logs: readonly Learnable[], at: Date): Promise<readonly Stretch[]> {
    const learned = this.#writing.then(() => this.#learn(logs, at));
    this.#writing = learned.catch(() => undefined);
    return learned;
  }

  /** Waits for what is under way, then releases the store. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#store.close();
  }

  async #learn(logs: readonly Learnable[], at: Date): Promise<readonly Stretch[]> {
    const fresh = logs.flatMap((log): Stretch[] => {
      const from = this.known(log.origin);
      const count = log.size() - from;
      return count > 0 ? [{ origin: log.origin, from, count, at }] : [];
    });
    if (fresh.length === 0) return fresh;
    await this.#store.write(
      fresh.map((stretch, offset) => [toKey(this.name, this.#written + offset), writeStretch(stretch)]),
    );
    this.#written += fresh.length;
    for (const stretch of fresh) {
      this.#stretches.push(stretch);
      this.#known.set(stretch.origin, stretch.from + stretch.count);
    }
    return fresh;
  }
}

function toKnown(stretches: readonly Stretch[]): Map<string, number> {
  return new Map(stretches.map(({ origin, from, count }) => [origin, from + count]));
}

function toKey(name: string, number: number): Uint8Array {
  return Buffer.from(`o/${name}/${number.toString(16).padStart(12, '0')}`);
}

function writeStretch({ origin, from, count, at }: Stretch): Uint8Array {
  return Buffer.from(JSON.stringify([origin, from, count, at.toISOString()]));
}

async function readStretches(store: Store, name: string): Promise<Stretch[]> {
  const stretches: Stretch[] = [];
  const known = new Map<string, number>();
  const pairs = readPairs(store, toKey(name, 0), Buffer.from(`o/${name}/g`), PAGE);
  for await (const [, value] of pairs) {
    const [origin, from, count, at] = JSON.parse(Buffer.from(value).toString()) as [string, number, number, string];
    if ((known.get(origin) ?? 0) !== from) {
      const message = `The order in which records were learned is broken at record ${from} of ${origin}.`;
      throw new VouchError('corrupt', `${message} Remove the directory followed/order: it is begun anew.`);
    }
    known.set(origin, from + count);
    stretches.push({ origin, from, count, at: new Date(at) });
  }
  return stretches;
}
