import { type IncomingMessage, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FINDING_CHECKS } from '../../src/errors.ts';
import { toWellFormed } from '../../src/rdf/write-n-triples.ts';
import { createApp } from '../../src/server/app.ts';
import { serveRegistry } from '../../src/server/listen.ts';
import { FAULT_REPLIES } from '../../src/server/problem.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toDigest, toIdentifier } from './registry-twin.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const HOSTILE = `"><script>alert(1)</script>'\u202e\u2066&amp;<img src=x onerror=alert(2)>`;

let twin: RegistryTwin;
let app: ReturnType<typeof createApp>;
let faults: string[] = [];

beforeAll(async () => {
  twin = await openTwin();
  app = createApp(twin, { documents: twin.documents, now: () => NOW, onFault: ({ code }) => faults.push(code) });
});
afterAll(() => twin.close());

function get(path: string, accept?: string, headers: Record<string, string> = {}) {
  return app.request(path, { headers: { ...(accept === undefined ? {} : { Accept: accept }), ...headers } });
}

test('an empty registry helps: every page says what to do', async () => {
  expect(await (await get('/', BROWSER)).text()).toContain('There is no entry here yet');
  expect(await (await get('/metadata', BROWSER)).text()).toContain('No entry fits');
  expect(await (await get('/endorsers', BROWSER)).text()).toContain('Nobody has endorsed an image here yet');
  expect(await (await get('/metadata')).text()).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<metadata>\n</metadata>\n',
  );
});

test.each([
  '/log/tile/0/x001/../000.p/1',
  '/log/tile/0/x001/%2e%2E/000.p/1',
  '/log/tile/0/./000.p/1',
  '/metadata/.%2e?format=html',
  'http://vouch.example.org/log/x/../checkpoint',
])('a path with dot segments names nothing (TL-17): %s', async (path) => {
  const server = await serveRegistry(app, { host: '127.0.0.1', port: 0 });
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ port: server.port, path }, resolve).on('error', reject).end();
  });
  reply.resume();
  expect(reply.statusCode).toBe(404);
  expect(reply.headers['content-type']).toBe('application/problem+json');
  expect(reply.headers['x-content-type-options']).toBe('nosniff');
  await server.close();
});

test('what the operator is told of a fault is one line, whatever the path', async () => {
  const closed = await openTwin();
  const told: string[] = [];
  const onFault = (_: unknown, { path }: { path: string }) => told.push(path);
  const broken = createApp(closed, { documents: closed.documents, now: () => NOW, onFault });
  await closed.close();
  expect((await broken.request('/tag/jane@example.org/a%0AGET%20b')).status).toBe(503);
  expect(told).toEqual(['/tag/…/a%0AGET%20b']);
});

