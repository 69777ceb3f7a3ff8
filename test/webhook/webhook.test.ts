import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMemoryCatalog } from '../../src/catalog/level-catalog.ts';
import type { StoreCatalog } from '../../src/catalog/store-catalog.ts';
import type { Log } from '../../src/log/log.ts';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import { openWebhooks, type Webhooks, type WebhooksOptions } from '../../src/webhook/open-webhooks.ts';
import { openWebhookKey, toWebhookKey } from '../../src/webhook/webhook-key.ts';
import { BASE_URL, emailOf, identifierOf, readTold, toStatement } from '../catalog/history.ts';

let directory: string;
let log: Log;
let catalog: StoreCatalog;
let receiver: Receiver;
const opened: Webhooks[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vouch-webhook-'));
  log = await openMemoryLog({ origin: 'm.example.org/log' });
  catalog = await openMemoryCatalog({ log, readDocument: readTold, baseUrl: BASE_URL });
  receiver = new Receiver();
  await receiver.start();
});

afterEach(async () => {
  for (const webhooks of opened.splice(0)) await webhooks.close();
  await receiver.stop();
  await catalog.close();
  await log.close();
  await rm(directory, { recursive: true });
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly index: number;
}

/** A real server that answers as it is told to. */
class Receiver {
  readonly all: Received[] = [];
  readonly taken: number[] = [];
  port = 0;
  /** Status of the next replies, in turn; 204 where it is empty. `hang` never answers. */
  readonly answers: (number | 'hang' | { readonly redirect: string })[] = [];
  #server: Server | undefined;

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook?secret=1`;
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const index = (JSON.parse(body) as { index: number }).index;
        this.all.push({ headers: request.headers, body, index });
        const answer = this.answers.shift() ?? 204;
        if (answer === 'hang') return;
        if (typeof answer === 'object') return response.writeHead(307, { Location: answer.redirect }).end();
        if (answer < 300) this.taken.push(index);
        response.writeHead(answer).end();
      });
    });
    await new Promise<void>((resolve) => this.#server!.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function accept(count: number, by = 'jane'): Promise<void> {
  for (let nth = 0; nth < count; nth++) {
    const image = log.size();
    await log.append(toStatement({ image, by, created: image, tag: 'web' }));
  }
  await catalog.waitFor(log.size());
  catalog.notify();
}

async function open(changes: Partial<WebhooksOptions> = {}): Promise<Webhooks> {
  const webhooks = await openWebhooks({
    directory,
    targets: [{ name: 'site', url: receiver.url, filter: {}, after: 0 }],
    catalog,
    origin: log.origin,
    write: (entry) => JSON.stringify({ index: entry.index }),
    onStop: (reason) => {
      throw new Error(reason);
    },
    pauseMs: () => 5,
    ...changes,
  });
  opened.push(webhooks);
  return webhooks;
}

async function close(webhooks: Webhooks): Promise<void> {
  opened.splice(opened.indexOf(webhooks), 1);
  await webhooks.close();
}

async function until(claim: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 3000; turn++) {
    if (claim()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`It never came that ${what}.`);
}

const upTo = (end: number, from = 0) => Array.from({ length: end - from }, (_, place) => from + place);

describe('a webhook', () => {
  test('is told of everything in order, signed so that the published key verifies it', async () => {
    await accept(40);
    const webhooks = await open();
    await accept(5);
    await until(() => receiver.taken.length === 45, 'everything is taken');
    expect(receiver.taken).toEqual(upTo(45));
    const key = Buffer.from(webhooks.publicKey.replace(/^whpk_/, ''), 'base64');
    expect(key).toHaveLength(32);
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    for (const { headers, body } of receiver.all) {
      const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
      const [version, signature] = String(headers['webhook-signature']).split(',');
      expect(version).toBe('v1a');
      expect(verify(null, signed, publicKey, Buffer.from(signature!, 'base64'))).toBe(true);
      expect(verify(null, Buffer.from(`x${signed}`), publicKey, Buffer.from(signature!, 'base64'))).toBe(false);
    }
    expect(new Set(receiver.all.map(({ headers }) => headers['webhook-id'])).size).toBe(45);
    await until(() => webhooks.states()[0]!.behind === 0, 'nothing is behind');
    expect(webhooks.states()).toMatchObject([{ name: 'site', cursor: 45, state: 'delivering', failures: 0 }]);
  });

  test('waits for a receiver that fails, and sends nothing later before', async () => {
    await accept(4);
    receiver.answers.push(204, 500, 503, 404, 204);
    const webhooks = await open();
    await until(() => receiver.taken.length === 4, 'everything is taken');
    expect(receiver.all.map(({ index }) => index)).toEqual([0, 1, 1, 1, 1, 2, 3]);
    const ids = receiver.all.slice(1, 5).map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
    await until(() => webhooks.states()[0]!.failures === 0, 'the failures are past');
  });

  test('gives up an attempt that takes too long, and tries again', async () => {
    await accept(2);
    receiver.answers.push('hang');
    const webhooks = await open({ timeoutMs: 200 });
    await until(() => receiver.taken.length === 2, 'everything is taken');
    expect(receiver.all.map(({ index }) => index)).toEqual([0, 0, 1]);
    expect(webhooks.states()[0]!.state).toBe('delivering');
  });

  test('goes on when a receiver that was down is up again', async () => {
    await receiver.stop();
    await accept(3);
    const webhooks = await open();
    await until(() => webhooks.states()[0]!.failures > 2, 'it fails');
    expect(webhooks.states()[0]).toMatchObject({ state: 'failing', lastAttempt: 'unreachable', cursor: 0, behind: 3 });
    await receiver.start();
    await until(() => receiver.taken.length === 3, 'everything is taken');
    expect(receiver.taken).toEqual([0, 1, 2]);
  });

  test('follows no redirect', async () => {
    const other = new Receiver();
    await other.start();
    await accept(1);
    receiver.answers.push({ redirect: other.url });
    await open();
    await until(() => receiver.taken.length === 1, 'it is taken');
    expect(receiver.all).toHaveLength(2);
    expect(other.all).toEqual([]);
    await other.stop();
  });

  test('ends with 410, until the registry is started anew', async () => {
    await accept(2);
    receiver.answers.push(410);
    const webhooks = await open();
    await until(() => webhooks.states()[0]!.state === 'gone', 'it is gone');
    await accept(1);
    expect(receiver.all).toHaveLength(1);
    await close(webhooks);
    await open();
    await until(() => receiver.taken.length === 3, 'everything is taken');
  });

  test('resumes after a stop where it was, with the same key', async () => {
    await accept(3);
    const first = await open();
    await until(() => receiver.taken.length === 3, 'the first are taken');
    await close(first);
    await accept(3);
    const second = await open();
    await until(() => receiver.taken.length === 6, 'the others are taken');
    expect(receiver.taken).toEqual(upTo(6));
    expect(second.publicKey).toBe(first.publicKey);
    expect((await stat(join(directory, 'webhook.key'))).mode & 0o077).toBe(0);
  });

  test('sends again what was taken just before a crash, and misses nothing', async () => {
    await accept(5);
    const first = await open();
    await until(() => receiver.taken.length === 5, 'everything is taken');
    await close(first);
    // As a crash between the reply and the cursor leaves it.
    await writeFile(join(directory, 'webhooks', 'site'), `3 ${log.origin}\n`);
    await open();
    await until(() => receiver.taken.length === 7, 'the last two come again');
    expect(receiver.taken.slice(5)).toEqual([3, 4]);
    const again = receiver.all.filter(({ index }) => index === 4).map(({ headers }) => headers['webhook-id']);
    expect(new Set(again).size).toBe(1);
  });

  test('begins with what comes from now on where nothing is said, and with the log where its cursor is beyond', async () => {
    await accept(3);
    const targets = [{ name: 'new', url: receiver.url, filter: {} }];
    const first = await open({ targets });
    await accept(1);
    await until(() => receiver.taken.length === 1, 'the new one is taken');
    expect(receiver.taken).toEqual([3]);
    await close(first);
    await writeFile(join(directory, 'webhooks', 'new'), `1000 ${log.origin}\n`);
    await open({ targets });
    await accept(1);
    await until(() => receiver.taken.length === 2, 'the next is taken');
    expect(receiver.taken).toEqual([3, 4]);
  });

  test('is told only of what its filter takes, and its cursor is still that of the log', async () => {
    await accept(2, 'jane');
    await accept(2, 'bob');
    await accept(1, 'jane');
    const filters = [
      { identifier: identifierOf(1) },
      { email: emailOf('bob') },
      { email: emailOf('jane'), tag: 'web' },
      { email: emailOf('jane'), tag: 'other' },
    ];
    const targets = filters.map((filter, nth) => ({ name: `f${nth}`, url: receiver.url, filter, after: 0 }));
    const webhooks = await open({ targets });
    await until(() => webhooks.states().every(({ behind }) => behind === 0), 'all are through');
    expect(receiver.taken.toSorted()).toEqual([0, 1, 1, 2, 3, 4]);
    expect((await readdir(join(directory, 'webhooks'))).sort()).toEqual(['f0', 'f1', 'f2', 'f3']);
  });

  test('stops at once while a receiver hangs, and keeps its place', async () => {
    await accept(2);
    receiver.answers.push(204, 'hang');
    const webhooks = await open();
    await until(() => receiver.all.length === 2, 'the second hangs');
    await close(webhooks);
    expect(await readFile(join(directory, 'webhooks', 'site'), 'utf8')).toBe(`1 ${log.origin}\n`);
  });
});

describe('what a webhook keeps', () => {
  test('is refused where it is damaged', async () => {
    await close(await open());
    await writeFile(join(directory, 'webhooks', 'site'), 'nonsense');
    await expect(open()).rejects.toMatchObject({ code: 'corrupt' });
    await rm(join(directory, 'webhooks', 'site'));
    await writeFile(join(directory, 'webhook.key'), 'whsk_short\n');
    await expect(open()).rejects.toMatchObject({ code: 'key' });
  });

  test('is a key that signs as RFC 8032 says', async () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    const wanted = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
    expect(toWebhookKey(seed).publicKey).toBe(`whpk_${Buffer.from(wanted, 'hex').toString('base64')}`);
    const [one, other] = await Promise.all([
      openWebhookKey(join(directory, 'a')),
      openWebhookKey(join(directory, 'b')),
    ]);
    expect(one.publicKey).not.toBe(other.publicKey);
  });
});
