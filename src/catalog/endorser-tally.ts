import type { CatalogEntry, EndorserSummary } from './catalog.ts';
import type { EntryRow } from './entry-row.ts';
import { type Cursor, type StoreView, toRange } from './ordered-store.ts';
import { type Rank, toRank, toTime } from './rank.ts';
import { ENDORSERS_PREFIX, toEndorserTallyKey } from './store-key.ts';

/** What an endorser's entries up to one of them come to. */
export interface EndorserTally {
  readonly entries: number;
  readonly firstMs: number;
  /** Of the newest entry, whose names are the endorser's label. */
  readonly newest: Rank;
}

/** The tally with one entry more. */
export function toUpdated(known: EndorserTally | undefined, entry: EntryRow): EndorserTally {
  const rank = toRank(entry.createdAt, entry.index);
  const ms = entry.createdAt.getTime();
  if (known === undefined) return { entries: 1, firstMs: ms, newest: rank };
  return {
    entries: known.entries + 1,
    firstMs: Math.min(ms, known.firstMs),
    newest: rank < known.newest ? rank : known.newest,
  };
}

export function writeEndorserTally({ entries, firstMs, newest }: EndorserTally): string {
  return `${entries} ${firstMs} ${newest}`;
}

/** Reads what `writeEndorserTally` wrote. */
export function readEndorserTally(stored: string): EndorserTally {
  const [entries, firstMs, newest = ''] = stored.split(' ');
  return { entries: Number(entries), firstMs: Number(firstMs), newest };
}

/** The tally of every endorser, as of the first `size` records; as of now where not given. */
export async function listEndorserTallies(view: StoreView, size: number | undefined): Promise<EndorserTally[]> {
  const { from, to } = toRange(ENDORSERS_PREFIX);
  const now = view.cursor(from, to);
  const then = view.cursor('v/', toRange('v/').to);
  try {
    const tallies: EndorserTally[] = [];
    for (let pairs = await now.next(256); pairs.length > 0; pairs = await now.next(256)) {
      for (const [key, value] of pairs) {
        const stored = size === undefined ? value : await findBefore(then, key.slice(ENDORSERS_PREFIX.length), size);
        if (stored !== undefined) tallies.push(readEndorserTally(stored));
      }
    }
    return tallies;
  } finally {
    await now.close();
    await then.close();
  }
}

/** The newest tally that the first `size` records make of an endorser, named by the part of his key. */
async function findBefore(cursor: Cursor, part: string, size: number): Promise<string | undefined> {
  if (size === 0) return undefined;
  const key = toEndorserTallyKey(part, size - 1);
  cursor.seek(key);
  const [pair] = await cursor.next(1);
  const isHis = pair?.[0].startsWith(key.slice(0, key.lastIndexOf('/') + 1)) === true;
  return isHis ? pair[1] : undefined;
}

export function toSummary(tally: EndorserTally, newest: CatalogEntry): EndorserSummary {
  const { endorserKey, email, subject, issuers, origin, isFollowed } = newest;
  const { entries, firstMs } = tally;
  const times = { firstAt: new Date(firstMs), lastAt: toTime(tally.newest) };
  return {
    endorserKey,
    email,
    subject,
    issuers,
    entries,
    ...times,
    ...(origin === undefined ? {} : { origin }),
    ...(isFollowed === undefined ? {} : { isFollowed }),
  };
}
