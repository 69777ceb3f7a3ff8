import type { EntryPage } from './catalog.ts';

/** What entries can be sorted by. */
export const SORT_COLUMNS = [
  'created',
  'valid',
  'size',
  'title',
  'os',
  'version',
  'arch',
  'kind',
  'format',
  'hypervisor',
  'email',
  'identifier',
  'tag',
  'status',
] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

/** What entries are counted by; `status` is no field of an entry. */
export const FACETS = [
  { name: 'status', field: undefined },
  { name: 'os', field: 'os' },
  { name: 'arch', field: 'osArch' },
  { name: 'kind', field: 'kind' },
  { name: 'format', field: 'format' },
  { name: 'hypervisor', field: 'hypervisor' },
  { name: 'email', field: 'email' },
  { name: 'origin', field: 'origin' },
] as const;
export type FacetName = (typeof FACETS)[number]['name'];

/** How many entries of the list have each value, the most frequent first, at most 100. */
export type Facets = Readonly<Record<FacetName, readonly { readonly value: string; readonly count: number }[]>>;

/** Which part of a list, in which order. */
export interface BrowseRequest {
  /** Where absent the newest first, with the cursors of `CatalogReader.list`. */
  readonly sort?: { readonly column: SortColumn; readonly isDescending: boolean };
  /** 0 to 1000. */
  readonly limit: number;
  /** A `next` of an earlier page of the same list in the same order. */
  readonly after?: string;
  /** Entries to leave out from there on. */
  readonly offset?: number;
}

export interface BrowsePage extends EntryPage {
  /** Entries of the list that stand before this page. */
  readonly before: number;
  /** Where the page before this one starts; absent where that is the first, or this is. */
  readonly previous?: string;
  readonly facets: Facets;
}
