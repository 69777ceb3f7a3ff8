import type { Hono } from 'hono';
import type { Face } from '../face.ts';
import { statusPage } from '../pages/status-page.ts';
import { readRegistryStatus, toStatusJson } from '../registry-status.ts';
import { choose, isReply, mount, replyJson } from '../resource.ts';
import type { Vitals } from '../vitals.ts';

const REPRESENTATIONS = [
  { name: 'json', mediaTypes: ['application/json'] },
  { name: 'html', mediaTypes: ['text/html', 'application/xhtml+xml'] },
] as const;

/** `/status`: how the registry stands, for people and programs. It always answers 200; `/health/ready` tells by its status. */
export function mountStatus(app: Hono, face: Face, look: () => Promise<Vitals>): void {
  mount(app, face, '/status', {
    GET: async (c) => {
      c.header('Cache-Control', 'no-store');
      c.header('Vary', 'Accept');
      const chosen = choose(c, face, REPRESENTATIONS, c.req.query('format'));
      if (isReply(chosen)) return chosen;
      const status = await readRegistryStatus(face, look);
      return chosen.name === 'json' ? replyJson(c, toStatusJson(status)) : c.html(statusPage(face, status, face.now()));
    },
  });
}
