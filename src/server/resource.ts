import type { Context, Hono } from 'hono';
import { VouchError } from '../errors.ts';
import { negotiate } from './accept.ts';
import { matchesETag } from './etag.ts';
import type { Face } from './face.ts';
import { toMethodProblem, toNotAcceptable } from './problem.ts';
import { replyProblem } from './problem-reply.ts';

/** What answers one method of a resource. */
export type Reply = (c: Context) => Response | Promise<Response>;

/** Mounts a resource: GET answers HEAD too, OPTIONS names the methods, any other method is a 405 problem. */
export function mount(app: Hono, face: Face, path: string, replies: { GET?: Reply; POST?: Reply }): void {
  const methods = Object.keys(replies).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (replies.GET !== undefined) app.get(path, replies.GET);
  if (replies.POST !== undefined) app.post(path, replies.POST);
  app.options(path, (c) =>
    c.body(null, 204, {
      Allow: allow,
      'Access-Control-Allow-Methods': allow,
      'Access-Control-Allow-Headers': 'Accept, Content-Type, If-None-Match',
      'Access-Control-Max-Age': '86400',
    }),
  );
  app.all(path, (c) => replyProblem(c, face, toMethodProblem(c.req.method, allow)));
}

/** The path of a request as sent: percent-encoding still in place, so that `%2F` is no separator. */
export function toRawPath(c: Context): string {
  return new URL(c.req.url).pathname;
}

/**
 * Sets validator and freshness of a reply. Returns the 304 if the client already has exactly this, undefined if the reply must be
 * made. `cacheControl` is `no-cache` (keep, but ask) where not given, `vary` the header that chooses between forms of it.
 */
export function notModified(
  c: Context,
  etag: string,
  cacheControl = 'no-cache',
  vary = 'Accept',
): Response | undefined {
  c.header('ETag', etag);
  c.header('Cache-Control', cacheControl);
  c.header('Vary', vary);
  return matchesETag(c.req.header('If-None-Match'), etag) ? c.body(null, 304) : undefined;
}

/** For what can never change under its URL. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';

/** One representation of a resource: the name `?format=` takes and the media types Accept can ask for, the usual one first. */
export interface Representation<N extends string = string> {
  readonly name: N;
  readonly mediaTypes: readonly string[];
}

/** The representation chosen, and the media type to send it as. */
export interface Choice<N extends string> {
  readonly name: N;
  readonly mediaType: string;
}

/**
 * Chooses a representation: by name where the URL asks for one, else by Accept, where the earlier wins among equals. Throws `usage`
 * for an unknown name; answers the problem 406 where Accept allows none.
 */
export function choose<N extends string>(
  c: Context,
  face: Face,
  representations: readonly Representation<N>[],
  name: string | undefined,
): Choice<N> | Response | Promise<Response> {
  if (name !== undefined) {
    const named = representations.find((one) => one.name === name);
    if (named === undefined) {
      const names = representations.map((one) => one.name).join(', ');
      throw new VouchError('usage', `The format must be one of ${names}.`);
    }
    return { name: named.name, mediaType: named.mediaTypes[0]! };
  }
  const offers = representations.flatMap((one) => one.mediaTypes);
  const mediaType = negotiate(c.req.header('Accept'), offers);
  const chosen = representations.find((one) => mediaType !== undefined && one.mediaTypes.includes(mediaType));
  if (chosen === undefined || mediaType === undefined) return replyProblem(c, face, toNotAcceptable(offers));
  return { name: chosen.name, mediaType };
}

/** True if `choose` answered by itself. */
export function isReply<N extends string>(
  chosen: Choice<N> | Response | Promise<Response>,
): chosen is Response | Promise<Response> {
  return chosen instanceof Response || chosen instanceof Promise;
}

/** Replies with JSON, a line end after it for people at a terminal. */
export function replyJson(c: Context, value: unknown, mediaType = 'application/json'): Response {
  return c.body(`${JSON.stringify(value)}\n`, { headers: { 'Content-Type': mediaType } });
}

/** Replies with bytes endorsers wrote; opened in a browser they can run nothing, whatever they hold. */
export function replyForeign(
  c: Context,
  body: Uint8Array<ArrayBuffer> | ReadableStream | string,
  mediaType: string,
): Response {
  c.header('Content-Security-Policy', "default-src 'none'; sandbox");
  return c.body(body, { headers: { 'Content-Type': mediaType } });
}
