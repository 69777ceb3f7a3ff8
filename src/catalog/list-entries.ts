import { VouchError } from '../errors.ts';
import type { CatalogEntry, EntryFilter, EntryPage, EntryStatus } from './catalog.ts';
import { readRow, toEntryAsOf } from './entry-row.ts';
import type { StoreView } from './ordered-store.ts';
import { after, type Rank, readRank, toIndex, toRankRange } from './rank.ts';
import { intersect, type Run, StoreRun, UnionRun } from './run.ts';
import { toEntryWords, toSearchTerms } from './search-word.ts';
import { sift } from './sift.ts';
import { toStandings, type WantedStanding } from './standing.ts';
import { ALL_PREFIX, INDEXED_FIELDS, toFieldPrefix, toRowKey, toStandingPrefix } from './store-key.ts';
import { findTally, readPosition } from './tally.ts';
import { openTextRun } from './text-run.ts';

const PAGE_LIMIT = 1_000;
const TERMS_LIMIT = 16;
/** How many entries are counted for `total` before giving up: a millisecond or two. */
const COUNTED_LIMIT = 1_000;
/** Entries read at once where each is tested. */
const TESTED_STEP = 64;

/** The ranks there can be. */
const EVER = { first: '', end: '~' } as const;

/** When a list is looked at. */
interface Moment {
  readonly at: Date;
  /** Only the first so many records are; all where absent. */
  readonly size: number | undefined;
  /** No entry of theirs stands before: what was signed later was accepted later, and is not even leapt over. */
  readonly newest: string;
}

/** What a filter comes to: sets to intersect, and terms so frequent that entries are tested for them instead. */
interface Plan {
  readonly runs: readonly Run[];
  readonly testedTerms: readonly string[];
  /** The standings that what the runs have in common is then sifted by. */
  readonly sifted?: readonly WantedStanding[];
}

/** One page of `CatalogReader.list`, as of the first `size` records if that is given. Throws `usage` for a cursor, limit or search text that makes no sense. */
export async function listEntries(
  view: StoreView,
  filter: EntryFilter,
  at: Date,
  page: { readonly limit: number; readonly after?: string },
  size?: number,
): Promise<EntryPage> {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > PAGE_LIMIT) {
    throw new VouchError('usage', `A page has 1 to ${PAGE_LIMIT} entries, not ${page.limit}.`);
  }
  const start = page.after === undefined ? '' : after(readRank(page.after));
  const logSize = size ?? (await readPosition(view));
  const { entries: everything, newestMs } = await findTally(view, logSize);
  const moment: Moment = { at, size, newest: toRankRange(new Date(newestMs)).first };
  const plan = await openPlan(view, filter, moment);
  try {
    const ranks = toRanks(view, plan, filter, start, moment);
    const found: { readonly rank: Rank; readonly entry: CatalogEntry }[] = [];
    let taken = 0;
    while (found.length <= page.limit) {
      const wanted = page.limit + 1 - found.length;
      const step = await take(ranks, plan.testedTerms.length === 0 ? wanted : Math.max(wanted, TESTED_STEP));
      if (step.length === 0) break;
      taken += step.length;
      const entries = await readEntries(view, step, size);
      entries.forEach((entry, position) => {
        if (hasWords(entry, plan.testedTerms)) found.push({ rank: step[position]!, entry });
      });
    }
    const entries = found.slice(0, page.limit).map(({ entry }) => entry);
    const next = found.length > page.limit ? found[page.limit - 1]!.rank : undefined;
    let total: number | undefined;
    if (start === '' && next === undefined) total = entries.length;
    else if (isEverything(filter)) total = everything;
    else if (plan.testedTerms.length === 0) {
      total = start === '' ? await count(ranks, taken) : await countAnew(view, filter, moment);
    }
    return { entries, logSize, ...(next === undefined ? {} : { next }), ...(total === undefined ? {} : { total }) };
  } finally {
    await closeAll(plan);
  }
}

/** The entries of these ranks, which MUST all be of this view, as the first `size` records say they are. */
export async function readEntries(view: StoreView, ranks: readonly Rank[], size?: number): Promise<CatalogEntry[]> {
  const rows = await view.getMany(ranks.map((rank) => toRowKey(toIndex(rank))));
  return rows.map((row, position) => {
    if (row !== undefined) return toEntryAsOf(readRow(row), size);
    const index = toIndex(ranks[position]!);
    throw new VouchError('corrupt', `The catalog's indexes name record ${index}, which it does not hold: rebuild it.`);
  });
}

