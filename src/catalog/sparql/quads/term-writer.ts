import { XSD } from '../../../rdf/vocabulary.ts';
import { type ColumnName, type Columns, IS_PLAIN, KIND, KIND_BITS, SIZE } from './column.ts';
import { findTerm, hashTerm } from './quad-reader.ts';
import { readLiteral } from './term-literal.ts';

/** IRIs and short texts that come again with nearly every entry. */
const REMEMBERED_LIMIT = 4_096;
const PER_TERM = ['termEnd', 'termKind', 'termType', 'termNumber', 'subjectHead', 'objectHead'] as const;

/** Gives each distinct term its number. */
export class TermWriter {
  readonly #columns: () => Columns;
  readonly #grow: (name: ColumnName, length: number) => void;
  readonly #iris = new Map<string, number>();
  #buffer: Buffer | undefined;

  constructor(columns: () => Columns, grow: (name: ColumnName, length: number) => void) {
    this.#columns = columns;
    this.#grow = grow;
  }

  iri(text: string): number {
    const known = this.#iris.get(text);
    if (known !== undefined) return known;
    const term = this.#intern(KIND.iri, 0, 0, text);
    if (this.#iris.size >= REMEMBERED_LIMIT) this.#iris.clear();
    this.#iris.set(text, term);
    return term;
  }

  /** A new blank node: the caller knows which labels are the same. */
  blank(label: string): number {
    const end = this.#write(label);
    return this.#add(KIND.blank, 0, 0, end);
  }

  /** `language` and `datatype` are empty where there are none. */
  literal(text: string, language: string, datatype: string): number {
    if (language !== '')
      return this.#intern(KIND.lang, this.#intern(KIND.string, 0, 0, language.toLowerCase()), 0, text);
    if (datatype === '' || datatype === XSD.string) return this.#intern(KIND.string, 0, 0, text);
    const { kind, number } = readLiteral(text, datatype);
    return this.#intern(kind, this.iri(datatype), number, text);
  }

  #intern(kind: number, type: number, number: number, text: string): number {
    const end = this.#write(text);
    const { bytes, sizes } = this.#columns();
    const from = sizes[SIZE.bytes]!;
    const { term, place } = findTerm(this.#columns(), { kind, type, bytes, from, to: end });
    if (term !== 0) return term;
    const added = this.#add(kind, type, number, end);
    Atomics.store(this.#columns().hash, place, added);
    sizes[SIZE.hashed] = sizes[SIZE.hashed]! + 1;
    if (sizes[SIZE.hashed]! * 2 > this.#columns().hash.length) this.#rehash();
    return added;
  }

  /** Writes the text behind the last term, where it stays if it becomes one; the end of it. */
  #write(text: string): number {
    const start = this.#columns().sizes[SIZE.bytes]!;
    const most = start + text.length * 3;
    if (most > this.#columns().bytes.length) this.#grow('bytes', Math.max(most, this.#columns().bytes.length * 2));
    const { bytes } = this.#columns();
    if (this.#buffer?.buffer !== bytes.buffer) this.#buffer = Buffer.from(bytes.buffer);
    return start + this.#buffer!.write(text, start, 'utf8');
  }

  #add(kind: number, type: number, number: number, end: number): number {
    const term = this.#columns().sizes[SIZE.terms]! + 1;
    if (term >= this.#columns().termEnd.length) {
      const length = term * 2;
      for (const name of PER_TERM) this.#grow(name, length);
    }
    const { termEnd, termKind, termType, termNumber, bytes, sizes } = this.#columns();
    const isPlain = isPlainText(bytes, sizes[SIZE.bytes]!, end);
    termEnd[term] = end;
    termKind[term] = kind | (isPlain ? IS_PLAIN : 0);
    termType[term] = type;
    termNumber[term] = number;
    sizes[SIZE.bytes] = end;
    sizes[SIZE.terms] = term;
    return term;
  }

  #rehash(): void {
    const { length } = this.#columns().hash;
    this.#grow('hash', length * 2);
    const { hash, sizes, termEnd, termKind, termType, bytes } = this.#columns();
    hash.fill(0);
    for (let term = 1; term <= sizes[SIZE.terms]!; term++) {
      const kind = termKind[term]! & KIND_BITS;
      if (kind === KIND.blank) continue;
      let place = hashTerm(kind, termType[term]!, bytes, termEnd[term - 1]!, termEnd[term]!) & (hash.length - 1);
      while (hash[place] !== 0) place = (place + 1) & (hash.length - 1);
      hash[place] = term;
    }
  }
}

/** True for printable ASCII without what JSON, XML, CSV or TSV would have to escape. */
function isPlainText(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = bytes[at]!;
    if (code < 0x20 || code > 0x7e) return false;
    // " & ' , < > \
    if (code === 0x22 || code === 0x26 || code === 0x27 || code === 0x2c) return false;
    if (code === 0x3c || code === 0x3e || code === 0x5c) return false;
  }
  return true;
}
