import { KIND } from '../quads/column.ts';
import type { Expression, Group } from './algebra.ts';
import { compileArithmetic, isArithmetic } from './arithmetic.ts';
import { areEqual, compareValues } from './compare-terms.ts';
import type { Dataset } from './dataset.ts';
import { type Evaluation, fromTerm, fromTest, type Truth } from './evaluation.ts';
import { compileFunction } from './function-call.ts';
import type { TermSpace } from './term-space.ts';

/** What an expression may look at. */
export interface ExpressionContext {
  readonly dataset: Dataset;
  readonly terms: TermSpace;
  readonly register: Int32Array;
  readonly nowMs: number;
  readonly compileExists: (group: Group) => () => boolean;
}

const REMEMBERED = 1_024;

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '>': (order) => order > 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
};

/** An expression, ready to be asked for again and again. Throws `Unsure` for functions the executor does not take. */
export function compileExpression(expression: Expression, context: ExpressionContext): Evaluation {
  const { terms, register } = context;
  switch (expression.type) {
    case 'term': {
      const { term } = expression;
      return fromTerm(terms, () => term);
    }
    case 'variable': {
      const { slot } = expression;
      return fromTerm(terms, () => register[slot]!);
    }
    case 'exists': {
      const exists = context.compileExists(expression.group);
      const { isNegated } = expression;
      return fromTest(terms, () => (exists() === isNegated ? 0 : 1));
    }
    case 'call':
      return compileCall(expression.name, expression.args, context);
  }
}

function compileCall(name: string, args: readonly Expression[], context: ExpressionContext): Evaluation {
  const { terms, register } = context;
  if (name === 'bound') {
    const [variable] = args;
    const slot = variable?.type === 'variable' ? variable.slot : -1;
    return fromTest(terms, () => (register[slot] === 0 ? 0 : 1));
  }
  const compiled = args.map((arg) => compileExpression(arg, context));
  const [first, second, third] = compiled as [Evaluation, Evaluation, Evaluation];
  const compare = COMPARISONS[name];
  if (compare !== undefined) {
    return fromTest(terms, () => {
      const [one, other] = [first.term(), second.term()];
      if (one === 0 || other === 0) return -1;
      const order = compareValues(terms, one, other);
      return order === undefined ? -1 : compare(order) ? 1 : 0;
    });
  }
  if (isArithmetic(name)) return compileArithmetic(name, compiled, terms);
  switch (name) {
    case '=':
      return fromTest(terms, compileEqual(args, compiled, context));
    case '!=': {
      const equal = compileEqual(args, compiled, context);
      return fromTest(terms, () => toOpposite(equal()));
    }
    case '!':
      return fromTest(terms, () => toOpposite(first.test()));
    case '&&':
      return fromTest(terms, () => {
        const one = first.test();
        if (one === 0) return 0;
        const other = second.test();
        return other === 0 ? 0 : one === 1 && other === 1 ? 1 : -1;
      });
    case '||':
      return fromTest(terms, () => {
        const one = first.test();
        if (one === 1) return 1;
        const other = second.test();
        return other === 1 ? 1 : one === 0 && other === 0 ? 0 : -1;
      });
    case 'in':
      return fromTest(terms, compileIn(compiled, terms));
    case 'notin': {
      const isIn = compileIn(compiled, terms);
      return fromTest(terms, () => toOpposite(isIn()));
    }
    case 'if':
      return fromTerm(terms, () => {
        const truth = first.test();
        return truth === -1 ? 0 : truth === 1 ? second.term() : third.term();
      });
    case 'coalesce':
      return fromTerm(terms, () => {
        for (const candidate of compiled) {
          const term = candidate.term();
          if (term !== 0) return term;
        }
        return 0;
      });
    default:
      return compileFunction(name, args, compiled, context);
  }
}

function toOpposite(truth: Truth): Truth {
  return truth === -1 ? -1 : truth === 1 ? 0 : 1;
}

/** What a test of one term says is remembered for the terms it has seen: most terms come again and again, and reading their text takes long. */
function remembered(test: () => Truth, read: () => number): () => Truth {
  const known = new Map<number, Truth>();
  return () => {
    const term = read();
    const before = known.get(term);
    if (before !== undefined) return before;
    const truth = test();
    if (known.size < REMEMBERED) known.set(term, truth);
    return truth;
  };
}

function compileEqual(
  args: readonly Expression[],
  [first, second]: readonly Evaluation[],
  { terms, register }: ExpressionContext,
): () => Truth {
  const [one, other] = args;
  // STR(?v) = "constant" need not make a term of every string
  if (
    one?.type === 'call' &&
    one.name === 'str' &&
    other?.type === 'term' &&
    terms.kindOf(other.term) === KIND.string
  ) {
    const constant = terms.textOf(other.term);
    const test = (): Truth => {
      const value = first!.string();
      return value === undefined ? -1 : value.text === constant ? 1 : 0;
    };
    const [of] = one.args;
    return of?.type === 'variable' ? remembered(test, () => register[of.slot]!) : test;
  }
  return () => {
    const [left, right] = [first!.term(), second!.term()];
    return left === 0 || right === 0 ? -1 : areEqual(terms, left, right);
  };
}

function compileIn([first, ...candidates]: readonly Evaluation[], terms: TermSpace): () => Truth {
  return () => {
    const one = first!.term();
    let answer: Truth = 0;
    for (const candidate of candidates) {
      const other = candidate.term();
      const truth = one === 0 || other === 0 ? -1 : areEqual(terms, one, other);
      if (truth === 1) return 1;
      if (truth === -1) answer = -1;
    }
    return answer;
  };
}
