import { KIND } from '../quads/column.ts';

/** What is known of terms by their numbers. */
interface Terms {
  kindOf(term: number): number;
  textOf(term: number): string;
  isPlain(term: number): boolean;
  typeOf(term: number): string;
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A term as N-Triples and N-Quads write it. */
export function toNTriplesTerm(term: number, terms: Terms): string {
  const text = terms.textOf(term);
  const kind = terms.kindOf(term);
  if (kind === KIND.iri) return `<${text}>`;
  if (kind === KIND.blank) return `_:${text}`;
  const quoted = terms.isPlain(term) ? `"${text}"` : `"${text.replace(/["\\\n\r\t]/g, (part) => ESCAPES[part]!)}"`;
  if (kind === KIND.string) return quoted;
  return kind === KIND.lang ? `${quoted}@${terms.typeOf(term)}` : `${quoted}^^<${terms.typeOf(term)}>`;
}
