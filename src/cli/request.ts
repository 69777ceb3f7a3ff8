import { type FaultCode, toMessage, VouchError } from '../errors.ts';
import { isRecord } from './listed-entry.ts';

export interface Request {
  readonly method?: 'GET' | 'POST';
  readonly accept: string;
  readonly contentType?: string;
  readonly body?: Uint8Array;
  /** Opens a private registry; a redirect to another server does not get it. */
  readonly token?: string;
  /** Where those of a registry do not fit. */
  readonly limits?: { readonly timeoutMs: number; readonly replyBytes: number; readonly isDirect: boolean };
}

export interface Reply {
  readonly url: string;
  readonly isOk: boolean;
  readonly status: number;
  /** It says that it shows the state of another time (RFC 7089). */
  readonly isOfPast: boolean;
  /** Lower case, without parameters. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** The body, if it is JSON. */
  readonly json?: unknown;
  readonly retryAfterSeconds?: number;
}

const REGISTRY_LIMITS = { timeoutMs: 120_000, replyBytes: 256 * 1024 * 1024, isDirect: false };

/** Sends a request and reads the whole reply. Throws `unreachable`, `timeout`, `remote`; a refusal by status is a reply like any other. */
export async function send(url: string, request: Request, stop: AbortSignal): Promise<Reply> {
  const { timeoutMs, replyBytes, isDirect } = request.limits ?? REGISTRY_LIMITS;
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: request.method ?? 'GET',
      headers: {
        Accept: request.accept,
        ...(request.token === undefined ? {} : { Authorization: `Bearer ${request.token}` }),
        ...(request.contentType === undefined ? {} : { 'Content-Type': request.contentType }),
      },
      ...(request.body === undefined ? {} : { body: new Uint8Array(request.body) }),
      redirect: isDirect ? 'manual' : 'follow',
      signal: AbortSignal.any([stop, late]),
    });
    const mediaType = (response.headers.get('Content-Type') ?? '').split(';')[0]!.trim().toLowerCase();
    const bytes = await readBody(response, replyBytes);
    const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
    return {
      url,
      isOk: response.ok,
      status: response.status,
      isOfPast: response.headers.has('Memento-Datetime'),
      mediaType,
      bytes,
      ...(/\bjson$/.test(mediaType) ? { json: readJson(bytes) } : {}),
      ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
    };
  } catch (cause) {
    stop.throwIfAborted();
    if (cause instanceof VouchError) throw cause;
    const site = siteOf(url);
    if (late.aborted)
      throw new VouchError('timeout', `${site} did not answer in ${timeoutMs / 1000} seconds.`, { cause });
    throw new VouchError('unreachable', `${site} cannot be reached: ${reasonOf(cause)}.`, { cause });
  }
}

async function readBody(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > limit) throw new VouchError('remote', `The reply has more than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What fetch throws says only "fetch failed"; the reason is inside. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  const code = isRecord(cause) ? cause.code : (cause as { code?: unknown } | undefined)?.code;
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name is not known';
  return toMessage(cause) || String(code);
}

function siteOf(url: string): string {
  return new URL(url).origin;
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** What a registry's fault, named by its problem's type, means on this side: its inner troubles are not ours. */
const REMOTE_CODES: Readonly<Record<string, FaultCode>> = {
  usage: 'usage',
  query: 'query',
  'not-found': 'not-found',
  'read-only': 'read-only',
  'too-large': 'too-large',
  'media-type': 'media-type',
  malformed: 'malformed',
  busy: 'busy',
  timeout: 'timeout',
  storage: 'busy',
  'storage-locked': 'busy',
  closed: 'busy',
  quota: 'quota',
  unauthorized: 'unauthorized',
};

/** The fault that a reply with a refusing status stands for. */
export function toRefusalFault(reply: Reply): VouchError {
  const { json, status, url } = reply;
  const type = isRecord(json) && typeof json.type === 'string' ? json.type : '';
  const told = isRecord(json) && typeof json.detail === 'string' ? json.detail : undefined;
  const known = REMOTE_CODES[/\/docs\/problems#([a-z-]+)$/.exec(type)?.[1] ?? ''];
  const code = known ?? byStatus(status);
  const retry = reply.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: reply.retryAfterSeconds };
  return new VouchError(code, told ?? `${siteOf(url)} answered with status ${status}, without saying why.`, retry);
}

function byStatus(status: number): FaultCode {
  if (status === 404) return 'not-found';
  if (status === 401) return 'unauthorized';
  if (status === 429 || status === 503) return 'busy';
  return 'remote';
}
