import { pipeline, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { Context, MiddlewareHandler } from 'hono';
import { chooseEncoding, type Encoding } from './encoding.ts';
import { LARGE_BYTES } from './large-answer.ts';

/** What has an end and gets smaller: pages, JSON, feeds, documents, answers. Other streams go out as they come. */
const WHOLE =
  /^(?:text\/(?:html|plain|csv|turtle|tab-separated-values)|image\/svg\+xml|application\/(?:json|n-quads|n-triples|(?:problem|ld|sparql-results)\+json|(?:atom|rdf|sparql-results)\+xml))(?:;|$)/;
/** Less fits one packet anyway. */
const LEAST_BYTES = 1_000;
/** Fast enough for every request: a page of 60 kB takes a millisecond, on another thread. */
const QUALITY = 4;

const compressors: Readonly<Record<Encoding, (bytes: Uint8Array) => Promise<Buffer>>> = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  gzip: promisify<Uint8Array, Buffer>(gzip),
};

/**
 * Compresses what a client takes compressed. Nothing here is secret, so that the size of a reply tells nobody anything. A reply that goes
 * out as it is must not be taken apart, neither its body looked at nor a header of it changed through the context: what carries
 * it would make a stream of it, and the stream waits a turn of the timers for its own end.
 */
export function compressReplies(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const { headers, status } = c.res;
    const isWhole = WHOLE.test(headers.get('Content-Type') ?? '') && !headers.has('Content-Encoding');
    if (!isWhole && status !== 304) return;
    // A 304 says what the reply in its place would.
    const vary = headers.get('Vary');
    if (vary?.includes('Accept-Encoding') !== true) {
      headers.set('Vary', vary === null ? 'Accept-Encoding' : `${vary}, Accept-Encoding`);
    }
    const encoding = chooseEncoding(c.req.header('Accept-Encoding'));
    if (!isWhole || encoding === undefined || c.req.method === 'HEAD' || c.res.body === null) return;
    if (Number(headers.get('Content-Length') ?? 0) >= LARGE_BYTES) {
      headers.delete('Content-Length');
      headers.set('Content-Encoding', encoding);
      replace(c, compressStream(c.res.body, encoding), headers);
      return;
    }
    const bytes = new Uint8Array(await c.res.arrayBuffer());
    const isSmall = bytes.length < LEAST_BYTES;
    if (!isSmall) headers.set('Content-Encoding', encoding);
    replace(c, isSmall ? bytes : await compressors[encoding](bytes), headers);
  };
}

/** Replies with another body instead. */
function replace(c: Context, body: ConstructorParameters<typeof Response>[0], headers: Headers): void {
  const { status } = c.res;
  // else the context would take both replies apart to put them together
  c.res = undefined;
  c.res = new Response(body, { status, headers });
}

const compressing: Readonly<Record<Encoding, () => Transform>> = {
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } }),
  gzip: () => createGzip(),
};

/** What is too large to be held twice is compressed as its reader takes it; who stops reading stops all of it. */
function compressStream(body: ReadableStream<Uint8Array>, encoding: Encoding): ReadableStream<Uint8Array> {
  const compressor = compressing[encoding]();
  // what goes wrong comes out of the other end
  pipeline(body as AsyncIterable<Uint8Array>, compressor, () => undefined);
  const chunks = compressor[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value as Buffer);
      },
      cancel: () => {
        compressor.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
