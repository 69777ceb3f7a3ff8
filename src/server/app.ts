import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { SavedQuery } from '../catalog/sparql/saved-query.ts';
import type { VouchError } from '../errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { Reminders } from '../remind/reminders.ts';
import type { LocationFacts } from '../site/probe/location-facts.ts';
import type { Usage } from '../usage/usage.ts';
import type { Webhooks } from '../webhook/open-webhooks.ts';
import { type ClientAddress, LOOPBACK, toClientAddress } from './client-address.ts';
import { compressReplies } from './compress.ts';
import { PAGE_POLICY } from './content-policy.ts';
import { countUses } from './count-use.ts';
import type { StreamLimits } from './event-stream.ts';
import { type DocumentReader, toFace } from './face.ts';
import type { Facts } from './facts/facts.ts';
import { type GateSettings, guard } from './gate.ts';
import { type FaultyRequest, toFaultText } from './journal.ts';
import { LargeAnswers, type SendingLimits } from './large-answer.ts';
import { isOurs, toFault, toFaultProblem, toNotFound } from './problem.ts';
import { replyProblem } from './problem-reply.ts';
import { limitRates, RateLimiter, type RateLimits } from './rate-limit.ts';
import { RegistryMetrics } from './registry-metrics.ts';
import { toRawPath } from './resource.ts';
import { mountAssets } from './routes/assets.ts';
import { mountConfirmation } from './routes/confirmation.ts';
import { mountDocs } from './routes/docs.ts';
import { mountEndorse } from './routes/endorse.ts';
import { mountEndorsers } from './routes/endorsers.ts';
import { mountEntries } from './routes/entries.ts';
import { mountFacts } from './routes/facts.ts';
import { mountFeeds } from './routes/feeds.ts';
import { mountHealth } from './routes/health.ts';
import { mountHome } from './routes/home.ts';
import { mountLog, mountMirrors } from './routes/log.ts';
import { mountLogProofs } from './routes/log-proof.ts';
import { type MetricsAccess, mountMetrics } from './routes/metrics.ts';
import { mountOpenApi } from './routes/openapi.ts';
import { mountOrigins } from './routes/origins.ts';
import { mountQuery } from './routes/query.ts';
import { mountReminders } from './routes/reminders.ts';
import { mountSavedQueries } from './routes/saved-queries.ts';
import { mountStatus } from './routes/status.ts';
import { mountSubmissions } from './routes/submissions.ts';
import { mountUsage, type SiteNames } from './routes/usage.ts';
import { mountVocabulary } from './routes/vocabulary.ts';
import { mountWebhooks } from './routes/webhooks.ts';
import { mountWitness } from './routes/witness.ts';
import type { Theme } from './theme.ts';
import { readVitals, type VitalParts } from './vitals.ts';
import { noteFault, type RequestNote, toRequestId, watchRequests } from './watch-requests.ts';

export interface AppOptions {
  /** Reads accepted documents for Turtle, JSON-LD and N-Quads: the registry's `verifier`. */
  readonly documents: DocumentReader;
  /** The clock statuses are computed by; the machine's where absent. */
  readonly now?: () => Date;
  /** Hears of every fault that is the registry's own; one line on standard error where absent. */
  readonly onFault?: (fault: VouchError, request: FaultyRequest) => void;
  /** Hears of every request that was answered. */
  readonly onRequest?: (request: RequestNote) => void;
  /** Who may see `/metrics`; programs on this machine where absent. */
  readonly metrics?: MetricsAccess;
  /** Addresses of proxies whose word on their clients counts; those on this machine where absent. */
  readonly proxies?: readonly string[];
  /** Who may read, and who is an administrator; everybody and nobody where absent. */
  readonly gate?: GateSettings;
  /** What one address may ask for; no limit where absent. */
  readonly rates?: RateLimits;
  /** The disk of the data directory, and how little room is too little. */
  readonly disk?: Pick<VitalParts, 'readDisk' | 'diskLowBytes'>;
  /** Queries that are answered by name; none where absent. */
  readonly savedQueries?: readonly SavedQuery[];
  /** How pages look besides. */
  readonly theme?: Theme;
  /** Seconds a request body may take to arrive; 30 where absent. */
  readonly bodySeconds?: number;
  /** What large answers to queries may take, and how slow their readers may be; see `SendingLimits` for what holds where nothing is given. */
  readonly sending?: SendingLimits;
  /** How event streams are kept, and when they end; see `StreamLimits` for what holds where nothing is given. */
  readonly feeds?: StreamLimits;
  /** The webhooks whose key and state are shown. */
  readonly webhooks?: Webhooks;
  /** What was found at locations. */
  readonly locations?: LocationFacts;
  /** The reminders that links in mails end. */
  readonly reminders?: Reminders;
  /** Counts how images are used; nobody does where absent. */
  readonly usage?: Usage;
  /** SPARQL over use and locations; there is none where absent. */
  readonly facts?: Facts;
  /** Who sees the names that sites give themselves; administrators where absent. */
  readonly siteNames?: SiteNames;
}

