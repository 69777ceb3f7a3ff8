import { VouchError } from '../../errors.ts';

/** A term that takes the place of a variable, as sparqljs holds terms. */
export type BoundTerm =
  | { readonly termType: 'NamedNode'; readonly value: string }
  | {
      readonly termType: 'Literal';
      readonly value: string;
      readonly language: '';
      readonly datatype: { readonly termType: 'NamedNode'; readonly value: string };
    };

type Tree = { [key: string]: unknown };

/**
 * Puts terms in the place of variables everywhere in a parsed query, subqueries included. A variable that a SELECT shows stays
 * one: it gets the term as its value. Works with a list of its own instead of recursion, on the tree itself. Throws `query`
 * where the query gives such a variable a value of its own.
 */
export function bindVariables(tree: unknown, terms: ReadonlyMap<string, BoundTerm>): void {
  const open: Tree[] = [tree as Tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const [key, child] of Object.entries(node)) {
      // a row of VALUES: its keys are the variables
      if (key.startsWith('?') && terms.has(key.slice(1))) throw toTaken({ value: key.slice(1) });
      if (child === null || typeof child !== 'object') continue;
      const term = toBound(child, terms);
      if (key === 'variables' && Array.isArray(child)) {
        node[key] = child.map((shown) => toShown(shown, terms));
        // what is shown of itself stays; expressions are bound
        for (const shown of child) if ('expression' in shown) open.push(shown);
      } else if (term !== undefined) {
        if (key === 'variable') throw toTaken(child);
        node[key] = term;
      } else if (!('termType' in child)) open.push(child as Tree);
    }
  }
}

function toTaken(variable: object): VouchError {
  const name = 'value' in variable ? String(variable.value) : '';
  return new VouchError('query', `The query gives ?${name} a value of its own: it cannot be a parameter.`);
}

function toBound(child: object, terms: ReadonlyMap<string, BoundTerm>): BoundTerm | undefined {
  if (!('termType' in child) || child.termType !== 'Variable' || !('value' in child)) return undefined;
  return terms.get(String(child.value));
}

function toShown(shown: object, terms: ReadonlyMap<string, BoundTerm>): unknown {
  const term = toBound(shown, terms);
  return term === undefined ? shown : { expression: term, variable: shown };
}

/** True if two parsed queries are the same but for prefixes and the labels of blank nodes. */
export function isSameTree(one: unknown, other: unknown): boolean {
  const open: [unknown, unknown][] = [[one, other]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [left, right] = pair;
    if (left === right) continue;
    if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
    const type = 'termType' in left ? left.termType : undefined;
    if (type !== ('termType' in right ? right.termType : undefined)) return false;
    if (type === 'BlankNode') continue;
    if (type !== undefined) {
      if (toKey(left as Tree) !== toKey(right as Tree)) return false;
      continue;
    }
    const keys = new Set([...Object.keys(left), ...Object.keys(right)].filter((key) => key !== 'prefixes'));
    for (const key of keys) open.push([(left as Tree)[key], (right as Tree)[key]]);
  }
  return true;
}

function toKey({ termType, value, language, datatype }: Tree): string {
  return JSON.stringify([termType, value, language, (datatype as Tree | undefined)?.value]);
}
