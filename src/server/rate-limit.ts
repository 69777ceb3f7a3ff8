import type { Context, MiddlewareHandler } from 'hono';
import { VouchError } from '../errors.ts';
import { type ClientAddress, toClientName, toNeighbourhood } from './client-address.ts';
import { isAdministrator } from './gate.ts';

/** What one address may ask for. */
export interface RateLimits {
  /** Requests a minute; as many may come at once after a minute of rest. */
  readonly requestsPerMinute: number;
  /** Of these, uploads. */
  readonly uploadsPerMinute: number;
  /** Of these, SPARQL queries, saved ones too. */
  readonly queriesPerMinute: number;
  /** Requests under way at once. */
  readonly requestsAtOnce: number;
}

type Kind = 'upload' | 'query' | 'log' | 'other';

/** Tiles, documents and proofs are a look into the store, and a mirror asks for many. */
const LOG_COST = 0.02;
/** Addresses remembered: further ones push out those that were quiet longest. */
const ADDRESSES_MOST = 50_000;
const MINUTE_MS = 60_000;

/** An amount that fills by itself, up to what fits. */
class Bucket {
  #level: number;
  #atMs: number;

  constructor(level: number, nowMs: number) {
    this.#level = level;
    this.#atMs = nowMs;
  }

  /** Takes `cost` where it is there: 0. Else takes nothing and says how many seconds it needs to come. */
  take(cost: number, perMinute: number, nowMs: number): number {
    this.#level = Math.min(perMinute, this.#level + ((nowMs - this.#atMs) * perMinute) / MINUTE_MS);
    this.#atMs = nowMs;
    if (this.#level >= cost) {
      this.#level -= cost;
      return 0;
    }
    return ((cost - this.#level) * 60) / perMinute;
  }
}

interface Visitor {
  readonly requests: Bucket;
  readonly uploads: Bucket;
  readonly queries: Bucket;
  underWay: number;
}

/** What each address has left. `nowMs` is a clock that never jumps; `most` addresses are remembered. */
export class RateLimiter {
  readonly #limits: RateLimits;
  readonly #nowMs: () => number;
  readonly #most: number;
  /** The quietest first. */
  readonly #visitors = new Map<string, Visitor>();

  constructor(limits: RateLimits, nowMs: () => number = () => performance.now(), most = ADDRESSES_MOST) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#most = most;
  }

  /** Counts a request of an address; the function returned ends it. Throws `quota` where there were too many. */
  begin(address: string, kind: Kind): () => void {
    const visitor = this.#visit(toNeighbourhood(address));
    const { requestsPerMinute, uploadsPerMinute, queriesPerMinute, requestsAtOnce } = this.#limits;
    if (visitor.underWay >= requestsAtOnce) {
      throw toQuota(`${requestsAtOnce} requests of your address are under way already`, 1);
    }
    const nowMs = this.#nowMs();
    const wait = Math.max(
      kind === 'upload' ? visitor.uploads.take(1, uploadsPerMinute, nowMs) : 0,
      kind === 'query' ? visitor.queries.take(1, queriesPerMinute, nowMs) : 0,
      visitor.requests.take(kind === 'log' ? LOG_COST : 1, requestsPerMinute, nowMs),
    );
    const what = kind === 'upload' ? 'uploads' : kind === 'query' ? 'queries' : 'requests';
    if (wait > 0) throw toQuota(`There were too many ${what} from your address lately`, wait);
    visitor.underWay += 1;
    return () => {
      visitor.underWay -= 1;
    };
  }

  #visit(name: string): Visitor {
    const { requestsPerMinute, uploadsPerMinute, queriesPerMinute } = this.#limits;
    const nowMs = this.#nowMs();
    const visitor = this.#visitors.get(name) ?? {
      requests: new Bucket(requestsPerMinute, nowMs),
      uploads: new Bucket(uploadsPerMinute, nowMs),
      queries: new Bucket(queriesPerMinute, nowMs),
      underWay: 0,
    };
    this.#visitors.delete(name);
    this.#visitors.set(name, visitor);
    if (this.#visitors.size > this.#most) this.#visitors.delete(this.#visitors.keys().next().value!);
    return visitor;
  }
}

/**
 * Holds requests against the limits of their address. Programs on this machine that ask by themselves have none: they are the operator's,
 * and one who can start them can do worse.
 */
export function limitRates(limiter: RateLimiter, addressOf: ClientAddress): MiddlewareHandler {
  return async (c, next) => {
    const client = toClientName(addressOf(c));
    if (client === undefined || isAdministrator(c)) return next();
    const end = limiter.begin(client, kindOf(c));
    try {
      await next();
    } finally {
      end();
    }
  };
}

function kindOf(c: Context): Kind {
  const { method, path } = c.req;
  if (/^\/(?:log|mirror)\//.test(path)) return 'log';
  if (/^\/(?:query|queries|facts)(?:\/|$)/.test(path)) return 'query';
  return method === 'POST' && /^\/metadata\/?$/.test(path) ? 'upload' : 'other';
}

function toQuota(why: string, seconds: number): VouchError {
  const retryAfterSeconds = Math.max(1, Math.ceil(seconds));
  const message = `${why}; try again in ${retryAfterSeconds} ${retryAfterSeconds === 1 ? 'second' : 'seconds'}.`;
  return new VouchError('quota', message, { retryAfterSeconds });
}
