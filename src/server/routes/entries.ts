import type { Context, Hono } from 'hono';
import type { Facets } from '../../catalog/browse.ts';
import type { CatalogEntry, EntryPage } from '../../catalog/catalog.ts';
import type { ImageOverview } from '../../catalog/image-overview.ts';
import { VouchError } from '../../errors.ts';
import { faceAsOf } from '../as-of.ts';
import { readTableRequest, type TableRequest, toTableJson } from '../data-table.ts';
import { writeDocumentList } from '../document-list.ts';
import { toPageJson } from '../entry-json.ts';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import { LIST_REPRESENTATIONS, type ListRequest, readListRequest } from '../list-request.ts';
import { imagePage } from '../pages/image-page.ts';
import type { TagTarget } from '../pages/lineage.ts';
import { listPage } from '../pages/list-page.ts';
import type { Markup } from '../pages/markup.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { choose, isReply, mount, notModified, replyForeign, replyJson, toRawPath } from '../resource.ts';
import { readSegments, readSelector, type Selector } from '../selector.ts';
import { replyEntry } from './entry.ts';
import { replySubmission, type UploadLimits } from './submit.ts';

/** Tags of an image that are followed. */
const TAGS = 8;
const NEWEST_FIRST = { column: 'created', isDescending: true } as const;

/** `/metadata` and everything below it: lists, images, entries, and the way in. */
export function mountEntries(app: Hono, face: Face, limits: UploadLimits): void {
  mount(app, face, '/metadata', {
    GET: async (c) => replyList(c, await faceAsOf(c, face), {}),
    POST: (c) => replySubmission(c, face, limits),
  });
  mount(app, face, '/metadata/*', { GET: async (c) => replySelected(c, await faceAsOf(c, face)) });
  mount(app, face, '/tag/:email/:tag', { GET: async (c) => replyTagPath(c, await faceAsOf(c, face)) });
}

async function replySelected(c: Context, face: Face): Promise<Response> {
  const selector = readSelector(readSegments(toRawPath(c))?.slice(1) ?? ['']);
  if (selector === undefined) {
    const detail = 'Below /metadata stand an identifier (27 characters), an e-mail address and a time, in any order.';
    return replyProblem(c, face, toNotFound(detail));
  }
  const { identifier, email, createdAt } = selector;
  const tag = c.req.query('tag')?.trim();
  if (identifier !== undefined && email !== undefined && createdAt !== undefined) {
    const filter = { identifier, email, createdAt };
    const { entries } = await face.catalog.list(filter, face.now(), { limit: 1000 });
    // Two certificates may use one address in the same second: the first to be accepted keeps the URL for ever.
    const entry = entries.reduce<(typeof entries)[number] | undefined>(
      (first, one) => (first === undefined || one.index < first.index ? one : first),
      undefined,
    );
    return replyEntry(c, face, entry, 'entry', selector.suffix);
  }
  if (identifier === undefined && email !== undefined && createdAt === undefined && tag) {
    return replyEntry(c, face, await face.catalog.tagged(email, tag), 'tag', undefined);
  }
  return replyList(c, face, selector);
}

async function replyTagPath(c: Context, face: Face): Promise<Response> {
  const [, email, tag] = readSegments(toRawPath(c)) ?? [];
  const entry = email === undefined || tag === undefined ? undefined : await face.catalog.tagged(email, tag);
  return replyEntry(c, face, entry, 'tag', undefined);
}

async function replyList(c: Context, face: Face, selector: Selector): Promise<Response> {
  const url = new URL(c.req.url);
  const request = readListRequest(url.searchParams, selector);
  const table = readTableRequest(url.searchParams);
  if (table !== undefined) return replyTable(c, face, request, table);
  const chosen = choose(c, face, LIST_REPRESENTATIONS, request.representation);
  if (isReply(chosen)) return chosen;
  const { catalog } = face;
  const at = face.now();
  const etag = toETag('list', chosen.mediaType, ...face.version(), url.pathname, url.search);
  const unchanged = notModified(c, etag);
  if (unchanged !== undefined) return unchanged;
  const isImage = selector.identifier !== undefined && selector.email === undefined && selector.createdAt === undefined;
  if (isImage) {
    const image = await catalog.image(selector.identifier!, at);
    if (image === undefined) {
      c.header('ETag', undefined);
      return replyProblem(c, face, toNotFound(`No entry about an image ${selector.identifier} is here.`));
    }
    // A list that is narrowed, sorted or goes on is a list, also of one image.
    const isPlain = request.after === undefined && request.sort === undefined;
    if (chosen.name === 'html' && isPlain) return c.html(await toImagePage(face, image, at, url));
  }
  const page = await readPage(face, request, at, chosen.name !== 'xml');
  const next = page.next === undefined ? undefined : toLink(url, { after: page.next });
  if (next !== undefined) c.header('Link', `<${next}>; rel="next"`);
  switch (chosen.name) {
    case 'xml':
      return replyForeign(c, writeDocumentList(face.registry.log, page.entries), `${chosen.mediaType}; charset=utf-8`);
    case 'json':
      return replyJson(c, toPageJson(page, at, face.registry.baseUrl, toFullLink(face, url, next)));
    case 'html':
      return c.html(
        listPage(face, {
          action: url.pathname,
          heading: toHeading(selector),
          parameters: request.parameters,
          page,
          at,
          alternates: toAlternates(url),
          narrowed: (name, value) => toNarrowed(url, name, value),
          ...(next === undefined ? {} : { next }),
          ...(request.after === undefined ? {} : { first: toLink(url, {}) }),
        }),
      );
  }
}

