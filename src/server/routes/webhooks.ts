import type { Hono } from 'hono';
import { writeEntryTime } from '../../entry/entry-time.ts';
import type { Webhooks } from '../../webhook/open-webhooks.ts';
import type { Face } from '../face.ts';
import { mount, replyJson } from '../resource.ts';

/** `/webhooks/key`: what receivers verify by. `/health/webhooks`: how deliveries do, without saying where they go. */
export function mountWebhooks(app: Hono, face: Face, webhooks: Webhooks): void {
  mount(app, face, '/webhooks/key', {
    GET: (c) => {
      c.header('Cache-Control', 'no-cache');
      return c.body(`${webhooks.publicKey}\n`, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
    },
  });
  mount(app, face, '/health/webhooks', {
    GET: (c) => {
      c.header('Cache-Control', 'no-store');
      const states = webhooks.states().map(({ deliveredAt, ...state }) => ({
        ...state,
        ...(deliveredAt === undefined ? {} : { deliveredAt: writeEntryTime(deliveredAt) }),
      }));
      return replyJson(c, { webhooks: states });
    },
  });
}
