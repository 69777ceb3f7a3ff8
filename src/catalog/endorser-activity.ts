import type { EntryStatus } from './catalog.ts';
import type { EntryColumns } from './entry-column.ts';
import { STATUSES, toStatusAt } from './entry-fit.ts';

/** What was signed with an e-mail address in one month of UTC. */
export interface MonthActivity {
  /** As in `2026-11`. */
  readonly month: string;
  readonly endorsements: number;
  readonly deprecations: number;
}

/** Everything that was signed with an e-mail address, counted. */
export interface EndorserActivity {
  readonly entries: number;
  readonly images: number;
  /** How many of the entries have each status. */
  readonly statuses: Readonly<Record<EntryStatus, number>>;
  /** Months in which something was signed, the first one first. */
  readonly months: readonly MonthActivity[];
}

/** `CatalogReader.activity`, among the first `size` records. */
export function countActivity(columns: EntryColumns, email: string, at: Date, size: number): EndorserActivity {
  const created = columns.numbers('createdMs');
  const identifiers = columns.codes('identifier');
  const statusAt = toStatusAt(columns, at, size);
  const statuses = { valid: 0, expired: 0, deprecated: 0, superseded: 0 };
  const images = new Set<number>();
  const months = new Map<number, { endorsements: number; deprecations: number }>();
  let entries = 0;
  for (const index of columns.withValue('email', email)) {
    if (index >= size) continue;
    entries++;
    images.add(identifiers[index]!);
    statuses[STATUSES[statusAt(index)]!]++;
    const month = toMonth(new Date(created[index]!));
    const counts = months.get(month) ?? { endorsements: 0, deprecations: 0 };
    months.set(month, counts);
    counts[columns.isDeprecated(index) ? 'deprecations' : 'endorsements']++;
  }
  return {
    entries,
    images: images.size,
    statuses,
    months: [...months]
      .sort(([one], [other]) => one - other)
      .map(([month, counts]) => ({ month: toMonthText(month), ...counts })),
  };
}

function toMonth(at: Date): number {
  return at.getUTCFullYear() * 12 + at.getUTCMonth();
}

function toMonthText(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`;
}
