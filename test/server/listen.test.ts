import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { serveRegistry } from '../../src/server/listen.ts';

const HOST = '127.0.0.1';

/** Emits `arrived` when the slow request is there, which is answered on `finish`. */
function toApp(slow = new EventEmitter()): Hono {
  return new Hono().all('/slow', async (c) => {
    const finish = once(slow, 'finish');
    slow.emit('arrived');
    await finish;
    return c.text('done');
  });
}

test('a server says where it listens, and answers there', async () => {
  const server = await serveRegistry(toApp(), { host: HOST, port: 0 });
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  expect((await fetch(`${server.url}/nowhere`)).status).toBe(404);
  await server.close();
});

test('a port in use is one clear sentence', async () => {
  const server = await serveRegistry(toApp(), { host: HOST, port: 0 });
  await expect(serveRegistry(toApp(), { host: HOST, port: server.port })).rejects.toMatchObject({
    code: 'config',
    message: `Port ${server.port} on 127.0.0.1 is in use by another program: stop it, or set listen.port to another port.`,
  });
  await server.close();
});

test('an address the machine does not have is one clear sentence', async () => {
  await expect(serveRegistry(toApp(), { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({ code: 'config' });
});

test('closing lets a request under way finish and takes no new one', async () => {
  const slow = new EventEmitter();
  const server = await serveRegistry(toApp(slow), { host: HOST, port: 0 });
  const arrived = once(slow, 'arrived');
  const reply = fetch(`${server.url}/slow`);
  await arrived;
  const closed = server.close();
  await expect(fetch(server.url)).rejects.toThrow();
  slow.emit('finish');
  expect(await (await reply).text()).toBe('done');
  await closed;
  await expect(fetch(server.url)).rejects.toThrow();
});

test('closing does not wait for a client that never ends its request', async () => {
  const slow = new EventEmitter();
  const server = await serveRegistry(toApp(slow), { host: HOST, port: 0 });
  const arrived = once(slow, 'arrived');
  const socket = connect(server.port, HOST);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write('POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1');
  await arrived;
  await server.close(200);
  socket.destroy();
});

test('headers larger than 32 KiB are refused', async () => {
  const server = await serveRegistry(toApp(), { host: HOST, port: 0 });
  const reply = await fetch(server.url, { headers: { 'X-Long': 'x'.repeat(40_000) } });
  expect(reply.status).toBe(431);
  await server.close();
});