async function toImagePage(face: Face, image: ImageOverview, at: Date, url: URL): Promise<Markup> {
  const { next } = image;
  return imagePage(face, image, {
    at,
    tags: await readTagTargets(face, image.current),
    next: next === undefined ? undefined : toLink(url, { status: 'all', after: next }),
    alternates: toAlternates(url),
  });
}

/** Where the tags lead that the newest statements carry. */
async function readTagTargets(face: Face, current: readonly CatalogEntry[]): Promise<TagTarget[]> {
  const tagged = current.filter(({ tag }) => tag !== undefined).map(({ email, tag }) => ({ email, tag: tag! }));
  const each = new Map(tagged.map((one) => [JSON.stringify(one), one]));
  return Promise.all(
    [...each.values()].slice(0, TAGS).map(async ({ email, tag }) => {
      return { email, tag, entry: await face.catalog.tagged(email, tag) };
    }),
  );
}

/** One page; the first one with facets, if they are wanted. */
async function readPage(
  face: Face,
  request: ListRequest,
  at: Date,
  withFacets: boolean,
): Promise<EntryPage & { readonly facets?: Facets }> {
  const { filter, limit, after, sort } = request;
  const part = after === undefined ? { limit } : { limit, after };
  try {
    if (sort !== undefined) return await face.catalog.browse(filter, at, { sort, ...part });
    const page = await face.catalog.list(filter, at, part);
    if (!withFacets || after !== undefined) return page;
    const { facets } = await face.catalog.browse(filter, at, { sort: NEWEST_FIRST, limit: 0 });
    return { ...page, facets };
  } catch (thrown) {
    if (after === undefined || !(thrown instanceof VouchError) || thrown.code !== 'malformed') throw thrown;
    throw new VouchError('usage', 'The parameter after must be taken from the next link of the page before.', {
      cause: thrown,
    });
  }
}

/** What a table of the original's pages asks for: JSON, whatever Accept says. */
async function replyTable(c: Context, face: Face, request: ListRequest, table: TableRequest): Promise<Response> {
  const at = face.now();
  const { text: words, ...filter } = request.filter;
  const text = table.text ?? words;
  const page = await face.catalog.browse(text === undefined ? filter : { ...filter, text }, at, table.browse);
  const all = await face.catalog.browse(filter, at, { sort: NEWEST_FIRST, limit: 0 });
  c.header('Cache-Control', 'no-cache');
  return replyJson(c, toTableJson(table, page, all.total, at, face.registry.baseUrl));
}

/** The same list with other parameters; `after` never survives unless given. Relative, so that it holds behind any proxy. */
function toLink(url: URL, changes: Readonly<Record<string, string>>): string {
  const search = new URLSearchParams(url.searchParams);
  search.delete('after');
  for (const [name, value] of Object.entries(changes)) search.set(name, value);
  return `?${search}`;
}

/** The same list with one filter set or taken off; a representation asked for by name stays. */
function toNarrowed(url: URL, name: string, value: string | undefined): string {
  const search = new URLSearchParams(url.searchParams);
  search.delete('after');
  const kept = name === 'format' ? search.getAll('format').filter((one) => /^(html|xml|json)$/.test(one)) : [];
  search.delete(name);
  for (const one of value === undefined ? kept : [...kept, value]) search.append(name, one);
  return `?${search}`;
}

function toFullLink(face: Face, url: URL, link: string | undefined): string | undefined {
  return link === undefined ? undefined : `${face.registry.baseUrl}${url.pathname}${link}`;
}

/** Links to the other forms of a list; the image format the list may be narrowed to stays. */
function toAlternates(url: URL): [string, string][] {
  return (['json', 'xml'] as const).map((name) => {
    const search = new URLSearchParams(url.searchParams);
    search.append('format', name);
    return [`application/${name}`, `?${search}`];
  });
}

function toHeading({ identifier, email, createdAt }: Selector): string {
  if (identifier === undefined && email === undefined && createdAt === undefined) return 'Entries';
  const parts = [
    identifier === undefined ? '' : ` about ${identifier}`,
    email === undefined ? '' : ` of ${email}`,
    createdAt === undefined ? '' : ` signed ${createdAt.toISOString().slice(0, 19)}Z`,
  ];
  return `Entries${parts.join('')}`;
}
