import type { Cursor, StoreView } from './ordered-store.ts';
import { toRange } from './ordered-store.ts';
import type { Rank } from './rank.ts';
import { ArrayRun, type Run, StoreRun, UnionRun } from './run.ts';
import { toWordPrefix } from './store-key.ts';

/** Up to here the entries of all words with a prefix are read and sorted. */
const GATHERED_LIMIT = 4_000;
/** Up to here they are read and sorted where there are too many words to merge. */
const GATHERED_LIMIT_OF_MANY_WORDS = 40_000;
/** Up to here the words with a prefix are merged, each in its own order. */
const MERGED_WORDS_LIMIT = 64;
const STEP = 1_024;

/**
 * The entries with a word that begins with `term`; undefined if these are so many that it is cheaper to look at entries
 * one by one than to sort them. Which of the three it is changes the cost only.
 */
export async function openTextRun(view: StoreView, term: string): Promise<Run | undefined> {
  const { from, to } = toRange(toWordPrefix(term));
  const cursor = view.cursor(from, to);
  try {
    const few = await gather(cursor, GATHERED_LIMIT);
    if (few !== undefined) return new ArrayRun(few);
    const prefixes = await wordPrefixes(cursor, from);
    if (prefixes !== undefined) return new UnionRun(prefixes.map((prefix) => new StoreRun(view, prefix)));
    cursor.seek(from);
    const many = await gather(cursor, GATHERED_LIMIT_OF_MANY_WORDS);
    return many === undefined ? undefined : new ArrayRun(many);
  } finally {
    await cursor.close();
  }
}

async function gather(cursor: Cursor, limit: number): Promise<Rank[] | undefined> {
  const ranks = new Set<Rank>();
  for (let read = 0; read < limit; ) {
    const pairs = await cursor.next(STEP);
    if (pairs.length === 0) return [...ranks].sort();
    read += pairs.length;
    for (const [key] of pairs) ranks.add(key.slice(key.lastIndexOf('/') + 1));
  }
  return undefined;
}

/** `w/<word>/` of every distinct word in the cursor's range, unless there are too many. */
async function wordPrefixes(cursor: Cursor, from: string): Promise<string[] | undefined> {
  const prefixes: string[] = [];
  cursor.seek(from);
  for (;;) {
    const [pair] = await cursor.next(1);
    if (pair === undefined) return prefixes;
    if (prefixes.length === MERGED_WORDS_LIMIT) return undefined;
    const prefix = pair[0].slice(0, pair[0].lastIndexOf('/') + 1);
    prefixes.push(prefix);
    cursor.seek(toRange(prefix).to);
  }
}
