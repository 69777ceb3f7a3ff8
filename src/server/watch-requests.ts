import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { AnsweredRequest, RegistryMetrics } from './registry-metrics.ts';

/** A request as the journal tells of it: no address, no path, no query. */
export interface RequestNote extends AnsweredRequest {
  readonly requestId: string;
  /** Code of the fault, where it was answered with one. */
  readonly fault?: string;
}

/** What a proxy in front may call a request; anything else is called anew. */
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;
/** Where the reply says it, and a proxy may. */
export const REQUEST_ID_HEADER = 'X-Request-Id';

/** Names, counts and notes every request. It must be the first that sees one, so that it is the last that sees the reply. */
export function watchRequests(metrics: RegistryMetrics, note: (request: RequestNote) => void): MiddlewareHandler {
  return async (c, next) => {
    const given = c.req.header(REQUEST_ID_HEADER) ?? '';
    const requestId = REQUEST_ID.test(given) ? given : randomUUID();
    const end = metrics.begin();
    const start = performance.now();
    c.set('requestId', requestId);
    c.header(REQUEST_ID_HEADER, requestId);
    try {
      await next();
    } finally {
      const seconds = (performance.now() - start) / 1000;
      const answered = { method: c.req.method, route: toRoute(c), status: c.res.status, seconds };
      c.res.headers.set(REQUEST_ID_HEADER, requestId);
      end(answered);
      const fault: unknown = c.get('fault');
      note({ ...answered, requestId, ...(typeof fault === 'string' ? { fault } : {}) });
    }
  };
}

/** The name of the request under way. */
export function toRequestId(c: Context): string {
  return String(c.get('requestId') ?? '');
}

/** Has the note of the request say with which fault it was answered. */
export function noteFault(c: Context, code: string): void {
  c.set('fault', code);
}

/** The pattern of the route that answered: one of finitely many, whatever was asked for. */
function toRoute(c: Context): string {
  const path = routePath(c);
  return path === '*' || path === '/*' ? 'none' : path;
}
