import { stat, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { toMessage, VouchError } from '../errors.ts';
import { LOOPBACK, toNetworkTest, toPlainAddress } from './client-address.ts';
import type { TlsSetting } from './configuration/access-setting.ts';
import { readTls, toTlsOptions } from './tls.ts';

/** A listening server. */
export interface RunningServer {
  /** Where it listens, as in `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly host: string;
  /** The port it has: the one asked for, or the system's choice for 0. */
  readonly port: number;
  /** Takes no more connections, lets requests under way finish, and ends what is still there after `graceMs` (5000 where not given). */
  close(graceMs?: number): Promise<void>;
}

/** How many clients there may be, and how slow. */
export interface ConnectionLimits {
  /** Connections at once; 2,000 where absent. */
  readonly connections?: number;
  /** Connections of one address at once; 200 where absent. */
  readonly connectionsPerAddress?: number;
  /** Addresses and networks that are no single client; this machine where absent. */
  readonly proxies?: readonly string[];
  /** Seconds for the head of a request; 10 where absent. */
  readonly headerSeconds?: number;
  /** Seconds for the body of a request; 30 where absent. */
  readonly bodySeconds?: number;
}

/** How a server listens besides. */
export interface ListenOptions extends ConnectionLimits {
  /** Files by which it speaks TLS itself; plain HTTP where absent. */
  readonly tls?: TlsSetting;
}

const CONNECTIONS = 2_000;
const CONNECTIONS_PER_ADDRESS = 200;

/** What a client may take of the server's time. */
const TIMES_MS = {
  /** For the headers of a request. */
  headers: 10_000,
  /** For its body; who reads it ends it earlier, with a reply. */
  body: 30_000,
  /** Beyond both, for that reply. */
  request: 5_000,
  /** Between two requests of one connection. */
  keepAlive: 5_000,
  /** Without a byte in either direction: a client that does not read its reply. */
  idle: 120_000,
  /** How often the first two are looked at. */
  check: 2_000,
} as const;

const HEADER_BYTES = 32 * 1024;
const SWEEP_MS = 50;
const TLS_READ_MS = 3_600_000;

/** Serves the application. Throws `config` where the address cannot be listened on. */
export async function serveRegistry(
  app: Hono,
  { host, port }: { readonly host: string; readonly port: number },
  limits: ListenOptions = {},
): Promise<RunningServer> {
  const server = createServer(app, limits);
  limitConnections(server, limits);
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  return {
    url: `${limits.tls === undefined ? 'http' : 'https'}://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    host,
    port: address.port,
    close: (graceMs = 5000) => close(server, graceMs),
  };
}

/**
 * Serves the application on a Unix socket, which this user and his group may write to, or he alone. What another program left there is
 * replaced, unless somebody still answers. Throws `config` where it cannot be listened on.
 */
export async function serveSocket(
  app: Hono,
  path: string,
  who: 'group' | 'owner' = 'group',
): Promise<Omit<RunningServer, 'host' | 'port'>> {
  await removeStale(path);
  const server = createServer(app);
  const mask = process.umask(who === 'owner' ? 0o177 : 0o117);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        reject(new VouchError('config', `The socket ${path} cannot be listened on: ${cause.message}.`, { cause }));
      });
      server.listen(path, resolve);
    });
  } finally {
    process.umask(mask);
  }
  return { url: `unix:${path}`, close: (graceMs = 5000) => close(server, graceMs) };
}

/** Removes a socket that nobody listens on any more; any other file is left, and listening says what is wrong. */
async function removeStale(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isSocket() !== true) return;
  const isAnswered = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true));
    // Busy, or not ours to ask, is not gone.
    probe.once('error', (fault: NodeJS.ErrnoException) => resolve(fault.code !== 'ECONNREFUSED'));
    probe.once('connect', () => probe.destroy());
  });
  if (!isAnswered) await unlink(path).catch(() => undefined);
}

function createServer(app: Hono, { headerSeconds, bodySeconds, tls }: ListenOptions = {}): Server {
  const headersMs = headerSeconds === undefined ? TIMES_MS.headers : headerSeconds * 1000;
  const bodyMs = bodySeconds === undefined ? TIMES_MS.body : bodySeconds * 1000;
  const server = createAdaptorServer({
    fetch: app.fetch,
    ...(tls === undefined ? {} : { createServer: createTlsServer }),
    serverOptions: {
      ...(tls === undefined ? {} : toTlsOptions(tls)),
      headersTimeout: headersMs,
      requestTimeout: headersMs + bodyMs + TIMES_MS.request,
      keepAliveTimeout: TIMES_MS.keepAlive,
      connectionsCheckingInterval: TIMES_MS.check,
      maxHeaderSize: HEADER_BYTES,
    },
  }) as Server;
  server.setTimeout(TIMES_MS.idle);
  if (tls !== undefined) renew(server as unknown as TlsServer, tls);
  return server;
}

/** Takes up a certificate that was renewed. Files that are wrong at that moment leave the one before in place. */
function renew(server: TlsServer, tls: TlsSetting): void {
  const timer = setInterval(() => {
    try {
      server.setSecureContext(readTls(tls));
    } catch (thrown) {
      process.emitWarning(`TLS goes on with the certificate it has: ${toMessage(thrown)}`);
    }
  }, TLS_READ_MS).unref();
  server.once('close', () => clearInterval(timer));
}

/** Closes connections beyond the limits before anything is read of them. */
function limitConnections(server: Server, limits: ConnectionLimits): void {
  const { connections = CONNECTIONS, connectionsPerAddress = CONNECTIONS_PER_ADDRESS, proxies = LOOPBACK } = limits;
  const isProxy = toNetworkTest(proxies);
  const open = new Map<string, number>();
  server.maxConnections = connections;
  server.on('connection', (socket: Socket) => {
    const address = toPlainAddress(socket.remoteAddress);
    if (address === undefined || isProxy(address)) return;
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const left = open.get(address)! - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
    if (count > connectionsPerAddress) socket.destroy();
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(toListenFault(cause, host, port)));
    server.listen(port, host, resolve);
  });
}

function toListenFault(cause: NodeJS.ErrnoException, host: string, port: number): VouchError {
  const fault = (message: string) => new VouchError('config', message, { cause });
  switch (cause.code) {
    case 'EADDRINUSE':
      return fault(
        `Port ${port} on ${host} is in use by another program: stop it, or set listen.port to another port.`,
      );
    case 'EACCES':
      return fault(
        `This user may not listen on port ${port}: set listen.port to 1024 or more, or put a proxy in front.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return fault(`This machine has no address ${host} to listen on: set listen.host to one it has.`);
    default:
      return fault(`Listening on ${host} port ${port} failed: ${cause.message}.`);
  }
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  // A connection whose last reply has gone out is idle only then.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const end = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(end);
}
