import type { BrowsePage, BrowseRequest, SortColumn } from '../catalog/browse.ts';
import { type CatalogEntry, statusOf } from '../catalog/catalog.ts';
import { toEntryAddress } from '../catalog/entry-path.ts';
import { writeEntryTime } from '../entry/entry-time.ts';
import { VouchError } from '../errors.ts';

/** The part of a list that a table of DataTables 1.9 asks for; the pages of the original registry did. */
export interface TableRequest {
  /** Given back as it came, so that the table tells late replies from the one it waits for. */
  readonly echo: number;
  readonly text?: string;
  readonly browse: BrowseRequest & { readonly offset: number };
}

/** The columns of a row, and what each is sorted by. */
const COLUMNS: readonly { readonly sort: SortColumn; readonly read: (entry: CatalogEntry) => string | undefined }[] = [
  { sort: 'os', read: ({ os }) => os },
  { sort: 'version', read: ({ osVersion }) => osVersion },
  { sort: 'arch', read: ({ osArch }) => osArch },
  { sort: 'email', read: ({ email }) => email },
  { sort: 'created', read: ({ createdAt }) => writeEntryTime(createdAt) },
  { sort: 'identifier', read: ({ identifier }) => identifier },
  { sort: 'title', read: ({ title }) => title },
];
const LONGEST_PAGE = 1_000;
const LONGEST_TEXT = 200;

/** Reads the parameters of DataTables 1.9; undefined where the request is none of its. Throws `usage`. */
export function readTableRequest(search: URLSearchParams): TableRequest | undefined {
  if (!search.has('sEcho')) return undefined;
  const length = readWhole(search, 'iDisplayLength', 10);
  const text = search.get('sSearch')?.trim() ?? '';
  if (text.length > LONGEST_TEXT) {
    throw new VouchError('usage', `The parameter sSearch is longer than ${LONGEST_TEXT} characters.`);
  }
  const sorted = readWhole(search, 'iSortingCols', search.has('iSortCol_0') ? 1 : 0) > 0;
  const column = sorted ? COLUMNS[readWhole(search, 'iSortCol_0', 4)] : undefined;
  if (sorted && column === undefined) {
    throw new VouchError('usage', `The parameter iSortCol_0 must be a column from 0 to ${COLUMNS.length - 1}.`);
  }
  return {
    echo: readWhole(search, 'sEcho', 0),
    ...(text === '' ? {} : { text }),
    browse: {
      sort: { column: column?.sort ?? 'created', isDescending: sorted ? search.get('sSortDir_0') === 'desc' : true },
      offset: readWhole(search, 'iDisplayStart', 0),
      // -1 asks for everything
      limit: length < 0 ? LONGEST_PAGE : Math.min(length, LONGEST_PAGE),
    },
  };
}

function readWhole(search: URLSearchParams, name: string, fallback: number): number {
  const text = search.get(name);
  if (text === null || text === '') return fallback;
  if (!/^-?\d{1,9}$/.test(text) || (text.startsWith('-') && name !== 'iDisplayLength')) {
    throw new VouchError('usage', `The parameter ${name} must be a whole number.`);
  }
  return Number(text);
}

/** The reply to a table: every row is the columns, then the status and the URL of the entry. `all` is the length without the search. */
export function toTableJson(
  { echo }: TableRequest,
  page: BrowsePage,
  all: number,
  at: Date,
  baseUrl: string,
): Record<string, unknown> {
  return {
    sEcho: echo,
    iTotalRecords: all,
    iTotalDisplayRecords: page.total,
    aaData: page.entries.map((entry) => [
      ...COLUMNS.map(({ read }) => read(entry) ?? ''),
      statusOf(entry, at),
      `${baseUrl}${toEntryAddress(entry)}`,
    ]),
  };
}
