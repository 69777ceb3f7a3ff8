import type { Facets } from '../catalog/browse.ts';
import { type CatalogEntry, type EntryPage, statusOf } from '../catalog/catalog.ts';
import { toEntryAddress } from '../catalog/entry-path.ts';
import { writeEntryTime } from '../entry/entry-time.ts';
import type { OtherWords } from './pages/nothing-note.ts';

/** The JSON form of one entry: the catalog's fields, times as entries write them, absent fields left out. See docs/http-api.md. */
export function toEntryJson(entry: CatalogEntry, at: Date, baseUrl: string): Record<string, unknown> {
  const { identifier, email, createdAt, acceptedAt, validUntil, draftedAt, supersededBy, learnedAt, ...fields } = entry;
  return {
    identifier,
    email,
    created: writeEntryTime(createdAt),
    status: statusOf(entry, at),
    url: `${baseUrl}${toEntryAddress(entry)}`,
    ...fields,
    ...(validUntil === undefined ? {} : { validUntil: writeEntryTime(validUntil) }),
    ...(draftedAt === undefined ? {} : { draftedAt: writeEntryTime(draftedAt) }),
    acceptedAt: writeEntryTime(acceptedAt),
    ...(learnedAt === undefined ? {} : { learnedAt: writeEntryTime(learnedAt) }),
    ...(supersededBy === undefined ? {} : { supersededBy }),
  };
}

/** The JSON form of one page of a list; `next` is the URL of the following page. */
export function toPageJson(
  page: EntryPage & { readonly facets?: Facets; readonly didYouMean?: readonly OtherWords[] },
  at: Date,
  baseUrl: string,
  next: string | undefined,
): Record<string, unknown> {
  return {
    logSize: page.logSize,
    total: page.total,
    ...(next === undefined ? {} : { next }),
    ...(page.facets === undefined ? {} : { facets: page.facets }),
    ...(page.didYouMean === undefined
      ? {}
      : { didYouMean: page.didYouMean.map(({ text, total }) => ({ q: text, total })) }),
    entries: page.entries.map((entry) => toEntryJson(entry, at, baseUrl)),
  };
}
