import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/catalog/memory-store.ts';
import { createApp } from '../../src/server/app.ts';
import { ClientCertificates, PROXY_HEADERS } from '../../src/server/client-certificate.ts';
import { Facts } from '../../src/server/facts/facts.ts';
import type { GateSettings } from '../../src/server/gate.ts';
import { serveRegistry } from '../../src/server/listen.ts';
import { makeToken, readTokenLines, TokenFile } from '../../src/server/token-file.ts';
import { Usage } from '../../src/usage/usage.ts';
import { type Issued, issueCertificate } from '../../src/x509/issue.ts';
import { makeAuthority, makeEndorser, type TestEndorser } from '../endorser.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const SECRET = 'a secret of the proxy';
const TITLE = 'Unmistakable title';
const reader = makeToken();
const administrator = makeToken();
const LOCAL = { incoming: { socket: { remoteAddress: '127.0.0.1' }, url: '/' } };

let directory: string;
let tokens: string;
let twin: RegistryTwin;
let app: Hono;
let authority: Issued;
let ada: TestEndorser;
let eve: TestEndorser;
let gate: GateSettings;
let usage: Usage;
let facts: Facts;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vouch-private-'));
  tokens = join(directory, 'tokens');
  writeFileSync(tokens, `# who\njane reader ${reader.sha256}\nops administrator ${administrator.sha256} # us\n`);
  authority = await makeAuthority();
  [ada, eve] = [await makeEndorser(authority, 'ada'), await makeEndorser(authority, 'eve')];
  twin = await openTwin();
  const entry = await twin.put({
    identifier: toIdentifier(1),
    email: 'jane@example.org',
    title: TITLE,
    tag: 'nightly',
  });
  expect(entry.index).toBe(0);
  await twin.sparql.waitFor(1);
  gate = {
    mode: 'private',
    tokens: new TokenFile(tokens),
    certificates: new ClientCertificates(['127.0.0.0/8'], SECRET),
    readers: [{ subject: 'CN=ada,O=Vouch Tests', issuer: 'CN=Test CA,O=Vouch Tests' }],
    administrators: [],
  };
  const queries = [] as const;
  const disk = { readDisk: async () => ({ freeBytes: 1e12, totalBytes: 1e12 }) };
  const { catalog } = twin;
  const counting = { store: new MemoryStore(), catalogName: 'own', keepDays: 365, onNews: () => {} };
  usage = await Usage.open({ catalog, now: () => NOW, ...counting });
  facts = new Facts({
    catalog,
    baseUrl: BASE,
    usage,
    isShowingSites: true,
    bounds: twin.sparql.bounds,
    now: () => NOW,
  });
  const known = { usage, facts };
  app = createApp(twin, { documents: twin.documents, now: () => NOW, gate, savedQueries: queries, disk, ...known });
});
afterAll(async () => {
  await facts.close();
  await usage.close();
  await twin.close();
  rmSync(directory, { recursive: true });
});

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** Every path the application or its description knows, with names that exist put in, and some that do not. */
async function toPaths(): Promise<string[]> {
  const described = await (await app.request('/openapi.json', { headers: bearer(reader.token) })).json();
  const { paths } = described as { paths: Record<string, unknown> };
  const patterns = new Set([...app.routes.map(({ path }) => path), ...Object.keys(paths)]);
  const { doc } = await twin.log.record(0);
  const fill = (pattern: string): string =>
    pattern
      .replace(/[:{]sha256\}?(?:\{[^}]*\})?/g, doc)
      .replace(/[:{](?:email|name)\}?(?:\{[^}]*\})?/g, 'jane@example.org')
      .replace(/[:{](?:identifier|id|image)\}?(?:\{[^}]*\})?/g, toIdentifier(1))
      .replace(/[:{]tag\}?(?:\{[^}]*\})?/g, 'nightly')
      .replace(/[:{][A-Za-z]+\}?(?:\{[^}]*\})?\??/g, '0')
      .replace(/\*/g, 'x');
  const known = [
    `/metadata/${toIdentifier(1)}/jane@example.org`,
    `/metadata?search=${TITLE}`,
    ...['xml', 'json', 'html', 'atom', 'csv', 'nq', 'ttl', 'rdf'].map((format) => `/metadata?format=${format}`),
    ...['rss', 'atom', 'jsonl'].flatMap((feed) => [`/feed.${feed}`, `/metadata.${feed}`]),
    '/tag/jane@example.org/nightly',
    '/log/checkpoint',
    '/log/tile/0/000.p/1',
    '/log/tile/entries/000.p/1',
    `/log/blob/${doc}`,
    '/log/receipt/0',
    '/health/ready',
    '/health/mirror',
    '/metrics',
    `/query?query=${encodeURIComponent('ASK{?s ?p ?o}')}`,
    `/facts?query=${encodeURIComponent('ASK{?s ?p ?o}')}`,
    '/usage?format=json',
    '/events',
    '/no/such/thing',
    '/favicon.ico',
    '//metadata',
    '/%6detadata',
    '/METADATA',
    '/health/live/',
    '/health/live/../../metadata',
  ];
  return [...new Set([...[...patterns].map(fill), ...known])];
}

