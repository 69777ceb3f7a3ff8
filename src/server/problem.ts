import { type Check, type FaultCode, type Finding, type FindingCode, hasError, VouchError } from '../errors.ts';
import type { Submission } from '../registry/registry.ts';

/** A finding as a reply shows it. */
export interface ProblemFinding extends Finding {
  /** Name of the uploaded file, where several were sent. */
  readonly file?: string;
}

/** RFC 9457 problem details. `type` is a path below the base URL, `/docs/findings#<code>` or `/docs/problems#<code>`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Every finding, in the order of the checks; absent where the problem is no verdict on a document. */
  readonly findings?: readonly ProblemFinding[];
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSeconds?: number;
  /** Value of the Allow header of a 405. */
  readonly allow?: string;
}

/** How a fault is answered, and what /docs/problems says of it. */
export interface FaultReply {
  readonly status: number;
  readonly title: string;
  /** What it means for the client, in one sentence. */
  readonly meaning: string;
  /** True where the fault's own message may name paths or hosts that are nobody's business: the meaning is said instead. */
  readonly isOurs?: boolean;
  readonly retryAfterSeconds?: number;
}

const INTERNAL = {
  status: 500,
  title: 'Internal error',
  meaning: 'The registry met an error of its own, which was reported to the operator; the request was not at fault.',
  isOurs: true,
} as const;
const STORE = {
  status: 503,
  title: 'Store not available',
  meaning: 'The registry cannot use its store at the moment, which was reported to the operator; try again later.',
  isOurs: true,
  retryAfterSeconds: 60,
} as const;

/** The funnel for faults: a new code does not compile until it has a reply here. */
export const FAULT_REPLIES = {
  config: INTERNAL,
  usage: { status: 400, title: 'Bad request', meaning: 'The request does not say what it must, or says it wrongly.' },
  'input-output': INTERNAL,
  key: INTERNAL,
  malformed: {
    status: 400,
    title: 'Malformed',
    meaning: 'The body of the request cannot be read as what it says it is.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    meaning: 'There is no such entry, image, endorser, tag, tile or page.',
  },
  storage: STORE,
  'storage-locked': STORE,
  corrupt: INTERNAL,
  closed: {
    status: 503,
    title: 'Not taking entries',
    meaning: 'The log is closed while reading goes on, which was reported to the operator; try again later.',
    isOurs: true,
    retryAfterSeconds: 60,
  },
  unreachable: {
    status: 502,
    title: 'Peer not reachable',
    meaning: 'A server this request depends on did not answer.',
    isOurs: true,
  },
  remote: {
    status: 502,
    title: 'Peer failed',
    meaning: 'A server this request depends on did not answer as it should.',
    isOurs: true,
  },
  timeout: {
    status: 503,
    title: 'Time limit reached',
    meaning: 'The work took longer than one request may and was ended.',
    retryAfterSeconds: 10,
  },
  busy: {
    status: 503,
    title: 'Busy',
    meaning: 'Too much is waiting; the same request may succeed after the seconds in Retry-After.',
    retryAfterSeconds: 5,
  },
  quota: {
    status: 429,
    title: 'Too many',
    meaning: 'There was too much of this lately; the same request may succeed after the seconds in Retry-After.',
    retryAfterSeconds: 600,
  },
  'read-only': { status: 403, title: 'Read-only registry', meaning: 'This instance takes no entries.' },
  unauthorized: {
    status: 401,
    title: 'Not for everybody',
    meaning: 'The registry is private: a token or a client certificate is needed.',
  },
  'too-large': {
    status: 413,
    title: 'Too large',
    meaning: 'The body, or the answer to a query, is larger than the limit.',
  },
  'media-type': {
    status: 415,
    title: 'Media type not supported',
    meaning: 'The resource does not take this Content-Type (415), or has no format that Accept allows (406).',
  },
  query: {
    status: 400,
    title: 'Query refused',
    meaning:
      'The query is not SPARQL 1.1, or asks for what the endpoint does not do: updates, SERVICE, foreign graphs.',
  },
  internal: INTERNAL,
} as const satisfies Record<FaultCode, FaultReply>;

/** The reply to a fault. Messages of faults that are the registry's own never leave it. */
export function toFaultProblem(fault: VouchError): Problem {
  const reply: FaultReply = FAULT_REPLIES[fault.code];
  const retryAfterSeconds = fault.retryAfterSeconds ?? reply.retryAfterSeconds;
  return {
    type: `/docs/problems#${fault.code}`,
    title: reply.title,
    status: reply.status,
    detail: reply.isOurs === true ? reply.meaning : fault.message,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** What was thrown as a fault: anything but a `VouchError` is a defect. */
export function toFault(thrown: unknown): VouchError {
  return thrown instanceof VouchError
    ? thrown
    : new VouchError('internal', 'A route threw something it should not have.', { cause: thrown });
}

/** True if the operator must hear of it: the registry, not the client, went wrong. */
export function isOurs(fault: VouchError): boolean {
  const reply: FaultReply = FAULT_REPLIES[fault.code];
  return reply.isOurs === true;
}

/** No resource at this path, or nothing in it. */
export function toNotFound(detail: string): Problem {
  return { type: '/docs/problems#not-found', title: FAULT_REPLIES['not-found'].title, status: 404, detail };
}

/** The resource does not know the method; `allow` lists those it does. */
export function toMethodProblem(method: string, allow: string): Problem {
  const detail = `The method ${method} is not possible here; possible are ${allow}.`;
  return { type: '/docs/problems#usage', title: 'Method not allowed', status: 405, detail, allow };
}

/** The resource has no representation the client accepts. */
export function toNotAcceptable(offers: readonly string[]): Problem {
  const detail = `The Accept header allows none of the formats of this resource: ${[...new Set(offers)].join(', ')}.`;
  return { type: '/docs/problems#media-type', title: 'Not acceptable', status: 406, detail };
}

/** The status of the reply to each outcome of a submission. */
export const SUBMISSION_STATUS = {
  accepted: 201,
  unconfirmed: 202,
  pending: 202,
  known: 200,
  stale: 409,
  invalid: 422,
} as const satisfies Record<Submission['outcome'], number>;

const CHECK_TITLES = {
  document: 'The document is not readable XML within the limits',
  schema: 'The document does not have the shape of an entry',
  constraint: 'The entry breaks a rule of the format',
  signature: 'The signature does not hold',
  certificate: 'The certificate is not acceptable',
  endorser: 'The endorser is not the person who signed',
  time: 'The time of the entry is not acceptable',
  submission: 'A newer entry of this endorser is already here',
} as const satisfies Record<Check, string>;

/** The reply to refused documents: the type of the first error, and all findings. */
export function toRefusal(outcome: 'stale' | 'invalid', findings: readonly ProblemFinding[]): Problem {
  const errors = findings.filter((finding) => hasError([finding]));
  const [first] = errors;
  const code: FindingCode = first?.code ?? (outcome === 'stale' ? 'stale-created' : 'schema');
  const count = errors.length === 1 ? '1 finding' : `${errors.length} findings`;
  return {
    type: `/docs/findings#${code}`,
    title: CHECK_TITLES[first?.check ?? 'submission'],
    status: SUBMISSION_STATUS[outcome],
    detail: first === undefined ? 'The entry was refused.' : `The entry was refused with ${count}. ${first.message}`,
    findings,
  };
}
