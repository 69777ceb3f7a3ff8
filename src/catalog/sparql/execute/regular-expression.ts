import { Unsure } from './unsure.ts';

/** Plain characters, `.`, escaped punctuation, classes of letters and digits; each with at most one quantifier; `|` between them. */
const SIMPLE =
  /^\^?(?:(?:[A-Za-z0-9 _/:,;@#%&~"'=<>!-]|\.|\\[.+*?()[\]{}|^$\\/-]|\[(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9_ .:])+\])[*+?]?|\|)*\$?$/;

/**
 * A pattern as JavaScript's own, for those both dialects read alike and that cannot run away: nothing nests, so nothing is
 * tried in exponentially many ways. Throws `Unsure` for others.
 */
export function toRegularExpression(pattern: string, flags: string): RegExp {
  if (!SIMPLE.test(pattern) || pattern.length > 200 || (flags !== '' && flags !== 'i')) {
    throw new Unsure('a regular expression');
  }
  // `^` and `$` belong to one alternative only
  if (pattern.includes('|') && /^\^|\$$/.test(pattern)) throw new Unsure('a regular expression');
  if ((pattern.match(/[*+?]/g)?.length ?? 0) > 3) throw new Unsure('a regular expression');
  const source = pattern.replace(/\\.|\[[^\]]*\]|\./g, (part) => {
    if (part === '.') return '[^\\n]';
    // what needs no escape in JavaScript's Unicode mode must have none
    return part === '\\-' ? '\\x2d' : part;
  });
  return new RegExp(source, `u${flags}`);
}
