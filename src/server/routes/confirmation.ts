import type { Context, Hono } from 'hono';
import type { Answer, Confirmation } from '../../confirm/confirmation.ts';
import type { Pending } from '../../confirm/pending.ts';
import { negotiate } from '../accept.ts';
import type { Face } from '../face.ts';
import { answeredPage, askPage } from '../pages/confirmation-page.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem, toFindingJson } from '../problem-reply.ts';
import { mount, replyJson } from '../resource.ts';

const ANSWERS = ['confirm', 'reject', 'report'] as const satisfies readonly Answer[];
const OFFERS = ['text/html', 'application/json'] as const;

/**
 * The links of a confirmation mail. GET shows what it is about and a button, since mail scanners follow links; POST does it. The token
 * in the path is all it takes: no cookie or session is there for another site to abuse.
 */
export function mountConfirmation(app: Hono, face: Face, confirmation: Confirmation): void {
  for (const answer of ANSWERS) {
    mount(app, face, `/${answer}/:token`, {
      GET: (c) => replyAnswer(c, face, confirmation.open(c.req.param('token') ?? ''), answer),
      POST: async (c) => replyAnswer(c, face, await confirmation.answer(c.req.param('token') ?? '', answer), answer),
    });
  }
}

function replyAnswer(c: Context, face: Face, pending: Pending | undefined, answer: Answer) {
  c.header('Cache-Control', 'no-store');
  c.header('Vary', 'Accept');
  if (pending === undefined) {
    return replyProblem(c, face, toNotFound('This link leads nowhere: it is cut off, or its time is long past.'));
  }
  const isWaiting = pending.state === 'waiting';
  // Of a link that was used, or has run out, nothing is left but the news.
  c.status(isWaiting || c.req.method === 'POST' ? 200 : 410);
  if (pending.state === 'refused' && c.req.method === 'POST') c.status(422);
  if (negotiate(c.req.header('Accept'), OFFERS) === 'application/json') {
    const { state, identifier, email, expiresAt, path, findings } = pending;
    const location = path === undefined ? {} : { location: `${face.registry.baseUrl}${path}` };
    const found = findings === undefined ? {} : { findings: findings.map((one) => toFindingJson(face, one)) };
    return replyJson(c, { state, identifier, email, expiresAt, ...location, ...found });
  }
  return c.html(isWaiting ? askPage(face, pending, answer) : answeredPage(face, pending));
}
