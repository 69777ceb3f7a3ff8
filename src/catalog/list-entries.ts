import { VouchError } from '../errors.ts';
import type { CatalogEntry, EntryFilter, EntryPage, EntryStatus } from './catalog.ts';
import { readCounts } from './draft.ts';
import { readRow } from './entry-row.ts';
import type { StoreView } from './ordered-store.ts';
import { after, type Rank, readRank, toIndex, toRankRange } from './rank.ts';
import { intersect, type Run, StoreRun, UnionRun } from './run.ts';
import { toEntryWords, toSearchTerms } from './search-word.ts';
import { ALL_PREFIX, COUNTS_KEY, INDEXED_FIELDS, toFieldPrefix, toRowKey, toStandingPrefix } from './store-key.ts';
import { openTextRun } from './text-run.ts';

const PAGE_LIMIT = 1_000;
const TERMS_LIMIT = 16;
/** How many entries are counted for `total` before giving up: a millisecond or two. */
const COUNTED_LIMIT = 1_000;
/** Entries read at once where each is tested. */
const TESTED_STEP = 64;

/** What a filter comes to: sets to intersect, and terms so frequent that entries are tested for them instead. */
interface Plan {
  readonly runs: readonly Run[];
  readonly testedTerms: readonly string[];
}

/** One page of `Catalog.list` without its `logSize`. Throws `usage` for a cursor, limit or search text that makes no sense. */
export async function listEntries(
  view: StoreView,
  filter: EntryFilter,
  at: Date,
  page: { readonly limit: number; readonly after?: string },
): Promise<Omit<EntryPage, 'logSize'>> {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > PAGE_LIMIT) {
    throw new VouchError('usage', `A page has 1 to ${PAGE_LIMIT} entries, not ${page.limit}.`);
  }
  const start = page.after === undefined ? '' : after(readRank(page.after));
  const plan = await openPlan(view, filter, at);
  try {
    const ranks = toRanks(plan, filter, start);
    const found: { readonly rank: Rank; readonly entry: CatalogEntry }[] = [];
    let taken = 0;
    while (found.length <= page.limit) {
      const wanted = page.limit + 1 - found.length;
      const step = await take(ranks, plan.testedTerms.length === 0 ? wanted : Math.max(wanted, TESTED_STEP));
      if (step.length === 0) break;
      taken += step.length;
      const entries = await readEntries(view, step);
      entries.forEach((entry, position) => {
        if (hasWords(entry, plan.testedTerms)) found.push({ rank: step[position]!, entry });
      });
    }
    const entries = found.slice(0, page.limit).map(({ entry }) => entry);
    const next = found.length > page.limit ? found[page.limit - 1]!.rank : undefined;
    let total: number | undefined;
    if (start === '' && next === undefined) total = entries.length;
    else if (isEverything(filter)) total = readCounts(await view.get(COUNTS_KEY)).entries;
    else if (plan.testedTerms.length === 0) {
      total = start === '' ? await count(ranks, taken) : await countAnew(view, filter, at);
    }
    return { entries, ...(next === undefined ? {} : { next }), ...(total === undefined ? {} : { total }) };
  } finally {
    await closeAll(plan);
  }
}

/** The entries of these ranks, which MUST all be of this view. */
export async function readEntries(view: StoreView, ranks: readonly Rank[]): Promise<CatalogEntry[]> {
  const rows = await view.getMany(ranks.map((rank) => toRowKey(toIndex(rank))));
  return rows.map((row, position) => {
    if (row !== undefined) return readRow(row);
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

function toRanks(plan: Plan, filter: EntryFilter, start: string): AsyncGenerator<Rank, void, void> {
  if (filter.createdAt === undefined) return intersect(plan.runs, start, '~');
  const { first, end } = toRankRange(filter.createdAt);
  return intersect(plan.runs, start > first ? start : first, end);
}

async function openPlan(view: StoreView, filter: EntryFilter, at: Date): Promise<Plan> {
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
    if (filter.statuses !== undefined) runs.push(...toStatusRuns(view, filter.statuses, at));
    if (runs.length === 0) runs.push(new StoreRun(view, ALL_PREFIX));
    return { runs, testedTerms };
  } catch (failure) {
    await closeAll({ runs, testedTerms });
    throw failure;
  }
}

/** None where all statuses are wanted, else one. `expired` is not stored: the clock decides among the live ones. */
function toStatusRuns(view: StoreView, statuses: readonly EntryStatus[], at: Date): Run[] {
  const wanted = new Set(statuses);
  if (wanted.size === 4) return [];
  const isExpired = (validUntil: string) => validUntil !== '' && Number(validUntil) < at.getTime();
  const runs: Run[] = [];
  if (wanted.has('valid') && wanted.has('expired')) runs.push(new StoreRun(view, toStandingPrefix('live')));
  else if (wanted.has('valid')) {
    runs.push(new StoreRun(view, toStandingPrefix('live'), (validUntil) => !isExpired(validUntil)));
  } else if (wanted.has('expired')) runs.push(new StoreRun(view, toStandingPrefix('live'), isExpired));
  if (wanted.has('deprecated')) runs.push(new StoreRun(view, toStandingPrefix('deprecated')));
  if (wanted.has('superseded')) runs.push(new StoreRun(view, toStandingPrefix('superseded')));
  return [runs.length === 1 ? runs[0]! : new UnionRun(runs)];
}

/** True if the filter leaves nothing out: then the number of entries is known. */
function isEverything({ statuses, text, ...fields }: EntryFilter): boolean {
  if (statuses !== undefined && new Set(statuses).size < 4) return false;
  return toSearchTerms(text ?? '').length === 0 && Object.values(fields).every((value) => value === undefined);
}

async function countAnew(view: StoreView, filter: EntryFilter, at: Date): Promise<number | undefined> {
  const plan = await openPlan(view, filter, at);
  try {
    return await count(toRanks(plan, filter, ''), 0);
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
