import { IS_SCATTERED, ROW, ROW_WIDTH } from '../quads/column.ts';
import type { Pattern } from './algebra.ts';
import type { Budget } from './budget.ts';
import type { Dataset } from './dataset.ts';
import { RowRun } from './row-run.ts';

/** One part of a running query: does its work for what the register holds, and is true if no more solutions are wanted. */
export type Step = () => boolean;

/** What a pattern is matched with. */
export interface Matching {
  readonly dataset: Dataset;
  readonly budget: Budget;
  /** The term of each variable, 0 where it has none. */
  readonly register: Int32Array;
  /** The row by which each variable was bound last. */
  readonly origins: Int32Array;
}

/**
 * A step that goes on with `next` for every quad that matches, its terms in the register meanwhile. What is in the register
 * already has to match; what a negative number stands for is in no quad.
 */
export function matchPattern(pattern: Pattern, matching: Matching, next: Step): Step {
  const { subject, predicate, object, graph, excluded } = pattern;
  if (subject.term < 0 || predicate.term < 0 || object.term < 0) return () => false;
  const matchAny = matchChain(pattern, matching, next);
  const { reader } = matching.dataset;
  const place = predicate.slot < 0 ? reader.predicateOf(predicate.term) : -1;
  const hasTwice = subject.slot >= 0 && subject.slot === object.slot;
  if (graph !== undefined || excluded !== undefined || hasTwice || place < 0) return matchAny;
  if (reader.columns.predicateStands[place] !== 0) return matchAny;
  return matchRun(pattern, matching, next, matchAny);
}

/** What a subject that is bound says by one predicate: rows that lie together, but for few subjects; for those and others it is `matchAny`. */
function matchRun(
  { subject, predicate, object }: Pattern,
  { dataset, budget, register, origins }: Matching,
  next: Step,
  matchAny: Step,
): Step {
  const { rows, subjectHead, termKind } = dataset.reader.columns;
  const { defaultMask: mask, lastRow } = dataset;
  const [slotS, slotO] = [subject.slot, object.slot];
  const run = new RowRun(dataset.reader.columns, predicate.term, lastRow);

  return () => {
    const boundS = slotS < 0 ? subject.term : register[slotS]!;
    if (boundS <= 0 || (termKind[boundS]! & IS_SCATTERED) !== 0) return matchAny();
    const boundO = slotO < 0 ? object.term : register[slotO]!;
    if (boundO < 0) return false;
    const near = slotS < 0 ? 0 : origins[slotS]!;
    let row = run.find(boundS, near === 0 ? Atomics.load(subjectHead, boundS) : near);
    budget.spend(run.looked);
    let isDone = false;
    for (; row !== 0; row = run.before(row)) {
      const at = row * ROW_WIDTH;
      const o = rows[at + ROW.object]!;
      if (boundO !== 0 && o !== boundO) continue;
      if (mask !== undefined && mask[rows[at + ROW.record]!] === 0) continue;
      const mark = rows[at + ROW.mark]!;
      if (mark !== 0 && !dataset.holds(row, mark, mask, true)) continue;
      if (boundO === 0) {
        register[slotO] = o;
        origins[slotO] = row;
      }
      if (next()) {
        isDone = true;
        break;
      }
      budget.spend(1);
    }
    if (boundO === 0) register[slotO] = 0;
    return isDone;
  };
}

