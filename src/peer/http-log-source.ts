import { toMessage, VouchError } from '../errors.ts';
import { DOCUMENT_BUNDLE_BYTES } from '../log/document-bundle.ts';
import { HASH_BYTES } from '../log/merkle.ts';
import { isSha256Hex } from '../log/sha256.ts';
import { type TilePath, writeTilePath } from '../log/tile.ts';
import { LEAF_BYTES_LIMIT } from '../proof/record.ts';
import { HISTORY_BYTES_LIMIT } from './history-proof.ts';
import { BLOB_BYTES_LIMIT, CHECKPOINT_BYTES_LIMIT, type LogSource } from './log-source.ts';
import type { HistorySource } from './verify-history.ts';

const KEY_BYTES_LIMIT = 1024;

export interface HttpLogSourceOptions {
  /** For each answer as a whole; default 30 seconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Opens the log of a private registry. */
  readonly token?: string;
}

/** Reads a log over HTTP: one of ours, or of any server that keeps to C2SP tlog-tiles. Redirects are not followed. */
export class HttpLogSource implements LogSource, HistorySource {
  /** Where the log is, without a trailing slash: `<name>/checkpoint` is its checkpoint. */
  readonly name: string;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #token: string | undefined;

  /** Throws `usage` unless the prefix is an address of HTTP. */
  constructor(prefix: string, { timeoutMs = 30_000, signal, token }: HttpLogSourceOptions = {}) {
    const url = URL.canParse(prefix) ? new URL(prefix) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
      const shown = JSON.stringify(prefix);
      throw new VouchError('usage', `${shown} is not the address of a log: it must begin with http:// or https://.`);
    }
    // It would be shown in every message, and no log asks for it.
    if (url.username !== '' || url.password !== '') {
      throw new VouchError('usage', `An address of ${url.host} is not asked: it holds a user name or password.`);
    }
    this.name = url.href.replace(/\/+$/, '');
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#token = token;
  }

  /** The public key that the log itself names; whoever believes it, believes whoever answers here. */
  key(): Promise<Uint8Array> {
    return this.#get('key', KEY_BYTES_LIMIT);
  }

  checkpoint(): Promise<Uint8Array> {
    return this.#get('checkpoint', CHECKPOINT_BYTES_LIMIT);
  }

  tile(level: number, index: number, width: number): Promise<Uint8Array> {
    return this.#getTile({ kind: 'hashes', level, index, width }, width * HASH_BYTES);
  }

  bundle(index: number, width: number): Promise<Uint8Array> {
    return this.#getTile({ kind: 'entries', index, width }, width * (2 + LEAF_BYTES_LIMIT));
  }

  async blob(sha256: string, bytesLimit = BLOB_BYTES_LIMIT): Promise<Uint8Array> {
    if (!isSha256Hex(sha256)) throw new VouchError('not-found', `${JSON.stringify(sha256)} names no blob.`);
    return await this.#get(`blob/${sha256}`, bytesLimit);
  }

  documents(from: number, to: number): Promise<Uint8Array> {
    return this.#get(`documents?from=${from}&to=${to}`, 2 * DOCUMENT_BUNDLE_BYTES);
  }

  historyProof(identifier: string): Promise<Uint8Array> {
    return this.#get(`history/${encodeURIComponent(identifier)}/proof`, HISTORY_BYTES_LIMIT);
  }

  historyPage(identifier: string, from: number, size: number): Promise<Uint8Array> {
    return this.#get(`history/${encodeURIComponent(identifier)}?from=${from}&size=${size}`, HISTORY_BYTES_LIMIT);
  }

  #getTile(path: TilePath, bytesLimit: number): Promise<Uint8Array> {
    return this.#get(writeTilePath(path), bytesLimit);
  }

  async #get(path: string, bytesLimit: number): Promise<Uint8Array> {
    try {
      return await this.#ask(path, bytesLimit);
    } catch (thrown) {
      // The other side may close a kept connection just when it is used again: that says nothing of the log.
      if (thrown instanceof VouchError && wasReset(thrown)) return await this.#ask(path, bytesLimit);
      throw thrown;
    }
  }

  async #ask(path: string, bytesLimit: number): Promise<Uint8Array> {
    const url = `${this.name}/${path}`;
    const late = AbortSignal.timeout(this.#timeoutMs);
    let hasAnswered = false;
    try {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: {
          Accept: '*/*',
          'User-Agent': 'vouch',
          ...(this.#token === undefined ? {} : { Authorization: `Bearer ${this.#token}` }),
        },
        signal: this.#signal === undefined ? late : AbortSignal.any([late, this.#signal]),
      });
      hasAnswered = true;
      return await readAnswer(response, url, bytesLimit);
    } catch (cause) {
      this.#signal?.throwIfAborted();
      if (cause instanceof VouchError) throw cause;
      if (late.aborted) {
        const seconds = this.#timeoutMs / 1000;
        throw new VouchError('timeout', `${url} did not give its answer in ${seconds} seconds.`, { cause });
      }
      const reason = reasonOf(cause);
      if (hasAnswered) throw new VouchError('remote', `The answer of ${url} broke off: ${reason}.`, { cause });
      throw new VouchError('unreachable', `${url} cannot be reached: ${reason}.`, { cause });
    }
  }
}

/** True if the connection ended before anything of the answer came. */
function wasReset({ code, cause }: VouchError): boolean {
  const below = cause instanceof Error ? cause.cause : undefined;
  const reason = below instanceof Error && 'code' in below ? below.code : undefined;
  return code === 'unreachable' && (reason === 'ECONNRESET' || reason === 'UND_ERR_SOCKET');
}

async function readAnswer(response: Response, url: string, bytesLimit: number): Promise<Uint8Array> {
  const { status, headers, body } = response;
  const encoding = headers.get('Content-Encoding') ?? 'identity';
  const fault =
    status === 404 || status === 410
      ? new VouchError('not-found', `${url} is not there.`)
      : status !== 200
        ? new VouchError('remote', `${url} answered with status ${status}.`)
        : /^(?:identity|gzip)$/i.test(encoding)
          ? undefined
          : new VouchError('remote', `${url} answered in an encoding that was not asked for.`);
  if (fault !== undefined) {
    await body?.cancel().catch(() => undefined);
    throw fault;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  // What is counted has been unpacked already, a chunk at a time: a small answer that swells ends here too.
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > bytesLimit) throw new VouchError('too-large', `${url} gives more than ${bytesLimit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What fetch throws says only "fetch failed"; the reason is inside. */
function reasonOf(thrown: unknown): string {
  return toMessage(thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown);
}
