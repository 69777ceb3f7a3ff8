import { createHash } from 'node:crypto';
import { toWellFormed } from '../rdf/write-n-triples.ts';
import type { CatalogEntry, EntryFilter } from './catalog.ts';
import { endorserIdOf } from './endorser-id.ts';
import type { EntryRow } from './entry-row.ts';
import { toIndexKey, toNewestFirstKey, toRank } from './rank.ts';

/*
 * The layout of the catalog's store. <rank> orders newest first; <index> is the log index in hex, of several logs the place.
 *
 *   p/cursor  p/stamp                          what is taken in, and for which registry
 *   k/<index>                                  how much there is up to this record, see tally.ts
 *   e/<index>                                  the entry as JSON
 *   c/<index>                                  what counting and sorting need of it, see entry-column.ts
 *   q/<index>                                  its IRI, how it stood when it came, and its triples as N-Triples
 *   d/<index>                                  log index of the older entry that this record superseded
 *   f/<field>/<value>/<rank>                   entries with the value
 *   h/<identifier>/<endorser>/<rank>           one endorser's entries for one image: the first is current
 *   t/<email>/<tag>/<rank>                     live entries with a tag
 *   g/<email>/<tag>/<rank>                     entries with a tag that were live when they came
 *   w/<word>/<block>                           entries with the word, see posting.ts
 *   b/<beginning>/<block>                      entries with a word that begins so, for beginnings of up to three characters
 *   s/<remnant>/<word>                         words by what is left of them when letters are left out, see spelling.ts
 *   n/<endorser>                               summary of an endorser
 *   v/<endorser>/<newest first index>      the same up to this record, see endorser-tally.ts
 */
export const CURSOR_KEY = 'p/cursor';
export const STAMP_KEY = 'p/stamp';
export const COLUMNS_PREFIX = 'c/';
export const ENDORSERS_PREFIX = 'n/';
export const SPELLINGS_PREFIX = 's/';

/** Fields of an entry with an index of their values. */
export const INDEXED_FIELDS = [
  'identifier',
  'email',
  'endorserKey',
  'tag',
  'os',
  'osArch',
  'kind',
  'format',
  'hypervisor',
] as const satisfies readonly (keyof CatalogEntry & keyof EntryFilter)[];
export type IndexedField = (typeof INDEXED_FIELDS)[number];

/** Fields of an entry that name another image; who is named is found by them. */
export const RELATIONS = ['replaces', 'isReplacedBy', 'isVersionOf'] as const satisfies readonly (keyof CatalogEntry)[];
export type Relation = (typeof RELATIONS)[number];

const PART_LENGTH_LIMIT = 200;

/** One part of a key: no `/`, nothing outside ASCII, and a bounded length whatever the value. */
export function toKeyPart(value: string): string {
  const part = encodeURIComponent(toWellFormed(value));
  // `#` begins no encoded value
  return part.length <= PART_LENGTH_LIMIT ? part : `#${createHash('sha256').update(part).digest('hex')}`;
}

export function toTallyKey(index: number): string {
  return `k/${toIndexKey(index)}`;
}
export function toRowKey(index: number): string {
  return `e/${toIndexKey(index)}`;
}
export function toColumnsKey(index: number): string {
  return COLUMNS_PREFIX + toIndexKey(index);
}
export function toTriplesKey(index: number): string {
  return `q/${toIndexKey(index)}`;
}
export function toChangedKey(index: number): string {
  return `d/${toIndexKey(index)}`;
}
export function toFieldPrefix(field: IndexedField | Relation, value: string): string {
  return `f/${field}/${toKeyPart(value)}/`;
}
export function toHistoryPrefix(identifier: string, endorserId: string): string {
  return `h/${toKeyPart(identifier)}/${toKeyPart(endorserId)}/`;
}
/** Of the tags an endorser has now, or of those he ever had. */
export function toTagsPrefix(email: string, reach: 'now' | 'ever'): string {
  return `${reach === 'now' ? 't' : 'g'}/${toKeyPart(email)}/`;
}
export function toTagPrefix(email: string, tag: string, reach: 'now' | 'ever'): string {
  return `${toTagsPrefix(email, reach)}${toKeyPart(tag)}/`;
}
/** The beginning of the keys of all words that begin with `word`; with a slash after it, of that word alone. */
export function toWordPrefix(word: string): string {
  return `w/${encodeURIComponent(word)}`;
}
/** The beginning of the keys of the words of which this is left. */
export function toSpellingPrefix(remnant: string): string {
  return `${SPELLINGS_PREFIX}${encodeURIComponent(remnant)}/`;
}
/** The beginning of the keys of one beginning of words. */
export function toBeginningPrefix(beginning: string): string {
  return `b/${encodeURIComponent(beginning)}/`;
}
export function toEndorserKey(endorserId: string): string {
  return `${ENDORSERS_PREFIX}${toKeyPart(endorserId)}`;
}

/** Of what an endorser's entries come to up to a record; `part` is his key as a part of a key. */
export function toEndorserTallyKey(part: string, index: number): string {
  return `v/${part}/${toNewestFirstKey(index)}`;
}

/** The index keys that an entry has for ever. */
export function toLastingKeys(entry: EntryRow): string[] {
  const rank = toRank(entry.createdAt, entry.index);
  const keys = [toHistoryPrefix(entry.identifier, endorserIdOf(entry)) + rank];
  for (const field of [...INDEXED_FIELDS, ...RELATIONS]) {
    const value = entry[field];
    if (value !== undefined) keys.push(toFieldPrefix(field, value) + rank);
  }
  if (isTagged(entry) && entry.deprecated === undefined) {
    keys.push(toTagPrefix(entry.email, entry.tag, 'ever') + rank);
  }
  return keys;
}

/** The index key that an entry has while it is live and tagged; undefined where it is not. */
export function toLiveTagKey(row: EntryRow): string | undefined {
  if (!isTagged(row) || row.deprecated !== undefined || row.supersededBy !== undefined) return undefined;
  return toTagPrefix(row.email, row.tag, 'now') + toRank(row.createdAt, row.index);
}

/** A tag leads to what an address's owner endorsed here: who has that address elsewhere is another registry's word. */
function isTagged(row: EntryRow): row is EntryRow & { readonly tag: string } {
  return row.tag !== undefined && row.provenance?.isFollowed !== true;
}
