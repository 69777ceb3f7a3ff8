import { toMessage, VouchError } from '../errors.ts';
import { SIZE_MEDIA_TYPE } from '../log/add-checkpoint.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { Witness } from '../log/witness-policy.ts';
import type { PeerReply, WitnessPeer } from '../log/witnessing.ts';
import { readTreeSize } from '../proof/tree-size.ts';

/** A reply is a few signature lines, or a note with some. */
const REPLY_BYTES = 256 * 1024;
const REASON_LENGTH = 200;
const TIMEOUT_MS = 5_000;

/**
 * Asks a witness over HTTP (C2SP tlog-witness) at the address the operator gave, which may be in a private network. Time and size of
 * replies are bounded and redirects are not followed. Throws `unreachable`, `timeout`, `remote`.
 */
export class HttpWitness implements WitnessPeer {
  readonly witness: Witness;
  readonly #url: string;

  constructor(witness: Witness & { readonly url: string }) {
    this.witness = witness;
    this.#url = witness.url;
  }

  async add(body: string, signal: AbortSignal): Promise<PeerReply> {
    const { status, mediaType, bytes } = await send(`${this.#url}/add-checkpoint`, signal, body);
    if (status === 200) return { outcome: 'cosigned', lines: bytes };
    if (status === 409 && mediaType === SIZE_MEDIA_TYPE) {
      const size = readTreeSize(Buffer.from(bytes).toString('latin1').replace(/\n$/, ''));
      if (size === undefined) throw new VouchError('remote', 'its answer with status 409 is not a size');
      return { outcome: 'conflict', size };
    }
    return { outcome: 'refused', status, reason: toReason(bytes) };
  }

  latest(origin: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    return fetchKept(this.#url, origin, signal);
  }
}

/** The checkpoint of a log that a witness or mirror under this prefix keeps, as a signed note; undefined where it has none. */
export async function fetchKept(prefix: string, origin: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const { status, bytes } = await send(`${prefix}/${sha256Hex(Buffer.from(origin))}/checkpoint`, signal);
  if (status === 200) return bytes;
  if (status === 404) return undefined;
  throw new VouchError('remote', `it answers with status ${status}`);
}

interface Answer {
  readonly status: number;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

async function send(url: string, signal: AbortSignal, body?: string): Promise<Answer> {
  const late = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: {
        'User-Agent': 'vouch',
        ...(body === undefined ? {} : { 'Content-Type': 'text/plain; charset=utf-8' }),
      },
      ...(body === undefined ? {} : { method: 'POST', body }),
      signal: AbortSignal.any([signal, late]),
    });
    const mediaType = (response.headers.get('Content-Type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
    return { status: response.status, mediaType, bytes: await readWithin(response, REPLY_BYTES) };
  } catch (cause) {
    if (cause instanceof VouchError) throw cause;
    if (late.aborted) throw new VouchError('timeout', `it did not answer in ${TIMEOUT_MS / 1000} seconds`, { cause });
    // What fetch throws says only "fetch failed"; the reason is inside.
    const reason = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw new VouchError('unreachable', toMessage(reason) || 'nothing listens there', { cause });
  }
}

async function readWithin(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > limit) throw new VouchError('remote', `it answers with more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What a stranger wrote, for the operator's terminal: one line, and nothing that could steer it. */
function toReason(bytes: Uint8Array): string {
  const text = Buffer.from(bytes)
    .toString()
    .replace(/[^\x20-\x7e]+/g, ' ');
  return JSON.stringify(text.trim().slice(0, REASON_LENGTH));
}