const SECURITY_HEADERS = {
  'Content-Security-Policy': PAGE_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  // Everything here is public and nothing depends on who asks, so pages of other sites may read it too.
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'Content-Location, ETag, Link, Location, Log-Size, Memento-Datetime, Retry-After, X-Request-Id',
};

/** Nothing here is spelled with `.` and `..`; they are resolved before a route looks, and a cache in front keeps what it asked for. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * The registry as an HTTP application: every resource of docs/http-api.md. It answers below `/`; where the base URL has a path, the
 * proxy in front strips it. Whatever is thrown becomes a problem reply that shows nothing of the inside.
 */
export function createApp(registry: Registry, options: AppOptions): Hono {
  const now = options.now ?? (() => new Date());
  const theme = options.theme ?? {};
  const face = { ...toFace(registry, options.documents, now, options), theme };
  const bodySeconds = options.bodySeconds ?? 30;
  const onFault = options.onFault ?? writeFault;
  const { reminders, webhooks } = options;
  const addressOf: ClientAddress = toClientAddress(options.proxies ?? LOOPBACK);
  const metrics = new RegistryMetrics();
  const look = () => readVitals({ registry, now, reminders, webhooks, ...options.disk });
  const onUpload = metrics.countUpload.bind(metrics);
  const app = new Hono({ strict: false });
  app.use(watchRequests(metrics, options.onRequest ?? (() => {})));
  app.use(compressReplies());
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value);
    if (DOT_SEGMENT.test(toSentPath(c))) return c.notFound();
    await next();
  });
  if (options.gate !== undefined) app.use(guard(options.gate, addressOf));
  if (options.rates !== undefined) app.use(limitRates(new RateLimiter(options.rates), addressOf));
  if (options.usage !== undefined) app.use(countUses(options.usage));
  mountHome(app, face);
  mountAssets(app, face);
  mountFeeds(app, face, options.feeds ?? {});
  mountEntries(app, face, { bodySeconds, onUpload });
  mountSubmissions(app, face);
  if (registry.confirmation !== undefined) mountConfirmation(app, face, registry.confirmation);
  mountEndorse(app, face);
  mountEndorsers(app, face);
  mountOrigins(app, face);
  if (options.usage !== undefined)
    mountUsage(app, face, options.usage, { siteNames: options.siteNames ?? 'administrators', bodySeconds });
  const answers = new LargeAnswers(options.sending ?? {});
  mountQuery(app, face, { bodySeconds, addressOf, answers });
  mountSavedQueries(app, face, options.savedQueries ?? [], { addressOf, answers });
  if (options.facts !== undefined) mountFacts(app, face, options.facts, { bodySeconds, addressOf, answers });
  mountVocabulary(app, face);
  mountOpenApi(app, face, options.savedQueries ?? []);
  mountLog(app, face);
  mountMirrors(app, face);
  mountLogProofs(app, face);
  if (registry.witness !== undefined) mountWitness(app, face, registry.witness, bodySeconds);
  mountStatus(app, face, look);
  mountHealth(app, face, look);
  mountMetrics(app, face, { metrics, access: options.metrics ?? 'local', addressOf, look });
  if (webhooks !== undefined) mountWebhooks(app, face, webhooks);
  if (reminders !== undefined) mountReminders(app, face, reminders);
  mountDocs(app, face);
  app.notFound((c) => replyProblem(c, face, toNotFound('There is nothing at this address.')));
  app.onError((thrown, c) => {
    const fault = toFault(thrown);
    noteFault(c, fault.code);
    const request = { method: c.req.method, path: toTellablePath(toRawPath(c)), requestId: toRequestId(c) };
    if (isOurs(fault)) onFault(fault, request);
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

/** A path as the operator may see it: the token of a mail is for its reader alone, and no log need say who was asked for. */
function toTellablePath(path: string): string {
  return path
    .replace(/[^/]*(?:@|%40)[^/]*/gi, '…')
    .replace(/^(\/(?:confirm|reject|report|unsubscribe|subscribe)\/).*/, '$1…');
}

/** Tells the operator; the client never sees it. */
function writeFault(fault: VouchError, request: FaultyRequest): void {
  process.stderr.write(toFaultText(fault, request));
}
