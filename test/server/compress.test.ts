import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../src/server/app.ts';
import { compressReplies } from '../../src/server/compress.ts';
import { chooseEncoding } from '../../src/server/encoding.ts';
import { NOW, openTwin, type RegistryTwin } from './registry-twin.ts';

let twin: RegistryTwin;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  twin = await openTwin();
  app = createApp(twin, { documents: twin.documents, now: () => NOW });
});
afterAll(() => twin.close());

async function get(path: string, encoding?: string, more: Record<string, string> = {}) {
  const headers = { Accept: 'text/html', ...(encoding === undefined ? {} : { 'Accept-Encoding': encoding }), ...more };
  const reply = await app.request(path, { headers });
  return { reply, bytes: Buffer.from(await reply.arrayBuffer()) };
}

test.each([
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip', 'gzip'],
  ['GZIP;q=1.0, br;q=0.5', 'gzip'],
  ['br;q=0, *', 'gzip'],
  ['*', 'br'],
  ['identity', undefined],
  ['br;q=0, gzip;q=0', undefined],
  ['gzip;q=x', undefined],
  ['', undefined],
  [undefined, undefined],
] as const)('of %s the encoding is %s', (header, encoding) => {
  expect(chooseEncoding(header)).toBe(encoding);
});

test('a page is the same page in every encoding, and caches keep them apart', async () => {
  const plain = await get('/metadata');
  expect(plain.reply.headers.get('Content-Encoding')).toBe(null);
  for (const [encoding, decode] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const { reply, bytes } = await get('/metadata', encoding);
    expect(reply.headers.get('Content-Encoding')).toBe(encoding);
    expect(reply.headers.get('Content-Type')).toBe(plain.reply.headers.get('Content-Type'));
    expect(reply.headers.get('Vary')).toContain('Accept-Encoding');
    expect(bytes.length).toBeLessThan(plain.bytes.length / 2);
    expect(decode(bytes).equals(plain.bytes)).toBe(true);
  }
});

test('a client that has the page gets no body in any encoding', async () => {
  const first = await get('/metadata', 'br');
  const again = await get('/metadata', 'br', { 'If-None-Match': first.reply.headers.get('ETag')! });
  expect(again.reply.status).toBe(304);
  expect(again.bytes).toHaveLength(0);
  expect(again.reply.headers.get('Vary')).toBe(first.reply.headers.get('Vary'));
});

test('what goes out as it is is not taken apart: the server would send it as a stream, later', async () => {
  const watched = new Hono();
  let made: Response | undefined;
  let sent: Response | undefined;
  watched.use(async (c, next) => {
    await next();
    sent = c.res;
  });
  watched.use(compressReplies());
  watched.get('/', (c) => {
    made = c.json({ text: 'x'.repeat(5_000) });
    return made;
  });
  await watched.request('/');
  expect(made).toBeInstanceOf(Response);
  expect(sent).toBe(made);
  expect(sent!.headers.get('Vary')).toBe('Accept-Encoding');
});

test('what is short goes as it is', async () => {
  const { reply, bytes } = await get('/health/live', 'br', { Accept: 'application/json' });
  expect(reply.headers.get('Content-Encoding')).toBe(null);
  expect(JSON.parse(bytes.toString())).toEqual({ status: 'live' });
});

test('what pages load is compressed once, kept for ever, and each encoding has its own tag', async () => {
  const { bytes: page } = await get('/');
  const [, path] = /<link rel="stylesheet" href="([^"]+)"/.exec(page.toString())!;
  const [plain, brotli, zipped] = [await get(path!), await get(path!, 'br'), await get(path!, 'gzip')];
  expect(plain.reply.headers.get('Cache-Control')).toContain('immutable');
  expect(brotliDecompressSync(brotli.bytes).equals(plain.bytes)).toBe(true);
  expect(gunzipSync(zipped.bytes).equals(plain.bytes)).toBe(true);
  const tags = [plain, brotli, zipped].map(({ reply }) => reply.headers.get('ETag'));
  expect(new Set(tags).size).toBe(3);
  expect((await get(path!, 'br', { 'If-None-Match': tags[1]! })).reply.status).toBe(304);
});
