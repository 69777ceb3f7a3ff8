import { VouchError } from '../errors.ts';
import { BitSet } from './bit-set.ts';
import { type StoreView, toRange } from './ordered-store.ts';
import { toIndexKey } from './rank.ts';
import { toSearchTerms } from './search-word.ts';
import { toBeginningPrefix, toWordPrefix } from './store-key.ts';

/** Records whose words stand under one key: a word that every entry has is then found with 25 keys a hundred thousand entries. */
const BLOCK = 4_096;
/** The longest beginning of words, in characters, that has postings of its own. */
const BEGINNING = 3;
const TERMS_LIMIT = 16;
/** Keys read at once. */
const STEP = 1_024;
/** Six bits a character. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_';
const VALUES = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, DIGITS.indexOf(String.fromCharCode(code))));
/** Begins a posting that has a bit for each place of the block so far; any other has two digits for each entry. */
const BITS = '~';

/** The key under which the entries of a record's block that have the word are. */
export function toWordKey(word: string, index: number): string {
  return `${toWordPrefix(word)}/${toIndexKey(Math.floor(index / BLOCK))}`;
}

/**
 * The keys under which an entry with these words is found: one for each word, and one for each short beginning of them, so that what is
 * typed first, which thousands of checksums and numbers begin with, is found without reading all of these.
 */
export function toPostingKeys(words: Iterable<string>, index: number): ReadonlySet<string> {
  const block = toIndexKey(Math.floor(index / BLOCK));
  const keys = new Set<string>();
  for (const word of words) {
    keys.add(toWordKey(word, index));
    const characters = [...word.slice(0, 2 * BEGINNING)].slice(0, BEGINNING);
    for (let length = 1; length <= characters.length; length++) {
      keys.add(toBeginningPrefix(characters.slice(0, length).join('')) + block);
    }
  }
  return keys;
}

/**
 * The posting with one more record, which MUST come after those it has: places in the block, or a bit for each place, whichever is shorter,
 * so that a word which every entry has takes 684 characters a block.
 */
export function addToPosting(stored = '', index: number): string {
  const place = index % BLOCK;
  const bitsLength = BITS.length + Math.floor(place / 6) + 1;
  if (!stored.startsWith(BITS)) {
    const list = stored + toPlaceDigits(place);
    return list.length <= bitsLength ? list : readPlaces(list).reduce(setBit, BITS);
  }
  if (bitsLength > stored.length) {
    const places = [...readPlaces(stored), place];
    if (places.length * 2 <= bitsLength) return places.map(toPlaceDigits).join('');
  }
  return setBit(stored, place);
}

/**
 * Those of the first `size` records that have, for every term of the text, a word that begins with it; undefined where the text has no
 * terms. Throws `usage` for too many of them.
 */
export async function findText(view: StoreView, text: string, size: number): Promise<BitSet | undefined> {
  const terms = toSearchTerms(text);
  if (terms.length > TERMS_LIMIT) {
    throw new VouchError('usage', `A search has at most ${TERMS_LIMIT} words, not ${terms.length}.`);
  }
  let found: BitSet | undefined;
  // fewer entries have a longer word, as a rule: where none has it, the others need not be read
  for (const term of terms.sort((one, other) => other.length - one.length)) {
    const having = await findTerm(view, term, size);
    found = found === undefined ? having : having.with(found);
    if (found.count() === 0) break;
  }
  return found;
}

/** Those of the first `size` records that have a word which begins with the term. */
export function findTerm(view: StoreView, term: string, size: number): Promise<BitSet> {
  const isShort = [...term].length <= BEGINNING;
  return findPostings(view, isShort ? toBeginningPrefix(term) : toWordPrefix(term), size);
}

/** Those of the first `size` records that have the word. */
export function findWord(view: StoreView, word: string, size: number): Promise<BitSet> {
  return findPostings(view, `${toWordPrefix(word)}/`, size);
}

/** Those of the first `size` records that are in a posting whose key begins with `prefix`. */
async function findPostings(view: StoreView, prefix: string, size: number): Promise<BitSet> {
  const having = new BitSet(size);
  const { from, to } = toRange(prefix);
  const cursor = view.cursor(from, to);
  try {
    for (let pairs = await cursor.next(STEP); pairs.length > 0; pairs = await cursor.next(STEP)) {
      for (const [key, posting] of pairs) {
        readPosting(posting, Number.parseInt(key.slice(key.lastIndexOf('/') + 1), 16) * BLOCK, having);
      }
    }
  } finally {
    await cursor.close();
  }
  having.limit(size);
  return having;
}

/** What lies beyond the room of `having` came after the size asked about. */
function readPosting(posting: string, first: number, having: BitSet): void {
  if (!posting.startsWith(BITS)) {
    for (let at = 0; at < posting.length; at += 2) having.addBits(first + readPlace(posting, at), 1);
    return;
  }
  for (let at = BITS.length; at < posting.length; at++) {
    having.addBits(first + (at - BITS.length) * 6, VALUES[posting.charCodeAt(at)]!);
  }
}

function readPlaces(posting: string): number[] {
  const having = new BitSet(BLOCK);
  readPosting(posting, 0, having);
  const places: number[] = [];
  having.forEach((place) => {
    places.push(place);
  });
  return places;
}

function toPlaceDigits(place: number): string {
  return DIGITS[place >>> 6]! + DIGITS[place & 63]!;
}

function readPlace(posting: string, at: number): number {
  return (VALUES[posting.charCodeAt(at)]! << 6) | VALUES[posting.charCodeAt(at + 1)]!;
}

function setBit(bits: string, place: number): string {
  const at = BITS.length + Math.floor(place / 6);
  const padded = bits.padEnd(at + 1, DIGITS[0]);
  const value = VALUES[padded.charCodeAt(at)]! | (1 << (place % 6));
  return padded.slice(0, at) + DIGITS[value]! + padded.slice(at + 1);
}