describe('pages', () => {
  const identifier = toIdentifier(7);
  const email = `o'brien+"<x>"@example.org`;
  let paths: string[];

  beforeAll(async () => {
    const entry = await twin.put({
      identifier,
      email,
      title: HOSTILE,
      description: HOSTILE.repeat(50),
      deprecated: HOSTILE,
      os: HOSTILE,
      tag: HOSTILE,
      subject: HOSTILE,
      issuers: [HOSTILE, HOSTILE],
      locations: [
        'https://example.org/image?a=1&b="2"',
        'javascript:alert(1)',
        ' javascript:alert(2)',
        'data:text/html,<script>alert(3)</script>',
        'file:///etc/passwd',
        'HTTPS://EXAMPLE.org/upper',
        'ftp://example.org/image',
        'https:javascript:alert(4)',
      ],
    });
    await twin.put({
      identifier,
      email: 'jane@example.org',
      title: 'honest',
      validUntil: new Date('2030-01-01T00:00:00Z'),
    });
    const person = encodeURIComponent(email);
    paths = [
      '/',
      '/metadata?status=all',
      `/metadata?status=all&q=${encodeURIComponent(HOSTILE)}&os=${encodeURIComponent(HOSTILE)}`,
      `/metadata/${identifier}`,
      `/metadata/${identifier}/${person}?status=all`,
      `/metadata/${identifier}/${person}/${entry.createdAt.toISOString().slice(0, 19)}Z`,
      '/endorsers',
      `/endorsers/${person}`,
      `/endorsers/${person}/tags`,
      '/query',
      '/upload',
      '/docs/findings',
      '/docs/problems',
      '/docs/receipt',
      '/vocabulary',
      '/status',
      '/nowhere',
      `/${encodeURIComponent(HOSTILE)}`,
    ];
  });

  test('hold nothing that could run or leave the site, whatever an entry says', async () => {
    for (const path of paths) {
      const reply = await get(path, BROWSER);
      const page = await reply.text();
      expect(reply.headers.get('Content-Type'), path).toMatch(/^text\/html/);
      // what stands between quotes is one attribute value: every quote in a value is escaped
      // Our own scripts, by their whole text, are the only ones.
      // So are our own pictures, each once.
      const others = page
        .replace(/<script type="module" src="[^"]*\/asset\/[a-z-]+-[A-Z0-9]{8}\.js"><\/script>/g, '')
        .replace(/<svg role="img" aria-labelledby="timeline-title timeline-what" width="100%" height="\d+">/, '')
        .replace(/<svg role="img" aria-labelledby="activity-title activity-what" width="100%" height="\d+">/, '')
        .replace(
          /<svg role="img" aria-labelledby="certificates-title certificates-what" width="100%" height="\d+">/,
          '',
        );
      const markup = others.replace(/="[^"]*"/g, '=""');
      expect(markup, path).not.toMatch(/<(?:script|img|iframe|style|object|svg)|<[a-z][^<>]*\s(?:on[a-z]+|style)=/i);
      expect(page, path).not.toMatch(/href="\s*(?:javascript|data|file):/i);
      expect(markup, path).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
      expect(page, path).not.toContain('undefined');
      expect(page, path).not.toContain('[object ');
    }
  });

  test('every link and form of them leads somewhere', async () => {
    const links = new Set<string>();
    for (const path of paths) {
      const page = await (await get(path, BROWSER)).text();
      for (const [, link] of page.matchAll(/(?:href|action|src)="([^"]*)"/g)) {
        const plain = link!.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"');
        const url = new URL(plain, `${BASE}${path}`);
        if (url.origin === BASE && !plain.startsWith('#')) links.add(`${url.pathname}${url.search}`);
      }
    }
    expect(links.size).toBeGreaterThan(20);
    for (const link of links) expect((await get(link, BROWSER)).status, link).toBe(200);
  });

  test('make links of http, https and ftp locations only', async () => {
    const page = await (await get(paths[5]!, BROWSER)).text();
    const links = [...page.matchAll(/href="([^"]*)" rel="nofollow/g)].map(([, href]) => href);
    expect(links).toEqual([
      'https://example.org/image?a=1&amp;b=&quot;2&quot;',
      'HTTPS://EXAMPLE.org/upper',
      'ftp://example.org/image',
    ]);
    expect(page).toContain('javascript:alert(1)');
  });

  test('have a language, one main, one h1, and labels for every field; tables have captions', async () => {
    for (const path of paths) {
      const page = await (await get(path, BROWSER)).text();
      expect(page, path).toContain('<html lang="en">');
      expect(page.match(/<main /g), path).toHaveLength(1);
      expect(page.match(/<h1/g), path).toHaveLength(1);
      expect(page.match(/<table/g)?.length ?? 0, path).toBe(page.match(/<caption>/g)?.length ?? 0);
      for (const [field] of page.matchAll(/<(?:input(?! type="hidden")|select|textarea)\b[^>]*>/g)) {
        const before = page.slice(0, page.indexOf(field));
        expect(before.lastIndexOf('<label'), `${path}: ${field}`).toBeGreaterThan(before.lastIndexOf('</label>'));
      }
    }
  });

  test('escape the title of the registry', async () => {
    expect(await (await get('/', BROWSER)).text()).toContain('<title>Test &lt;registry&gt;</title>');
  });

  test('take only styles and pictures from here', async () => {
    for (const path of [...paths, '/log/checkpoint', '/health/live']) {
      const { headers } = await get(path, BROWSER);
      expect(headers.get('Content-Security-Policy'), path).toContain("default-src 'none'");
      expect(headers.get('X-Content-Type-Options'), path).toBe('nosniff');
      expect(headers.get('Referrer-Policy'), path).toBe('no-referrer');
    }
  });

  test('load one style sheet whose name changes with its content', async () => {
    const page = await (await get('/', BROWSER)).text();
    const path = /href="(\/asset\/style-[0-9a-f]{12}\.css)"/.exec(page)![1]!;
    const reply = await get(path);
    expect(reply.headers.get('Content-Type')).toBe('text/css; charset=utf-8');
    expect(reply.headers.get('Cache-Control')).toContain('immutable');
    const text = await reply.text();
    expect(path).toContain(toDigest(text).slice(0, 12));
    expect(text).not.toMatch(/url\(|@import/);
  });

  test('explain every finding and every problem', async () => {
    const findings = await (await get('/docs/findings')).text();
    for (const code of Object.keys(FINDING_CHECKS)) expect(findings).toContain(`<h3 id="${code}">`);
    const problems = await (await get('/docs/problems')).text();
    for (const code of Object.keys(FAULT_REPLIES)) expect(problems).toContain(`<tr id="${code}">`);
  });
});

