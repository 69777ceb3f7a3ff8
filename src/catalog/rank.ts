import { VouchError } from '../errors.ts';

/**
 * A rank is the text by which every list is ordered: newest `createdAt` first, and the newest record first among equals.
 * Ranks have one length, so that comparing them as text is comparing entries.
 */
export type Rank = string;

/** 9999-12-31T23:59:59.999Z and year 1: what an entry's `YYYY-MM-DD` can say. */
const LAST_MS = 253_402_300_799_999;
const FIRST_MS = -62_135_596_800_000;
/** 316 trillion milliseconds. */
const TIME_DIGITS = 13;
const INDEX_DIGITS = 10;
const LAST_INDEX = 16 ** INDEX_DIGITS - 1;
const RANK = /^[0-9a-f]{23}$/;

export function toRank(createdAt: Date, index: number): Rank {
  return toTimePart(createdAt) + toNewestFirstKey(index);
}

/** The log index of the entry that has this rank. */
export function toIndex(rank: Rank): number {
  return LAST_INDEX - Number.parseInt(rank.slice(TIME_DIGITS), 16);
}

/** When the entry that has this rank was signed. */
export function toTime(rank: Rank): Date {
  return new Date(LAST_MS - Number.parseInt(rank.slice(0, TIME_DIGITS), 16));
}

/** The smallest text that sorts after the rank and before every larger rank. */
export function after(rank: Rank): string {
  return `${rank}0`;
}

/** A rank out of a page cursor, which comes from outside. Throws `usage` for anything else. */
export function readRank(cursor: string): Rank {
  if (RANK.test(cursor)) return cursor;
  throw new VouchError('usage', 'The page cursor is not one that this registry gave: start again at the first page.');
}

/** A log index as text that sorts as the number does. */
export function toIndexKey(index: number): string {
  return index.toString(16).padStart(INDEX_DIGITS, '0');
}

/** A log index as text that sorts larger indexes first. */
export function toNewestFirstKey(index: number): string {
  return (LAST_INDEX - index).toString(16).padStart(INDEX_DIGITS, '0');
}

function toTimePart(at: Date): string {
  const ms = Math.min(LAST_MS, Math.max(FIRST_MS, at.getTime()));
  return (LAST_MS - ms).toString(16).padStart(TIME_DIGITS, '0');
}
