import { toMessage, VouchError } from '../../errors.ts';

/** Where another program keeps the triples: a SPARQL 1.1 server with a graph store, its default graph the union of all graphs. */
export interface ExternalServerOptions {
  /** URL of the SPARQL 1.1 Protocol. */
  readonly endpoint: string;
  /** URL of the SPARQL 1.1 Graph Store Protocol. */
  readonly graphStore: string;
  /** HTTP Basic credentials. */
  readonly credentials?: { readonly user: string; readonly password: string };
}

export interface ExternalQuery {
  readonly text: string;
  readonly dataset?: { readonly defaultGraphs: readonly string[]; readonly namedGraphs: readonly string[] };
  readonly accept: string;
  readonly timeoutMs: number;
  readonly bytes: number;
  /** Aborted when nobody wants the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

/** A graph of one entry is a few kilobytes; a server that takes this long for it is away. */
const PUT_MS = 30_000;
const REASON_BYTES = 4_096;

/** Speaks to one SPARQL server. Throws `unreachable`, `timeout`, `too-large`, `query` (it refuses the query) and `remote`. */
export class ExternalServer {
  readonly #options: ExternalServerOptions;
  readonly #stop = new AbortController();

  constructor(options: ExternalServerOptions) {
    this.#options = options;
  }

  get endpoint(): string {
    return this.#options.endpoint;
  }

  /** Ends what is under way; nothing more is sent. */
  close(): void {
    this.#stop.abort();
  }

  /** The answer in the media type asked for. */
  async query({ text, dataset, accept, timeoutMs, bytes, signal: left }: ExternalQuery): Promise<Uint8Array> {
    const url = new URL(this.#options.endpoint);
    // as a form: Virtuoso 7.2 never answers a query that is the body itself
    const form = new URLSearchParams({ query: text });
    for (const graph of dataset?.defaultGraphs ?? []) form.append('default-graph-uri', graph);
    for (const graph of dataset?.namedGraphs ?? []) form.append('named-graph-uri', graph);
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: accept };
    return this.#send(url, { method: 'POST', headers, body: form.toString(), left }, timeoutMs, async (reply) => {
      if (reply.status === 400)
        throw new VouchError('query', await toRefusal('The SPARQL server refused the query', reply));
      if (!reply.ok)
        throw new VouchError('remote', await toRefusal(`The SPARQL server answered ${reply.status}`, reply));
      const mediaType = (reply.headers.get('Content-Type') ?? '').split(';')[0]!.trim().toLowerCase();
      if (mediaType !== accept) {
        throw new VouchError('media-type', `The SPARQL server has no answer as ${accept}: ask for another format.`);
      }
      // Virtuoso: it has more rows and gives no more
      const most = reply.headers.get('X-SPARQL-MaxRows');
      if (most !== null) {
        const message = `The SPARQL server stopped at its limit of ${most} rows: narrow the query, or use LIMIT.`;
        throw new VouchError('too-large', message);
      }
      return readBytes(reply, bytes);
    });
  }

  /** Makes a named graph hold exactly these triples (N-Triples), however often it is done. */
  async replaceGraph(iri: string, triples: string): Promise<void> {
    const url = new URL(this.#options.graphStore);
    url.searchParams.set('graph', iri);
    // N-Triples is Turtle, which more servers take
    const headers = { 'Content-Type': 'text/turtle; charset=utf-8' };
    await this.#send(url, { method: 'PUT', headers, body: triples }, PUT_MS, async (reply) => {
      if (!reply.ok) throw new VouchError('remote', await toRefusal(`The graph store answered ${reply.status}`, reply));
      await reply.body?.cancel();
    });
  }

  async #send<T>(
    url: URL,
    {
      left,
      ...request
    }: { method: string; headers: Record<string, string>; body: string; left?: AbortSignal | undefined },
    timeoutMs: number,
    read: (reply: Response) => Promise<T>,
  ): Promise<T> {
    const { credentials } = this.#options;
    const headers = { ...request.headers };
    if (credentials !== undefined) {
      const pair = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
      headers.Authorization = `Basic ${pair}`;
    }
    const late = AbortSignal.timeout(timeoutMs);
    try {
      return await read(
        await fetch(url, {
          ...request,
          headers,
          redirect: 'error',
          signal: AbortSignal.any([late, this.#stop.signal, ...(left === undefined ? [] : [left])]),
        }),
      );
    } catch (cause) {
      if (cause instanceof VouchError) throw cause;
      if (this.#stop.signal.aborted) throw new VouchError('closed', 'The SPARQL server is no longer asked.', { cause });
      if (left?.aborted === true) throw new VouchError('usage', 'The client went away while it was asked.', { cause });
      const limit = `${timeoutMs / 1000} s, the limit of time`;
      if (late.aborted) throw new VouchError('timeout', `The SPARQL server did not answer within ${limit}.`, { cause });
      throw new VouchError('unreachable', `The SPARQL server cannot be reached: ${toMessage(cause)}`, { cause });
    }
  }
}

async function toRefusal(what: string, reply: Response): Promise<string> {
  const bytes = await readBytes(reply, REASON_BYTES).catch(() => new Uint8Array());
  const said = new TextDecoder().decode(bytes).replace(/\s+/g, ' ').slice(0, 300);
  return said === '' ? `${what}.` : `${what}: ${said}`;
}

async function readBytes(reply: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (reply.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > limit) {
      throw new VouchError('too-large', `The answer has more than ${limit} bytes: narrow the query, or use LIMIT.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