/** Up to `count` ranks; the generator stays open for more. */
export async function take(ranks: AsyncGenerator<Rank, void, void>, count: number): Promise<Rank[]> {
  const taken: Rank[] = [];
  while (taken.length < count) {
    const step = await ranks.next();
    if (step.done) break;
    taken.push(step.value);
  }
  return taken;
}

function toRanks(
  view: StoreView,
  plan: Plan,
  filter: EntryFilter,
  start: string,
  moment: Moment,
): AsyncGenerator<Rank, void, void> {
  const { first, end } = filter.createdAt === undefined ? EVER : toRankRange(filter.createdAt);
  const from = [start, first, moment.newest].reduce((latest, one) => (one > latest ? one : latest));
  const ranks = intersect(plan.runs, from, end);
  if (moment.size === undefined) return ranks;
  const then = takeBelow(ranks, moment.size);
  return plan.sifted === undefined ? then : sift(view, then, plan.sifted);
}

async function* takeBelow(ranks: AsyncGenerator<Rank, void, void>, size: number): AsyncGenerator<Rank, void, void> {
  for await (const rank of ranks) if (toIndex(rank) < size) yield rank;
}

async function openPlan(view: StoreView, filter: EntryFilter, moment: Moment): Promise<Plan> {
  const terms = toSearchTerms(filter.text ?? '');
  if (terms.length > TERMS_LIMIT) {
    throw new VouchError('usage', `A search has at most ${TERMS_LIMIT} words, not ${terms.length}.`);
  }
  const runs: Run[] = [];
  const testedTerms: string[] = [];
  try {
    for (const term of terms) {
      const run = await openTextRun(view, term);
      if (run === undefined) testedTerms.push(term);
      else runs.push(run);
    }
    for (const field of INDEXED_FIELDS) {
      const value = filter[field];
      if (value !== undefined) runs.push(new StoreRun(view, toFieldPrefix(field, value)));
    }
    if (filter.statuses !== undefined) {
      const standings = toWantedStandings(filter.statuses, moment);
      // Of the past, what is wanted may be far apart among what was superseded since: other runs lead there.
      if (standings !== undefined && moment.size !== undefined && runs.length > 0) {
        return { runs, testedTerms, sifted: standings };
      }
      if (standings !== undefined) runs.push(toStandingRun(view, standings));
    }
    if (runs.length === 0) runs.push(new StoreRun(view, ALL_PREFIX));
    return { runs, testedTerms };
  } catch (failure) {
    await closeAll({ runs, testedTerms });
    throw failure;
  }
}

/** Undefined where all statuses are wanted. */
function toWantedStandings(statuses: readonly EntryStatus[], { at, size }: Moment): WantedStanding[] | undefined {
  const wanted = new Set(statuses);
  return wanted.size === 4 ? undefined : toStandings(wanted, at, size);
}

function toStandingRun(view: StoreView, standings: readonly WantedStanding[]): Run {
  const runs = standings.map(({ standing, accept }) => new StoreRun(view, toStandingPrefix(standing), accept));
  return runs.length === 1 ? runs[0]! : new UnionRun(runs);
}

/** True if the filter leaves nothing out: then the number of entries is known. */
function isEverything({ statuses, text, ...fields }: EntryFilter): boolean {
  if (statuses !== undefined && new Set(statuses).size < 4) return false;
  return toSearchTerms(text ?? '').length === 0 && Object.values(fields).every((value) => value === undefined);
}

async function countAnew(view: StoreView, filter: EntryFilter, moment: Moment): Promise<number | undefined> {
  const plan = await openPlan(view, filter, moment);
  try {
    return await count(toRanks(view, plan, filter, '', moment), 0);
  } finally {
    await closeAll(plan);
  }
}

async function count(ranks: AsyncGenerator<Rank, void, void>, already: number): Promise<number | undefined> {
  const rest = await take(ranks, COUNTED_LIMIT + 1 - already);
  return already + rest.length > COUNTED_LIMIT ? undefined : already + rest.length;
}

function hasWords(entry: CatalogEntry, terms: readonly string[]): boolean {
  if (terms.length === 0) return true;
  const words = [...toEntryWords(entry)];
  return terms.every((term) => words.some((word) => word.startsWith(term)));
}

async function closeAll(plan: Plan): Promise<void> {
  await Promise.all(plan.runs.map((run) => run.close()));
}
