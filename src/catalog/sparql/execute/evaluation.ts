import { XSD } from '../../../rdf/vocabulary.ts';
import { KIND } from '../quads/column.ts';
import type { TermSpace } from './term-space.ts';
import { Unsure } from './unsure.ts';

/** 1 true, 0 false, -1 an error. */
export type Truth = -1 | 0 | 1;

/** A string with or without (empty) a language. */
export interface StringValue {
  readonly text: string;
  readonly language: string;
}

/** An expression over the register, to be asked for in the form that is needed. */
export interface Evaluation {
  /** The value as a term; 0 for an error or what is unbound. */
  term(): number;
  /** The effective boolean value. */
  test(): Truth;
  /** Undefined where the value is no string. */
  string(): StringValue | undefined;
}

export function fromTerm(terms: TermSpace, term: () => number): Evaluation {
  return { term, test: () => toTruth(terms, term()), string: () => toStringValue(terms, term()) };
}

export function fromTest(terms: TermSpace, test: () => Truth): Evaluation {
  const term = (): number => {
    const truth = test();
    return truth === -1 ? 0 : terms.boolean(truth === 1);
  };
  return { term, test, string: () => undefined };
}

export function fromString(terms: TermSpace, string: () => StringValue | undefined): Evaluation {
  const term = (): number => {
    const value = string();
    return value === undefined ? 0 : terms.lang(value.text, value.language);
  };
  return { term, test: () => toTruth(terms, term()), string };
}

function toTruth(terms: TermSpace, term: number): Truth {
  if (term === 0) return -1;
  switch (terms.kindOf(term)) {
    case KIND.boolean:
    case KIND.integer:
    case KIND.decimal:
      return terms.numberOf(term) === 0 ? 0 : 1;
    case KIND.string:
      return terms.textOf(term) === '' ? 0 : 1;
    case KIND.iri:
    case KIND.blank:
    case KIND.dateTime:
      return -1;
    case KIND.opaque:
      if (!terms.typeOf(term).startsWith(XSD.ns)) return -1;
      throw new Unsure('the truth of an ill-typed literal');
    default:
      throw new Unsure('the truth of a literal');
  }
}

function toStringValue(terms: TermSpace, term: number): StringValue | undefined {
  if (term === 0) return undefined;
  const kind = terms.kindOf(term);
  if (kind === KIND.string) return { text: terms.textOf(term), language: '' };
  return kind === KIND.lang ? { text: terms.textOf(term), language: terms.typeOf(term) } : undefined;
}
