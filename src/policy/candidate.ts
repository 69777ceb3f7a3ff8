import { writeEntryTime } from '../entry/entry-time.ts';
import { isAuthentic } from './authentic.ts';
import type { EntryLabel } from './decision.ts';
import type { JudgedEntry } from './judged-entry.ts';

/** What came of looking at the statements of an image: who speaks now, and what was said before. */
export interface Standing {
  readonly current: readonly JudgedEntry[];
  readonly superseded: readonly { readonly judged: JudgedEntry; readonly by: JudgedEntry }[];
}

/**
 * The newest statement of each endorser, wherever it was logged; the order in which they are given does not matter. The same document
 * found in several logs is one statement.
 */
export function toStanding(entries: readonly JudgedEntry[]): Standing {
  const ordered = [...entries].sort(newestFirst);
  const newest = new Map<string, JudgedEntry>();
  const documents = new Set<string>();
  const superseded: { judged: JudgedEntry; by: JudgedEntry }[] = [];
  for (const judged of ordered) {
    if (documents.has(judged.documentSha256)) continue;
    documents.add(judged.documentSha256);
    const endorser = toEndorser(judged);
    const by = newest.get(endorser);
    if (by === undefined) newest.set(endorser, judged);
    else superseded.push({ judged, by });
  }
  return { current: [...newest.values()], superseded };
}

/** Who speaks: under somebody's names only if they were certified, so that no namesake can silence him. */
function toEndorser(judged: JudgedEntry): string {
  return isAuthentic(judged) ? judged.endorserKey : `${judged.endorserKey} as ${judged.signerSha256}`;
}

/** Newest first; of the same second a deprecation goes before, and after that any fixed order does. */
function newestFirst(one: JudgedEntry, other: JudgedEntry): number {
  return (
    createdMs(other) - createdMs(one) ||
    Number(other.entry.deprecated !== undefined) - Number(one.entry.deprecated !== undefined) ||
    compare(one.documentSha256, other.documentSha256) ||
    compare(one.origin, other.origin)
  );
}

/** When the endorser signed, in milliseconds. */
export function createdMs({ entry }: JudgedEntry): number {
  return entry.endorsement.createdAt.getTime();
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Says which statement is meant. */
export function toLabel({ origin, index, entry, documentSha256 }: JudgedEntry): EntryLabel {
  const { email, createdAt } = entry.endorsement;
  return { origin, ...(index === undefined ? {} : { index }), email, createdAt, documentSha256 };
}

/** A statement as a sentence names it. */
export function writeLabel({ entry }: JudgedEntry): string {
  const { email, createdAt } = entry.endorsement;
  return `the statement of ${email} from ${writeEntryTime(createdAt)}`;
}
