import { makeAccumulator } from './aggregate.ts';
import type { Group, Select } from './algebra.ts';
import type { Budget } from './budget.ts';
import { compileGroup, type Running, toEvaluation } from './compile-group.ts';
import type { Dataset } from './dataset.ts';
import type { Step } from './match-pattern.ts';
import { FirstRows, makeCompare, type OrderedRow } from './row-order.ts';
import { certainOf, mentionedBy, possibleOf, weightOf } from './scope.ts';
import type { TermSpace } from './term-space.ts';
import { TupleSet } from './tuple-set.ts';

/** What a query runs over. */
export interface World {
  readonly dataset: Dataset;
  readonly terms: TermSpace;
  readonly nowMs: number;
  readonly budget: Budget;
}

const NOTHING: ReadonlySet<number> = new Set();
/** What keeping a row, and having it in order by one term, takes of the time that looking at a quad takes. */
const KEEPING = 2;
const ORDERING = 10;

/** The rows of a SELECT, as terms in the order of its names. */
export function runSelect(select: Select, world: World): readonly Int32Array[] {
  return new SelectRun(select, world).rows();
}

/** True if the query has a solution. */
export function runAsk(select: Select, world: World): boolean {
  return new SelectRun({ ...select, limit: 1, order: [] }, world).rows().length > 0;
}

class SelectRun {
  readonly #select: Select;
  readonly #world: World;
  readonly #running: Running;

  constructor(select: Select, world: World) {
    this.#select = select;
    this.#world = world;
    const runInner = (inner: Select) => runSelect(inner, world).map((row) => [...row]);
    const [register, origins] = [new Int32Array(select.width), new Int32Array(select.width)];
    this.#running = { ...world, register, origins, runInner };
  }

  rows(): readonly Int32Array[] {
    const { order, offset, limit, isDistinct } = this.#select;
    const end = offset + limit;
    if (order.length > 0 && Number.isFinite(end) && !isDistinct) return this.#firstRows(end).slice(0, limit);
    const rows: Int32Array[] = [];
    const keysOf: (readonly number[])[] = [];
    const tuples = isDistinct ? new TupleSet(this.#select.slots.length) : undefined;
    const keys = order.map(({ expression }) => this.#toEvaluation(expression));
    this.#solve(() => {
      const row = this.#project();
      if (tuples !== undefined && !tuples.add(row).isNew) return false;
      this.#take(row.length + keys.length);
      this.#world.budget.spend(KEEPING + keys.length * ORDERING);
      rows.push(row);
      if (keys.length > 0) keysOf.push(keys.map((key) => key.term()));
      return keys.length === 0 && rows.length >= end;
    })();
    if (keys.length === 0) return rows.slice(offset, end);
    const compare = this.#compare();
    const places = rows.map((_, place) => place).sort((one, other) => compare(keysOf[one]!, keysOf[other]!));
    return places.slice(offset, end).map((place) => rows[place]!);
  }

  /** Rows in order from the offset to `end`; parts that only add to rows run for the rows that are kept. */
  #firstRows(end: number): Int32Array[] {
    const { register } = this.#running;
    const late = this.#splitLate();
    const first = new FirstRows(end, this.#compare());
    const keys = this.#select.order.map(({ expression }) => this.#toEvaluation(expression));
    const keep = () => {
      const row = late === undefined ? this.#project() : register.slice();
      this.#take(row.length + keys.length);
      return row;
    };
    const sink: Step = () => {
      this.#world.budget.spend(keys.length * ORDERING);
      first.offer(
        keys.map((key) => key.term()),
        keep,
      );
      return false;
    };
    this.#solve(sink, late?.early)();
    const { offset } = this.#select;
    const kept = first.inOrder();
    return late === undefined ? kept.slice(offset).map(({ row }) => row) : this.#finish(kept, late, offset, end);
  }

