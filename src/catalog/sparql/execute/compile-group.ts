import type { Expression, Group, Node, Select } from './algebra.ts';
import type { Budget } from './budget.ts';
import type { Dataset } from './dataset.ts';
import type { Evaluation } from './evaluation.ts';
import { compileExpression } from './expression.ts';
import { joinRows } from './join-rows.ts';
import { matchPattern, type Step } from './match-pattern.ts';
import { planJoin } from './plan.ts';
import { certainOf, mentionedBy, possibleOf, type Slots, union, weightOf } from './scope.ts';
import type { TermSpace } from './term-space.ts';
import { isJoin, isPlain, tightenGroup } from './tighten-group.ts';

/** What the parts of one running SELECT share. */
export interface Running {
  readonly dataset: Dataset;
  readonly terms: TermSpace;
  /** The term of each variable, 0 where it has none. */
  readonly register: Int32Array;
  /** The row by which each variable was bound last, a hint where others of its term are; 0 where it was not by a row. */
  readonly origins: Int32Array;
  /** The time the query sees, in milliseconds. */
  readonly nowMs: number;
  /** What the query may take. */
  readonly budget: Budget;
  /** The rows of an inner query, which sees nothing of what is around it. */
  readonly runInner: (select: Select) => readonly (readonly number[])[];
}

interface Pending {
  readonly expression: Expression;
  /** The variables of the group it looks at. */
  readonly needs: Slots;
}

/**
 * The step that goes on with `next` for each solution of the group. `outer` are the variables bound around it. Filters run as
 * soon as nothing can change what they look at.
 */
export function compileGroup(given: Group, running: Running, outer: Slots, next: Step): Step {
  const { budget } = running;
  const group = tightenGroup(given, outer);
  const all = possibleOf(group);
  const pending: Pending[] = group.filters.map((expression) => {
    const needs = new Set([...mentionedBy(expression)].filter((slot) => all.has(slot)));
    return { expression, needs };
  });
  const builders: ((next: Step) => Step)[] = [];
  // what may be bound around, or else in here, is not known before it is bound in here
  const settled = new Set<number>([...outer].filter((slot) => !all.has(slot)));
  const possible = new Set<number>(outer);
  const addFilters = (rest: readonly Node[]): void => {
    const later = union(rest.map(possibleOf));
    for (let place = 0; place < pending.length; ) {
      const { expression, needs } = pending[place]!;
      if ([...needs].every((slot) => settled.has(slot) || !later.has(slot))) {
        pending.splice(place, 1);
        const evaluation = toEvaluation(expression, running, union([all, outer]));
        const weight = weightOf(expression);
        builders.push((then) => () => {
          budget.spend(weight);
          return evaluation.test() === 1 && then();
        });
      } else place++;
    }
  };
  const { nodes } = group;
  for (let start = 0; start < nodes.length; ) {
    let end = start;
    while (end < nodes.length && isJoin(nodes[end]!)) end++;
    if (end > start) {
      const run = nodes.slice(start, end).flatMap((node) => (isPlain(node) ? node.nodes : [node]));
      const seeds = toSeeds(pending, run, running, outer);
      const filtered = pending.map(({ needs }) => needs);
      const withSeeds = union([possible, ...seeds.map(possibleOf)]);
      const planned = [...seeds, ...planJoin(run, { bound: withSeeds, filtered }, running.dataset, budget)];
      for (const [place, node] of planned.entries()) {
        addNode(node);
        addFilters([...planned.slice(place + 1), ...nodes.slice(end)]);
      }
      start = end;
    } else {
      addNode(nodes[start]!);
      start++;
      addFilters(nodes.slice(start));
    }
  }
  addFilters([]);
  return builders.reduceRight((then, build) => build(then), next);

  function addNode(node: Node): void {
    const around: Slots = new Set(possible);
    builders.push((then) => compileNode(node, running, around, then));
    for (const slot of certainOf(node)) settled.add(slot);
    for (const slot of possibleOf(node)) possible.add(slot);
  }
}

/** What `FILTER(?v = constant)` says of a variable that the run binds can be known before. */
function toSeeds(pending: Pending[], run: readonly Node[], running: Running, outer: Slots): Node[] {
  const certain = union(run.map(certainOf));
  const seeds: Node[] = [];
  for (let place = 0; place < pending.length; ) {
    const { expression } = pending[place]!;
    const seed = toSeed(expression, running);
    if (seed !== undefined && certain.has(seed.slot) && !outer.has(seed.slot)) {
      pending.splice(place, 1);
      seeds.push({ type: 'values', slots: [seed.slot], rows: [[seed.term]] });
    } else place++;
  }
  return seeds;
}

function toSeed(expression: Expression, { terms }: Running): { slot: number; term: number } | undefined {
  if (expression.type !== 'call' || (expression.name !== '=' && expression.name !== 'sameterm')) return undefined;
  const [one, other] = expression.args;
  const [variable, constant] = one?.type === 'variable' ? [one, other] : [other, one];
  if (variable?.type !== 'variable' || constant?.type !== 'term') return undefined;
  const kind = terms.kindOf(constant.term);
  // only where equal means the same term: IRIs and plain strings
  return kind === 1 || kind === 3 ? { slot: variable.slot, term: constant.term } : undefined;
}

function compileNode(node: Node, running: Running, outer: Slots, next: Step): Step {
  const { register } = running;
  switch (node.type) {
    case 'pattern':
      return matchPattern(node.pattern, running, next);
    case 'group':
      return compileGroup(node, running, outer, next);
    case 'union': {
      const branches = node.groups.map((group) => compileGroup(group, running, outer, next));
      return () => branches.some((branch) => branch());
    }
    case 'optional': {
      let isFound = false;
      const inner = compileGroup(node.group, running, outer, () => {
        isFound = true;
        return next();
      });
      return () => {
        isFound = false;
        if (inner()) return true;
        return isFound ? false : next();
      };
    }
    case 'minus': {
      const shared = [...possibleOf(node.group)].some((slot) => outer.has(slot));
      if (!shared) return next;
      const exists = compileExists(node.group, running, outer);
      return () => !exists() && next();
    }
    case 'bind': {
      const value = toEvaluation(node.expression, running, outer);
      return () => bindTo(register, node.slot, value, next);
    }
    case 'values':
      return joinRows(node.slots, () => node.rows, running, next);
    case 'select': {
      let rows: readonly (readonly number[])[] | undefined;
      const read = () => {
        rows ??= running.runInner(node.select);
        return rows;
      };
      return joinRows(node.slots, read, running, next);
    }
  }
}

/** An expression of a group in which `outer` are the variables that may be bound. */
export function toEvaluation(expression: Expression, running: Running, outer: Slots): Evaluation {
  return compileExpression(expression, { ...running, compileExists: (group) => compileExists(group, running, outer) });
}

/** True for each state of the register in which the group has a solution. */
function compileExists(group: Group, running: Running, outer: Slots): () => boolean {
  return compileGroup(group, running, outer, () => true);
}

function bindTo(register: Int32Array, slot: number, value: Evaluation, next: Step): boolean {
  register[slot] = value.term();
  const isDone = next();
  register[slot] = 0;
  return isDone;
}
