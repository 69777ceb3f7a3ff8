import type { Hono } from 'hono';
import type { SavedQuery } from '../../catalog/saved-query.ts';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import { toOpenApi } from '../openapi.ts';
import { mount, notModified, replyJson } from '../resource.ts';

/** `/openapi.json`: the whole interface for programs that make clients of it. */
export function mountOpenApi(app: Hono, face: Face, queries: readonly SavedQuery[]): void {
  const { title, baseUrl } = face.registry;
  const description = toOpenApi(title, baseUrl, queries);
  const etag = toETag('openapi', JSON.stringify(description));
  mount(app, face, '/openapi.json', { GET: (c) => notModified(c, etag) ?? replyJson(c, description) });
}
