import { VouchError } from '../../../errors.ts';
import { XSD } from '../../../rdf/vocabulary.ts';
import { KIND } from '../quads/column.ts';
import type { QuadReader } from '../quads/quad-reader.ts';
import { readLiteral } from '../quads/term-literal.ts';

/** Characters that the terms a query makes may have together. */
const MOST_CHARACTERS = 64 * 1024 * 1024;

/**
 * All terms of one query as numbers: those of the entries are positive, those the query itself brings or makes negative. Two
 * numbers are the same exactly if the terms are; 0 is no term.
 */
export class TermSpace {
  readonly reader: QuadReader;
  readonly #known = new Map<string, number>();
  readonly #kinds: number[] = [0];
  readonly #texts: string[] = [''];
  /** Datatype IRI or language. */
  readonly #types: string[] = [''];
  readonly #numbers: number[] = [0];
  #characters = 0;

  constructor(reader: QuadReader) {
    this.reader = reader;
  }

  kindOf(term: number): number {
    return term > 0 ? this.reader.kindOf(term) : this.#kinds[-term]!;
  }

  textOf(term: number): string {
    return term > 0 ? this.reader.textOf(term) : this.#texts[-term]!;
  }

  numberOf(term: number): number {
    return term > 0 ? this.reader.numberOf(term) : this.#numbers[-term]!;
  }

  isPlain(term: number): boolean {
    return term > 0 && this.reader.isPlain(term);
  }

  /** The language of a string that has one, the datatype IRI of another literal; empty for what is no literal. */
  typeOf(term: number): string {
    if (term < 0) return this.#types[-term]!;
    if (this.reader.kindOf(term) === KIND.string) return XSD.string;
    const type = this.reader.typeOf(term);
    return type === 0 ? '' : this.reader.textOf(type);
  }

  iri(text: string): number {
    return this.#intern(KIND.iri, text, '', 0);
  }

  string(text: string): number {
    return this.#intern(KIND.string, text, XSD.string, 0);
  }

  /** `language` empty: a plain string. */
  lang(text: string, language: string): number {
    return language === '' ? this.string(text) : this.#intern(KIND.lang, text, language.toLowerCase(), 0);
  }

  typed(text: string, datatype: string): number {
    const { kind, number } = readLiteral(text, datatype);
    return this.#intern(kind, text, kind === KIND.string ? XSD.string : datatype, number);
  }

  boolean(flag: boolean): number {
    return this.typed(flag ? 'true' : 'false', `${XSD.ns}boolean`);
  }

  compareText(one: number, other: number): number {
    if (one > 0 && other > 0) return this.reader.compareText(one, other);
    return compareCodePoints(this.textOf(one), this.textOf(other));
  }

  #intern(kind: number, text: string, type: string, number: number): number {
    const key = `${kind} ${type} ${text}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const term = this.#find(kind, text, type) || this.#add(kind, text, type, number);
    this.#known.set(key, term);
    return term;
  }

  #find(kind: number, text: string, type: string): number {
    if (kind === KIND.iri || kind === KIND.string) return this.reader.find(kind, 0, text);
    const typeTerm = this.reader.find(kind === KIND.lang ? KIND.string : KIND.iri, 0, type);
    return typeTerm === 0 ? 0 : this.reader.find(kind, typeTerm, text);
  }

  #add(kind: number, text: string, type: string, number: number): number {
    this.#characters += text.length + 32;
    if (this.#characters > MOST_CHARACTERS) {
      throw new VouchError('too-large', 'The query was ended: it needed more memory than the limit.');
    }
    this.#kinds.push(kind);
    this.#texts.push(text);
    this.#types.push(type);
    this.#numbers.push(number);
    return 1 - this.#kinds.length;
  }
}

/** Compares as UTF-8 bytes do: JavaScript itself compares UTF-16 units. */
export function compareCodePoints(one: string, other: string): number {
  if (one === other) return 0;
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)];
    if (a === b) continue;
    const isSurrogate = (code: number) => code >= 0xd800 && code <= 0xdfff;
    if (isSurrogate(a) !== isSurrogate(b)) return isSurrogate(a) ? 1 : -1;
    return a - b;
  }
  return one.length - other.length;
}
