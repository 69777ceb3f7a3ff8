import { toWellFormed } from '../rdf/write-n-triples.ts';

/**
 * Characters that act on the text around them instead of being seen: controls, bidirectional embeddings, overrides and
 * isolates, line and paragraph separators, zero-width space and joiner of words, tag characters. An endorser could
 * make a title read differently from what it says with them. Plain direction marks and the joiners that scripts need stay:
 * inside `<bdi>` they reach no further than their own text.
 */
const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]|[\u{e0000}-\u{e007f}]/gu;

/** The text with every character that acts unseen replaced by its code point, as in `⟨U+202E⟩`. */
export function toVisibleText(text: string): string {
  return toWellFormed(text).replace(INVISIBLE, (character) => {
    const codePoint = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${codePoint}⟩`;
  });
}

/** The text cut to `length` characters with an ellipsis, never inside a surrogate pair; visible as `toVisibleText`. */
export function toShortText(text: string, length: number): string {
  const characters = [...text.slice(0, length * 2)];
  if (characters.length <= length && text.length <= length * 2) return toVisibleText(text);
  return `${toVisibleText(characters.slice(0, length).join(''))}…`;
}
