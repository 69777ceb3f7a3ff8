import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/server/app.ts';
import { serveRegistry } from '../../src/server/listen.ts';
import { RateLimiter, type RateLimits } from '../../src/server/rate-limit.ts';
import { NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const RATES: RateLimits = { requestsPerMinute: 60, uploadsPerMinute: 6, queriesPerMinute: 12, requestsAtOnce: 5 };
const ENTRY = { 'Content-Type': 'application/rdf+xml' };

let twin: RegistryTwin;

beforeAll(async () => {
  twin = await openTwin();
  await twin.put({ identifier: toIdentifier(1) });
});
afterAll(() => twin.close());

function refusal(run: () => unknown): { code: string; retryAfterSeconds: number } | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return thrown as { code: string; retryAfterSeconds: number };
  }
}

describe('the rate of an address', () => {
  test('fills by itself, and who is refused is told when to come back', () => {
    let nowMs = 0;
    const limiter = new RateLimiter(RATES, () => nowMs);
    for (let count = 0; count < 60; count++) limiter.begin('192.0.2.1', 'other')();
    expect(refusal(() => limiter.begin('192.0.2.1', 'other'))).toMatchObject({ code: 'quota', retryAfterSeconds: 1 });
    limiter.begin('192.0.2.2', 'other')();
    nowMs += 999;
    expect(refusal(() => limiter.begin('192.0.2.1', 'other'))?.code).toBe('quota');
    nowMs += 2;
    limiter.begin('192.0.2.1', 'other')();
    expect(refusal(() => limiter.begin('192.0.2.1', 'other'))?.code).toBe('quota');
  });

  test('counts uploads and queries besides, and looks into the log a fiftieth', () => {
    const limiter = new RateLimiter(RATES, () => 0);
    for (let count = 0; count < 6; count++) limiter.begin('a', 'upload')();
    expect(refusal(() => limiter.begin('a', 'upload'))).toMatchObject({ code: 'quota', retryAfterSeconds: 10 });
    for (let count = 0; count < 12; count++) limiter.begin('a', 'query')();
    expect(refusal(() => limiter.begin('a', 'query'))?.retryAfterSeconds).toBe(5);
    for (let count = 0; count < 1_900; count++) limiter.begin('a', 'log')();
    for (let count = 0; count < 200; count++) refusal(() => limiter.begin('a', 'log')());
    expect(refusal(() => limiter.begin('a', 'log'))?.code).toBe('quota');
  });

  test('bounds what is under way at once, and takes 64 bits of IPv6 for one', () => {
    const limiter = new RateLimiter(RATES, () => 0);
    const ends = [1, 2, 3, 4, 5].map((host) => limiter.begin(`2001:db8:0:1::${host}`, 'other'));
    expect(refusal(() => limiter.begin('2001:db8:0:1:ffff::9', 'other'))?.code).toBe('quota');
    limiter.begin('2001:db8:0:2::1', 'other');
    ends[0]!();
    limiter.begin('2001:db8:0:1::9', 'other');
  });

  test('is forgotten of those that were quiet longest, so that many addresses take no memory', () => {
    const limiter = new RateLimiter({ ...RATES, requestsPerMinute: 1 }, () => 0, 3);
    for (const address of ['a', 'b', 'c']) limiter.begin(address, 'other')();
    expect(refusal(() => limiter.begin('a', 'other'))?.code).toBe('quota');
    limiter.begin('d', 'other')();
    limiter.begin('b', 'other')();
    expect(refusal(() => limiter.begin('a', 'other'))?.code).toBe('quota');
  });
});

function ask(port: number, headers: Record<string, string> = {}, path = '/metadata'): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ port, path, headers: { Accept: 'application/json', ...headers }, agent: false }, (reply) => {
      reply.resume();
      resolve(reply);
    })
      .on('error', reject)
      .end();
  });
}

