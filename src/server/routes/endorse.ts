import type { Context, Hono } from 'hono';
import type { CatalogEntry } from '../../catalog/catalog.ts';
import { VouchError } from '../../errors.ts';
import { isSha256Hex } from '../../log/sha256.ts';
import { VERIFYING_PAGE_POLICY } from '../content-policy.ts';
import type { Face } from '../face.ts';
import { ENDORSING_ACTS, type EndorsingAct, endorsePage } from '../pages/endorse-page.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { mount } from '../resource.ts';

/**
 * `/endorse`: the page on which an endorser describes and signs. `act` says what he does (`new` where not given), `document` the SHA-256 of the
 * entry he starts from.
 */
export function mountEndorse(app: Hono, face: Face): void {
  mount(app, face, '/endorse', { GET: (c) => replyPage(c, face) });
}

async function replyPage(c: Context, face: Face): Promise<Response> {
  const act = readAct(c.req.query('act') || 'new');
  const document = c.req.query('document') || undefined;
  if (act !== 'new' && document === undefined) {
    throw new VouchError('usage', `The parameter document is missing: it says which entry to ${act}.`);
  }
  const original = document === undefined ? undefined : await findOriginal(face, document);
  if (document !== undefined && original === undefined) {
    return replyProblem(c, face, toNotFound('There is no entry with this document to start from.'));
  }
  c.header('Cache-Control', 'no-cache');
  c.header('Content-Security-Policy', VERIFYING_PAGE_POLICY);
  return c.html(endorsePage(face, act, original));
}

function readAct(text: string): EndorsingAct {
  const act = ENDORSING_ACTS.find((one) => one === text);
  if (act === undefined)
    throw new VouchError('usage', `The parameter act must be one of ${ENDORSING_ACTS.join(', ')}.`);
  return act;
}

async function findOriginal({ registry, catalog }: Face, document: string): Promise<CatalogEntry | undefined> {
  const index = isSha256Hex(document) ? await registry.log.findDocument(document) : undefined;
  return index === undefined ? undefined : await catalog.entry(index);
}
