import { writeEntryTime } from '../entry/entry-time.ts';
import { toWellFormed } from '../rdf/write-n-triples.ts';

/** The path (below the base URL) of one entry: `/metadata/<identifier>/<email>/<created>`, percent-encoded where needed. */
export function toEntryPath(identifier: string, email: string, createdAt: Date): string {
  const person = encodeURIComponent(toWellFormed(email)).replaceAll('%40', '@');
  return `/metadata/${encodeURIComponent(toWellFormed(identifier))}/${person}/${writeEntryTime(createdAt)}`;
}
