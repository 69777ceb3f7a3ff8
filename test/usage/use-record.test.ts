import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_USE, USE_KINDS, type UseCount } from '../../src/usage/use-count.ts';
import {
  addToDay,
  countOfAll,
  countOfDay,
  countOfDays,
  foldRecord,
  readRecord,
  toUnusedRecord,
  type UseRecord,
  writeRecord,
} from '../../src/usage/use-record.ts';

const TODAY = 20_000;
const KEEP = 365;

const count = fc.record(Object.fromEntries(USE_KINDS.map((kind) => [kind, fc.nat(1_000)]))) as fc.Arbitrary<UseCount>;
const uses = fc.array(fc.tuple(fc.integer({ min: TODAY - 6_000, max: TODAY + 3_000 }), count), { maxLength: 60 });

function recordOf(all: readonly (readonly [number, UseCount])[]): UseRecord {
  return all.reduce((record, [day, added]) => addToDay(record, day, added), toUnusedRecord(TODAY - 6_000));
}

describe('a record of use', () => {
  test('loses nothing when it is folded, as often as it may be', () => {
    fc.assert(
      fc.property(uses, (all) => {
        const record = recordOf(all);
        const folded = foldRecord(record, TODAY, KEEP);
        expect(countOfAll(folded)).toEqual(countOfAll(record));
        expect(foldRecord(folded, TODAY, KEEP)).toEqual(folded);
        expect(countOfAll(foldRecord(folded, TODAY + 900, KEEP))).toEqual(countOfAll(record));
      }),
    );
  });

  test('is bounded once it is folded, and in the order of days', () => {
    fc.assert(
      fc.property(uses, (all) => {
        const { days, months, last } = foldRecord(recordOf(all), TODAY, KEEP);
        const order = days.map(([day]) => day);
        expect(order).toEqual([...order].sort((one, other) => one - other));
        expect(order.every((day) => day > TODAY - KEEP && day <= TODAY + 1)).toBe(true);
        expect(months.length).toBeLessThanOrEqual(120);
        expect(last ?? 0).toBeLessThanOrEqual(TODAY + 1);
      }),
    );
  });

  test('is read as it is written', () => {
    fc.assert(
      fc.property(uses, (all) => {
        const folded = foldRecord(recordOf(all), TODAY, KEEP);
        expect(readRecord(writeRecord(folded))).toEqual(folded);
      }),
    );
  });

  test('of anything else is none', () => {
    for (const text of [
      '',
      '{}',
      '[1]',
      '[1,-1,-1,[["x"]],[],[]]',
      '[1,-1,-1,[],[]]',
      'null',
      '[0.5,-1,-1,[],[],[]]',
    ]) {
      expect(readRecord(text), text).toBeUndefined();
    }
  });

  test('takes corrections, and never counts less than nothing', () => {
    const record = addToDay(toUnusedRecord(TODAY), TODAY, { allowed: 5, lookups: 1 });
    const less = addToDay(record, TODAY, { allowed: -3 });
    expect(countOfDay(less, TODAY)).toEqual({ ...NO_USE, allowed: 2, lookups: 1 });
    expect(countOfDay(addToDay(less, TODAY, { allowed: -9 }), TODAY).allowed).toBe(0);
  });

  test('knows the last day of use, also where the clock went back meanwhile', () => {
    const there = addToDay(toUnusedRecord(TODAY - 9), TODAY, { lookups: 1 });
    const back = addToDay(there, TODAY - 4, { allowed: 1 });
    expect(back).toMatchObject({ last: TODAY, lastAtSites: TODAY - 4, since: TODAY - 9 });
    expect(countOfDays(back, TODAY - 4, TODAY)).toEqual({ ...NO_USE, lookups: 1, allowed: 1 });
    expect(countOfDays(back, TODAY - 3, TODAY)).toEqual({ ...NO_USE, lookups: 1 });
  });

  test('counts for today what a clock that ran ahead put into days to come', () => {
    const ahead = addToDay(toUnusedRecord(TODAY - 9), TODAY + 4_000, { lookups: 3 });
    const folded = foldRecord(ahead, TODAY, KEEP);
    expect(folded.last).toBe(TODAY);
    expect(countOfDay(folded, TODAY).lookups).toBe(3);
    // A site whose day has begun already is no clock that is wrong.
    const tomorrow = addToDay(toUnusedRecord(TODAY), TODAY + 1, { denied: 1 });
    expect(foldRecord(tomorrow, TODAY, KEEP)).toEqual(tomorrow);
  });
});
