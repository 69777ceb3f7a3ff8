import { statusOf } from '../catalog/catalog.ts';
import { writeUseDay } from '../usage/use-day.ts';
import type { ImageUse, SiteUseOfImage, UsedImage, WithdrawnUse } from '../usage/use-report.ts';
import { toEntryName } from './pages/entry-words.ts';

/** How an image is used, as JSON members. Days are UTC, as in `2026-01-31`; numbers of the last 30 days include the present one. */
export function toUseJson({ since, last, lastAtSites, recent, total }: ImageUse): Record<string, unknown> {
  return {
    countedSince: writeUseDay(since),
    ...(last === undefined ? {} : { lastUsed: writeUseDay(last) }),
    ...(lastAtSites === undefined ? {} : { lastUsedAtSites: writeUseDay(lastAtSites) }),
    last30Days: recent,
    total,
  };
}

/** An image of a list with its use, and with what an entry says of it. */
export function toUsedImageJson(
  { identifier, use, entry }: UsedImage,
  at: Date,
  baseUrl: string,
): Record<string, unknown> {
  return {
    identifier,
    href: `${baseUrl}/metadata/${identifier}`,
    ...(entry === undefined ? {} : { name: toEntryName(entry), email: entry.email, status: statusOf(entry, at) }),
    use: toUseJson(use),
  };
}

/** A withdrawn image with who launches it all the same; names of sites only for whom they are meant. */
export function toWithdrawnJson(
  one: WithdrawnUse,
  at: Date,
  baseUrl: string,
  isShowingNames: boolean,
): Record<string, unknown> {
  return {
    ...toUsedImageJson(one, at, baseUrl),
    deprecated: one.entry.deprecated,
    sites: one.sites.length,
    ...(isShowingNames ? { bySite: one.sites.map(toSiteJson) } : {}),
  };
}

function toSiteJson({ site, recent, last }: SiteUseOfImage): Record<string, unknown> {
  const { allowed, denied, downloaded } = recent;
  return {
    ...(site === undefined ? {} : { site }),
    lastUsed: writeUseDay(last),
    last30Days: { allowed, denied, downloaded },
  };
}
