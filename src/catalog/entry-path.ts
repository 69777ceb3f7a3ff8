import { writeEntryTime } from '../entry/entry-time.ts';
import { toWellFormed } from '../rdf/write-n-triples.ts';
import type { VerifiedEntry } from '../verify/verdict.ts';
import type { CatalogEntry } from './catalog.ts';

/** The path (below the base URL) of one entry: `/metadata/<identifier>/<email>/<created>`, percent-encoded where needed. */
export function toEntryPath(identifier: string, email: string, createdAt: Date): string {
  const person = encodeURIComponent(toWellFormed(email)).replaceAll('%40', '@');
  return `/metadata/${encodeURIComponent(toWellFormed(identifier))}/${person}/${writeEntryTime(createdAt)}`;
}

/** The address (below the base URL) of an entry; what another registry took says so, since both may have one under the same names. */
export function toEntryAddress(
  entry: Pick<CatalogEntry, 'identifier' | 'email' | 'createdAt' | 'origin' | 'isFollowed'>,
): string {
  const path = toEntryPath(entry.identifier, entry.email, entry.createdAt);
  return entry.isFollowed === true ? `${path}?origin=${encodeURIComponent(entry.origin ?? '')}` : path;
}

/** The path that a verified entry has, or will have. */
export function toPathOf({ entry: { identifier, endorsement } }: VerifiedEntry): string {
  return toEntryPath(identifier, endorsement.email, endorsement.createdAt);
}
