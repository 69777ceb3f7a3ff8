import { pipeline, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
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

/** Compresses what a client takes compressed. Nothing here is secret, so that the size of a reply tells nobody anything. */
export function compressReplies(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const { headers, status } = c.res;
    const isWhole = WHOLE.test(headers.get('Content-Type') ?? '') && !headers.has('Content-Encoding');
    if (!isWhole && status !== 304) return;
    // A 304 says what the reply in its place would.
    const vary = headers.get('Vary');
    if (vary?.includes('Accept-Encoding') !== true) {
      c.header('Vary', vary === null ? 'Accept-Encoding' : `${vary}, Accept-Encoding`);
    }
    const encoding = chooseEncoding(c.req.header('Accept-Encoding'));
    if (!isWhole || encoding === undefined || c.req.method === 'HEAD' || c.res.body === null) return;
    if (Number(headers.get('Content-Length') ?? 0) >= LARGE_BYTES) {
      c.res = new Response(compressStream(c.res.body, encoding), c.res);
      c.header('Content-Length', undefined);
      c.header('Content-Encoding', encoding);
      return;
    }
    const bytes = new Uint8Array(await c.res.arrayBuffer());
    const isSmall = bytes.length < LEAST_BYTES;
    c.res = new Response(isSmall ? bytes : await compressors[encoding](bytes), c.res);
    if (!isSmall) c.header('Content-Encoding', encoding);
  };
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
