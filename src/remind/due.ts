import { type Catalog, type CatalogEntry, statusOf } from '../catalog/catalog.ts';
import type { AddressRecord } from './address-ledger.ts';

/** When endorsers hear of what. */
export interface ReminderTimes {
  /** Days before the end of an entry, the larger one first. */
  readonly beforeDays: readonly [first: number, last: number];
  /** Days between two summaries; none where 0. */
  readonly summaryDays: number;
}

const DAY_MS = 86_400_000;
const PAGE = 1_000;

/** The entries in force that end within so many days, soonest first, a page at a time: those after them are not looked at. */
export async function* readEnding(catalog: Catalog, now: Date, days: number): AsyncGenerator<CatalogEntry, undefined> {
  const until = now.getTime() + days * DAY_MS;
  for (let after: string | undefined; ; ) {
    const { entries, next } = await catalog.browse({ statuses: ['valid'] }, now, {
      sort: { column: 'valid', isDescending: false },
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const entry of entries) {
      if (entry.validUntil === undefined || entry.validUntil.getTime() > until) return undefined;
      yield entry;
    }
    if (next === undefined) return undefined;
    after = next;
  }
}

/**
 * The smallest of the two times before an end that has been reached; undefined before both. What was missed meanwhile is not made up for:
 * whoever hears late hears once.
 */
export function toReached(
  { validUntil }: CatalogEntry,
  now: Date,
  [first, last]: ReminderTimes['beforeDays'],
): number | undefined {
  const leftMs = validUntil === undefined ? Number.POSITIVE_INFINITY : validUntil.getTime() - now.getTime();
  if (leftMs < 0 || leftMs > first * DAY_MS) return undefined;
  return leftMs <= last * DAY_MS ? last : first;
}

/** True if this end was not told of yet, or only at an earlier time. */
export function isExpiryDue(record: AddressRecord | undefined, entry: CatalogEntry, reached: number): boolean {
  const told = record?.expiry[entry.documentSha256];
  return told === undefined || told > reached;
}

/** Other people's current entries in force for the image that an entry deprecates. */
export async function readConcerned(catalog: Catalog, deprecation: CatalogEntry, now: Date): Promise<CatalogEntry[]> {
  const history = await catalog.history(deprecation.identifier);
  return history.filter((entry) => entry.endorserKey !== deprecation.endorserKey && statusOf(entry, now) === 'valid');
}

/** When the next summary is due after this moment, whatever was missed before. */
export function toNextSummary(now: Date, { summaryDays }: ReminderTimes): string {
  return new Date(now.getTime() + Math.max(1, summaryDays) * DAY_MS).toISOString();
}
