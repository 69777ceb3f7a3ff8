import { writeEntryTime } from '../entry/entry-time.ts';
import { isAuthentic, isRevoked } from './authentic.ts';
import type { EntryLabel } from './decision.ts';
import type { JudgedEntry } from './judged-entry.ts';

/** What came of looking at the statements of an image: who speaks now, and what was said before. */
export interface Standing {
  readonly current: readonly JudgedEntry[];
  readonly superseded: readonly { readonly judged: JudgedEntry; readonly by: JudgedEntry }[];
}

/**
 * The newest statement of each endorser, wherever it was logged, with those it may not take the place of; the order in which they are
 * given does not matter. The same document found in several logs is one statement: that of the log which comes first in `origins`.
 */
export function toStanding(entries: readonly JudgedEntry[], origins: readonly string[] = []): Standing {
  const ordered = [...entries].sort((one, other) => newestFirst(one, other, origins));
  const current: JudgedEntry[] = [];
  const newest = new Map<string, JudgedEntry>();
  const documents = new Set<string>();
  const superseded: { judged: JudgedEntry; by: JudgedEntry }[] = [];
  for (const judged of ordered) {
    if (documents.has(judged.documentSha256)) continue;
    documents.add(judged.documentSha256);
    const endorser = toEndorser(judged);
    const by = newest.get(endorser);
    if (by !== undefined && mayReplace(by, judged)) superseded.push({ judged, by });
    else {
      newest.set(endorser, judged);
      current.push(judged);
    }
  }
  return { current, superseded };
}

/**
 * True if a newer statement under the same names takes the place of an older one. The signer of an original was never judged, and whoever
 * signs with a revoked certificate may have stolen its key: neither takes back what the endorser himself has said against the image.
 */
function mayReplace(newer: JudgedEntry, older: JudgedEntry): boolean {
  if (newer.isImported && !older.isImported) return false;
  return !isRevoked(newer) || newer.entry.deprecated !== undefined || older.entry.deprecated === undefined;
}

/** True if the endorser of a statement has withdrawn the image, in it or in another one that stands. */
export function isWithdrawn(judged: JudgedEntry, current: readonly JudgedEntry[]): boolean {
  return findOwnWithdrawal(judged, current) !== undefined;
}

/** The statement in which the endorser of `judged` has withdrawn the image: itself where it is one. */
export function findOwnWithdrawal(judged: JudgedEntry, current: readonly JudgedEntry[]): JudgedEntry | undefined {
  if (judged.entry.deprecated !== undefined) return judged;
  return current.find(
    (one) => one.entry.deprecated !== undefined && one.endorserKey === judged.endorserKey && isAuthentic(one),
  );
}

/** Who speaks: under somebody's names only if they were certified, so that no namesake can silence him. */
function toEndorser(judged: JudgedEntry): string {
  return isAuthentic(judged) ? judged.endorserKey : `${judged.endorserKey} as ${judged.signerSha256}`;
}

/** Newest first; of the same second a deprecation goes before, and after that any fixed order does. */
function newestFirst(one: JudgedEntry, other: JudgedEntry, origins: readonly string[]): number {
  return (
    createdMs(other) - createdMs(one) ||
    Number(other.entry.deprecated !== undefined) - Number(one.entry.deprecated !== undefined) ||
    compare(one.documentSha256, other.documentSha256) ||
    // Of the same document that which was judged goes before an original, for which a registry vouches alone.
    Number(one.isImported) - Number(other.isImported) ||
    origins.indexOf(one.origin) - origins.indexOf(other.origin) ||
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