  #finish(kept: readonly OrderedRow[], { early, rest }: Late, offset: number, end: number): Int32Array[] {
    const { register } = this.#running;
    const rows: Int32Array[] = [];
    const step = compileGroup(rest, this.#running, possibleOf(early), () => {
      rows.push(this.#project());
      return rows.length >= end;
    });
    for (const { row } of kept) {
      register.set(row);
      if (step()) break;
    }
    return rows.slice(offset);
  }

  /** OPTIONALs at the end that neither order nor filters look at: each row has at least one row more or less with them. */
  #splitLate(): Late | undefined {
    const { where, grouping, extended, order } = this.#select;
    if (grouping !== undefined || extended.length > 0) return undefined;
    let start = where.nodes.length;
    while (start > 0 && where.nodes[start - 1]!.type === 'optional') start--;
    if (start === where.nodes.length) return undefined;
    const early: Group = { type: 'group', nodes: where.nodes.slice(0, start), filters: where.filters };
    const rest: Group = { type: 'group', nodes: where.nodes.slice(start), filters: [] };
    const certain = certainOf(early);
    const isSettled = (slots: ReadonlySet<number>) => {
      const late = possibleOf(rest);
      return [...slots].every((slot) => certain.has(slot) || !late.has(slot));
    };
    const expressions = [...where.filters, ...order.map(({ expression }) => expression)];
    return expressions.every((expression) => isSettled(mentionedBy(expression))) ? { early, rest } : undefined;
  }

  /** The step that runs the query up to where rows are projected. */
  #solve(next: Step, where: Group = this.#select.where): Step {
    const { extended, grouping } = this.#select;
    const { register } = this.#running;
    const weight = extended.reduce((sum, { expression }) => sum + weightOf(expression), 0);
    const values = extended.map(({ slot, expression }) => ({ slot, value: this.#toEvaluation(expression) }));
    const extend: Step =
      values.length === 0
        ? next
        : () => {
            this.#world.budget.spend(weight);
            for (const { slot, value } of values) register[slot] = value.term();
            const isDone = next();
            for (const { slot } of values) register[slot] = 0;
            return isDone;
          };
    return grouping === undefined ? compileGroup(where, this.#running, NOTHING, extend) : this.#group(extend);
  }

  #group(next: Step): Step {
    const { where, grouping } = this.#select;
    const { keys, aggregates, having } = grouping!;
    const { register } = this.#running;
    const { terms } = this.#world;
    const groups = new TupleSet(keys.length);
    const accumulators = aggregates.map((aggregate) => {
      const { expression } = aggregate;
      return makeAccumulator(aggregate, expression && this.#toEvaluation(expression), terms);
    });
    const key = new Int32Array(keys.length);
    const collect = compileGroup(where, this.#running, NOTHING, () => {
      this.#world.budget.spend(aggregates.length + 1);
      for (let place = 0; place < keys.length; place++) key[place] = register[keys[place]!]!;
      const { number, isNew } = groups.add(key);
      if (isNew) this.#take(keys.length + 4 * accumulators.length);
      for (const accumulator of accumulators) accumulator.add(number);
      return false;
    });
    return () => {
      collect();
      const tests = having.map((expression) => this.#toEvaluation(expression));
      // without GROUP BY there is one group, even of nothing
      const count = keys.length === 0 ? 1 : groups.size;
      for (let number = 0; number < count; number++) {
        register.fill(0);
        for (const [place, slot] of keys.entries()) register[slot] = groups.at(number, place);
        for (const [place, { slot }] of aggregates.entries()) register[slot] = accumulators[place]!.result(number);
        if (tests.every((test) => test.test() === 1) && next()) return true;
      }
      return false;
    };
  }

  #project(): Int32Array {
    const { slots } = this.#select;
    const { register } = this.#running;
    const row = new Int32Array(slots.length);
    for (let place = 0; place < slots.length; place++) row[place] = register[slots[place]!]!;
    return row;
  }

  #toEvaluation(expression: Parameters<typeof toEvaluation>[0]) {
    return toEvaluation(expression, this.#running, possibleOf(this.#select.where));
  }

  #compare() {
    return makeCompare(
      this.#select.order.map(({ isDescending }) => isDescending),
      this.#world.terms,
    );
  }

  /** An array of its own costs about as much as a dozen numbers. */
  #take(numbers: number): void {
    this.#world.budget.take((numbers + 24) * 4);
  }
}

interface Late {
  readonly early: Group;
  readonly rest: Group;
}
