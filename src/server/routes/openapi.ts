import type { Hono } from 'hono';
import type { SavedQuery } from '../../catalog/sparql/saved-query.ts';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import { toOpenApi } from '../openapi.ts';
import { mount, notModified, replyJson } from '../resource.ts';

/** `/openapi.json`: the whole interface for programs that make clients of it. */
export function mountOpenApi(app: Hono, face: Face, queries: readonly SavedQuery[]): void {
  const { title, baseUrl } = face.registry;
  let made: { readonly description: Readonly<Record<string, unknown>>; readonly etag: string } | undefined;
  // At the first request, when all that is there is mounted.
  const make = () => {
    const patterns = app.routes.flatMap(({ method, path }) => (method === 'GET' || method === 'POST' ? [path] : []));
    const isThere = (path: string): boolean => patterns.some((pattern) => isServedBy(path, pattern));
    const description = toOpenApi(title, baseUrl, queries, isThere);
    return { description, etag: toETag('openapi', JSON.stringify(description)) };
  };
  mount(app, face, '/openapi.json', {
    GET: (c) => {
      made ??= make();
      return notModified(c, made.etag) ?? replyJson(c, made.description);
    },
  });
}

/** True if requests for a path, its parameters in braces, come to what is mounted under a pattern (`:name`, `*` at the end). */
export function isServedBy(path: string, pattern: string): boolean {
  const [parts, places] = [path.split('/'), pattern.split('/')];
  const isOpen = places.at(-1) === '*';
  if (isOpen ? parts.length < places.length : parts.length !== places.length) return false;
  return places.every(
    (place, at) => place === '*' || (place.startsWith(':') ? /^\{.*\}$/.test(parts[at]!) : place === parts[at]),
  );
}
