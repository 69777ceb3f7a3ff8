import { VouchError } from '../errors.ts';
import type { Pair, Store } from './store.ts';

/** The memory twin of the LevelDB store. Opened over an earlier one it has what that one had, as a directory would. */
export class MemoryStore implements Store {
  readonly #values: Map<string, Uint8Array>;
  /** The keys in order; one character a byte, so text order is byte order. */
  readonly #keys: string[];
  #isClosed = false;

  constructor(earlier?: MemoryStore) {
    this.#values = earlier === undefined ? new Map() : earlier.#values;
    this.#keys = earlier === undefined ? [] : earlier.#keys;
  }

  async read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.#assertOpen();
    return keys.map((key) => this.#copy(toText(key)));
  }

  async has(keys: readonly Uint8Array[]): Promise<boolean[]> {
    this.#assertOpen();
    return keys.map((key) => this.#values.has(toText(key)));
  }

  async range(from: Uint8Array, to: Uint8Array, limit: number, end: 'first' | 'last' = 'first'): Promise<Pair[]> {
    this.#assertOpen();
    const [start, stop] = [this.#placeOf(toText(from)), this.#placeOf(toText(to))];
    const keys =
      end === 'first'
        ? this.#keys.slice(start, Math.min(stop, start + limit))
        : this.#keys.slice(Math.max(start, stop - limit), stop).reverse();
    return keys.map((key) => [Buffer.from(key, 'latin1'), this.#copy(key)!]);
  }

  async write(pairs: readonly Pair[]): Promise<void> {
    this.#assertOpen();
    for (const [key, value] of pairs) {
      const text = toText(key);
      if (!this.#values.has(text)) this.#keys.splice(this.#placeOf(text), 0, text);
      this.#values.set(text, new Uint8Array(value));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  /** Not the stored array itself; `slice` of a Buffer would be that. */
  #copy(key: string): Uint8Array | undefined {
    const value = this.#values.get(key);
    return value === undefined ? undefined : new Uint8Array(value);
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new VouchError('closed', 'The log in memory is closed.');
  }

  /** The number of keys before this one. */
  #placeOf(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function toText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
