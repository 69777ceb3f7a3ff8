import type { CatalogEntry, EntryStatus } from './catalog.ts';
import { statusOf } from './catalog.ts';
import type { EntryRow } from './entry-row.ts';

/** Where an entry stands regardless of the clock: a live one is valid or expired; `once-` it was, until it was superseded. */
export type Standing = 'live' | 'deprecated' | 'once-live' | 'once-deprecated';

/** The statuses an entry of each standing can have, looked at now and as of an earlier size. */
const STATUSES = {
  live: { now: ['valid', 'expired'], before: ['valid', 'expired'] },
  deprecated: { now: ['deprecated'], before: ['deprecated'] },
  'once-live': { now: ['superseded'], before: ['superseded', 'valid', 'expired'] },
  'once-deprecated': { now: ['superseded'], before: ['superseded', 'deprecated'] },
} as const satisfies Record<Standing, Record<'now' | 'before', readonly EntryStatus[]>>;

/** A standing under which wanted entries are, and how to tell them by the value of their key; `accept` is absent where all are. */
export interface WantedStanding {
  readonly standing: Standing;
  readonly accept?: (value: string) => boolean;
}

/** Where the entries of the wanted statuses are, as of the first `size` records; as of now where not given. */
export function toStandings(wanted: ReadonlySet<EntryStatus>, at: Date, size: number | undefined): WantedStanding[] {
  return (Object.keys(STATUSES) as Standing[]).flatMap((standing): WantedStanding[] => {
    const possible = STATUSES[standing][size === undefined ? 'now' : 'before'];
    if (!possible.some((status) => wanted.has(status))) return [];
    if (possible.every((status) => wanted.has(status))) return [{ standing }];
    return [{ standing, accept: (value) => wanted.has(readStatus(standing, value, at, size)) }];
  });
}

/** The standing of an entry, and the value of its index key: what its status at any time and size is told by. */
export function toStanding(row: EntryRow): { readonly standing: Standing; readonly value: string } {
  const validUntil = row.validUntil === undefined ? '' : String(row.validUntil.getTime());
  const standing = row.deprecated === undefined ? 'live' : 'deprecated';
  if (row.supersededBy === undefined) return { standing, value: validUntil };
  const by = [...(row.supersededBefore ?? []), row.supersededBy];
  return { standing: `once-${standing}`, value: `${validUntil} ${by.join(' ')}` };
}

function readStatus(standing: Standing, value: string, at: Date, size = Number.POSITIVE_INFINITY): EntryStatus {
  const [validUntil = '', ...by] = value.split(' ');
  const entry: Pick<CatalogEntry, 'supersededBy' | 'deprecated' | 'validUntil'> = {
    ...(by.some((index) => Number(index) < size) ? { supersededBy: Number(by[0]) } : {}),
    ...(standing.endsWith('deprecated') ? { deprecated: '' } : {}),
    ...(validUntil === '' ? {} : { validUntil: new Date(Number(validUntil)) }),
  };
  return statusOf(entry, at);
}
