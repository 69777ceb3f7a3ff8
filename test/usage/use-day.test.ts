import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readUseDay, toDayStart, toUseDay, toUseMonth, writeUseDay } from '../../src/usage/use-day.ts';

describe('a day of use', () => {
  test('is the one of UTC, whatever the hour', () => {
    expect(writeUseDay(toUseDay(new Date('2026-11-30T00:00:00Z')))).toBe('2026-11-30');
    expect(writeUseDay(toUseDay(new Date('2026-11-30T23:59:59.999Z')))).toBe('2026-11-30');
    expect(toUseDay(new Date('1970-01-01T12:00:00Z'))).toBe(0);
  });

  test('is read as it is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000 }), (day) => {
        expect(readUseDay(writeUseDay(day))).toBe(day);
        expect(toUseDay(toDayStart(day))).toBe(day);
      }),
    );
  });

  test.each(['2026-02-30', '2026-13-01', '2026-1-1', '20260101', '2026-01-01T00:00:00Z', '', ' 2026-01-01'])(
    'is not %j',
    (text) => expect(readUseDay(text)).toBeUndefined(),
  );

  test('lies in the month of the calendar', () => {
    expect(toUseMonth(readUseDay('1970-01-31')!)).toBe(0);
    expect(toUseMonth(readUseDay('1971-02-01')!)).toBe(13);
    expect(toUseMonth(readUseDay('2026-11-30')!)).toBe(56 * 12 + 10);
  });
});
