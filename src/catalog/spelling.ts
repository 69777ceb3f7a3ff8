import { countEdits } from './nearest.ts';
import { type StoreView, toRange } from './ordered-store.ts';
import { findTerm, findWord } from './posting.ts';
import { toSearchTerms } from './search-word.ts';
import { SPELLINGS_PREFIX, toSpellingPrefix } from './store-key.ts';

/** Words of one entry that others are led to: an entry of random letters must not become thousands of keys. */
const WORDS_LIMIT = 64;
/** Numbers, checksums and identifiers are no words that one misspells into another. */
const WORD = /^[\p{L}\p{M}]{3,24}$/u;
/** Words this short are others already when two of their letters differ. */
const SHORT = 4;
/** Letters at the beginning by which words are compared first: it bounds the keys of a word to 29. */
const BEGINNING = 7;
/** Words looked at that share what is left of one beginning. */
const SHARED_LIMIT = 256;
/** The nearest words, of which it is looked up how many entries have them. */
const COUNTED_LIMIT = 12;
const WORDS_OFFERED = 3;
const TEXTS_OFFERED = 4;

/** The words of an entry that a search may be led to. */
export function toSpellingWords(words: Iterable<string>): string[] {
  return [...words].filter((word) => WORD.test(word)).slice(0, WORDS_LIMIT);
}

/**
 * The keys under which a word is found by how it may be misspelt. Two words that are one or two letters apart have in common what is left
 * when as many letters are left out of each: so looking up a word costs the same however many words there are.
 */
export function toSpellingKeys(word: string): string[] {
  return [...toRemnants(word)].map((remnant) => toSpellingPrefix(remnant) + encodeURIComponent(word));
}

/**
 * The search text with every word that none of the first `size` records has changed to one that is spelt nearly so, at most four, the
 * nearest first and those that more entries have before others; none where every word is found, or one has none like it.
 */
export async function findRespellings(view: StoreView, text: string, size: number): Promise<string[]> {
  const terms = toSearchTerms(text);
  const choices: string[][] = [];
  for (const term of terms) {
    const isFound = (await findTerm(view, term, size)).count() > 0;
    choices.push(isFound ? [term] : await findNear(view, term, size));
  }
  if (choices.every((words, place) => words[0] === terms[place])) return [];
  // where several words are misspelt, each takes its turn with the best of the others
  const best = choices.map(([word]) => word);
  if (best.includes(undefined)) return [];
  const texts = [best, ...choices.flatMap((words, place) => words.slice(1).map((word) => best.with(place, word)))];
  return texts.slice(0, TEXTS_OFFERED).map((words) => words.join(' '));
}

/** Words that are spelt nearly so, the nearest first and those that more entries have before others. */
async function findNear(view: StoreView, term: string, size: number): Promise<string[]> {
  if (!WORD.test(term)) return [];
  const near = [...(await readCandidates(view, term))]
    .map((word) => ({ word, edits: countEdits(term, word) }))
    .filter(({ word, edits }) => word !== term && edits <= toEdits(term))
    .sort((one, other) => one.edits - other.edits || (one.word < other.word ? -1 : 1))
    .slice(0, COUNTED_LIMIT);
  const counted: { readonly word: string; readonly edits: number; readonly entries: number }[] = [];
  for (const one of near) counted.push({ ...one, entries: (await findWord(view, one.word, size)).count() });
  return counted
    .filter(({ entries }) => entries > 0)
    .sort((one, other) => one.edits - other.edits || other.entries - one.entries)
    .slice(0, WORDS_OFFERED)
    .map(({ word }) => word);
}

async function readCandidates(view: StoreView, term: string): Promise<ReadonlySet<string>> {
  const words = new Set<string>();
  const { from, to } = toRange(SPELLINGS_PREFIX);
  const cursor = view.cursor(from, to);
  try {
    for (const remnant of toRemnants(term)) {
      const prefix = toSpellingPrefix(remnant);
      cursor.seek(prefix);
      for (const [key] of await cursor.next(SHARED_LIMIT)) {
        if (!key.startsWith(prefix)) break;
        words.add(decodeURIComponent(key.slice(prefix.length)));
      }
    }
  } finally {
    await cursor.close();
  }
  return words;
}

/** What is left of a word's beginning without any one or two of its letters, and without none. */
function toRemnants(word: string): ReadonlySet<string> {
  const remnants = new Set([[...word].slice(0, BEGINNING).join('')]);
  for (let edits = toEdits(word); edits > 0; edits--) {
    for (const remnant of [...remnants]) {
      const letters = [...remnant];
      for (let place = 0; place < letters.length; place++) remnants.add(letters.toSpliced(place, 1).join(''));
    }
  }
  return remnants;
}

function toEdits(word: string): number {
  return [...word].length <= SHORT ? 1 : 2;
}
