import { request } from 'node:http';
import type { Socket } from 'node:net';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SparqlEngine } from '../../src/catalog/sparql/sparql.ts';
import { openSparqlEngine } from '../../src/catalog/sparql/sparql-engine.ts';
import { createApp } from '../../src/server/app.ts';
import type { SendingLimits } from '../../src/server/large-answer.ts';
import { type RunningServer, serveRegistry } from '../../src/server/listen.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const MIB = 1024 * 1024;
/** More than the system takes in between two sockets. */
const LARGE = new Uint8Array(Buffer.from('a,b\r\n'.repeat(16 * MIB).slice(0, 32 * MIB + 7)));
const ASKED = `/query?${new URLSearchParams({ query: 'SELECT * { ?s ?p ?o }', format: 'csv' })}`;

let twin: RegistryTwin;
const servers: RunningServer[] = [];

beforeAll(async () => {
  twin = await openTwin();
  await twin.put({ identifier: toIdentifier(1) });
  await twin.sparql.waitFor(1);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close(0);
});
afterAll(() => twin.close());

/** An engine whose every answer is large. */
const MUCH: SparqlEngine = {
  bounds: { timeoutMs: 1_000, rows: 1_000_000 },
  views: ['history'],
  position: () => 1,
  waitFor: () => Promise.resolve(),
  formOf: () => 'SELECT',
  dependsOnClock: () => false,
  isRepeatable: () => true,
  query: () => Promise.resolve({ form: 'SELECT', format: 'text/csv', body: '', bytes: LARGE, logSize: 1 }),
  load: () => ({ running: 0, waiting: 0 }),
  close: () => Promise.resolve(),
};

async function serve(sending: SendingLimits, sparql = MUCH): Promise<string> {
  const registry = Object.assign(Object.create(twin) as RegistryTwin, { sparql });
  const app = createApp(registry, { documents: twin.documents, now: () => NOW, onFault: () => undefined, sending });
  const server = await serveRegistry(app, { host: '127.0.0.1', port: 0 });
  servers.push(server);
  return server.url;
}

interface Reader {
  readonly status: number;
  readonly length: number;
  readonly socket: Socket;
  /** Reads on to the end, with a pause after each piece: how many bytes came, and whether the connection says that they are all. */
  readAll(pauseMs?: number): Promise<{ readonly bytes: number; readonly isWhole: boolean }>;
}

/** Asks, and reads nothing of the answer yet. */
function open(url: string, headers: Record<string, string> = {}): Promise<Reader> {
  return new Promise((resolve, reject) => {
    const asking = request(url + ASKED, { headers: { Connection: 'close', ...headers } }, (reply) => {
      reply.pause();
      let bytes = 0;
      const ended = new Promise<boolean>((settle) => {
        reply.on('end', () => settle(reply.complete));
        reply.on('error', () => settle(false));
        reply.on('close', () => settle(reply.complete));
      });
      resolve({
        status: reply.statusCode!,
        length: Number(reply.headers['content-length']),
        socket: reply.socket,
        readAll: async (pauseMs = 0) => {
          reply.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (pauseMs === 0) return;
            reply.pause();
            setTimeout(() => reply.resume(), pauseMs);
          });
          reply.resume();
          const isWhole = await ended;
          return { bytes, isWhole };
        },
      });
    });
    asking.on('error', reject);
    asking.end();
  });
}

