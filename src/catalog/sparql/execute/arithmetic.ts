import { XSD } from '../../../rdf/vocabulary.ts';
import { KIND } from '../quads/column.ts';
import { divide, multiply, toUnits, writeUnits } from './decimal.ts';
import { type Evaluation, fromTerm } from './evaluation.ts';
import type { TermSpace } from './term-space.ts';
import { Unsure } from './unsure.ts';

const DECIMAL = `${XSD.ns}decimal`;

export function isArithmetic(name: string): boolean {
  return name === '+' || name === '-' || name === '*' || name === '/';
}

/** Sums, differences, products and quotients of integers and decimals. Throws `Unsure` where the result may not be exact. */
export function compileArithmetic(name: string, [first, second]: readonly Evaluation[], terms: TermSpace): Evaluation {
  if (second === undefined) throw new Unsure(`a lone ${name}`);
  return fromTerm(terms, () => {
    const [one, other] = [first!.term(), second.term()];
    return one === 0 || other === 0 ? 0 : calculate(name, one, other, terms);
  });
}

/** The result as a term, 0 for an error. */
export function calculate(name: string, one: number, other: number, terms: TermSpace): number {
  const isInteger = [one, other].map((term) => {
    const kind = terms.kindOf(term);
    if (kind !== KIND.integer && kind !== KIND.decimal && kind !== KIND.iri && kind !== KIND.string) {
      throw new Unsure('arithmetic on such terms');
    }
    return kind === KIND.integer ? true : kind === KIND.decimal ? false : undefined;
  });
  if (isInteger.includes(undefined)) return 0;
  if (isInteger.every(Boolean) && name !== '/') {
    const [a, b] = [terms.numberOf(one), terms.numberOf(other)];
    const result = name === '+' ? a + b : name === '-' ? a - b : a * b;
    if (!Number.isSafeInteger(result)) throw new Unsure('a large integer');
    return terms.typed(String(result === 0 ? 0 : result), XSD.integer);
  }
  const [a, b] = [toUnits(terms.textOf(one)), toUnits(terms.textOf(other))];
  const units = name === '+' ? a + b : name === '-' ? a - b : name === '*' ? multiply(a, b) : divide(a, b);
  return units === undefined ? 0 : terms.typed(writeUnits(units), DECIMAL);
}
