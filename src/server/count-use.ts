import type { Context, MiddlewareHandler } from 'hono';
import type { Usage } from '../usage/usage.ts';

interface UsedResource {
  readonly kind: 'lookup' | 'check';
  readonly identifier: string;
  readonly documentSha256?: string;
}

/** Who says of himself that he looks at everything, whatever it is. */
const CRAWLER = /bot\b|crawl|spider|slurp|archiver|preview/i;

/** Says that the reply, if it is one, shows an image that is here; with the document's SHA-256, one of its entries. */
export function noteLookup(c: Context, identifier: string, documentSha256?: string): void {
  note(c, { kind: 'lookup', identifier, ...(documentSha256 === undefined ? {} : { documentSha256 }) });
}

/** Says that the reply proves the history of an image that is here. */
export function noteCheck(c: Context, identifier: string): void {
  note(c, { kind: 'check', identifier });
}

/**
 * Counts what routes took note of, where it was sent: a GET that is answered 200. A HEAD, and a 304 to who has it already, is somebody
 * looking whether there is anything new, as programs do by the hour. Crawlers that say so and what browsers fetch ahead of anybody's wish
 * count for nothing; what tells them is looked at and forgotten.
 */
export function countUses(usage: Usage): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const used = c.get('used') as UsedResource | undefined;
    if (used === undefined || c.req.method !== 'GET' || c.res.status !== 200 || isUnasked(c)) return;
    if (used.kind === 'check') usage.countCheck(used.identifier);
    else usage.countLookup(used.identifier, used.documentSha256);
  };
}

function note(c: Context, used: UsedResource): void {
  c.set('used', used);
}

function isUnasked(c: Context): boolean {
  const purpose = c.req.header('Sec-Purpose') ?? c.req.header('Purpose') ?? '';
  return CRAWLER.test(c.req.header('User-Agent') ?? '') || /prefetch|prerender/i.test(purpose);
}
