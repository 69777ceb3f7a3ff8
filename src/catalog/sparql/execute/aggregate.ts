import { XSD } from '../../../rdf/vocabulary.ts';
import { KIND } from '../quads/column.ts';
import type { Aggregate } from './algebra.ts';
import { calculate } from './arithmetic.ts';
import { compareForOrder } from './compare-terms.ts';
import type { Evaluation } from './evaluation.ts';
import type { TermSpace } from './term-space.ts';
import { TupleSet } from './tuple-set.ts';
import { Unsure } from './unsure.ts';

/** One aggregate over all groups of a query, each known by its number. */
export interface Accumulator {
  /** Takes in the state of the register for a group. */
  add(group: number): void;
  /** The result as a term, 0 where it has none. */
  result(group: number): number;
}

export function makeAccumulator(
  { name, isDistinct, expression }: Aggregate,
  evaluation: Evaluation | undefined,
  terms: TermSpace,
): Accumulator {
  const seen = isDistinct ? new TupleSet(2) : undefined;
  const isRepeated = (group: number, term: number) => seen !== undefined && !seen.add([group, term]).isNew;
  if (name === 'count') {
    const counts: number[] = [];
    return {
      add(group) {
        const term = evaluation === undefined ? 1 : evaluation.term();
        // what is unbound is not counted; what an error does is told differently by different engines
        if (term === 0 && expression?.type !== 'variable') throw new Unsure('count over an error');
        if (term !== 0 && !isRepeated(group, term)) counts[group] = (counts[group] ?? 0) + 1;
      },
      result: (group) => terms.typed(String(counts[group] ?? 0), XSD.integer),
    };
  }
  const values: number[] = [];
  const counts: number[] = [];
  const take = TAKERS[name];
  return {
    add(group) {
      const term = evaluation!.term();
      // what an error does to the aggregate is told differently by different engines
      if (term === 0) throw new Unsure(`${name} over an error`);
      if (isRepeated(group, term)) return;
      const before = values[group];
      values[group] = take(before, term, terms);
      counts[group] = (counts[group] ?? 0) + 1;
    },
    result(group) {
      const value = values[group];
      if (value === undefined) return name === 'min' || name === 'max' ? 0 : terms.typed('0', XSD.integer);
      return name === 'avg' ? calculate('/', value, terms.typed(String(counts[group]), XSD.integer), terms) : value;
    },
  };
}

type Take = (before: number | undefined, term: number, terms: TermSpace) => number;

const add: Take = (before, term, terms) => {
  const kind = terms.kindOf(term);
  if (kind !== KIND.integer && kind !== KIND.decimal) throw new Unsure('a sum of such terms');
  return before === undefined ? term : calculate('+', before, term, terms);
};

const TAKERS: Readonly<Record<Exclude<Aggregate['name'], 'count'>, Take>> = {
  sum: add,
  avg: add,
  min: (before, term, terms) => (before === undefined || compareForOrder(terms, term, before) < 0 ? term : before),
  max: (before, term, terms) => (before === undefined || compareForOrder(terms, term, before) > 0 ? term : before),
};
