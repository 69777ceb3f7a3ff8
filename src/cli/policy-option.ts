import { VouchError } from '../errors.ts';

/** The policy file; throws `usage` where none is named. */
export function needPolicy(file: string | undefined): string {
  if (file !== undefined) return file;
  throw new VouchError(
    'usage',
    'No policy is named: give --policy FILE, or set VOUCH_POLICY. Without one nothing may run.',
  );
}

/** Milliseconds of a number of hours. Throws `usage`, naming the flag. */
export function readHours(text: string, flag: string): number {
  const hours = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isNaN(hours)) return hours * 3_600_000;
  throw new VouchError('usage', `${flag} is ${JSON.stringify(text)}; it must be a number.`);
}
