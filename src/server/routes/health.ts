import { basename } from 'node:path';
import type { Context, Hono } from 'hono';
import { VouchError } from '../../errors.ts';
import type { Face } from '../face.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { mount, replyJson } from '../resource.ts';
import type { Vitals } from '../vitals.ts';

/**
 * `/health/live`: the process answers. `/health/ready`: 200 where readers get what the log says, 503 while lists or SPARQL lag behind it;
 * `reasons` says all that is wrong, and with `?strict` anything that is wrong is a 503.
 * `/health/mirror`: how a mirror stands to the log it copies; 503 where something is wrong with it.
 */
export function mountHealth(app: Hono, face: Face, look: () => Promise<Vitals>): void {
  mount(app, face, '/health/live', {
    GET: (c) => {
      c.header('Cache-Control', 'no-store');
      return replyJson(c, { status: 'live' });
    },
  });
  mount(app, face, '/health/ready', { GET: async (c) => replyReady(c, face, await look()) });
  mount(app, face, '/health/mirror', {
    GET: (c) => {
      const { mirrored } = face.registry;
      c.header('Cache-Control', 'no-store');
      if (mirrored === undefined) return replyProblem(c, face, toNotFound('This registry is no mirror.'));
      const { state, problem, evidence, ...facts } = mirrored.following();
      const isSound = state === 'following' || (state === 'catching-up' && problem === undefined);
      c.status(isSound ? 200 : 503);
      // Where the file lies is for the operator alone.
      const kept = evidence === undefined ? {} : { evidence: basename(evidence) };
      return replyJson(c, { status: state, ...facts, ...(problem === undefined ? {} : { problem }), ...kept });
    },
  });
}

function replyReady(c: Context, { registry }: Face, vitals: Vitals): Response {
  const strict = c.req.query('strict');
  if (strict !== undefined && strict !== '' && strict !== 'true') {
    throw new VouchError('usage', 'The parameter strict is given without a value, or as true.');
  }
  const { isReadOnly, readOnlyReason, confirmation } = registry;
  const { logSize, followers, reasons } = vitals;
  const isBehind = reasons.some(({ concernsReaders }) => concernsReaders);
  const isBad = isBehind || (strict !== undefined && reasons.length > 0);
  c.header('Cache-Control', 'no-store');
  c.status(isBad ? 503 : 200);
  return replyJson(c, {
    status: isBehind ? 'catching up' : reasons.length > 0 ? 'degraded' : 'ready',
    reasons: reasons.map(({ code, message }) => ({ code, message })),
    logSize,
    followers,
    readOnly: isReadOnly,
    ...(readOnlyReason === undefined ? {} : { reason: readOnlyReason }),
    ...(confirmation === undefined ? {} : { confirmation: confirmation.state }),
  });
}
