import type { EntryRow } from './entry-row.ts';

/** Words an entry is found by: a description of 64 KiB must not become thousands of index keys. */
const WORDS_LIMIT = 256;
/** Longest word kept; a SHA-512 in hex has 128 digits. */
const WORD_LENGTH_LIMIT = 128;
const QUERY_LENGTH_LIMIT = 1_000;

/** The words of a text: runs of letters and digits, case and compatibility forms folded. */
export function toWords(text: string): string[] {
  const folded = text.normalize('NFKC').toLowerCase();
  return (folded.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map(toBounded);
}

/** The distinct words an entry is found by; what names it comes first, so that a long description loses its own end. */
export function toEntryWords(entry: EntryRow): ReadonlySet<string> {
  const texts = [
    entry.identifier,
    entry.email,
    entry.os ?? '',
    entry.tag ?? '',
    ...entry.checksums.map((checksum) => checksum.value),
    entry.title ?? '',
    entry.description ?? '',
  ];
  const words = new Set<string>();
  for (const text of texts) {
    for (const word of toWords(text)) {
      if (words.size === WORDS_LIMIT) return words;
      words.add(word);
    }
  }
  return words;
}

/** The words of a search text that no longer word of it begins with. A text of other characters only has none. */
export function toSearchTerms(text: string): string[] {
  const words = [...new Set(toWords(text.slice(0, QUERY_LENGTH_LIMIT)))];
  return words.filter((word) => !words.some((other) => other !== word && other.startsWith(word)));
}

/** The cut never leaves half of a character. */
function toBounded(word: string): string {
  return word.slice(0, WORD_LENGTH_LIMIT).replace(/[\ud800-\udbff]$/, '');
}
