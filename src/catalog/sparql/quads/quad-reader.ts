import { type ColumnBuffers, type Columns, IS_PLAIN, KIND_BITS, openColumns, SIZE } from './column.ts';

/** FNV-1a over kind, type and text: where a term's place in the hash table begins. */
export function hashTerm(kind: number, type: number, bytes: Uint8Array, from: number, to: number): number {
  let hash = Math.imul(0x811c9dc5 ^ kind, 0x01000193);
  hash = Math.imul(hash ^ type, 0x01000193);
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The term of this kind, type and text, or 0; `found` is where it stands or would stand in the hash table. */
export function findTerm(
  columns: Columns,
  key: { kind: number; type: number; bytes: Uint8Array; from: number; to: number },
): { readonly term: number; readonly place: number } {
  const { hash, termKind, termType, termEnd, bytes } = columns;
  const mask = hash.length - 1;
  const length = key.to - key.from;
  for (let place = hashTerm(key.kind, key.type, key.bytes, key.from, key.to) & mask; ; place = (place + 1) & mask) {
    const term = Atomics.load(hash, place);
    if (term === 0) return { term, place };
    if ((termKind[term]! & KIND_BITS) !== key.kind || termType[term] !== key.type) continue;
    const start = termEnd[term - 1]!;
    if (termEnd[term]! - start !== length) continue;
    let same = 0;
    while (same < length && bytes[start + same] === key.bytes[key.from + same]) same++;
    if (same === length) return { term, place };
  }
}

/** Reads the columns; what is asked of it holds for the terms and rows of the log size a query is for. */
export class QuadReader {
  readonly columns: Columns;
  readonly #text: Buffer;
  readonly #predicates = new Map<number, number>();

  constructor(buffers: ColumnBuffers) {
    this.columns = openColumns(buffers);
    this.#text = Buffer.from(buffers.bytes);
  }

  kindOf(term: number): number {
    return this.columns.termKind[term]! & KIND_BITS;
  }

  isPlain(term: number): boolean {
    return (this.columns.termKind[term]! & IS_PLAIN) !== 0;
  }

  /** The datatype or language of a literal, as a term. */
  typeOf(term: number): number {
    return this.columns.termType[term]!;
  }

  numberOf(term: number): number {
    return this.columns.termNumber[term]!;
  }

  /** The IRI, the label, or the lexical form. */
  textOf(term: number): string {
    const { termEnd, termKind } = this.columns;
    const [from, to] = [termEnd[term - 1]!, termEnd[term]!];
    return this.#text.toString((termKind[term]! & IS_PLAIN) !== 0 ? 'latin1' : 'utf8', from, to);
  }

  /** The term, or 0 where no entry has it. Blank nodes cannot be asked for. */
  find(kind: number, type: number, text: string): number {
    const bytes = Buffer.from(text);
    return findTerm(this.columns, { kind, type, bytes, from: 0, to: bytes.length }).term;
  }

  /** Where the predicate is in the predicate columns, or -1. */
  predicateOf(term: number): number {
    const count = this.columns.sizes[SIZE.predicates]!;
    for (let place = this.#predicates.size; place < count; place++) {
      this.#predicates.set(this.columns.predicateTerm[place]!, place);
    }
    return this.#predicates.get(term) ?? -1;
  }

  /** Compares two texts as their code points do: what SPARQL orders strings by. */
  compareText(one: number, other: number): number {
    const { termEnd, bytes } = this.columns;
    let [at, otherAt] = [termEnd[one - 1]!, termEnd[other - 1]!];
    const [length, otherLength] = [termEnd[one]! - at, termEnd[other]! - otherAt];
    for (let left = Math.min(length, otherLength); left > 0; left--) {
      const difference = bytes[at++]! - bytes[otherAt++]!;
      if (difference !== 0) return difference;
    }
    return length - otherLength;
  }
}
