import type { Write } from '../catalog/ordered-store.ts';
import type { PendingUse } from './pending-use.ts';
import type { UseDay } from './use-day.ts';
import { type UseRecord, writeRecord } from './use-record.ts';

/*
 * The layout of the store; <day> has six digits. No address, program, account or time of day is anywhere in it.
 *
 *   p/begun                                  the first day that was counted
 *   p/cursor                                 up to where the catalog's images are known, and of which catalog
 *   p/site/<token>/<reporter>                who reports: the name his site gave, the last day it told of
 *   i/<identifier>                           how an image was used, see use-record.ts
 *   e/<SHA-256>                              how an entry was looked up
 *   s/<identifier>/<token>/<reporter>        what one reporter of a site told of an image
 *   r/<day>/<identifier>                     images by the last day of use, or where there was none by the first they could have had
 *   l/<day>/<identifier>                     images by the last day of which a site told something
 */
export const BEGUN_KEY = 'p/begun';
export const CURSOR_KEY = 'p/cursor';
export const REPORTERS_PREFIX = 'p/site/';

/** The last day that a key can say. */
export const LAST_DAY = 999_999;

/** The key of what was used. */
export function toKeyOf({ of, name }: PendingUse): string {
  return `${of}/${name}`;
}

/** The key of the record of an image. */
export function toImageKey(name: string): string {
  return `i/${name}`;
}

/** The beginning of the keys of what sites told of an image. */
export function toSitesPrefix(name: string): string {
  return `s/${name}/`;
}

/** A day as keys have it, in the order of days. */
export function toDayPart(day: UseDay): string {
  return String(Math.min(Math.max(0, day), LAST_DAY)).padStart(6, '0');
}

/** The key of an image among those of a day. */
export function toDayKey(letter: 'r' | 'l', day: UseDay, name: string): string {
  return `${letter}/${toDayPart(day)}/${name}`;
}

/** The record of an image, and its places in what is sorted by day. */
export function toImageWrites(name: string, before: UseRecord | undefined, after: UseRecord): Write[] {
  const keysOf = (record: UseRecord): string[] => [
    toDayKey('r', Math.max(record.last ?? 0, record.since), name),
    ...(record.lastAtSites === undefined ? [] : [toDayKey('l', record.lastAtSites, name)]),
  ];
  const [old, kept] = [before === undefined ? [] : keysOf(before), keysOf(after)];
  return [
    { key: toImageKey(name), value: writeRecord(after) },
    ...old.filter((key) => !kept.includes(key)).map((key) => ({ key, value: undefined })),
    ...kept.filter((key) => !old.includes(key)).map((key) => ({ key, value: '' })),
  ];
}
