import type { Context, Hono } from 'hono';
import { type CatalogEntry, placeOf } from '../../catalog/catalog.ts';
import type { ImageOverview } from '../../catalog/image-overview.ts';
import { faceAsOf } from '../as-of.ts';
import { noteLookup } from '../count-use.ts';
import { readTableRequest, type TableRequest, toTableJson } from '../data-table.ts';
import { writeDocumentList } from '../document-list.ts';
import { toPageJson } from '../entry-json.ts';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import { toAlternates, toHeading, toLink, toNarrowed } from '../list-link.ts';
import { LIST_REPRESENTATIONS, type ListRequest, readListRequest } from '../list-request.ts';
import { imagePage } from '../pages/image-page.ts';
import type { TagTarget } from '../pages/lineage.ts';
import { listPage } from '../pages/list-page.ts';
import type { Markup } from '../pages/markup.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { readFoundList, readListPage } from '../read-list.ts';
import { choose, isReply, mount, notModified, replyForeign, replyJson, toRawPath } from '../resource.ts';
import { readSegments, readSelector, type Selector } from '../selector.ts';
import { replyEntry } from './entry.ts';
import { replySubmission, type UploadLimits } from './submit.ts';

/** Tags of an image that are followed. */
const TAGS = 8;

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
    const origin = c.req.query('origin')?.trim() || undefined;
    const filter = { identifier, email, createdAt, ...(origin === undefined ? {} : { origin }) };
    const { entries } = await face.catalog.list(filter, face.now(), { limit: 1000 });
    // Two certificates may use one address in the same second: the first to be accepted keeps the URL for ever. What another registry took
    // has a URL of its own; without that it is found where nothing here has the address.
    const isTheirs = (one: CatalogEntry) => (one.isFollowed === true ? 1 : 0);
    const [entry] = [...entries].sort((one, other) => isTheirs(one) - isTheirs(other) || placeOf(one) - placeOf(other));
    const isLasting = entry?.isFollowed !== true || origin !== undefined;
    return replyEntry(c, face, entry, isLasting ? 'entry' : 'address', selector.suffix);
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
  await face.locations?.refresh();
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
    noteLookup(c, image.newest[0]!.identifier);
    const isPlain = request.after === undefined && request.sort === undefined;
    if (chosen.name === 'html' && isPlain) return c.html(await toImagePage(face, image, at, url));
  }
  if (chosen.name === 'html') return replyListPage(c, face, request, selector);
  const page = await readListPage(catalog, request, at);
  if (request.filter.identifier !== undefined && page.total > 0) noteLookup(c, request.filter.identifier);
  const next = page.next === undefined ? undefined : toLink(url, { after: page.next });
  if (next !== undefined) c.header('Link', `<${next}>; rel="next"`);
  if (chosen.name === 'json') {
    return replyJson(c, toPageJson(page, at, face.registry.baseUrl, toFullLink(face, url, next)));
  }
  return replyForeign(c, writeDocumentList(face.registry, page.entries), `${chosen.mediaType}; charset=utf-8`);
}

async function toImagePage(face: Face, image: ImageOverview, at: Date, url: URL): Promise<Markup> {
  const { next } = image;
  const { identifier } = image.newest[0]!;
  return imagePage(face, image, {
    at,
    tags: await readTagTargets(face, image.current),
    next: next === undefined ? undefined : toLink(url, { status: 'all', after: next }),
    alternates: toAlternates(url),
    use: (await face.usage?.ofImages([identifier]))?.get(identifier),
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

async function replyListPage(c: Context, face: Face, request: ListRequest, selector: Selector): Promise<Response> {
  const url = new URL(c.req.url);
  const found = await readFoundList(face.catalog, request, face.now());
  const { before, next, previous } = found.page;
  if (request.filter.identifier !== undefined && found.page.total > 0) noteLookup(c, request.filter.identifier);
  const toPage = (after: string) => toLink(url, { after });
  if (next !== undefined) c.header('Link', `<${toPage(next)}>; rel="next"`);
  const links = {
    ...(next === undefined ? {} : { next: toPage(next) }),
    ...(previous === undefined ? {} : { first: toLink(url, {}) }),
    ...(before === 0 ? {} : { previous: previous === undefined ? toLink(url, {}) : toPage(previous) }),
  };
  return c.html(
    listPage(face, {
      ...found,
      ...links,
      action: url.pathname,
      heading: toHeading(selector),
      alternates: toAlternates(url),
      narrowed: (name, value) => toNarrowed(url, name, value),
    }),
  );
}

/** What a table of the original's pages asks for: JSON, whatever Accept says. */
async function replyTable(c: Context, face: Face, request: ListRequest, table: TableRequest): Promise<Response> {
  const at = face.now();
  const { text: words, ...filter } = request.filter;
  const text = table.text ?? words;
  const page = await face.catalog.browse(text === undefined ? filter : { ...filter, text }, at, table.browse);
  const all = await face.catalog.browse(filter, at, { limit: 0 });
  c.header('Cache-Control', 'no-cache');
  return replyJson(c, toTableJson(table, page, all.total, at, face.registry.baseUrl));
}

function toFullLink(face: Face, url: URL, link: string | undefined): string | undefined {
  return link === undefined ? undefined : `${face.registry.baseUrl}${url.pathname}${link}`;
}
