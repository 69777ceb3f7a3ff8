import type { Description } from '../entry/entry.ts';
import type { BrowsePage, BrowseRequest } from './browse.ts';
import type { EndorserActivity } from './endorser-activity.ts';
import type { ImageOverview } from './image-overview.ts';

/** One accepted entry as the catalog knows it: what lists, pages and decisions are made from. */
export interface CatalogEntry extends Description {
  /** Log index, in the log of its origin. */
  readonly index: number;
  /** 1-based position among the entries of this image. */
  readonly sequence: number;
  readonly email: string;
  /** RFC 2253 text as written in the entry. */
  readonly subject: string;
  readonly issuers: readonly string[];
  /** SHA-256 hex over issuer DER and subject DER. */
  readonly endorserKey: string;
  /** Present where nobody vouched for the endorser's names: the registry was open to any certificate, with the address confirmed. */
  readonly trustMode?: 'open';
  readonly signerSha256: string;
  readonly documentSha256: string;
  readonly signatureAlgorithm: string;
  /** When the endorser signed. */
  readonly createdAt: Date;
  /** When the registry accepted it. */
  readonly acceptedAt: Date;
  /** Brought in by `vouch import` under the legacy profile. */
  readonly isImported: boolean;
  /** Log index, in the same log, of the same endorser's newer entry for this image; absent on current entries. */
  readonly supersededBy?: number;
  /** The log the entry is in; given where the catalog is of several. */
  readonly origin?: string;
  /** Its number among the records of all these logs, in the order in which this registry learned them. */
  readonly place?: number;
  /** Given for an entry in the log of another registry: that one answers for it. */
  readonly isFollowed?: true;
  /** When this registry learned it, where another one had accepted it. */
  readonly learnedAt?: Date;
}

/** The number by which the catalog knows the entry: its log index, where there is one log only. */
export function placeOf(entry: Pick<CatalogEntry, 'index' | 'place'>): number {
  return entry.place ?? entry.index;
}

/** The one computed status. `superseded` if a newer entry of the endorser exists; else as entry-format.md says. */
export type EntryStatus = 'valid' | 'expired' | 'deprecated' | 'superseded';

/** Which entries a list shows. Every given field narrows it. */
export interface EntryFilter {
  readonly identifier?: string;
  readonly email?: string;
  readonly endorserKey?: string;
  readonly createdAt?: Date;
  readonly tag?: string;
  readonly os?: string;
  readonly osArch?: string;
  readonly kind?: string;
  readonly format?: string;
  readonly hypervisor?: string;
  /** The log the entry is in, where the catalog is of several. */
  readonly origin?: string;
  /** Words that must all begin a word of title, description, os, tag, e-mail, identifier or checksum. Case-insensitive. */
  readonly text?: string;
  /** Statuses to show; all where absent. */
  readonly statuses?: readonly EntryStatus[];
}

export interface EntryPage {
  readonly entries: readonly CatalogEntry[];
  /** Where the next page starts; absent on the last. */
  readonly next?: string;
  /** Number of entries the whole list has. */
  readonly total: number;
  /** Log size the answer holds for. */
  readonly logSize: number;
}

export interface EndorserSummary {
  readonly endorserKey: string;
  readonly email: string;
  readonly subject: string;
  readonly issuers: readonly string[];
  readonly entries: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Where the catalog is of several logs, the one that these entries are in: under the same names, another registry may mean another person. */
  readonly origin?: string;
  /** Given where that is the log of another registry. */
  readonly isFollowed?: true;
}

export interface TagSummary {
  readonly tag: string;
  readonly email: string;
  /** Newest undeprecated entry with the tag. */
  readonly entry: CatalogEntry;
}

