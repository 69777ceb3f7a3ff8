import type { Context, Hono } from 'hono';
import { toEntryPath } from '../../catalog/entry-path.ts';
import type { Ending, Pending } from '../../confirm/pending.ts';
import type { Finding } from '../../errors.ts';
import { isSha256Hex } from '../../log/sha256.ts';
import { negotiate } from '../accept.ts';
import type { Face } from '../face.ts';
import { submissionStatusPage } from '../pages/submission-page.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem, toFindingJson } from '../problem-reply.ts';
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
    }
  /** It waits for its endorser. */
  | { readonly status: 'unconfirmed'; readonly document: string; readonly expiresAt: string }
  /** It waited for its endorser, and became no entry. */
  | {
      readonly status: Exclude<Ending, 'accepted'>;
      readonly document: string;
      readonly findings: readonly Finding[];
    };

/**
 * `/submissions/<sha256>`: what became of a document that was answered 202: whether its endorser confirmed it, and the
 * witnesses of the log have seen it.
 */
export function mountSubmissions(app: Hono, face: Face): void {
  mount(app, face, '/submissions/:sha256', { GET: (c) => replyStatus(c, face) });
}

async function replyStatus(c: Context, face: Face): Promise<Response> {
  const sha256 = toRawPath(c).slice('/submissions/'.length);
  const found = isSha256Hex(sha256) ? await findStatus(face, sha256) : undefined;
  if (found === undefined)
    return replyProblem(c, face, toNotFound('No document with this SHA-256 was accepted here, or waits.'));
  c.header('Cache-Control', 'no-store');
  c.header('Vary', 'Accept');
  if (found.status === 'pending' || found.status === 'unconfirmed') c.header('Retry-After', '2');
  const offer = negotiate(c.req.header('Accept'), ['application/json', 'text/html']);
  if (offer === 'text/html') return c.html(submissionStatusPage(face, found));
  if (!('findings' in found)) return replyJson(c, found);
  return replyJson(c, { ...found, findings: found.findings.map((finding) => toFindingJson(face, finding)) });
}

async function findStatus({ registry }: Face, document: string): Promise<SubmissionStatus | undefined> {
  const index = await registry.log.findDocument(document);
  if (index === undefined) {
    const pending = await registry.findPending?.(document);
    return pending === undefined
      ? findUnconfirmed(registry.confirmation?.find(document))
      : { status: 'pending', document, index: pending };
  }
  // Recorded is what lists show: the catalog may be a moment behind.
  const entry = await registry.catalog.entry(index);
  if (entry === undefined) return { status: 'pending', document, index };
  const location = `${registry.baseUrl}${toEntryPath(entry.identifier, entry.email, entry.createdAt)}`;
  return { status: 'recorded', document, index, location, receipt: `${registry.baseUrl}/log/receipt/${index}` };
}

/** What the log does not have was not accepted, whatever else is remembered of it. */
function findUnconfirmed(pending: Pending | undefined): SubmissionStatus | undefined {
  if (pending === undefined || pending.state === 'accepted') return undefined;
  const { state, documentSha256: document, expiresAt, findings = [] } = pending;
  const isOpen = state === 'waiting' || state === 'confirmed';
  return isOpen ? { status: 'unconfirmed', document, expiresAt } : { status: state, document, findings };
}
