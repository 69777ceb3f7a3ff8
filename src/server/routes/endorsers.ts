import type { Context, Hono } from 'hono';
import type { EndorserSummary } from '../../catalog/catalog.ts';
import { writeEntryTime } from '../../entry/entry-time.ts';
import { VouchError } from '../../errors.ts';
import { faceAsOf } from '../as-of.ts';
import { readUsedCertificates } from '../endorser-certificate.ts';
import { toEntryJson } from '../entry-json.ts';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import { endorserPage, tagsPage } from '../pages/endorser-page.ts';
import { ENDORSER_ORDERS, type EndorsersView, endorsersPage, isEndorserOrder } from '../pages/endorsers-page.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { choose, isReply, mount, notModified, replyJson, toRawPath } from '../resource.ts';
import { readSegments } from '../selector.ts';

const REPRESENTATIONS = [
  { name: 'json', mediaTypes: ['application/json'] },
  { name: 'html', mediaTypes: ['text/html', 'application/xhtml+xml'] },
] as const;

const SHOWN = 50;

/** `/endorsers`: who endorses, what, since when. */
export function mountEndorsers(app: Hono, face: Face): void {
  mount(app, face, '/endorsers', { GET: async (c) => replyEndorsers(c, await faceAsOf(c, face)) });
  mount(app, face, '/endorsers/:email', { GET: async (c) => replyEndorser(c, await faceAsOf(c, face)) });
  mount(app, face, '/endorsers/:email/tags', { GET: async (c) => replyTags(c, await faceAsOf(c, face)) });
}

/** Chooses JSON or HTML and answers what is already known; otherwise gives the form to write. */
function begin(c: Context, face: Face) {
  const chosen = choose(c, face, REPRESENTATIONS, c.req.query('format'));
  if (isReply(chosen)) return chosen;
  const etag = toETag(toRawPath(c), new URL(c.req.url).search, chosen.mediaType, ...face.version());
  return notModified(c, etag) ?? chosen.name;
}

async function replyEndorsers(c: Context, face: Face): Promise<Response> {
  const form = begin(c, face);
  if (typeof form !== 'string') return form;
  const endorsers = await face.catalog.endorsers();
  if (form === 'html') return c.html(endorsersPage(face, endorsers, readView(c), face.now()));
  return replyJson(c, { logSize: face.logSize(), endorsers: endorsers.map(toEndorserJson) });
}

async function replyEndorser(c: Context, face: Face): Promise<Response> {
  const form = begin(c, face);
  if (typeof form !== 'string') return form;
  const email = readEmail(c);
  const identities = await readIdentities(face, email);
  if (identities.length === 0) return replyUnknown(c, face);
  const { catalog } = face;
  const { baseUrl } = face.registry;
  const at = face.now();
  const tags = await catalog.tags(email);
  const page = await catalog.list({ email }, at, { limit: SHOWN });
  const more = `/metadata/${encodeURIComponent(email)}?${new URLSearchParams({ status: 'all', after: page.next ?? '' })}`;
  if (form === 'html') {
    const next = page.next === undefined ? undefined : face.href(more);
    const activity = await catalog.activity(email, at);
    const certificates = await readUsedCertificates(face.registry.log, page.entries);
    return c.html(endorserPage(face, email, { identities, tags, activity, certificates, page, next, at }));
  }
  return replyJson(c, {
    logSize: page.logSize,
    email,
    identities: identities.map(toEndorserJson),
    tags: tags.map(({ tag, entry }) => ({ tag, entry: toEntryJson(entry, at, baseUrl) })),
    entries: page.entries.map((entry) => toEntryJson(entry, at, baseUrl)),
    ...(page.next === undefined ? {} : { next: `${baseUrl}${face.pathTo(more)}` }),
  });
}

async function replyTags(c: Context, face: Face): Promise<Response> {
  const form = begin(c, face);
  if (typeof form !== 'string') return form;
  const email = readEmail(c);
  const { catalog } = face;
  const { baseUrl } = face.registry;
  if ((await readIdentities(face, email)).length === 0) return replyUnknown(c, face);
  const at = face.now();
  const tags = await catalog.tags(email);
  if (form === 'html') return c.html(tagsPage(face, email, tags, at));
  return replyJson(c, {
    logSize: face.logSize(),
    email,
    tags: tags.map(({ tag, entry }) => ({ tag, entry: toEntryJson(entry, at, baseUrl) })),
  });
}

/** Which endorsers are shown, in which order. Throws `usage`. */
function readView(c: Context): EndorsersView {
  const words = (c.req.query('q') ?? '').trim();
  if (words.length > 200) throw new VouchError('usage', 'The parameter q is longer than 200 characters.');
  const sort = c.req.query('sort') ?? 'recent';
  if (!isEndorserOrder(sort)) {
    throw new VouchError('usage', `The parameter sort must be one of ${ENDORSER_ORDERS.join(', ')}.`);
  }
  const from = c.req.query('from') ?? '0';
  if (!/^\d{1,9}$/.test(from)) throw new VouchError('usage', 'The parameter from must be a whole number.');
  return { words, sort, from: Number(from) };
}

function readEmail(c: Context): string {
  return readSegments(toRawPath(c))?.[1] ?? '';
}

async function readIdentities(face: Face, email: string): Promise<readonly EndorserSummary[]> {
  return (await face.catalog.endorsers()).filter((endorser) => endorser.email === email);
}

function replyUnknown(c: Context, face: Face): Response | Promise<Response> {
  c.header('ETag', undefined);
  return replyProblem(c, face, toNotFound('Nobody has endorsed an image here with this e-mail address.'));
}

function toEndorserJson({ firstAt, lastAt, ...endorser }: EndorserSummary): Record<string, unknown> {
  return { ...endorser, firstAt: writeEntryTime(firstAt), lastAt: writeEntryTime(lastAt) };
}
