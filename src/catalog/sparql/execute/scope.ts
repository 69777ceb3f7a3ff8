import type { Expression, Group, Node, Operand, Pattern } from './algebra.ts';
import { Unsure } from './unsure.ts';

/** Places of a register. */
export type Slots = ReadonlySet<number>;

const NONE: Slots = new Set();

function slotsOf(pattern: Pattern): number[] {
  const operands: (Operand | undefined)[] = [pattern.subject, pattern.predicate, pattern.object, pattern.graph];
  return operands.flatMap((operand) => (operand === undefined || operand.slot < 0 ? [] : [operand.slot]));
}

/** The variables a node may bind. */
export function possibleOf(node: Node): Slots {
  switch (node.type) {
    case 'pattern':
      return new Set(slotsOf(node.pattern));
    case 'group':
      return union(node.nodes.map(possibleOf));
    case 'optional':
      return possibleOf(node.group);
    case 'minus':
      return NONE;
    case 'union':
      return union(node.groups.map(possibleOf));
    case 'bind':
      return new Set([node.slot]);
    case 'values':
    case 'select':
      return new Set(node.slots.filter((slot) => slot >= 0));
  }
}

/** The variables a node binds in every solution. */
export function certainOf(node: Node): Slots {
  switch (node.type) {
    case 'pattern':
      return possibleOf(node);
    case 'group':
      return union(node.nodes.map(certainOf));
    case 'optional':
    case 'minus':
    case 'bind':
      return NONE;
    case 'union': {
      const [first = NONE, ...others] = node.groups.map(certainOf);
      return new Set([...first].filter((slot) => others.every((other) => other.has(slot))));
    }
    case 'values':
      return new Set(node.slots.filter((_, place) => node.rows.every((row) => row[place] !== 0)));
    case 'select': {
      const { select, slots } = node;
      const inner = select.grouping === undefined ? certainOf(select.where) : NONE;
      return new Set(slots.filter((slot, place) => slot >= 0 && inner.has(select.slots[place]!)));
    }
  }
}

/** The variables an expression looks at, also inside EXISTS. */
export function mentionedBy(expression: Expression): Slots {
  switch (expression.type) {
    case 'term':
      return NONE;
    case 'variable':
      return new Set([expression.slot]);
    case 'call':
      return union(expression.args.map(mentionedBy));
    case 'exists':
      return mentionedIn(expression.group);
  }
}

/** How many parts an expression has: about how much longer than looking at a quad it takes. */
export function weightOf(expression: Expression): number {
  return expression.type === 'call' ? expression.args.reduce((sum, arg) => sum + weightOf(arg), 1) : 1;
}

/** The variables anything in a group looks at or binds. */
export function mentionedIn(group: Group): Slots {
  const inner = group.nodes.map((node) => {
    if (node.type === 'group') return mentionedIn(node);
    if (node.type === 'optional' || node.type === 'minus') return mentionedIn(node.group);
    if (node.type === 'union') return union(node.groups.map(mentionedIn));
    if (node.type === 'bind') return union([possibleOf(node), mentionedBy(node.expression)]);
    return possibleOf(node);
  });
  return union([...inner, ...group.filters.map(mentionedBy)]);
}

/** True where there is an inner query anywhere in the group. */
export function hasSelect(group: Group): boolean {
  return group.nodes.some((node) => {
    if (node.type === 'select') return true;
    if (node.type === 'group') return hasSelect(node);
    if (node.type === 'union') return node.groups.some(hasSelect);
    return (node.type === 'optional' || node.type === 'minus') && hasSelect(node.group);
  });
}

export function union(sets: readonly Slots[]): Slots {
  return new Set(sets.flatMap((set) => [...set]));
}

/**
 * SPARQL evaluates a group on its own and joins; the executor evaluates it with what is bound around it. Both are the same as
 * long as nothing in the group looks at a variable that only its surroundings bind. Throws `Unsure` where they may differ.
 * `outer` is what may be bound around; `seesOuter` is true for the groups of OPTIONAL and EXISTS, whose own filters see it.
 */
export function checkScope(group: Group, outer: Slots, seesOuter: boolean): void {
  const whole = union([possibleOf(group), outer]);
  const certain = new Set<number>();
  const possible = new Set<number>();
  const refuseOuter = (slots: Slots, known: Slots, what: string): void => {
    for (const slot of slots) if (outer.has(slot) && !known.has(slot)) throw new Unsure(`the scope of ${what}`);
  };
  for (const node of group.nodes) {
    switch (node.type) {
      case 'group':
        checkScope(node, whole, false);
        break;
      case 'union':
        for (const branch of node.groups) checkScope(branch, whole, false);
        break;
      case 'optional':
        refuseOuter(mentionedIn(node.group), certain, 'OPTIONAL');
        checkScope(node.group, union([possible, outer]), true);
        break;
      case 'minus': {
        const inner = possibleOf(node.group);
        const innerCertain = certainOf(node.group);
        for (const slot of inner) {
          const isShared = possible.has(slot) || outer.has(slot);
          if (isShared && !(certain.has(slot) && innerCertain.has(slot))) throw new Unsure('the scope of MINUS');
        }
        checkScope(node.group, union([possible, outer]), false);
        break;
      }
      case 'bind':
        refuseOuter(mentionedBy(node.expression), certain, 'BIND');
        if (outer.has(node.slot) || possible.has(node.slot)) throw new Unsure('BIND to a variable that is bound');
        checkExists(node.expression, whole);
        break;
    }
    for (const slot of certainOf(node)) certain.add(slot);
    for (const slot of possibleOf(node)) possible.add(slot);
  }
  for (const filter of group.filters) {
    if (!seesOuter) refuseOuter(mentionedBy(filter), certain, 'FILTER');
    checkExists(filter, whole);
  }
}

function checkExists(expression: Expression, outer: Slots): void {
  if (expression.type === 'call') for (const arg of expression.args) checkExists(arg, outer);
  if (expression.type === 'exists') checkScope(expression.group, outer, true);
}
