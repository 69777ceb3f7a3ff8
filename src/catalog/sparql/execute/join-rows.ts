import type { Budget } from './budget.ts';
import type { Step } from './match-pattern.ts';

type Row = readonly number[];

/** Below it, looking at every row is cheaper than an index. */
const FEW = 8;

/** A step that goes on with `next` for every row that agrees with the register; 0 in a row agrees with anything. */
export function joinRows(
  slots: readonly number[],
  read: () => readonly Row[],
  { register, budget }: { readonly register: Int32Array; readonly budget: Budget },
  next: Step,
): Step {
  const indexes = new Map<number, Map<number, Row[]>>();
  const indexOf = (place: number, rows: readonly Row[]): Map<number, Row[]> => {
    const known = indexes.get(place);
    if (known !== undefined) return known;
    const index = new Map<number, Row[]>();
    for (const row of rows) {
      const sameTerm = index.get(row[place]!);
      if (sameTerm === undefined) index.set(row[place]!, [row]);
      else sameTerm.push(row);
    }
    indexes.set(place, index);
    return index;
  };
  const candidates = (): readonly Row[] => {
    const rows = read();
    const place = rows.length > FEW ? slots.findIndex((slot) => register[slot] !== 0) : -1;
    if (place < 0) return rows;
    const index = indexOf(place, rows);
    const [same, any] = [index.get(register[slots[place]!]!) ?? [], index.get(0) ?? []];
    return any.length === 0 ? same : [...same, ...any];
  };
  return () => {
    const before = slots.map((slot) => register[slot]!);
    for (const row of candidates()) {
      budget.spend(1);
      if (!row.every((term, place) => term === 0 || before[place] === 0 || before[place] === term)) continue;
      for (const [place, term] of row.entries()) if (term !== 0) register[slots[place]!] = term;
      const isDone = next();
      for (const [place, slot] of slots.entries()) register[slot] = before[place]!;
      if (isDone) return true;
    }
    return false;
  };
}
