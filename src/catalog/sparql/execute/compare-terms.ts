import { KIND } from '../quads/column.ts';
import { compareDecimals } from './decimal.ts';
import type { Truth } from './evaluation.ts';
import type { TermSpace } from './term-space.ts';
import { Unsure } from './unsure.ts';

const isNumeric = (kind: number): boolean => kind === KIND.integer || kind === KIND.decimal;

/** `=` of two terms that are there. */
export function areEqual(terms: TermSpace, one: number, other: number): Truth {
  const [kind, otherKind] = [terms.kindOf(one), terms.kindOf(other)];
  if (kind === KIND.unsure || otherKind === KIND.unsure) throw new Unsure('the value of a literal');
  if (one === other) return 1;
  if (kind <= KIND.blank || otherKind <= KIND.blank) return 0;
  if (isNumeric(kind) && isNumeric(otherKind)) return compareNumbers(terms, one, other) === 0 ? 1 : 0;
  if (kind === KIND.opaque || otherKind === KIND.opaque) return -1;
  if (kind === KIND.dateTime && otherKind === kind) return terms.numberOf(one) === terms.numberOf(other) ? 1 : 0;
  return 0;
}

/** How two values are ordered by `<`; undefined where that is an error. */
export function compareValues(terms: TermSpace, one: number, other: number): number | undefined {
  const [kind, otherKind] = [terms.kindOf(one), terms.kindOf(other)];
  if (kind === KIND.unsure || otherKind === KIND.unsure) throw new Unsure('the value of a literal');
  if (isNumeric(kind) && isNumeric(otherKind)) return compareNumbers(terms, one, other);
  if (kind !== otherKind) return undefined;
  switch (kind) {
    case KIND.string:
      return terms.compareText(one, other);
    case KIND.boolean:
    case KIND.dateTime:
      return terms.numberOf(one) - terms.numberOf(other);
    case KIND.lang:
      throw new Unsure('the order of strings with a language');
    default:
      // the complete engine takes a term for no more and no less than itself even where it has no order
      if (one === other) throw new Unsure('the order of such a term and itself');
      return undefined;
  }
}

export function compareNumbers(terms: TermSpace, one: number, other: number): number {
  if (terms.kindOf(one) === KIND.integer && terms.kindOf(other) === KIND.integer) {
    return terms.numberOf(one) - terms.numberOf(other);
  }
  return compareDecimals(terms.textOf(one), terms.textOf(other));
}

/** What ORDER BY may mix: values of one of these classes, or nothing. */
function toOrderClass(terms: TermSpace, term: number): number {
  const kind = terms.kindOf(term);
  switch (kind) {
    case KIND.iri:
    case KIND.string:
    case KIND.boolean:
    case KIND.dateTime:
      return kind;
    case KIND.integer:
    case KIND.decimal:
      return KIND.integer;
    default:
      throw new Unsure('the order of such terms');
  }
}

/** The order of ORDER BY, MIN and MAX. Throws `Unsure` for two terms whose order SPARQL leaves open, or nearly so. */
export function compareForOrder(terms: TermSpace, one: number, other: number): number {
  if (one === other) return 0;
  if (one === 0 || other === 0) return one === 0 ? -1 : 1;
  const [order, otherOrder] = [toOrderClass(terms, one), toOrderClass(terms, other)];
  if (order !== otherOrder) {
    // IRIs come before literals
    if (order === KIND.iri || otherOrder === KIND.iri) return order === KIND.iri ? -1 : 1;
    throw new Unsure('the order of literals of different types');
  }
  switch (order) {
    case KIND.iri:
    case KIND.string:
      return terms.compareText(one, other);
    case KIND.integer:
      return compareNumbers(terms, one, other);
    default:
      return terms.numberOf(one) - terms.numberOf(other);
  }
}
