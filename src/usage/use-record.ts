import { addUse, isUnused, NO_USE, USE_KINDS, type UseCount } from './use-count.ts';
import { toUseMonth, type UseDay } from './use-day.ts';

/** How an image, an entry, or an image at one site was used: days while they are young, then months, then one number. */
export interface UseRecord {
  /** The first day on which it could have been counted. */
  readonly since: UseDay;
  /** The last day on which anybody used it; absent while nobody has. */
  readonly last?: UseDay;
  /** The last day of which a site told something. */
  readonly lastAtSites?: UseDay;
  /** Oldest first. */
  readonly days: readonly (readonly [day: UseDay, count: UseCount])[];
  /** Months since January 1970, oldest first. */
  readonly months: readonly (readonly [month: number, count: UseCount])[];
  /** All that is older than the months. */
  readonly before: UseCount;
}

/** Months that are kept, after which only their sum is. */
const MONTHS_KEPT = 120;

/** Nothing used yet, from a day on. */
export function toUnusedRecord(since: UseDay): UseRecord {
  return { since, days: [], months: [], before: NO_USE };
}

/** Adds to a day. A correction may have negative numbers. */
export function addToDay(record: UseRecord, day: UseDay, count: Readonly<Partial<UseCount>>): UseRecord {
  const at = record.days.findIndex(([known]) => known >= day);
  const place = at < 0 ? record.days.length : at;
  const isKnown = record.days[place]?.[0] === day;
  const sum = addUse(isKnown ? record.days[place]![1] : NO_USE, count);
  const days = record.days.toSpliced(place, isKnown ? 1 : 0, [day, sum]);
  const isMore = USE_KINDS.some((kind) => (count[kind] ?? 0) > 0);
  const isSites = (['allowed', 'denied', 'downloaded'] as const).some((kind) => (count[kind] ?? 0) > 0);
  return {
    ...record,
    days,
    ...(isMore ? { last: Math.max(record.last ?? day, day) } : {}),
    ...(isSites ? { lastAtSites: Math.max(record.lastAtSites ?? day, day) } : {}),
  };
}

/** What was counted on a day that is still kept as one. */
export function countOfDay(record: UseRecord, day: UseDay): UseCount {
  return record.days.find(([known]) => known === day)?.[1] ?? NO_USE;
}

/** What was counted on the days from `from` (inclusive) to `to` (inclusive), as far as they are still kept as days. */
export function countOfDays(record: UseRecord, from: UseDay, to: UseDay): UseCount {
  return record.days.filter(([day]) => day >= from && day <= to).reduce((sum, [, count]) => addUse(sum, count), NO_USE);
}

/** All that was ever counted. */
export function countOfAll({ days, months, before }: UseRecord): UseCount {
  return [...months, ...days].reduce((sum, [, count]) => addUse(sum, count), before);
}

/**
 * The same record, bounded: days older than `keepDays` become months, old months one number. What a clock that ran ahead put into days
 * that have not come counts for today: else it would hide for years that nobody uses the image.
 */
export function foldRecord(record: UseRecord, today: UseDay, keepDays: number): UseRecord {
  const latest = today + 1;
  const early = record.days.filter(([day]) => day > latest);
  const moved = early.reduce((sum, [, count]) => addUse(sum, count), NO_USE);
  const bounded = {
    ...record,
    since: Math.min(record.since, latest),
    ...(record.last !== undefined && record.last > latest ? { last: today } : {}),
    ...(record.lastAtSites !== undefined && record.lastAtSites > latest ? { lastAtSites: today } : {}),
    days: record.days.filter(([day, count]) => day <= latest && !isUnused(count)),
  };
  const { days: all, ...rest } = isUnused(moved) ? bounded : addToDay(bounded, today, moved);
  const days = all.filter(([day]) => day > today - keepDays);
  const months = new Map(record.months);
  for (const [day, count] of all.slice(0, all.length - days.length)) {
    const month = toUseMonth(day);
    months.set(month, addUse(months.get(month) ?? NO_USE, count));
  }
  const inOrder = [...months].sort(([one], [other]) => one - other);
  const kept = inOrder.slice(-MONTHS_KEPT);
  const before = inOrder
    .slice(0, inOrder.length - kept.length)
    .reduce((sum, [, count]) => addUse(sum, count), record.before);
  return { ...rest, days, months: kept, before };
}

/** One line of JSON: `[since, last, lastAtSites, days, months, before]`, counts as lists of numbers without the zeroes at their end. */
export function writeRecord({ since, last, lastAtSites, days, months, before }: UseRecord): string {
  const stretch = (parts: UseRecord['days']) => parts.map(([number, count]) => [number, ...toNumbers(count)]);
  return JSON.stringify([since, last ?? -1, lastAtSites ?? -1, stretch(days), stretch(months), toNumbers(before)]);
}

/** Reads what `writeRecord` wrote; undefined for anything else. */
export function readRecord(text: string): UseRecord | undefined {
  try {
    const [since, last, lastAtSites, days, months, before] = JSON.parse(text) as [
      number,
      number,
      number,
      number[][],
      number[][],
      number[],
    ];
    const numbers = [since, last, lastAtSites, ...days.flat(), ...months.flat(), ...before];
    if (!numbers.every(Number.isSafeInteger)) return undefined;
    const stretch = (parts: readonly number[][]) =>
      parts.map(([number, ...count]) => [number!, toCount(count)] as const);
    return {
      since,
      ...(last < 0 ? {} : { last }),
      ...(lastAtSites < 0 ? {} : { lastAtSites }),
      days: stretch(days),
      months: stretch(months),
      before: toCount(before),
    };
  } catch {
    return undefined;
  }
}

function toNumbers(count: UseCount): number[] {
  const numbers = USE_KINDS.map((kind) => count[kind]);
  return numbers.slice(0, numbers.findLastIndex((number) => number !== 0) + 1);
}

function toCount(numbers: readonly number[]): UseCount {
  const [lookups = 0, checks = 0, allowed = 0, denied = 0, downloaded = 0] = numbers;
  return { lookups, checks, allowed, denied, downloaded };
}
