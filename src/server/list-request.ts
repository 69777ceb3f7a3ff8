import { type BrowseRequest, SORT_COLUMNS } from '../catalog/browse.ts';
import type { EntryFilter } from '../catalog/catalog.ts';
import { readEntryTime } from '../entry/entry-time.ts';
import { VouchError } from '../errors.ts';
import { isEmail, readStatuses, type Selector } from './selector.ts';

/** The media forms a list has, by the name the `format` parameter takes. */
export const LIST_REPRESENTATIONS = [
  // First, so that clients without a preference get what the original gave them.
  { name: 'xml', mediaTypes: ['application/xml', 'text/xml'] },
  { name: 'html', mediaTypes: ['text/html', 'application/xhtml+xml'] },
  { name: 'json', mediaTypes: ['application/json'] },
] as const;

/** The ways a page for people shows entries. */
export const LIST_VIEWS = ['table', 'cards'] as const;

/** A list as a URL asks for it. */
export interface ListRequest {
  readonly filter: EntryFilter;
  /** The parameters that were given and not empty, for the form and the links of the page. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly after?: string;
  /** Newest first where absent. */
  readonly sort?: BrowseRequest['sort'];
  /** The representation asked for by name. */
  readonly representation?: string;
}

const DEFAULT_LIMIT = 50;
const HIGHEST_LIMIT = 1000;
const LONGEST_VALUE = 200;
const NAMES = [
  'identifier',
  'email',
  'origin',
  'created',
  'q',
  'os',
  'arch',
  'kind',
  'hypervisor',
  'tag',
  'status',
  'limit',
  'after',
  'asOf',
  'sort',
  'view',
];

/**
 * Reads the parameters of a list; what the path selects wins. Empty parameters count as absent, unknown ones are passed over.
 * `format` may be given twice: `html`, `xml` and `json` choose the representation, any other value is the image format. Throws `usage`.
 */
export function readListRequest(search: URLSearchParams, selector: Selector): ListRequest {
  const given = readParameters(search);
  const filter: { -readonly [K in keyof EntryFilter]: EntryFilter[K] } = {};
  const identifier = selector.identifier ?? given.identifier;
  if (identifier !== undefined) filter.identifier = identifier;
  const email = selector.email ?? readEmail(given.email);
  if (email !== undefined) filter.email = email;
  const createdAt = selector.createdAt ?? readCreated(given.created);
  if (createdAt !== undefined) filter.createdAt = createdAt;
  if (given.origin !== undefined) filter.origin = given.origin;
  if (given.q !== undefined) filter.text = given.q;
  if (given.os !== undefined) filter.os = given.os;
  if (given.arch !== undefined) filter.osArch = given.arch;
  if (given.kind !== undefined) filter.kind = given.kind;
  if (given.format !== undefined) filter.format = given.format;
  if (given.hypervisor !== undefined) filter.hypervisor = given.hypervisor;
  if (given.tag !== undefined) filter.tag = given.tag;
  const statuses = readStatuses(given.status ?? 'valid');
  if (statuses !== undefined) filter.statuses = statuses;
  if (given.view !== undefined && !LIST_VIEWS.some((view) => view === given.view)) {
    throw new VouchError('usage', `The parameter view must be one of ${LIST_VIEWS.join(', ')}.`);
  }
  const representation = selector.suffix ?? search.getAll('format').find(isRepresentation);
  return {
    filter,
    parameters: given,
    limit: readLimit(given.limit),
    ...(given.after === undefined ? {} : { after: given.after }),
    ...(given.sort === undefined ? {} : { sort: readSort(given.sort) }),
    ...(representation === undefined ? {} : { representation }),
  };
}

function readParameters(search: URLSearchParams): Record<string, string> {
  const given: Record<string, string> = {};
  const imageFormat = search.getAll('format').find((value) => !isRepresentation(value));
  const pairs = [...NAMES.map((name) => [name, search.get(name)] as const), ['format', imageFormat] as const];
  for (const [name, value] of pairs) {
    const text = value?.trim() ?? '';
    if (text === '') continue;
    if (text.length > LONGEST_VALUE && name !== 'after') {
      throw new VouchError('usage', `The parameter ${name} is longer than ${LONGEST_VALUE} characters.`);
    }
    given[name] = text;
  }
  return given;
}

function isRepresentation(value: string): boolean {
  return LIST_REPRESENTATIONS.some(({ name }) => name === value);
}

function readEmail(text: string | undefined): string | undefined {
  if (text !== undefined && !isEmail(text))
    throw new VouchError('usage', 'The parameter email must be an e-mail address.');
  return text;
}

function readCreated(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const at = readEntryTime(text);
  if (at === undefined)
    throw new VouchError('usage', 'The parameter created must be a time as in 2026-01-31T12:00:00Z.');
  return at;
}

/** A column, with a minus sign before it for the largest first. */
function readSort(text: string): BrowseRequest['sort'] {
  const name = text.replace(/^-/, '');
  const column = SORT_COLUMNS.find((one) => one === name);
  if (column !== undefined) return { column, isDescending: text.startsWith('-') };
  throw new VouchError(
    'usage',
    `The parameter sort must be one of ${SORT_COLUMNS.join(', ')}, or that after a minus sign.`,
  );
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > HIGHEST_LIMIT) {
    throw new VouchError('usage', `The parameter limit must be a whole number from 1 to ${HIGHEST_LIMIT}.`);
  }
  return limit;
}