describe('a private registry', () => {
  test('gives a crawler without rights one reply, whatever he asks for, and how', async () => {
    const paths = (await toPaths()).filter((path) => !/^\/health\/live\/?$/.test(path));
    expect(paths.length).toBeGreaterThan(60);
    const attempts: RequestInit[] = [
      { headers: { Accept: 'text/html' } },
      { headers: { Accept: 'application/json', 'If-None-Match': '*' } },
      { headers: { Accept: 'text/event-stream' } },
      { headers: bearer('vouch_wrong') },
      { headers: { Authorization: `Basic ${Buffer.from(`:${reader.sha256}`).toString('base64')}` } },
      { headers: { 'X-Forwarded-For': '127.0.0.1', 'X-Client-Verify': 'SUCCESS' } },
      { method: 'HEAD' },
      { method: 'OPTIONS' },
      { method: 'POST', body: '<entry n="0"/>', headers: { 'Content-Type': 'application/rdf+xml' } },
      { method: 'DELETE' },
    ];
    const replies = new Map<string, string[]>();
    for (const path of paths) {
      for (const attempt of attempts) {
        const reply = await app.request(path, attempt);
        const isToAnybody = /^\/(?:confirm|reject|report|unsubscribe|subscribe)\/[^/]+$/.test(path);
        if (isToAnybody) {
          // A link of a mail, with a token that is none: it leads nowhere, and says nothing of what is here.
          expect(await reply.text()).not.toMatch(/Unmistakable|jane|nightly|A0{10}/);
          continue;
        }
        const headers = [...reply.headers].filter(([name]) => name !== 'x-request-id');
        const seen = JSON.stringify([reply.status, headers, attempt.method === 'HEAD' ? '' : await reply.text()]);
        const kind = attempt.method === 'HEAD' ? 'HEAD' : 'other';
        replies.set(`${kind} ${seen}`, [...(replies.get(`${kind} ${seen}`) ?? []), `${attempt.method} ${path}`]);
      }
    }
    // One for HEAD and one for all else: nothing tells what is there from what is not.
    expect([...replies.entries()].map(([seen, asked]) => [seen, asked.slice(0, 3)])).toHaveLength(2);
    const [reply] = [...replies.keys()];
    expect(reply).toContain('[401,');
    expect(reply).toContain('Basic realm');
    for (const secret of [TITLE, 'jane', toIdentifier(1), 'nightly', 'Test <registry>', twin.log.origin]) {
      expect([...replies.keys()].join('')).not.toContain(secret);
    }
    const live = await app.request('/health/live');
    expect([live.status, await live.text()]).toEqual([200, '{"status":"live"}\n']);
    expect((await app.request('/health/live', { method: 'POST', headers: { Accept: 'text/html' } })).status).toBe(401);
  });

  test('shows a reader with a token everything, and nothing that a cache or a page of another site could pass on', async () => {
    const basic = `Basic ${Buffer.from(`anybody:${reader.token}`).toString('base64')}`;
    for (const headers of [bearer(reader.token), { Authorization: basic }]) {
      const reply = await app.request('/metadata?format=json', { headers });
      expect(reply.status).toBe(200);
      expect(await reply.text()).toContain(TITLE);
      expect(reply.headers.get('Access-Control-Allow-Origin')).toBeNull();
      expect(reply.headers.get('Cache-Control')).toMatch(/private|no-store/);
    }
    const tile = await app.request('/log/tile/0/000.p/1', { headers: bearer(reader.token) });
    expect([tile.status, tile.headers.get('Cache-Control')]).toEqual([
      200,
      expect.stringMatching(/^private, (?!.*public)/),
    ]);
    expect((await app.request('/metrics', { headers: bearer(reader.token) })).status).toBe(404);
    expect((await app.request('/metrics', { headers: bearer(administrator.token) })).status).toBe(200);
    expect((await app.request('/metrics', {}, LOCAL)).status).toBe(200);
    expect((await app.request('/health/ready', {}, LOCAL)).status).toBe(200);
  });

  test('believes a proxy about a client certificate only with the secret, from where proxies are, and one that is listed', async () => {
    const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress }, url: '/metadata' } });
    const said = ({ issued }: TestEndorser, secret = SECRET, verify = 'SUCCESS') => ({
      [PROXY_HEADERS.secret]: secret,
      [PROXY_HEADERS.verify]: verify,
      [PROXY_HEADERS.certificate]: encodeURIComponent(issued.certificatePem),
    });
    const statusOf = async (address: string, headers: Record<string, string>) =>
      (await app.request('/metadata', { headers }, from(address))).status;
    expect(await statusOf('127.0.0.1', said(ada))).toBe(200);
    expect(await statusOf('127.0.0.1', said(eve))).toBe(401);
    expect(await statusOf('127.0.0.1', said(ada, 'another secret, as long'))).toBe(401);
    expect(await statusOf('127.0.0.1', said(ada, SECRET, 'FAILED:expired'))).toBe(401);
    expect(await statusOf('192.0.2.1', said(ada))).toBe(401);
    expect(await statusOf('127.0.0.1', { ...said(ada), [PROXY_HEADERS.certificate]: '%ZZ' })).toBe(401);
    expect(await statusOf('127.0.0.1', { ...said(ada), [PROXY_HEADERS.certificate]: 'x'.repeat(30_000) })).toBe(401);
  });

  test('takes a client certificate by its own TLS, if an authority of the operator gave it', async () => {
    const [stranger, validity] = [
      await makeAuthority('Test CA'),
      { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) },
    ];
    const name = { subject: 'CN=localhost,O=Vouch Tests', ...validity };
    const server = await issueCertificate(authority, name);
    const forged = await makeEndorser(stranger, 'ada');
    const files = { certificate: join(directory, 'c.pem'), key: join(directory, 'k.pem') };
    const clientAuthorities = join(directory, 'ca.pem');
    writeFileSync(files.certificate, server.certificatePem);
    writeFileSync(files.key, server.privateKeyPem);
    writeFileSync(clientAuthorities, authority.certificatePem);
    const running = await serveRegistry(app, { host: '127.0.0.1', port: 0 }, { tls: { ...files, clientAuthorities } });
    expect(running.url).toMatch(/^https:/);
    const ask = (who?: TestEndorser): Promise<number> =>
      new Promise((resolve, reject) => {
        const shown = who === undefined ? {} : { cert: who.issued.certificatePem, key: who.issued.privateKeyPem };
        const options = {
          port: running.port,
          path: '/metadata',
          rejectUnauthorized: false,
          agent: false as const,
          ...shown,
        };
        request(options, (reply) => resolve(reply.resume().statusCode!))
          .on('error', reject)
          .end();
      });
    expect(await ask(ada)).toBe(200);
    expect(await ask(eve)).toBe(401);
    expect(await ask(forged)).toBe(401);
    expect(await ask()).toBe(401);
    await running.close();
  });
});

describe('a token file', () => {
  test('says in which line it is wrong', () => {
    expect(() => readTokenLines('a reader 12\n', 'tokens')).toThrow(/tokens, line 1/);
    expect(() => readTokenLines(`# x\na owner ${reader.sha256}`, 'tokens')).toThrow(/line 2/);
    expect(() => new TokenFile(join(directory, 'none'))).toThrow(/cannot be read/);
  });

  test('is read again when it changes, and one that went bad is told of and changes nothing', async () => {
    const path = join(directory, 'changing');
    const news: string[] = [];
    writeFileSync(path, `a reader ${reader.sha256}\n`);
    const file = new TokenFile(path, (sentence) => news.push(sentence));
    expect(file.find(reader.token)).toMatchObject({ name: 'a', role: 'reader' });
    expect(file.find(reader.sha256)).toBeUndefined();
    writeFileSync(path, 'rubbish\n');
    utimesSync(path, 1, 1);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(file.find(reader.token)?.name).toBe('a');
    expect(news).toEqual([expect.stringContaining('line 1')]);
    writeFileSync(path, '');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(file.find(reader.token)).toBeUndefined();
  });
});
