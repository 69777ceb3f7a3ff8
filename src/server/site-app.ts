import { isIP } from 'node:net';
import { type Context, Hono } from 'hono';
import { readEntryTime } from '../entry/entry-time.ts';
import { VouchError } from '../errors.ts';
import type { Decision } from '../policy/decision.ts';
import type { LogStanding } from '../policy/judged-entry.ts';
import { toDecisionJson } from '../policy/write-decision.ts';
import type { Site } from '../site/site.ts';
import type { SubscriptionStatus } from '../site/subscription/status.ts';
import { readBody, toMediaType } from './body.ts';
import { FAULT_REPLIES, type FaultReply, isOurs, toFault } from './problem.ts';
import { SiteMetrics } from './site-metrics.ts';

export interface SiteAppOptions {
  readonly isFilled: () => boolean;
  /** It listens where only this machine reaches it: then no name but the machine's own leads here. */
  readonly isLoopback?: boolean;
  /** How the subscriptions stand, where there are any. */
  readonly readSubscriptions?: () => SubscriptionStatus;
  /** Hears of every decision about what is now. */
  readonly onDecision?: (decision: Decision) => void;
  readonly now?: () => Date;
  readonly onFault?: (fault: VouchError) => void;
}

/** A question is a name and a time; hundreds of them fit. */
const BODY = { bytes: 64 * 1024, seconds: 10 } as const;
const IMAGES_MOST = 1_000;
/** Decisions under way at once of one question with many images. */
const AT_ONCE = 16;

/**
 * What a cloud asks before it launches, for loopback or a Unix socket:
 *
 * - `POST /policy/decide` with `{ "image": ID, "at"?: TIME }`, or `{ "images": [ID, …] }`; `GET /policy/decide/ID`
 * - `GET /subscriptions`, where the site has any
 * - `GET /health/live`, `/health/ready`, `/metrics`
 *
 * A decision is always a 200, also if it denies. Whatever else comes must be taken for a no.
 */
export function createSiteApp(site: Site, options: SiteAppOptions): Hono {
  const { isFilled, readSubscriptions, now = () => new Date(), onDecision, onFault } = options;
  const app = new Hono();
  const metrics = new SiteMetrics();
  app.use(async (c, next) => {
    // Before there is an answer: one that is changed afterwards is made twice, which costs more than the decision.
    c.header('Cache-Control', 'no-store');
    c.header('X-Content-Type-Options', 'nosniff');
    // A page in a browser of this machine could let a name of its own lead here, and read the answers as its own.
    if (options.isLoopback === true && !isOwnName(c.req.header('Host'))) {
      return c.body('Ask this site daemon by the address of this machine, as in http://127.0.0.1:8090.\n', 421);
    }
    return await next();
  });
  const decide = async (image: string, at: Date | undefined) => {
    const start = performance.now();
    const decision = await site.decide(image, at);
    metrics.count(decision.outcome, (performance.now() - start) / 1_000);
    if (at === undefined) onDecision?.(decision);
    return toDecisionJson(decision);
  };
  app.post('/policy/decide', async (c) => {
    const { images, at, isOne } = await readQuestion(c);
    if (isOne) return c.json(await decide(images[0]!, at));
    const decisions: Record<string, unknown>[] = [];
    for (let from = 0; from < images.length; from += AT_ONCE) {
      decisions.push(...(await Promise.all(images.slice(from, from + AT_ONCE).map((image) => decide(image, at)))));
    }
    return c.json({ decisions });
  });
  app.get('/policy/decide/:image', async (c) => c.json(await decide(c.req.param('image'), readAt(c.req.query('at')))));
  if (readSubscriptions !== undefined) app.get('/subscriptions', (c) => c.json(readSubscriptions()));
  app.get('/health/live', (c) => c.json({ status: 'live' }));
  app.get('/health/ready', (c) => {
    const logs = site.logs.map((log) => log.standing(now()));
    const isUsable = ({ fault }: LogStanding): boolean => fault === undefined;
    const { logFaults = 'deny-all' } = site.policy;
    const isReady = isFilled() && (logFaults === 'deny-all' ? logs.every(isUsable) : logs.some(isUsable));
    const told = logs.map(({ origin, size, checkedAt, fault, notice }) => ({ origin, size, checkedAt, fault, notice }));
    return c.json(
      { status: isReady ? 'ready' : 'not ready', policy: site.policy.digest, logs: told },
      isReady ? 200 : 503,
    );
  });
  app.get('/metrics', (c) =>
    c.body(
      metrics.write(
        site.logs.map((log) => log.standing(now())),
        now(),
        readSubscriptions?.(),
      ),
      {
        headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
      },
    ),
  );
  app.notFound((c) => replyProblem(c, 'not-found', 'There is nothing at this address.'));
  app.onError((thrown, c) => {
    const fault = toFault(thrown);
    metrics.fail();
    if (isOurs(fault)) onFault?.(fault);
    const reply: FaultReply = FAULT_REPLIES[fault.code];
    return replyProblem(c, fault.code, reply.isOurs === true ? reply.meaning : fault.message);
  });
  return app;
}

/** True for a number, which no name server can make lead elsewhere, and for the name of every machine for itself. */
function isOwnName(host: string | undefined): boolean {
  const name = host?.replace(/:\d{1,5}$/, '').toLowerCase();
  return name === 'localhost' || isIP(name?.replace(/^\[(.*)\]$/, '$1') ?? '') !== 0;
}

function replyProblem(c: Context, code: VouchError['code'], detail: string): Response {
  const { status, title } = FAULT_REPLIES[code];
  const body = JSON.stringify({ type: `urn:vouch:problem:${code}`, title, status, detail });
  return c.body(`${body}\n`, status as 400, { 'Content-Type': 'application/problem+json' });
}

interface SiteQuestion {
  readonly images: readonly string[];
  readonly at: Date | undefined;
  readonly isOne: boolean;
}

async function readQuestion(c: Context): Promise<SiteQuestion> {
  if (toMediaType(c.req.header('Content-Type')) !== 'application/json') {
    throw new VouchError('media-type', 'A question is sent as application/json.');
  }
  const bytes = await readBody(c.req.raw, BODY);
  let question: unknown;
  try {
    question = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new VouchError('malformed', 'The question is not JSON.', { cause });
  }
  const { image, images, at, ...rest } = (typeof question === 'object' && question !== null ? question : {}) as Record<
    string,
    unknown
  >;
  const isOne = images === undefined;
  const asked = isOne ? [image] : images;
  const areNames = Array.isArray(asked) && asked.every((one): one is string => typeof one === 'string');
  if (!areNames || Object.keys(rest).length > 0 || (!isOne && image !== undefined)) {
    throw new VouchError('usage', 'A question is { "image": ID, "at"?: TIME } or { "images": [ID, …], "at"?: TIME }.');
  }
  if (asked.length > IMAGES_MOST)
    throw new VouchError('usage', `At most ${IMAGES_MOST} images are asked about at once.`);
  return { images: asked, at: readAt(at), isOne };
}

function readAt(at: unknown): Date | undefined {
  if (at === undefined) return undefined;
  const time = typeof at === 'string' ? readEntryTime(at) : undefined;
  if (time === undefined) throw new VouchError('usage', '"at" must be a time such as 2027-01-31T12:00:00Z.');
  return time;
}
