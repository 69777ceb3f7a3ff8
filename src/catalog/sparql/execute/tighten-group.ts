import type { Expression, Group, Node } from './algebra.ts';
import { certainOf, possibleOf, type Slots, union } from './scope.ts';

/** Functions without a value where one of their arguments has none. */
const STRICT = new Set(
  `= != < > <= >= ! + - * / str lang datatype isiri isuri isblank isliteral isnumeric sameterm contains strstarts strends
   regex lcase ucase strlen`.split(/\s+/),
);

/**
 * The same group, its filters each a part of their own, and without OPTIONAL where a filter refuses whatever that leaves unbound: what is
 * left is a join, which can be planned with the others. So it is only where all parts are patterns: a filter inside another OPTIONAL, say,
 * may look at what comes after it, and must not find it bound. `outer` are the variables bound around it.
 */
export function tightenGroup(group: Group, outer: Slots): Group {
  const filters = group.filters.flatMap(toConjuncts);
  let { nodes } = group;
  if (!nodes.every((node) => isSimple(node.type === 'optional' ? node.group : node))) {
    return { type: 'group', nodes, filters };
  }
  for (const node of nodes) {
    if (node.type !== 'optional') continue;
    const others = union([outer, ...nodes.filter((other) => other !== node).map(possibleOf)]);
    const own = [...possibleOf(node)].filter((slot) => !others.has(slot));
    if (own.some((slot) => filters.some((filter) => refusesUnbound(filter, slot)))) nodes = toJoined(nodes, node);
  }
  return { type: 'group', nodes, filters };
}

/** Parts that all have to be true. Where one is an error, so is the whole, or it is false. */
function toConjuncts(expression: Expression): readonly Expression[] {
  if (expression.type !== 'call' || expression.name !== '&&') return [expression];
  return expression.args.flatMap(toConjuncts);
}

/** True where the expression is an error, or false, for every solution that does not bind the variable. */
function refusesUnbound(expression: Expression, slot: number): boolean {
  if (expression.type !== 'call') return false;
  const { name, args } = expression;
  if (name === '||') return args.every((arg) => refusesUnbound(arg, slot));
  if (name === 'bound') return args.some((arg) => arg.type === 'variable' && arg.slot === slot);
  return isStrictIn(expression, slot);
}

function isStrictIn(expression: Expression, slot: number): boolean {
  if (expression.type === 'variable') return expression.slot === slot;
  if (expression.type !== 'call' || !STRICT.has(expression.name)) return false;
  return expression.args.some((arg) => isStrictIn(arg, slot));
}

/** A join of nothing but patterns and values, where nothing looks at a variable without binding it. */
function isSimple(node: Node): boolean {
  if (node.type === 'values') return node.rows.every((row) => row.every((term) => term !== 0));
  if (node.type === 'group') return node.filters.length === 0 && node.nodes.every(isSimple);
  return node.type === 'pattern';
}

/** A node that only joins may be planned together with what is around it. */
export function isJoin(node: Node): boolean {
  return node.type !== 'optional' && node.type !== 'minus' && node.type !== 'bind';
}

export function isPlain(node: Node): node is Group {
  return node.type === 'group' && node.filters.length === 0 && node.nodes.every(isJoin);
}

/** The nodes with that OPTIONAL a join: before the OPTIONALs that it follows, where they bind nothing that it looks at. */
function toJoined(nodes: readonly Node[], optional: Extract<Node, { type: 'optional' }>): readonly Node[] {
  const end = nodes.indexOf(optional);
  let start = end;
  while (start > 0 && nodes[start - 1]!.type === 'optional') start--;
  const certain = union(nodes.slice(0, start).map(certainOf));
  const between = union(nodes.slice(start, end).map(possibleOf));
  const isApart = [...possibleOf(optional)].every((slot) => certain.has(slot) || !between.has(slot));
  const place = isApart ? start : end;
  return nodes.toSpliced(end, 1).toSpliced(place, 0, optional.group);
}
