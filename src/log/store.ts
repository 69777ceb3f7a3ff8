/** One key with its value. */
export type Pair = readonly [key: Uint8Array, value: Uint8Array];

/** Where a log keeps its bytes: keys ordered bytewise. Faults are thrown: `storage`, `corrupt`, `closed`. */
export interface Store {
  /** The values of the keys, in the order asked. */
  read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /** Which of the keys are there. */
  has(keys: readonly Uint8Array[]): Promise<boolean[]>;
  /** At most `limit` pairs with `from <= key < to`: the first ones in order, or with `last` the last ones, last first. */
  range(from: Uint8Array, to: Uint8Array, limit: number, end?: 'first' | 'last'): Promise<Pair[]>;
  /** Writes all or nothing; resolves when it would survive a loss of power. If it throws, either may be the case. */
  write(pairs: readonly Pair[]): Promise<void>;
  close(): Promise<void>;
}

/** All pairs with `from <= key < to`, in order, read a page at a time. */
export async function* readPairs(
  store: Store,
  from: Uint8Array,
  to: Uint8Array,
  page: number,
): AsyncGenerator<Pair, undefined> {
  let start = from;
  while (true) {
    const pairs = await store.range(start, to, page);
    yield* pairs;
    const last = pairs.at(-1);
    if (last === undefined || pairs.length < page) return undefined;
    // The key right after it in byte order.
    start = Buffer.concat([last[0], Uint8Array.of(0)]);
  }
}
