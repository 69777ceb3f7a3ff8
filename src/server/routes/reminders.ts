import type { Context, Hono } from 'hono';
import type { AddressRecord } from '../../remind/address-ledger.ts';
import type { Reminders } from '../../remind/reminders.ts';
import type { Face } from '../face.ts';
import { subscriptionPage } from '../pages/subscription-page.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { mount } from '../resource.ts';

/**
 * The unsubscribe link of reminders. GET shows a button, since mail scanners follow links; POST ends them at once, as mail programs do it
 * for their user (RFC 8058), and `/subscribe/…` begins them again. The token in the path is all it takes.
 */
export function mountReminders(app: Hono, face: Face, reminders: Reminders): void {
  mount(app, face, '/unsubscribe/:token', {
    GET: (c) => reply(c, face, reminders.find(tokenOf(c))),
    POST: async (c) => reply(c, face, await reminders.subscribe(tokenOf(c), false)),
  });
  mount(app, face, '/subscribe/:token', {
    GET: (c) => reply(c, face, reminders.find(tokenOf(c))),
    POST: async (c) => reply(c, face, await reminders.subscribe(tokenOf(c), true)),
  });
}

function tokenOf(c: Context): string {
  return c.req.param('token') ?? '';
}

function reply(c: Context, face: Face, record: AddressRecord | undefined): Response | Promise<Response> {
  c.header('Cache-Control', 'no-store');
  if (record === undefined)
    return replyProblem(c, face, toNotFound('This link leads nowhere: it is cut off, or not ours.'));
  const { email, unsubscribedAt } = record;
  return c.html(subscriptionPage(face, { email, token: tokenOf(c), isSubscribed: unsubscribedAt === undefined }));
}