/** Any pattern: by the chain of what is bound. */
function matchChain(pattern: Pattern, { dataset, budget, register, origins }: Matching, next: Step): Step {
  const { subject, predicate, object, graph, excluded } = pattern;
  const { reader, lastRow } = dataset;
  const { rows, subjectHead, objectHead, predicateHead, rowEnd, recordGraph } = reader.columns;
  const isUnion = graph === undefined;
  const mask = isUnion ? dataset.defaultMask : dataset.namedMask;
  const [slotS, slotP, slotO] = [subject.slot, predicate.slot, object.slot];
  const slotG = graph === undefined ? -1 : graph.slot;
  const hasTwice = (slotS >= 0 && (slotS === slotP || slotS === slotO)) || (slotP >= 0 && slotP === slotO);

  return () => {
    const boundS = slotS < 0 ? subject.term : register[slotS]!;
    const boundP = slotP < 0 ? predicate.term : register[slotP]!;
    const boundO = slotO < 0 ? object.term : register[slotO]!;
    const boundG = graph === undefined ? 0 : slotG < 0 ? graph.term : register[slotG]!;
    if (boundS < 0 || boundP < 0 || boundO < 0 || boundG < 0) return false;
    let record = -1;
    if (boundG !== 0) {
      record = dataset.recordOf(boundG);
      if (record < 0 || (mask !== undefined && mask[record] === 0)) return false;
    }
    let row = 0;
    let link: number = ROW.nextP;
    let isRange = false;
    let last = 0;
    if (boundS !== 0) {
      row = Atomics.load(subjectHead, boundS);
      link = ROW.nextS;
    } else if (boundO !== 0) {
      row = Atomics.load(objectHead, boundO);
      link = ROW.nextO;
    } else if (record >= 0) {
      // a graph's rows lie together, but for what is said of it when it is superseded: its subject is the graph
      isRange = true;
      row = record === 0 ? 1 : rowEnd[record - 1]! + 1;
      last = rowEnd[record]!;
    } else if (boundP !== 0) {
      const place = reader.predicateOf(boundP);
      row = place < 0 ? 0 : Atomics.load(predicateHead, place);
    } else {
      isRange = true;
      row = 1;
      last = lastRow;
    }
    if (isRange && row > last) row = 0;
    let isTail = false;
    let isDone = false;
    while (row > 0) {
      budget.spend(1);
      const here = row;
      const at = here * ROW_WIDTH;
      if (!isRange) {
        row = rows[at + link]!;
        // what the range has shown already
        if (isTail && here <= last) break;
      } else if (here < last) row = here + 1;
      else if (record >= 0) {
        isRange = false;
        isTail = true;
        link = ROW.nextS;
        row = Atomics.load(subjectHead, boundG);
      } else row = 0;
      if (here > lastRow) continue;
      const s = rows[at]!;
      const p = rows[at + 1]!;
      const o = rows[at + 2]!;
      if (boundS !== 0 && s !== boundS) continue;
      if (boundP !== 0 && p !== boundP) continue;
      if (boundO !== 0 && o !== boundO) continue;
      const g = rows[at + 3]!;
      if (record >= 0) {
        if (g !== record) continue;
      } else if (mask !== undefined && mask[g] === 0) continue;
      const mark = rows[at + 7]!;
      if (mark !== 0 && !dataset.holds(here, mark, mask, isUnion)) continue;
      if (excluded?.includes(p)) continue;
      // the same variable may stand in several places
      if (hasTwice && !agrees(s, p, o)) continue;
      if (boundS === 0) {
        register[slotS] = s;
        origins[slotS] = here;
      }
      if (boundP === 0) register[slotP] = p;
      if (boundO === 0) {
        register[slotO] = o;
        origins[slotO] = here;
      }
      if (slotG >= 0 && boundG === 0) {
        const name = recordGraph[g]!;
        if (slotG === slotS ? name !== s : slotG === slotP ? name !== p : slotG === slotO && name !== o) continue;
        register[slotG] = name;
      }
      if (next()) {
        isDone = true;
        break;
      }
    }
    if (boundS === 0) register[slotS] = 0;
    if (boundP === 0) register[slotP] = 0;
    if (boundO === 0) register[slotO] = 0;
    if (slotG >= 0 && boundG === 0) register[slotG] = 0;
    return isDone;
  };

  function agrees(s: number, p: number, o: number): boolean {
    if (slotP >= 0 && slotP === slotS && p !== s) return false;
    return slotO < 0 || ((slotO !== slotS || o === s) && (slotO !== slotP || o === p));
  }
}
