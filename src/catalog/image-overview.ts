import type { CatalogEntry, EntryStatus } from './catalog.ts';
import type { EntryColumns } from './entry-column.ts';
import { STATUSES, toStatusAt } from './entry-fit.ts';
import { readEntries } from './entry-row.ts';
import type { StoreView } from './ordered-store.ts';
import { toRange } from './ordered-store.ts';
import { toIndex, toRank } from './rank.ts';
import { RELATIONS, type Relation, toFieldPrefix } from './store-key.ts';

/** One statement about an image, as little of it as a picture of many takes. */
export interface StatementOutline {
  /** Log index; of several logs the place. */
  readonly index: number;
  readonly endorserKey: string;
  /** The log it is in, where the catalog is of several. */
  readonly origin?: string;
  readonly email: string;
  readonly createdAt: Date;
  readonly validUntil?: Date;
  readonly isDeprecation: boolean;
  readonly status: EntryStatus;
}

/** A statement about another image that names this one. */
export interface RelatedEntry {
  readonly relation: Relation;
  readonly entry: CatalogEntry;
  /** Its endorser has made a statement about this image as well. */
  readonly isByEndorser: boolean;
}

/** What is said about one image, in bounded parts of it however much that is; the numbers are those of everything. */
export interface ImageOverview {
  readonly statements: number;
  readonly endorsers: number;
  /** How many endorsers' newest statements have each status. */
  readonly standing: Readonly<Record<Exclude<EntryStatus, 'superseded'>, number>>;
  /** Endorsers' newest statements, the newest first: at most `CURRENT_LIMIT` of each status. */
  readonly current: readonly CatalogEntry[];
  /** The newest statements in any status. */
  readonly newest: readonly CatalogEntry[];
  /** Where the list of all of them goes on after `newest`; absent at its end. */
  readonly next?: string;
  /** Newest first: at most `OUTLINE_LIMIT` of those that are current, and as many of those that are not. */
  readonly outlines: readonly StatementOutline[];
  /** Live statements about other images that name this one, those of its own endorsers first: at most `RELATED_LIMIT`. */
  readonly related: readonly RelatedEntry[];
}

export const CURRENT_LIMIT = 50;
const NEWEST_LIMIT = 50;
const OUTLINE_LIMIT = 1_000;
const RELATED_LIMIT = 12;
/** Statements that name the image and are looked at, of each relation, the newest of them. */
const NAMING_LIMIT = 4_096;

/** `CatalogReader.image` over a view, whose columns are up to date. */
export async function readImageOverview(
  view: StoreView,
  columns: EntryColumns,
  identifier: string,
  at: Date,
  size: number,
): Promise<ImageOverview | undefined> {
  const created = columns.numbers('createdMs');
  const indexes = [...columns.withValue('identifier', identifier)].filter((index) => index < size);
  // nearly in order as they are, which costs sorting next to nothing
  indexes.sort((one, other) => created[other]! - created[one]! || other - one);
  if (indexes.length === 0) return undefined;
  const statusAt = toStatusAt(columns, at, size);
  const standing = { valid: 0, expired: 0, deprecated: 0 };
  const endorsers = new Set<string>();
  const shown: number[] = [];
  const outlines: StatementOutline[] = [];
  const outlined = { current: 0, past: 0 };
  for (const index of indexes) {
    const status = STATUSES[statusAt(index)]!;
    endorsers.add(toEndorser(columns, index));
    if (status !== 'superseded' && standing[status]++ < CURRENT_LIMIT) shown.push(index);
    if (outlined[status === 'superseded' ? 'past' : 'current']++ < OUTLINE_LIMIT) {
      outlines.push(toOutline(columns, index, status));
    }
  }
  const newest = indexes.slice(0, NEWEST_LIMIT);
  const last = newest.at(-1)!;
  const next = indexes.length > newest.length ? { next: toRank(new Date(created[last]!), last) } : {};
  // from here on the columns may grow
  const related = await findRelated(view, columns, { identifier, size, statusAt, endorsers });
  return {
    statements: indexes.length,
    endorsers: endorsers.size,
    standing,
    current: await readEntries(view, shown, size),
    newest: await readEntries(view, newest, size),
    ...next,
    outlines,
    related: await readRelated(view, related, size),
  };
}

function toOutline(columns: EntryColumns, index: number, status: EntryStatus): StatementOutline {
  const validUntil = columns.numbers('validUntilMs')[index]!;
  const origin = columns.textOf('origin', index);
  return {
    index,
    endorserKey: columns.textOf('endorserKey', index) ?? '',
    ...(origin === undefined ? {} : { origin }),
    email: columns.textOf('email', index) ?? '',
    createdAt: new Date(columns.numbers('createdMs')[index]!),
    ...(Number.isNaN(validUntil) ? {} : { validUntil: new Date(validUntil) }),
    isDeprecation: columns.isDeprecated(index),
    status,
  };
}

/** Who that is in one log is somebody else in another, as `endorserIdOf` says. */
function toEndorser(columns: EntryColumns, index: number): string {
  return `${columns.codes('endorserKey')[index]} ${columns.codes('origin')[index]}`;
}

interface Naming {
  readonly relation: Relation;
  readonly index: number;
  readonly isByEndorser: boolean;
}

/** What strangers say comes after what the image's own endorsers say, so that a flood of theirs hides nothing. */
async function findRelated(
  view: StoreView,
  columns: EntryColumns,
  image: {
    readonly identifier: string;
    readonly size: number;
    readonly statusAt: (index: number) => number;
    readonly endorsers: ReadonlySet<string>;
  },
): Promise<Naming[]> {
  const found: Naming[] = [];
  for (const relation of RELATIONS) {
    const prefix = toFieldPrefix(relation, image.identifier);
    const cursor = view.cursor(prefix, toRange(prefix).to);
    try {
      for (const [key] of await cursor.next(NAMING_LIMIT)) {
        const index = toIndex(key.slice(prefix.length));
        if (index >= image.size || columns.textOf('identifier', index) === image.identifier) continue;
        if (!['valid', 'expired'].includes(STATUSES[image.statusAt(index)]!)) continue;
        found.push({ relation, index, isByEndorser: image.endorsers.has(toEndorser(columns, index)) });
      }
    } finally {
      await cursor.close();
    }
  }
  return found.sort((one, other) => Number(other.isByEndorser) - Number(one.isByEndorser)).slice(0, RELATED_LIMIT);
}

async function readRelated(view: StoreView, found: readonly Naming[], size: number): Promise<RelatedEntry[]> {
  const entries = await readEntries(
    view,
    found.map(({ index }) => index),
    size,
  );
  return found.map(({ relation, isByEndorser }, place) => ({ relation, isByEndorser, entry: entries[place]! }));
}
