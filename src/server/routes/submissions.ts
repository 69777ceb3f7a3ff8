import type { Context, Hono } from 'hono';
import { toEntryPath } from '../../catalog/entry-path.ts';
import { isSha256Hex } from '../../log/sha256.ts';
import { negotiate } from '../accept.ts';
import type { Face } from '../face.ts';
import { submissionStatusPage } from '../pages/submission-page.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { mount, replyJson, toRawPath } from '../resource.ts';

/** How a submitted document stands. */
export type SubmissionStatus =
  | { readonly status: 'pending'; readonly document: string; readonly index: number }
  | {
      readonly status: 'recorded';
      readonly document: string;
      readonly index: number;
      /** URL of the entry. */
      readonly location: string;
      /** URL of its receipt. */
      readonly receipt: string;
    };

/** `/submissions/<sha256>`: whether a document has been seen by the witnesses of the log, for who was answered 202. */
export function mountSubmissions(app: Hono, face: Face): void {
  mount(app, face, '/submissions/:sha256', { GET: (c) => replyStatus(c, face) });
}

async function replyStatus(c: Context, face: Face): Promise<Response> {
  const sha256 = toRawPath(c).slice('/submissions/'.length);
  const found = isSha256Hex(sha256) ? await findStatus(face, sha256) : undefined;
  if (found === undefined) return replyProblem(c, face, toNotFound('No document with this SHA-256 was accepted here.'));
  c.header('Cache-Control', 'no-store');
  c.header('Vary', 'Accept');
  if (found.status === 'pending') c.header('Retry-After', '2');
  const offer = negotiate(c.req.header('Accept'), ['application/json', 'text/html']);
  return offer === 'text/html' ? c.html(submissionStatusPage(face, found)) : replyJson(c, found);
}

async function findStatus({ registry }: Face, document: string): Promise<SubmissionStatus | undefined> {
  const index = await registry.log.findDocument(document);
  if (index === undefined) {
    const pending = await registry.findPending?.(document);
    return pending === undefined ? undefined : { status: 'pending', document, index: pending };
  }
  // Recorded is what lists show: the catalog may be a moment behind.
  const entry = await registry.catalog.entry(index);
  if (entry === undefined) return { status: 'pending', document, index };
  const location = `${registry.baseUrl}${toEntryPath(entry.identifier, entry.email, entry.createdAt)}`;
  return { status: 'recorded', document, index, location, receipt: `${registry.baseUrl}/log/receipt/${index}` };
}
