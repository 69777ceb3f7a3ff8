import { readEntryTime, writeEntryTime } from '../entry/entry-time.ts';
import { VouchError } from '../errors.ts';

const DAY = /^\d{4}-\d\d-\d\d$/;
const SPAN = /^(\d{1,4})([dwmy])$/;

/** Reads a time of the command line: `YYYY-MM-DDThh:mm:ssZ`, or a day for its first second (UTC). Throws `usage`, naming the flag. */
export function readTime(text: string, flag: string): Date {
  const at = readEntryTime(DAY.test(text) ? `${text}T00:00:00Z` : text);
  if (at === undefined) {
    throw new VouchError(
      'usage',
      `${flag} is ${JSON.stringify(text)}; it must be a time as in 2027-01-31T12:00:00Z, or a day.`,
    );
  }
  return at;
}

/** Reads a moment of the past as a registry takes it: a log size, or a time as `readTime` does. Throws `usage`. */
export function readAsOf(text: string, flag: string): string {
  if (/^(?:0|[1-9]\d{0,14})$/.test(text)) return text;
  if (DAY.test(text) || readEntryTime(text) !== undefined) return writeEntryTime(readTime(text, flag));
  throw new VouchError(
    'usage',
    `${flag} is ${JSON.stringify(text)}; it must be a log size, a time as in 2027-01-31T12:00:00Z, or a day.`,
  );
}

/** Reads an end of validity: a time as `readTime` does, or a span from `at` on: `90d`, `6w`, `18m`, `2y`. Throws `usage`. */
export function readValidity(text: string, at: Date, flag: string): Date {
  const [, count, unit] = SPAN.exec(text) ?? [];
  if (count === undefined) {
    if (DAY.test(text) || readEntryTime(text) !== undefined) return readTime(text, flag);
    throw new VouchError(
      'usage',
      `${flag} is ${JSON.stringify(text)}; it must be a span as in 90d, 6w, 18m or 2y, or a time.`,
    );
  }
  const until = new Date(Math.floor(at.getTime() / 1000) * 1000);
  const amount = Number(count);
  if (unit === 'd') until.setUTCDate(until.getUTCDate() + amount);
  if (unit === 'w') until.setUTCDate(until.getUTCDate() + 7 * amount);
  if (unit === 'm') until.setUTCMonth(until.getUTCMonth() + amount);
  if (unit === 'y') until.setUTCFullYear(until.getUTCFullYear() + amount);
  return until;
}
