/** Keys are ASCII text in byte order, values text. The catalog's LevelDB and its memory twin. */

/** One change; `value` undefined deletes. */
export interface Write {
  readonly key: string;
  readonly value: string | undefined;
}

/** Walks the keys of one range in order. MUST be closed before its store is. */
export interface Cursor {
  /** The next `next` starts at the first key of the range that is not below `key`. */
  seek(key: string): void;
  /** The next keys and values, at most `count`; empty at the end of the range. */
  next(count: number): Promise<[key: string, value: string][]>;
  close(): Promise<void>;
}

/** What can be read, all of one moment. */
export interface StoreView {
  get(key: string): Promise<string | undefined>;
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  /** Keys from `from` (inclusive) to `to` (exclusive). */
  cursor(from: string, to: string): Cursor;
  close(): Promise<void>;
}

export interface OrderedStore {
  /** A view of this moment that later writes do not change. Throws `closed` after `close`. */
  view(): StoreView;
  /** All changes or none; a later one of the same key wins. Throws `storage`. */
  write(writes: readonly Write[]): Promise<void>;
  /** Forgets everything. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** The range of all keys that begin with `prefix`, which is ASCII without DEL. */
export function toRange(prefix: string): { readonly from: string; readonly to: string } {
  return { from: prefix, to: `${prefix}\u007f` };
}
