import { ROW, ROW_WIDTH } from '../quads/column.ts';
import type { Group, Node, Operand, Pattern } from './algebra.ts';
import type { Budget } from './budget.ts';
import type { Dataset } from './dataset.ts';
import { possibleOf, type Slots } from './scope.ts';

/** Links of a chain that are walked to learn how long it is. */
const LOOK = 256;
const INNER_QUERY = 1_000;
/** What a filter leaves of the solutions it sees, as far as anybody knows. */
const FILTERED = 0.5;

/** What stands around a join. */
export interface Surroundings {
  /** The variables bound before. */
  readonly bound: Slots;
  /** The variables that each filter waits for. */
  readonly filtered: readonly Slots[];
}

/**
 * The nodes of one join in an order in which each is cheap after those before it: greedily the one that is expected to give
 * the fewest solutions for one of those so far.
 */
export function planJoin(
  nodes: readonly Node[],
  { bound, filtered }: Surroundings,
  dataset: Dataset,
  budget: Budget,
): Node[] {
  const left = [...nodes];
  const known = new Set(bound);
  /** True where a filter can look at the solutions as soon as the node is joined. */
  const isFiltered = (added: Slots): boolean =>
    filtered.some((needs) => {
      const missing = [...needs].filter((slot) => !known.has(slot));
      return missing.length > 0 && missing.every((slot) => added.has(slot));
    });
  const planned: Node[] = [];
  while (left.length > 0) {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (const [place, node] of left.entries()) {
      // nodes that share nothing with what is bound multiply: last
      const slots = possibleOf(node);
      const isJoined = known.size === 0 || [...slots].some((slot) => known.has(slot));
      const solutions = estimateNode(node, known, dataset) * (isFiltered(slots) ? FILTERED : 1);
      const estimate = solutions * (isJoined ? 1 : 1_000);
      if (estimate < least) {
        best = place;
        least = estimate;
      }
    }
    budget.expect(least);
    const [next] = left.splice(best, 1);
    planned.push(next!);
    for (const slot of possibleOf(next!)) known.add(slot);
  }
  return planned;
}

function estimateNode(node: Node, bound: ReadonlySet<number>, dataset: Dataset): number {
  switch (node.type) {
    case 'pattern':
      return estimatePattern(node.pattern, bound, dataset);
    case 'values':
      return node.slots.every((slot) => bound.has(slot)) ? 0.5 : node.rows.length;
    case 'group':
      return estimateGroup(node, bound, dataset);
    case 'union':
      return node.groups.reduce((sum, group) => sum + estimateGroup(group, bound, dataset), 0);
    default:
      return INNER_QUERY;
  }
}

function estimateGroup(group: Group, bound: ReadonlySet<number>, dataset: Dataset): number {
  const estimates = group.nodes.map((node) => estimateNode(node, bound, dataset));
  return estimates.length === 0 ? 1 : Math.min(...estimates);
}

function estimatePattern(pattern: Pattern, bound: ReadonlySet<number>, dataset: Dataset): number {
  const { subject, predicate, object, graph } = pattern;
  const { predicateCount, predicateObjects, predicateSubjects, subjectHead, objectHead } = dataset.reader.columns;
  const isBound = (operand: Operand) => operand.slot < 0 || bound.has(operand.slot);
  const place = predicate.slot < 0 && predicate.term > 0 ? dataset.reader.predicateOf(predicate.term) : -1;
  if (predicate.slot < 0 && place < 0) return 0;
  const count = place < 0 ? dataset.lastRow : predicateCount[place]!;
  const estimates = [count];
  if (isBound(subject)) {
    if (subject.slot < 0) estimates.push(lengthOf(subject.term, subjectHead, ROW.nextS, predicate.term, dataset));
    else estimates.push(place < 0 ? 20 : count / Math.max(1, predicateSubjects[place]!));
  }
  if (isBound(object)) {
    if (object.slot < 0)
      estimates.push(Math.min(count, lengthOf(object.term, objectHead, ROW.nextO, predicate.term, dataset)));
    else estimates.push(place < 0 ? 20 : count / Math.max(1, predicateObjects[place]!));
  }
  if (graph !== undefined && isBound(graph)) estimates.push(place < 0 ? 40 : 2);
  return Math.min(...estimates);
}

/** How many rows of a chain have the predicate, guessed from its beginning. */
function lengthOf(term: number, heads: Int32Array, link: number, predicate: number, dataset: Dataset): number {
  if (term <= 0) return 0;
  const { rows } = dataset.reader.columns;
  let row = heads[term]!;
  let found = 0;
  for (let looked = 0; row > 0; looked++) {
    if (looked === LOOK) {
      // rows are in the order of the log, and a chain is as dense further on as it is here
      const span = Math.max(1, dataset.lastRow - row);
      return (found * dataset.lastRow) / span;
    }
    if (predicate <= 0 || rows[row * ROW_WIDTH + ROW.predicate] === predicate) found++;
    row = rows[row * ROW_WIDTH + link]!;
  }
  return found;
}
