import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import type { FeedFilter } from '../../catalog/catalog.ts';
import { isIdentifier } from '../../entry/identifier.ts';
import { VouchError } from '../../errors.ts';
import { readTreeSize } from '../../proof/tree-size.ts';
import { writeAtom } from '../atom.ts';
import { toETag } from '../etag.ts';
import { EventStreams, type StreamLimits } from '../event-stream.ts';
import type { Face } from '../face.ts';
import { toFeedEvent, writeStreamEvent } from '../feed-event.ts';
import { toEndorserPath, toTagPath } from '../pages/entry-words.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { IMMUTABLE, mount, notModified, replyForeign, toRawPath } from '../resource.ts';
import { isEmail, readSegments } from '../selector.ts';

/** Places of one archive; the feed itself has so many to twice as many, so that nobody who comes in time needs an archive. */
const ARCHIVE_PLACES = 64;
const LINES_LIMIT = 1000;

/** What a feed is about. */
interface Scope {
  readonly filter: FeedFilter;
  readonly title: string;
  /** Path of the page about it, below which `feed.atom`, `feed.jsonl` and `feed.events` are. */
  readonly pagePath: string;
}

type FeedReply = (c: Context, face: Face, scope: Scope) => Response | Promise<Response>;

/** Feeds of the registry, an image, an endorser and a tag, each as Atom, JSON Lines and server-sent events. */
export function mountFeeds(app: Hono, face: Face, limits: StreamLimits): void {
  const streams = new EventStreams(face.registry.catalog, limits);
  const forms: readonly (readonly [string, FeedReply])[] = [
    ['feed.atom', replyAtom],
    ['feed.jsonl', replyLines],
    ['feed.events', (c, shown, scope) => replyEvents(c, shown, scope, streams)],
  ];
  for (const [name, reply] of forms) {
    for (const place of ['', '/metadata/:identifier', '/endorsers/:email', '/tag/:email/:tag']) {
      mount(app, face, `${place}/${name}`, {
        GET: (c) => {
          const scope = readScope(toRawPath(c), face.registry.title);
          if (scope === undefined) return replyProblem(c, face, toNotFound('Nothing can have a feed at this address.'));
          return reply(c, face, scope);
        },
      });
    }
  }
}

/** What is not here yet may have a feed: it is empty until it comes. */
function readScope(path: string, title: string): Scope | undefined {
  const segments = readSegments(path)?.slice(0, -1);
  if (segments === undefined) return undefined;
  const [kind, name = '', tag = ''] = segments;
  if (kind === undefined) return { filter: {}, title, pagePath: '/' };
  if (kind === 'metadata' && isIdentifier(name)) {
    return { filter: { identifier: name }, title: `Image ${name}`, pagePath: `/metadata/${name}` };
  }
  if (kind === 'endorsers' && isEmail(name)) {
    return { filter: { email: name }, title: `Entries of ${name}`, pagePath: toEndorserPath(name) };
  }
  if (kind === 'tag' && isEmail(name)) {
    return { filter: { email: name, tag }, title: `Tag ${tag} of ${name}`, pagePath: toTagPath(name, tag) };
  }
  return undefined;
}

async function replyAtom(c: Context, face: Face, { filter, title, pagePath }: Scope): Promise<Response> {
  const { catalog, baseUrl } = face.registry;
  const archive = readNumber(c, 'archive');
  const path = `${pagePath === '/' ? '' : pagePath}/feed.atom`;
  const toArchivePath = (nth: number) => `${path}?archive=${nth}`;
  let start = 0;
  const { places, entries } = await catalog.accepted(filter, (all) => {
    const full = Math.floor(all / ARCHIVE_PLACES);
    start = archive === undefined ? Math.max(0, full - 1) * ARCHIVE_PLACES : archive * ARCHIVE_PLACES;
    return { from: start, to: archive === undefined ? all : start + ARCHIVE_PLACES };
  });
  if (archive !== undefined && archive >= Math.floor(places / ARCHIVE_PLACES)) {
    return replyProblem(c, face, toNotFound('This archive of the feed is not full yet: its entries are in the feed.'));
  }
  const etag = toETag('atom', path, archive, places);
  const unchanged = notModified(c, etag, archive === undefined ? 'no-cache' : IMMUTABLE);
  if (unchanged !== undefined) return unchanged;
  const previous = start / ARCHIVE_PLACES - 1;
  const text = writeAtom(
    {
      title,
      path,
      pagePath,
      ...(archive === undefined ? {} : { archivePath: toArchivePath(archive) }),
      ...(previous < 0 ? {} : { previousPath: toArchivePath(previous) }),
    },
    entries,
    baseUrl,
  );
  return replyForeign(c, text, 'application/atom+xml; charset=utf-8');
}

async function replyLines(c: Context, face: Face, { filter }: Scope): Promise<Response> {
  const { catalog, baseUrl } = face.registry;
  const after = readCursor(face, c.req.query('after')) ?? 0;
  const limit = readNumber(c, 'limit') ?? LINES_LIMIT;
  if (limit < 1 || limit > LINES_LIMIT) {
    throw new VouchError('usage', `The parameter limit must be a whole number from 1 to ${LINES_LIMIT}.`);
  }
  const { entries, next } = await catalog.since(filter, after, limit);
  // The cursor to come back with: beyond the last line where the filter leaves records out.
  const search = new URLSearchParams(new URL(c.req.url).searchParams);
  search.set('after', String(next));
  c.header('Link', `<?${search}>; rel="next"`);
  const unchanged = notModified(c, toETag('lines', toRawPath(c), after, limit, next));
  if (unchanged !== undefined) return unchanged;
  const lines = entries.map((entry) => `${JSON.stringify(toFeedEvent(entry, baseUrl))}\n`);
  return replyForeign(c, lines.join(''), 'application/jsonl');
}

function replyEvents(c: Context, face: Face, { filter }: Scope, streams: EventStreams): Response {
  const { catalog, baseUrl } = face.registry;
  // What a browser sends when it comes back is newer than what stands in its address.
  const given = c.req.header('Last-Event-ID') || c.req.query('after');
  const from = readCursor(face, given) ?? catalog.position();
  c.header('Cache-Control', 'no-store');
  // Proxies that gather replies before passing them on would hold events back.
  c.header('X-Accel-Buffering', 'no');
  if (c.req.raw.method === 'HEAD') return replyForeign(c, '', 'text/event-stream');
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
  const write = (entry: Parameters<typeof writeStreamEvent>[0]) => writeStreamEvent(entry, baseUrl);
  return replyForeign(
    c,
    streams.stream(filter, from, write, incoming === undefined ? undefined : () => incoming.socket.destroy()),
    'text/event-stream',
  );
}

/** A log size up to which records are known already. Throws `usage`, and `not-found` for one the log has not reached. */
function readCursor(face: Face, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const cursor = readTreeSize(text);
  if (cursor === undefined) throw new VouchError('usage', 'A cursor is a log size in plain digits.');
  const size = face.registry.log.size();
  if (cursor > size) {
    throw new VouchError('not-found', `The log has ${size} records, so that nobody can have seen ${cursor} of them.`);
  }
  return cursor;
}

function readNumber(c: Context, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === '') return undefined;
  const number = readTreeSize(text);
  if (number === undefined)
    throw new VouchError('usage', `The parameter ${name} must be a whole number in plain digits.`);
  return number;
}
