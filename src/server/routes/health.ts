import { basename } from 'node:path';
import type { Hono } from 'hono';
import type { Face } from '../face.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { mount, replyJson } from '../resource.ts';

/**
 * `/health/live`: the process answers. `/health/ready`: lists and SPARQL have taken in the whole log; 503 while they have not. It also says
 * how many entries wait for confirmation, how many mails wait, and whether mail fails.
 * `/health/mirror`: how a mirror stands to the log it copies; 503 where something is wrong with it.
 */
export function mountHealth(app: Hono, face: Face): void {
  mount(app, face, '/health/live', {
    GET: (c) => {
      c.header('Cache-Control', 'no-store');
      return replyJson(c, { status: 'live' });
    },
  });
  mount(app, face, '/health/ready', {
    GET: (c) => {
      const { log, catalog, sparql, isReadOnly, readOnlyReason, confirmation } = face.registry;
      // The log is read first: followers only ever move toward it.
      const logSize = log.size();
      const followers = { catalog: catalog.position(), sparql: sparql.position() };
      const isReady = followers.catalog >= logSize && followers.sparql >= logSize;
      c.header('Cache-Control', 'no-store');
      c.status(isReady ? 200 : 503);
      const reason = readOnlyReason === undefined ? {} : { reason: readOnlyReason };
      const waiting = confirmation === undefined ? {} : { confirmation: confirmation.state };
      const status = isReady ? 'ready' : 'catching up';
      return replyJson(c, { status, logSize, followers, readOnly: isReadOnly, ...reason, ...waiting });
    },
  });
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
