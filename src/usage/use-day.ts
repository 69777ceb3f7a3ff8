/** A day in UTC as the number of days since 1970-01-01: the finest time at which use is kept. */
export type UseDay = number;

const DAY_MS = 86_400_000;
const TEXT = /^(\d{4})-(\d{2})-(\d{2})$/;

/** The day a moment lies in. */
export function toUseDay(at: Date): UseDay {
  return Math.floor(at.getTime() / DAY_MS);
}

/** The first moment of a day. */
export function toDayStart(day: UseDay): Date {
  return new Date(day * DAY_MS);
}

/** A day as `2026-01-31`. */
export function writeUseDay(day: UseDay): string {
  return toDayStart(day).toISOString().slice(0, 10);
}

/** Reads `2026-01-31`; undefined for what is no day of the calendar. */
export function readUseDay(text: string): UseDay | undefined {
  const [, year, month, date] = TEXT.exec(text) ?? [];
  if (year === undefined) return undefined;
  const day = toUseDay(new Date(Date.UTC(Number(year), Number(month) - 1, Number(date))));
  return writeUseDay(day) === text ? day : undefined;
}

/** The month a day lies in, as the number of months since January 1970. */
export function toUseMonth(day: UseDay): number {
  const at = toDayStart(day);
  return (at.getUTCFullYear() - 1970) * 12 + at.getUTCMonth();
}
