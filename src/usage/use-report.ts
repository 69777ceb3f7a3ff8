import type { CatalogEntry, CatalogReader } from '../catalog/catalog.ts';
import type { ListedUse, UsageStore } from './usage-store.ts';
import { addUse, isUnused, type UseCount } from './use-count.ts';
import { toUseDay, type UseDay } from './use-day.ts';
import { countOfAll, countOfDays, type UseRecord } from './use-record.ts';

/** Days that "lately" means, the present one among them. */
export const RECENT_DAYS = 30;

/** How an image was used, for whoever looks at it. */
export interface ImageUse {
  /** The first day on which it could have been counted. */
  readonly since: UseDay;
  /** The last day on which anybody used it; absent while nobody has. */
  readonly last?: UseDay;
  /** The last day of which a site told something. */
  readonly lastAtSites?: UseDay;
  /** In the last 30 days. */
  readonly recent: UseCount;
  /** Since it is counted. */
  readonly total: UseCount;
}

/** An image of a report, with one of the entries about it. */
export interface UsedImage {
  readonly identifier: string;
  readonly use: ImageUse;
  /** The newest that says what the report is about; absent where the catalog has none any more. */
  readonly entry?: CatalogEntry;
}

/** An image that was withdrawn, and is asked for at sites all the same. */
export interface WithdrawnUse extends UsedImage {
  readonly entry: CatalogEntry;
  /** Sites that told of it in the last 30 days; the same in number where a site gives no name. */
  readonly sites: readonly SiteUseOfImage[];
}

/** What one site told of an image in the last 30 days. */
export interface SiteUseOfImage {
  /** Absent where the site gave none. */
  readonly site?: string;
  readonly recent: UseCount;
  readonly last: UseDay;
}

/** What was used most lately, and what should not have been. */
export interface UseReport {
  readonly madeAt: Date;
  /** Most launched first; among those that nobody launched, most looked up first. */
  readonly top: readonly UsedImage[];
  readonly withdrawn: readonly WithdrawnUse[];
  /** False where more images were used than are looked through: those used most recently were. */
  readonly isWhole: boolean;
}

const TOP = 20;
/** Images that are looked through for the most used. */
const LOOKED_AT = 100_000;
/** Images used at sites of which it is asked whether they were withdrawn. */
const ASKED = 2_000;
const WITHDRAWN = 200;
const STEP = 500;

/** What a record says as of a day. */
export function toImageUse(record: UseRecord, today: UseDay): ImageUse {
  const { since, last, lastAtSites } = record;
  return {
    since,
    ...(last === undefined ? {} : { last }),
    ...(lastAtSites === undefined ? {} : { lastAtSites }),
    recent: countOfDays(record, today - RECENT_DAYS + 1, today + 1),
    total: countOfAll(record),
  };
}

/** Looks through what was used in the last 30 days: its cost is that of their number, up to a limit. */
export async function makeReport(store: UsageStore, catalog: CatalogReader, at: Date): Promise<UseReport> {
  const today = toUseDay(at);
  const used = await readLately(store, 'use', today, LOOKED_AT);
  let top: UsedImage[] = [];
  for (let from = 0; from < used.listed.length; from += STEP) {
    const names = used.listed.slice(from, from + STEP).map(({ name }) => name);
    const records = await store.images(names, today);
    const uses = [...records].map(([identifier, record]) => ({ identifier, use: toImageUse(record, today) }));
    top = [...top, ...uses.filter(({ use }) => !isUnused(use.recent))].sort(byUse).slice(0, TOP);
  }
  const atSites = await readLately(store, 'sites', today, ASKED);
  const withdrawn: WithdrawnUse[] = [];
  for (const { name } of atSites.listed) {
    if (withdrawn.length >= WITHDRAWN) break;
    const [entry] = (await catalog.list({ identifier: name, statuses: ['deprecated'] }, at, { limit: 1 })).entries;
    if (entry === undefined) continue;
    const use = await readUse(store, name, today);
    if (use === undefined) continue;
    withdrawn.push({ identifier: name, use, entry, sites: await readSites(store, name, today) });
  }
  return {
    madeAt: at,
    top: await Promise.all(top.map(async (one) => ({ ...one, ...(await readEntry(catalog, one.identifier, at)) }))),
    withdrawn: withdrawn.sort(byUse),
    isWhole: used.isWhole && atSites.isWhole && withdrawn.length < WITHDRAWN,
  };
}

/** What sites told of an image in the last 30 days, one line for each token; most launched first. */
export async function readSites(
  store: UsageStore,
  identifier: string,
  today: UseDay,
): Promise<readonly SiteUseOfImage[]> {
  const byToken = new Map<string, { site?: string; named: UseDay; recent: UseCount; last: UseDay }>();
  for (const { token, site, day, record } of await store.sites(identifier, today)) {
    const { recent, last = record.since } = toImageUse(record, today);
    if (isUnused(recent)) continue;
    const known = byToken.get(token);
    const isNamedLater = known === undefined || day >= known.named;
    const name = isNamedLater ? site : known.site;
    byToken.set(token, {
      ...(name === undefined ? {} : { site: name }),
      named: Math.max(day, known?.named ?? day),
      recent: known === undefined ? recent : addUse(known.recent, recent),
      last: Math.max(last, known?.last ?? last),
    });
  }
  return [...byToken.values()]
    .map(({ named: _, ...site }) => site)
    .sort((one, other) => toWeight(other.recent) - toWeight(one.recent));
}

/** The newest entry about an image, by which a report calls it. */
export async function readEntry(
  catalog: CatalogReader,
  identifier: string,
  at: Date,
): Promise<{ readonly entry?: CatalogEntry }> {
  const [entry] = (await catalog.list({ identifier }, at, { limit: 1 })).entries;
  return entry === undefined ? {} : { entry };
}

async function readUse(store: UsageStore, name: string, today: UseDay): Promise<ImageUse | undefined> {
  const record = (await store.images([name], today)).get(name);
  return record === undefined ? undefined : toImageUse(record, today);
}

/** The images of the last 30 days, a day after the other from today back, until there are so many. */
async function readLately(
  store: UsageStore,
  what: 'use' | 'sites',
  today: UseDay,
  most: number,
): Promise<{ readonly listed: readonly ListedUse[]; readonly isWhole: boolean }> {
  const listed: ListedUse[] = [];
  for (let day = today + 1; day > today - RECENT_DAYS; day -= 1) {
    for (let after: ListedUse | undefined; ; ) {
      const limit = Math.min(STEP, most - listed.length);
      if (limit === 0) return { listed, isWhole: false };
      const more = await store.byLast(what, { from: day, to: day, limit, ...(after === undefined ? {} : { after }) });
      listed.push(...more);
      if (more.length < limit) break;
      after = more.at(-1);
    }
  }
  return { listed, isWhole: true };
}

function byUse({ use: one }: UsedImage, { use: other }: UsedImage): number {
  return toWeight(other.recent) - toWeight(one.recent) || toLooks(other.recent) - toLooks(one.recent);
}

function toWeight({ allowed, denied, downloaded }: UseCount): number {
  return allowed + denied + downloaded;
}

function toLooks({ lookups, checks }: UseCount): number {
  return lookups + checks;
}