/** What the first so many records of the log say. Times are arguments: status depends on the clock. */
export interface CatalogReader {
  /** The entry with this place. */
  entry(place: number): Promise<CatalogEntry | undefined>;
  /** Entries, newest `createdAt` first. `limit` 1..1000. `after` is a `next` of an earlier page of the same list. */
  list(filter: EntryFilter, at: Date, page: { limit: number; after?: string }): Promise<EntryPage>;
  /**
   * Entries in any order, how many there are, and facets: how many have each value, those of a facet that the filter narrows counted
   * as if it did not. New entries never move what a later page shows.
   */
  browse(filter: EntryFilter, at: Date, request: BrowseRequest): Promise<BrowsePage>;
  /**
   * A search text with each word that no entry has changed to one that is spelt nearly so and that some have: at most four, the nearest
   * first and what more entries have before others; none where every word is found, or one has none like it.
   */
  respell(text: string): Promise<readonly string[]>;
  /** The e-mail addresses of who endorses each of the images at a time, by a valid entry, in alphabetical order; none of an unknown image. */
  endorsing(identifiers: readonly string[], at: Date): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Every entry of one image, oldest log index first. */
  history(identifier: string): Promise<CatalogEntry[]>;
  /** What is said about one image, in parts of bounded size; undefined where nothing is. */
  image(identifier: string, at: Date): Promise<ImageOverview | undefined>;
  /** The entry that the same endorser signed about the same image before this one. */
  previous(entry: CatalogEntry): Promise<CatalogEntry | undefined>;
  /** The endorser's current entry for the image; of several logs, that in the registry's own. */
  current(identifier: string, endorserKey: string): Promise<CatalogEntry | undefined>;
  endorsers(): Promise<EndorserSummary[]>;
  /** Everything signed with an e-mail address, counted; nothing but zeroes where there is nothing. */
  activity(email: string, at: Date): Promise<EndorserActivity>;
  /** Tags of an e-mail address: each with its newest undeprecated entry. */
  tags(email: string): Promise<TagSummary[]>;
  /** The newest undeprecated entry of this endorser with the tag. */
  tagged(email: string, tag: string): Promise<CatalogEntry | undefined>;
  counts(): Promise<{ entries: number; images: number; endorsers: number }>;
}

/** Which entries a feed is about; all where nothing is given. */
export type FeedFilter = Pick<EntryFilter, 'identifier' | 'email' | 'tag'>;

/** A stretch of the entries that fit a filter, in the order of the log. */
export interface AcceptedEntries {
  /** How many places there are. Without a filter every log record has one, also those that are no entries. */
  readonly places: number;
  /** Each as it was when it was accepted: what is given for a place never changes. */
  readonly entries: readonly CatalogEntry[];
}

/** What the log says now, and what it said at every size it had. It can be deleted and rebuilt. */
export interface Catalog extends CatalogReader {
  /** The number of log records the catalog has taken in. */
  position(): number;
  /** Resolves when `position() >= size`. */
  waitFor(size: number): Promise<void>;
  /**
   * Answers as the catalog of a log that has only the first `size` records would: nothing later is seen, and an entry is superseded
   * only if the newer one is among them. Every answer throws `not-found` while `size` is larger than `position()`.
   */
  asOf(size: number): CatalogReader;
  /**
   * The number of records that were accepted until `time` (inclusive): those before the first one accepted later. Where the clock went
   * back, a record counts as accepted no earlier than the records before it.
   */
  sizeAt(time: Date): Promise<number>;
  /**
   * Entries from log index `from` on, in the order of the log and as they were when they were accepted, at most `limit`; `next` is where
   * to go on, so that nothing is missed or given twice.
   */
  since(
    filter: FeedFilter,
    from: number,
    limit: number,
  ): Promise<{ readonly entries: readonly CatalogEntry[]; readonly next: number }>;
  /** The same by places among those that fit; `toRange` says which places of how many. */
  accepted(
    filter: FeedFilter,
    toRange: (places: number) => { readonly from: number; readonly to: number },
  ): Promise<AcceptedEntries>;
  /** Calls `listener` whenever the position may have changed, until the returned function is called. */
  onAdvance(listener: () => void): () => void;
  close(): Promise<void>;
}

/** The status of an entry at a time. Every face of the registry uses this function and no other. */
export function statusOf(
  entry: Pick<CatalogEntry, 'supersededBy' | 'deprecated' | 'validUntil'>,
  at: Date,
): EntryStatus {
  if (entry.supersededBy !== undefined) return 'superseded';
  if (entry.deprecated !== undefined) return 'deprecated';
  if (entry.validUntil !== undefined && entry.validUntil.getTime() < at.getTime()) return 'expired';
  return 'valid';
}
