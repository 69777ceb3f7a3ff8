import { VouchError } from '../errors.ts';
import type { Cursor, OrderedStore, StoreView, Write } from './ordered-store.ts';

/** The memory twin of `LevelStore`, for tests and registries that are thrown away. */
export class MemoryStore implements OrderedStore {
  #keys: readonly string[] = [];
  #values = new Map<string, string>();
  /** True while a view may hold `#values`: then the next write works on a copy. */
  #isShared = false;
  #isClosed = false;

  view(): StoreView {
    if (this.#isClosed) throw new VouchError('closed', 'The catalog is closed.');
    this.#isShared = true;
    return toView(this.#keys, this.#values);
  }

  async write(writes: readonly Write[]): Promise<void> {
    if (this.#isClosed) throw new VouchError('closed', 'The catalog is closed.');
    if (this.#isShared) this.#values = new Map(this.#values);
    this.#isShared = false;
    const added = new Set<string>();
    let isAnyDeleted = false;
    for (const { key, value } of writes) {
      if (value === undefined) {
        isAnyDeleted = this.#values.delete(key) || isAnyDeleted;
      } else {
        if (!this.#values.has(key)) added.add(key);
        this.#values.set(key, value);
      }
    }
    const kept = isAnyDeleted ? this.#keys.filter((key) => this.#values.has(key) && !added.has(key)) : this.#keys;
    this.#keys = merge(kept, [...added].filter((key) => this.#values.has(key)).sort());
  }

  async clear(): Promise<void> {
    this.#keys = [];
    this.#values = new Map();
    this.#isShared = false;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}

function toView(keys: readonly string[], values: ReadonlyMap<string, string>): StoreView {
  return {
    get: async (key) => values.get(key),
    getMany: async (wanted) => wanted.map((key) => values.get(key)),
    cursor: (from, to) => toCursor(keys, values, from, to),
    close: async () => undefined,
  };
}

function toCursor(keys: readonly string[], values: ReadonlyMap<string, string>, from: string, to: string): Cursor {
  let position = firstNotBelow(keys, from);
  const end = firstNotBelow(keys, to);
  return {
    seek(key) {
      position = firstNotBelow(keys, key < from ? from : key);
    },
    async next(count) {
      const start = Math.min(position, end);
      position = Math.min(start + count, end);
      return keys.slice(start, position).map((key): [string, string] => [key, values.get(key) ?? '']);
    },
    close: async () => undefined,
  };
}

function firstNotBelow(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merge(left: readonly string[], right: readonly string[]): readonly string[] {
  if (right.length === 0) return left;
  const merged: string[] = [];
  let next = 0;
  for (const key of left) {
    for (; next < right.length && right[next]! < key; next++) merged.push(right[next]!);
    merged.push(key);
  }
  for (; next < right.length; next++) merged.push(right[next]!);
  return merged;
}
