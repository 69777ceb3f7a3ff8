import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { SavedQuery } from '../catalog/saved-query.ts';
import type { VouchError } from '../errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { Reminders } from '../remind/reminders.ts';
import type { Webhooks } from '../webhook/open-webhooks.ts';
import { compressReplies } from './compress.ts';
import { PAGE_POLICY } from './content-policy.ts';
import type { StreamLimits } from './event-stream.ts';
import { type DocumentReader, toFace } from './face.ts';
import { isOurs, toFault, toFaultProblem, toNotFound } from './problem.ts';
import { replyProblem } from './problem-reply.ts';
import { toRawPath } from './resource.ts';
import { mountAssets } from './routes/assets.ts';
import { mountConfirmation } from './routes/confirmation.ts';
import { mountDocs } from './routes/docs.ts';
import { mountEndorsers } from './routes/endorsers.ts';
import { mountEntries } from './routes/entries.ts';
import { mountFeeds } from './routes/feeds.ts';
import { mountHealth } from './routes/health.ts';
import { mountHome } from './routes/home.ts';
import { mountLog, mountMirrors } from './routes/log.ts';
import { mountLogProofs } from './routes/log-proof.ts';
import { mountOpenApi } from './routes/openapi.ts';
import { mountQuery } from './routes/query.ts';
import { mountReminders } from './routes/reminders.ts';
import { mountSavedQueries } from './routes/saved-queries.ts';
import { mountSubmissions } from './routes/submissions.ts';
import { mountVocabulary } from './routes/vocabulary.ts';
import { mountWebhooks } from './routes/webhooks.ts';
import { mountWitness } from './routes/witness.ts';

export interface AppOptions {
  /** Reads accepted documents for Turtle, JSON-LD and N-Quads: the registry's `verifier`. */
  readonly documents: DocumentReader;
  /** The clock statuses are computed by; the machine's where absent. */
  readonly now?: () => Date;
  /** Hears of every fault that is the registry's own; one line on standard error where absent. */
  readonly onFault?: (fault: VouchError, request: { readonly method: string; readonly path: string }) => void;
  /** Queries that are answered by name; none where absent. */
  readonly savedQueries?: readonly SavedQuery[];
  /** Seconds a request body may take to arrive; 30 where absent. */
  readonly bodySeconds?: number;
  /** How event streams are kept, and when they end; see `StreamLimits` for what holds where nothing is given. */
  readonly feeds?: StreamLimits;
  /** The webhooks whose key and state are shown. */
  readonly webhooks?: Webhooks;
  /** The reminders that links in mails end. */
  readonly reminders?: Reminders;
}

const SECURITY_HEADERS = {
  'Content-Security-Policy': PAGE_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  // Everything here is public and nothing depends on who asks, so pages of other sites may read it too.
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Content-Location, ETag, Link, Location, Log-Size, Memento-Datetime, Retry-After',
};

/** Nothing here is spelled with `.` and `..`; they are resolved before a route looks, and a cache in front keeps what it asked for. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * The registry as an HTTP application: every resource of docs/http-api.md. It answers below `/`; where the base URL has a path, the
 * proxy in front strips it. Whatever is thrown becomes a problem reply that shows nothing of the inside.
 */
export function createApp(registry: Registry, options: AppOptions): Hono {
  const face = toFace(registry, options.documents, options.now ?? (() => new Date()));
  const bodySeconds = options.bodySeconds ?? 30;
  const onFault = options.onFault ?? writeFault;
  const app = new Hono({ strict: false });
  app.use(compressReplies());
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value);
    if (DOT_SEGMENT.test(toSentPath(c))) return c.notFound();
    await next();
  });
  mountHome(app, face);
  mountAssets(app, face);
  mountFeeds(app, face, options.feeds ?? {});
  mountEntries(app, face, { bodySeconds });
  mountSubmissions(app, face);
  if (registry.confirmation !== undefined) mountConfirmation(app, face, registry.confirmation);
  mountEndorsers(app, face);
  mountQuery(app, face, bodySeconds);
  mountSavedQueries(app, face, options.savedQueries ?? []);
  mountVocabulary(app, face);
  mountOpenApi(app, face, options.savedQueries ?? []);
  mountLog(app, face);
  mountMirrors(app, face);
  mountLogProofs(app, face);
  mountSubmissions(app, face);
  if (registry.witness !== undefined) mountWitness(app, face, registry.witness, bodySeconds);
  mountHealth(app, face);
  if (options.webhooks !== undefined) mountWebhooks(app, face, options.webhooks);
  if (options.reminders !== undefined) mountReminders(app, face, options.reminders);
  mountDocs(app, face);
  app.notFound((c) => replyProblem(c, face, toNotFound('There is nothing at this address.')));
  app.onError((thrown, c) => {
    const fault = toFault(thrown);
    if (isOurs(fault)) onFault(fault, { method: c.req.method, path: toTellablePath(toRawPath(c)) });
    for (const name of ['ETag', 'Link', 'Content-Location']) c.header(name, undefined);
    return replyProblem(c, face, toFaultProblem(fault));
  });
  return app;
}

/** The path as it came over the wire, which only the server that runs the application knows. */
function toSentPath(c: Context): string {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
  return (incoming?.url ?? c.req.url).split('?', 1)[0]!;
}

/** A path as the operator may see it: the token of a mail is for its reader alone. */
function toTellablePath(path: string): string {
  return path.replace(/^(\/(?:confirm|reject|report|unsubscribe|subscribe)\/).*/, '$1…');
}

/** Tells the operator; the client never sees it. */
function writeFault(fault: VouchError, request: { readonly method: string; readonly path: string }): void {
  const cause = fault.cause instanceof Error ? `\n${fault.cause.stack}` : '';
  process.stderr.write(`${request.method} ${request.path}: ${fault.code}: ${fault.message}${cause}\n`);
}