describe('below a path of the base URL', () => {
  test('links carry the path', async () => {
    const below = { ...baseless(twin), baseUrl: 'https://example.org/market' };
    const page = await (await createApp(below, { documents: twin.documents }).request('/')).text();
    expect(page).toContain('href="/market/metadata"');
    expect(page).toContain('href="/market/asset/style-');
    expect(page).not.toMatch(/(?:href|action)="\/(?!market\/)/);
  });

  function baseless({ title, log, catalog, sparql, isReadOnly, documentBytesLimit }: RegistryTwin) {
    const { submit, verify, close } = twin;
    const read = { title, log, catalog, sparql, isReadOnly, documentBytesLimit };
    return { ...read, submit, verify, close };
  }
});

describe('the log', () => {
  test('gives its checkpoint for five seconds', async () => {
    const reply = await get('/log/checkpoint');
    expect(reply.headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
    expect(reply.headers.get('Cache-Control')).toBe('max-age=5');
    expect(await reply.text()).toBe(twin.log.checkpointNote());
  });

  test('names its key', async () => {
    expect(await (await get('/log/key')).text()).toBe(`${twin.log.key.vkey}\n`);
  });

  test('gives tiles and bundles for ever', async () => {
    const size = twin.log.size();
    const tile = await get(`/log/tile/0/000.p/${size}`);
    expect((await tile.arrayBuffer()).byteLength).toBe(32 * size);
    expect(tile.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    expect(tile.headers.get('Content-Type')).toBe('application/octet-stream');
    const path = `/log/tile/entries/000.p/${size}`;
    const plain = Buffer.from(await (await get(path)).arrayBuffer());
    const zipped = await get(path, undefined, { 'Accept-Encoding': 'br, gzip' });
    expect(zipped.headers.get('Content-Encoding')).toBe('gzip');
    expect(gunzipSync(Buffer.from(await zipped.arrayBuffer())).equals(plain)).toBe(true);
    expect((await get(path, undefined, { 'Accept-Encoding': 'gzip;q=0' })).headers.get('Content-Encoding')).toBeNull();
    const known = { 'Accept-Encoding': 'gzip', 'If-None-Match': zipped.headers.get('ETag')! };
    const unchanged = await get(path, undefined, known);
    for (const reply of [tile, zipped, unchanged]) expect(reply.headers.get('Vary')).toBe('Accept-Encoding');
    expect([unchanged.status, unchanged.headers.get('ETag')]).toEqual([304, zipped.headers.get('ETag')]);
  });

  test('lets nobody keep that a tile is not there: it may come', async () => {
    const reply = await get(`/log/tile/0/000.p/${twin.log.size() + 1}`);
    expect([reply.status, reply.headers.get('Cache-Control')]).toEqual([404, 'no-store']);
  });

  test('gives a document by its hash, as bytes that no browser shows', async () => {
    const { doc } = await twin.log.record(0);
    const reply = await get(`/log/blob/${doc}`);
    expect(toDigest(new Uint8Array(await reply.arrayBuffer()))).toBe(doc);
    expect(reply.headers.get('Content-Type')).toBe('application/octet-stream');
    expect((await get(`/log/blob/${doc}`, undefined, { 'If-None-Match': `"${doc}"` })).status).toBe(304);
  });

  test.each([
    '/log/tile/0/x001/../../etc',
    '/log/tile/0/%2e%2e/checkpoint',
    '/log/tile/0/000%2ep/1',
    '/log/tile/64/000',
    '/log/tile/0/000.p/0',
    '/log/tile/0/000.p/256',
    '/log/tile/0/0',
    '/log/tile/00/000',
    '/log/tile/0/000',
    '/log/tile/0/x999/999',
    '/log/tile/entries/000.p/200',
    '/log/blob/abc',
    `/log/blob/${'A'.repeat(64)}`,
    `/log/blob/${'a'.repeat(64)}`,
    '/log',
  ])('%s is 404 (TL-17)', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});

describe('health', () => {
  test('is live', async () => {
    expect(await (await get('/health/live')).json()).toEqual({ status: 'live' });
  });

  test('is ready when lists and SPARQL have the whole log, else 503', async () => {
    await twin.sparql.waitFor(twin.log.size());
    const ready = await get('/health/ready');
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'ready', logSize: twin.log.size() }]);
    const { sparql } = twin;
    twin.sparql = { ...sparql, position: () => 0 };
    expect((await get('/health/ready')).status).toBe(503);
    twin.sparql = sparql;
  });
});

describe('whatever comes', () => {
  const RESOURCES = [
    ...['/', '/metadata', '/metadata/', '/metadata/jane@example.org', `/metadata/${toIdentifier(7)}`, '/tag/a@b/c'],
    ...['/endorsers', '/endorsers/x', '/query', '/query?query=ASK{}', '/upload', '/log/checkpoint', '/log/tile/0/000'],
    ...[
      '/log/blob/x',
      '/log/key',
      '/log/receipt/0',
      '/log/proof/index/0',
      '/log/proof/doc/x',
      '/log/consistency',
      '/log/history/x',
    ],
    ...['/health/ready', '/nowhere'],
  ];

  test('a method that is not possible is 405 and names those that are', async () => {
    for (const path of RESOURCES.filter((one) => one !== '/nowhere')) {
      const reply = await app.request(path, { method: 'DELETE' });
      expect(reply.status, path).toBe(405);
      expect(reply.headers.get('Allow'), path).toContain('GET');
    }
  });

  test('any Accept header on any resource gives no 500', async () => {
    faults = [];
    const ranges = fc.constantFrom(
      'text/html',
      'application/json',
      'application/xml',
      'text/turtle',
      '*/*',
      'image/*',
      'x',
    );
    const accept = fc.oneof(
      fc
        .array(fc.tuple(ranges, fc.constantFrom('', ';q=0', ';q=0.3', ';q=2', ';;')), { maxLength: 4 })
        .map((all) => all.map((one) => one.join('')).join(',')),
      fc.string({ maxLength: 60 }).map((text) => text.replace(/[^\u0020-\u007e]/g, '')),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...RESOURCES), accept, async (path, header) => {
        expect((await get(path, header)).status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
    expect(faults).toEqual([]);
  });

  test('any path and search gives no 500', async () => {
    faults = [];
    const segment = fc.oneof(
      fc.constantFrom(
        toIdentifier(7),
        'jane@example.org',
        '2026-11-19T12:00:00Z',
        'tags',
        '%2F',
        '%00',
        '..',
        '%E0%A4%A',
        '',
      ),
      fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => encodeURIComponent(toWellFormed(text))),
    );
    const roots = fc.constantFrom(
      'metadata',
      'tag',
      'endorsers',
      'query',
      'log',
      'log/tile',
      'log/blob',
      'log/proof/index',
      'log/proof/doc',
      'log/receipt',
      'log/consistency',
      'log/history',
      'health',
      'docs',
    );
    const names = fc.constantFrom(
      'q',
      'status',
      'format',
      'limit',
      'after',
      'tag',
      'os',
      'created',
      'email',
      'identifier',
      'query',
    );
    const search = fc.array(fc.tuple(names, fc.string({ unit: 'grapheme', maxLength: 20 })), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(roots, fc.array(segment, { maxLength: 4 }), search, async (root, segments, pairs) => {
        const path = `/${[root, ...segments].join('/')}?${new URLSearchParams(pairs)}`;
        expect((await get(path, 'application/json')).status, path).toBeLessThan(500);
      }),
      { numRuns: 500 },
    );
    expect(faults).toEqual([]);
  });
});