describe('a server under attack', () => {
  test('answers others while one address behind the proxy floods it', async () => {
    const app = createApp(twin, { documents: twin.documents, now: () => NOW, rates: RATES });
    const server = await serveRegistry(app, { host: '127.0.0.1', port: 0 });
    const flood = { 'X-Forwarded-For': '6.6.6.6, 198.51.100.1' };
    const replies: IncomingMessage[] = [];
    for (let round = 0; round < 20; round++) {
      replies.push(...(await Promise.all(Array.from({ length: 10 }, () => ask(server.port, flood)))));
      const other = await ask(server.port, { 'X-Forwarded-For': '198.51.100.2' });
      expect(other.statusCode).toBe(200);
    }
    const refused = replies.filter(({ statusCode }) => statusCode === 429);
    expect(refused.length).toBeGreaterThan(100);
    for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    // Another name in front of it does not help: only what the proxy wrote counts.
    expect((await ask(server.port, { 'X-Forwarded-For': '7.7.7.7, 198.51.100.1' })).statusCode).toBe(429);
    await server.close();
  });

  test('refuses a flood of uploads before it reads them', async () => {
    const app = createApp(twin, { documents: twin.documents, now: () => NOW, rates: RATES });
    const env = { incoming: { socket: { remoteAddress: '192.0.2.9' }, url: '/metadata' } };
    const statuses: number[] = [];
    for (let count = 0; count < 10; count++) {
      const init = { method: 'POST', body: '<bad/>', headers: ENTRY };
      statuses.push((await app.request('/metadata', init, env)).status);
    }
    expect(statuses).toEqual([422, 422, 422, 422, 422, 422, 429, 429, 429, 429]);
  });

  test('serves others beside a thousand connections that send a byte now and then, and ends those', async () => {
    const app = createApp(twin, { documents: twin.documents, now: () => NOW });
    const limits = { headerSeconds: 2, bodySeconds: 2, connections: 1_500 };
    const server = await serveRegistry(app, { host: '127.0.0.1', port: 0 }, limits);
    const sockets: Socket[] = [];
    for (let count = 0; count < 1_000; count++) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      socket.write(count % 2 === 0 ? 'GET / HT' : 'POST /metadata HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n<');
      sockets.push(socket);
      if (count % 100 === 99) await once(socket, 'connect');
    }
    const drip = setInterval(() => {
      for (const socket of sockets) if (!socket.destroyed) socket.write('x');
    }, 500);
    for (let count = 0; count < 20; count++) expect((await ask(server.port)).statusCode).toBe(200);
    await Promise.all(
      sockets.map((socket) => socket.closed || new Promise((resolve) => socket.once('close', resolve))),
    );
    clearInterval(drip);
    expect((await ask(server.port)).statusCode).toBe(200);
    await server.close();
  }, 60_000);

  test('lets one address have only so many connections, and all only so many', async () => {
    const app = createApp(twin, { documents: twin.documents, now: () => NOW });
    const limits = { connections: 12, connectionsPerAddress: 4, proxies: [] };
    const server = await serveRegistry(app, { host: '0.0.0.0', port: 0 }, limits);
    const open = async (localAddress: string): Promise<Socket> => {
      const socket = connect({ port: server.port, host: '127.0.0.1', localAddress });
      socket.on('error', () => undefined);
      socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
      await new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
      return socket.resume();
    };
    const isOpen = ({ destroyed }: Socket): boolean => !destroyed;
    const many = await Promise.all(Array.from({ length: 8 }, () => open('127.0.0.2')));
    expect(many.filter(isOpen)).toHaveLength(4);
    const others = await Promise.all(Array.from({ length: 4 }, () => open('127.0.0.3')));
    expect(others.every(isOpen)).toBe(true);
    await Promise.all(Array.from({ length: 4 }, () => open('127.0.0.4')));
    expect(isOpen(await open('127.0.0.5'))).toBe(false);
    many[0]!.destroy();
    for (const socket of many) socket.destroy();
    await expect.poll(async () => isOpen(await open('127.0.0.2'))).toBe(true);
    await server.close(100);
  });
});
