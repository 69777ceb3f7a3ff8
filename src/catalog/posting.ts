import { VouchError } from '../errors.ts';
import { type StoreView, toRange } from './ordered-store.ts';
import { toIndexKey } from './rank.ts';
import { toSearchTerms } from './search-word.ts';
import { toWordPrefix } from './store-key.ts';

/** Records whose words stand under one key: a word that every entry has is then found with four keys a thousand entries. */
const BLOCK = 256;
const TERMS_LIMIT = 16;
/** Keys read at once. */
const STEP = 1_024;

/** The key under which the entries of a record's block that have the word are. */
export function toPostingKey(word: string, index: number): string {
  return `${toWordPrefix(word)}/${toIndexKey(Math.floor(index / BLOCK))}`;
}

/** The posting with one more record: the places in the block, two hex digits each, in the order in which they came. */
export function addToPosting(stored: string | undefined, index: number): string {
  return (stored ?? '') + (index % BLOCK).toString(16).padStart(2, '0');
}

/**
 * For each of the first `size` records whether it has, for every term of the text, a word that begins with it; undefined where the text
 * has no terms. Throws `usage` for too many of them.
 */
export async function findText(view: StoreView, text: string, size: number): Promise<Uint8Array | undefined> {
  const terms = toSearchTerms(text);
  if (terms.length > TERMS_LIMIT) {
    throw new VouchError('usage', `A search has at most ${TERMS_LIMIT} words, not ${terms.length}.`);
  }
  let found: Uint8Array | undefined;
  for (const term of terms) {
    const having = await findTerm(view, term, size);
    found?.forEach((had, index) => {
      if (had === 0) having[index] = 0;
    });
    found = having;
  }
  return found;
}

async function findTerm(view: StoreView, term: string, size: number): Promise<Uint8Array> {
  const having = new Uint8Array(size);
  const { from, to } = toRange(toWordPrefix(term));
  const cursor = view.cursor(from, to);
  try {
    for (let pairs = await cursor.next(STEP); pairs.length > 0; pairs = await cursor.next(STEP)) {
      for (const [key, places] of pairs) {
        const first = Number.parseInt(key.slice(key.lastIndexOf('/') + 1), 16) * BLOCK;
        for (let at = 0; at < places.length; at += 2) {
          // what came after the size asked about lies beyond the array, where writing does nothing
          having[first + Number.parseInt(places.slice(at, at + 2), 16)] = 1;
        }
      }
    }
  } finally {
    await cursor.close();
  }
  return having;
}