describe('a large answer', () => {
  test('comes whole, with its length, and whole where it is compressed on its way', async () => {
    const url = await serve({});
    const plain = await fetch(url + ASKED, { headers: { 'Accept-Encoding': 'identity' } });
    expect([plain.status, plain.headers.get('Content-Length')]).toEqual([200, String(LARGE.length)]);
    expect(Buffer.from(await plain.arrayBuffer()).equals(LARGE)).toBe(true);
    const raw = await new Promise<{ encoding: string | undefined; bytes: Buffer }>((resolve, reject) => {
      request(url + ASKED, { headers: { 'Accept-Encoding': 'br' } }, (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () => resolve({ encoding: reply.headers['content-encoding'], bytes: Buffer.concat(chunks) }));
        reply.on('error', reject);
      })
        .on('error', reject)
        .end();
    });
    expect(raw.encoding).toBe('br');
    expect(brotliDecompressSync(raw.bytes).equals(LARGE)).toBe(true);
  });

  test('has its entity tag, and is not held for who asks for the head alone or has it already', async () => {
    const url = await serve({ bytes: LARGE.length });
    const head = await fetch(url + ASKED, { method: 'HEAD' });
    const etag = head.headers.get('ETag')!;
    expect([head.status, etag === null]).toEqual([200, false]);
    expect((await fetch(url + ASKED, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    const reader = await open(url);
    expect(reader.status).toBe(200);
    expect(await reader.readAll()).toEqual({ bytes: LARGE.length, isWhole: true });
  });

  test.each([{}, { 'Accept-Encoding': 'gzip' }])(
    'is cut off for who takes nothing of it, and never passes for a whole one: %o',
    async (headers) => {
      // compressed it is small, and the system takes it in: only the plain one stalls
      const isPlain = !('Accept-Encoding' in headers);
      const url = await serve({ bytes: LARGE.length, stallMs: 300 });
      const slow = await open(url, headers);
      expect(slow.status).toBe(200);
      if (isPlain) expect((await open(url)).status).toBe(503);
      // the place is free again without the slow one having done anything
      await vi.waitFor(async () => {
        const next = await open(url);
        next.socket.destroy();
        expect(next.status).toBe(200);
      }, 10_000);
      const read = await slow.readAll();
      expect(read.isWhole).toBe(!isPlain);
      if (isPlain) expect(read.bytes).toBeLessThan(LARGE.length);
    },
  );

  test('is cut off for who takes a little now and then, when its time is over', async () => {
    const url = await serve({ stallMs: 60_000, graceMs: 300, bytesPerSecond: LARGE.length * 10 });
    const read = await (await open(url)).readAll(20);
    expect(read.isWhole).toBe(false);
    expect(read.bytes).toBeLessThan(LARGE.length);
  });

  test('is one of so many bytes for all, and of half of them for one client', async () => {
    const url = await serve({ bytes: LARGE.length * 4 });
    const from = (address: string) => open(url, { 'X-Forwarded-For': address });
    const readers = [await from('192.0.2.1'), await from('192.0.2.1')];
    expect(readers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await from('192.0.2.1')).status).toBe(503);
    const others = [await from('198.51.100.1'), await from('198.51.100.1')];
    expect(others.map(({ status }) => status)).toEqual([200, 200]);
    const refused = await fetch(url + ASKED, { headers: { 'X-Forwarded-For': '203.0.113.1' } });
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '10']);
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('Too many large answers are') });
    for (const { socket } of [...readers, ...others]) socket.destroy();
    await vi.waitFor(async () => expect((await from('192.0.2.1')).status).toBe(200), 10_000);
  });
});

test('a query whose client went away is ended long before its time is over', async () => {
  const engine = await openSparqlEngine({
    catalog: twin.catalog,
    baseUrl: BASE,
    workers: 1,
    limits: { timeoutMs: 300_000 },
  });
  try {
    await engine.waitFor(1);
    const url = await serve({}, engine);
    const pattern = Array.from({ length: 12 }, (_, at) => `?s${at} ?p${at} ?o${at} .`).join(' ');
    const query = `SELECT (COUNT(*) AS ?n) { ${pattern} }`;
    const asking = request(`${url}/query?${new URLSearchParams({ query })}`);
    asking.on('error', () => undefined);
    asking.end();
    await vi.waitFor(() => expect(engine.load().running).toBe(1), 20_000);
    asking.destroy();
    await vi.waitFor(() => expect(engine.load().running).toBe(0), 30_000);
    const answer = await engine.query({ text: 'ASK { ?s ?p ?o FILTER(MD5("a") != "") }' }, [
      'application/sparql-results+json',
    ]);
    expect(answer.body).toContain('true');
  } finally {
    await engine.close();
  }
});
