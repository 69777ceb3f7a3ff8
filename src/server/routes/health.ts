import type { Hono } from 'hono';
import type { Face } from '../face.ts';
import { mount, replyJson } from '../resource.ts';

/** `/health/live`: the process answers. `/health/ready`: lists and SPARQL have taken in the whole log; 503 while they have not. */
export function mountHealth(app: Hono, face: Face): void {
  mount(app, face, '/health/live', {
    GET: (c) => {
      c.header('Cache-Control', 'no-store');
      return replyJson(c, { status: 'live' });
    },
  });
  mount(app, face, '/health/ready', {
    GET: (c) => {
      const { log, catalog, sparql, isReadOnly } = face.registry;
      // The log is read first: followers only ever move toward it.
      const logSize = log.size();
      const followers = { catalog: catalog.position(), sparql: sparql.position() };
      const isReady = followers.catalog >= logSize && followers.sparql >= logSize;
      c.header('Cache-Control', 'no-store');
      c.status(isReady ? 200 : 503);
      return replyJson(c, { status: isReady ? 'ready' : 'catching up', logSize, followers, readOnly: isReadOnly });
    },
  });
}
