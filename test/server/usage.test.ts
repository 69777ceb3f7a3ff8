import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/catalog/memory-store.ts';
import { type AppOptions, createApp } from '../../src/server/app.ts';
import type { GateSettings } from '../../src/server/gate.ts';
import { makeToken, TokenFile } from '../../src/server/token-file.ts';
import { Usage } from '../../src/usage/usage.ts';
import { NO_USE } from '../../src/usage/use-count.ts';
import { toUseDay, writeUseDay } from '../../src/usage/use-day.ts';
import { NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const DAY_MS = 86_400_000;
const [debian, centos] = [toIdentifier(1), toIdentifier(2)];
const tokens = { reader: makeToken(), site: makeToken(), administrator: makeToken() };

let twin: RegistryTwin;
let usage: Usage;
let store: MemoryStore;
let app: Hono;
let at: Date;
let directory: string;
let path: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vouch-usage-'));
  writeFileSync(
    join(directory, 'tokens'),
    Object.entries(tokens)
      .map(([role, { sha256 }]) => `my-${role} ${role} ${sha256}\n`)
      .join(''),
  );
  at = NOW;
  twin = await openTwin();
  path = `/metadata/${debian}/jane@example.org/${(await twin.put({ identifier: debian, title: 'Debian', tag: 'stable' })).createdAt.toISOString().replace('.000', '')}`;
  await twin.put({ identifier: centos, title: 'CentOS <7>', createdAt: new Date(NOW.getTime() - 3 * DAY_MS) });
  store = new MemoryStore();
  usage = await Usage.open({
    store,
    catalog: twin.catalog,
    catalogName: 'own',
    now: () => at,
    keepDays: 365,
    onNews: (sentence) => expect.unreachable(sentence),
    writeMs: 3_600_000,
  });
  await usage.follow();
  app = open();
});
afterEach(async () => {
  await usage.close();
  await twin.close();
  rmSync(directory, { recursive: true });
});

function open(more: Partial<AppOptions> = {}, mode: GateSettings['mode'] = 'public'): Hono {
  const gate: GateSettings = {
    mode,
    tokens: new TokenFile(join(directory, 'tokens')),
    readers: [],
    administrators: [],
  };
  return createApp(twin, { documents: twin.documents, now: () => at, usage, gate, ...more });
}

function uncounted(): Hono {
  return createApp(twin, { documents: twin.documents, now: () => at });
}

const bearer = ({ token }: { readonly token: string }) => ({ Authorization: `Bearer ${token}` });
const asPage = { headers: { Accept: 'text/html' } };

function report(
  images: readonly Record<string, unknown>[],
  more: Record<string, unknown> = {},
  init: RequestInit = {},
) {
  const day = writeUseDay(toUseDay(at));
  const body = JSON.stringify({ reporter: 'A'.repeat(22), day, images, ...more });
  const headers = { 'Content-Type': 'application/json', ...bearer(tokens.site) };
  return app.request('/usage/receipts', { method: 'POST', body, headers, ...init });
}
const use = (image: string, allowed: number, denied = 0, downloaded = 0) => ({ image, allowed, denied, downloaded });

async function countOf(identifier: string) {
  await usage.flush();
  return (await usage.ofImages([identifier])).get(identifier)?.total;
}

async function json(target: string, init: RequestInit = {}): Promise<Record<string, never>> {
  const reply = await app.request(target, { ...init, headers: { Accept: 'application/json', ...init.headers } });
  expect([target, reply.status]).toEqual([target, 200]);
  return (await reply.json()) as Record<string, never>;
}

describe('looking at an image', () => {
  test('is counted once for each form that is fetched, of image, entry and tag', async () => {
    for (const target of [
      `/metadata/${debian}`,
      path,
      '/tag/jane@example.org/stable',
      `/metadata?identifier=${debian}`,
    ]) {
      for (const accept of ['text/html', 'application/json']) {
        expect((await app.request(target, { headers: { Accept: accept } })).status, target).toBe(200);
      }
    }
    expect(await countOf(debian)).toEqual({ ...NO_USE, lookups: 8 });
    const { doc } = await twin.log.record(0);
    expect((await usage.ofEntry(doc))?.total.lookups).toBe(4);
    expect(await countOf(centos)).toEqual(NO_USE);
  });

  test('is not counted where nothing was sent, nobody asked for it, or it is not here', async () => {
    const fetched = await app.request(path, { headers: { Accept: 'text/html' } });
    const etag = fetched.headers.get('ETag')!;
    expect(await countOf(debian)).toEqual({ ...NO_USE, lookups: 1 });
    const attempts: RequestInit[] = [
      { method: 'HEAD' },
      { method: 'OPTIONS' },
      { headers: { Accept: 'text/html', 'If-None-Match': etag } },
      { headers: { Accept: 'image/png' } },
      { headers: { 'User-Agent': 'Mozilla/5.0 (compatible; Examplebot/2.1; +http://example.org/bot.html)' } },
      { headers: { 'Sec-Purpose': 'prefetch' } },
    ];
    const statuses = [];
    for (const attempt of attempts) statuses.push((await app.request(path, attempt)).status);
    expect(statuses).toEqual([200, 204, 304, 406, 200, 200]);
    expect(await countOf(debian)).toEqual({ ...NO_USE, lookups: 1 });
  });

  test('at a flood of names that nobody knows leaves no trace', async () => {
    for (let number = 100; number < 400; number++) {
      expect((await app.request(`/metadata/${toIdentifier(number)}`)).status).toBe(404);
      await app.request(`/log/history/${toIdentifier(number)}`);
      await app.request(`/metadata?identifier=${toIdentifier(number)}`);
      await app.request(`/metadata/${toIdentifier(number)}/jane@example.org`);
    }
    await usage.flush();
    const rows = await store.view().cursor('i/', 'i/~').next(1_000);
    expect(rows.map(([key]) => key)).toEqual([`i/${debian}`, `i/${centos}`]);
  });

  test('that proves its history is a check', async () => {
    expect((await app.request(`/log/history/${debian}`)).status).toBe(200);
    expect(await countOf(debian)).toEqual({ ...NO_USE, checks: 1 });
  });

  test('says on its page how it is used, and nothing of that on a page of the past', async () => {
    const page = async (query = '') => (await app.request(`/metadata/${centos}${query}`, asPage)).text();
    expect(await page()).toContain('Nobody has used this image since counting began');
    await usage.flush();
    await report([use(centos, 1, 0, 2)]);
    at = new Date(NOW.getTime() + 60_000);
    const text = (await page()).replaceAll(/<[^>]+>/g, '');
    expect(text).toContain('Looked up once and checked never in the last 30 days; last used on 2026-11-20.');
    expect(text).toContain('Sites that report allowed it once, denied it never and downloaded it 2 times');
    expect(await page('?asOf=2')).not.toContain('Looked up');
    expect(await (await uncounted().request(`/metadata/${centos}`, asPage)).text()).not.toContain('Looked up');
  });
});

describe('a receipt of use', () => {
  test('is taken of who has the token of a site, and counts once however often it is sent', async () => {
    for (let time = 0; time < 3; time++) {
      const reply = await report([use(debian, 3), use(toIdentifier(77), 1)], { site: 'Cloud A' });
      expect([reply.status, await reply.json()]).toEqual([200, { day: '2026-11-20', images: 1, unknown: 1 }]);
    }
    expect(await countOf(debian)).toEqual({ ...NO_USE, allowed: 3 });
    expect(await json(`/usage/images/${debian}`)).toEqual({
      identifier: debian,
      countedSince: '2026-11-20',
      lastUsed: '2026-11-20',
      lastUsedAtSites: '2026-11-20',
      last30Days: { ...NO_USE, allowed: 3 },
      total: { ...NO_USE, allowed: 3 },
      sites: 1,
      entries: [
        {
          href: `https://vouch.example.org${path}`,
          last30Days: { lookups: 0 },
          total: { lookups: 0 },
        },
      ],
    });
  });

  test('is refused of anybody else, and changes nothing', async () => {
    const type = { 'Content-Type': 'application/json' };
    const headers = [
      type,
      ...[tokens.reader, tokens.administrator, { token: 'vouch_made-up' }].map((one) => ({ ...type, ...bearer(one) })),
    ];
    for (const given of headers) {
      const reply = await report([use(debian, 1)], {}, { headers: given });
      expect([reply.status, reply.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer realm="Vouch"']);
      expect(((await reply.json()) as { detail: string }).detail).toMatch(/needs the token of a site .*--role site/);
    }
    const without = createApp(twin, { documents: twin.documents, now: () => at, usage });
    const sent = { method: 'POST', body: '{}', headers: { ...type, ...bearer(tokens.site) } };
    expect((await without.request('/usage/receipts', sent)).status).toBe(401);
    expect(await countOf(debian)).toEqual(NO_USE);
  });

  test('that is damaged is a problem in a sentence, and changes nothing', async () => {
    const statusOf = async (init: RequestInit) => (await report([use(debian, 1)], {}, init)).status;
    expect(await statusOf({ body: '{"reporter":' })).toBe(400);
    expect(await statusOf({ body: Buffer.from([0xff, 0xfe, 0x00]) })).toBe(400);
    expect(await statusOf({ body: '['.repeat(200_000) })).toBe(400);
    expect(await statusOf({ body: ' '.repeat(300_000) })).toBe(413);
    expect(await statusOf({ body: '' })).toBe(400);
    const plain = { 'Content-Type': 'text/plain', ...bearer(tokens.site) };
    expect(await statusOf({ headers: plain })).toBe(415);
    const half = await report([use(debian, 1), { image: debian }]);
    expect([half.status, ((await half.json()) as { detail: string }).detail]).toEqual([
      400,
      expect.stringMatching(/^The members allowed, denied and downloaded must/),
    ]);
    expect((await report([use(debian, 1)], { user: 'jane' })).status).toBe(400);
    expect((await app.request('/usage/receipts')).status).toBe(405);
    expect(await countOf(debian)).toEqual(NO_USE);
  });
});

describe('the pages of use', () => {
  beforeEach(async () => {
    await twin.put({ identifier: centos, title: 'CentOS <7>', deprecated: 'no <updates>', createdAt: NOW });
    await usage.follow();
  });

  test('name the sites that launch what was withdrawn to administrators, and their number to others', async () => {
    await report([use(centos, 4, 1), use(debian, 9)], { site: 'Cloud <A>' });
    const asReader = await json('/usage');
    expect(asReader).toMatchObject({
      countedSince: '2026-11-20',
      complete: true,
      sitesReporting: 1,
      top: [
        { identifier: debian, name: 'Debian', use: { last30Days: { allowed: 9 } } },
        { identifier: centos, status: 'deprecated' },
      ],
      withdrawn: [{ identifier: centos, deprecated: 'no <updates>', sites: 1, email: 'jane@example.org' }],
      unused: { days: 365, images: [] },
    });
    expect(JSON.stringify(asReader)).not.toContain('Cloud');
    const asAdministrator = await json('/usage', { headers: bearer(tokens.administrator) });
    expect(asAdministrator.withdrawn).toMatchObject([
      { bySite: [{ site: 'Cloud <A>', lastUsed: '2026-11-20', last30Days: { allowed: 4, denied: 1, downloaded: 0 } }] },
    ]);
    for (const headers of [{}, bearer(tokens.administrator)]) {
      const reply = await app.request('/usage', { headers: { Accept: 'text/html', ...headers } });
      const text = await reply.text();
      expect(reply.headers.get('Cache-Control')).toBe('no-store');
      expect(text).toContain('withdrawn: <bdi>no &lt;updates&gt;</bdi>');
      expect(text.includes('Cloud &lt;A&gt;')).toBe('Authorization' in headers);
      expect(text).not.toContain('my-site');
    }
    app = open({ siteNames: 'readers' });
    expect(JSON.stringify(await json('/usage'))).toContain('Cloud <A>');
  });

  test('list what nobody used for so long, page after page', async () => {
    at = new Date(NOW.getTime() + 400 * DAY_MS);
    await app.request(`/metadata/${debian}`);
    await usage.flush();
    expect(await json('/usage/unused')).toMatchObject({
      days: 365,
      images: [{ identifier: centos, use: { countedSince: '2026-11-20' } }],
    });
    expect((await json('/usage/unused?days=400')).images).toHaveLength(1);
    expect((await json('/usage/unused?days=401')).images).toEqual([]);
    const day = toUseDay(NOW);
    expect((await json(`/usage/unused?after=${day}.${centos}`)).images).toEqual([]);
    for (const query of ['days=0', 'days=3651', 'days=1e3', 'after=x', `after=1.${'a'.repeat(28)}`]) {
      expect((await app.request(`/usage/unused?${query}`)).status, query).toBe(400);
    }
    const page = await (await app.request('/usage/unused?days=90', asPage)).text();
    expect(page).toContain('Used by nobody for 90 days');
    expect(page).toContain('CentOS &lt;7&gt;');
  });

  test('tell an endorser of his images, those without use, and withdrawn ones that are asked for', async () => {
    await report([use(centos, 0, 2), use(debian, 1)]);
    const of = async (show: string) =>
      (await json(`/endorsers/jane@example.org/usage?show=${show}`)).images as unknown as { identifier: string }[];
    expect((await of('all')).map(({ identifier }) => identifier)).toEqual([centos, debian]);
    expect(await of('withdrawn')).toMatchObject([
      { identifier: centos, status: 'deprecated', use: { last30Days: { denied: 2 } } },
    ]);
    expect(await of('unused')).toEqual([]);
    at = new Date(NOW.getTime() + 366 * DAY_MS);
    expect(await of('unused')).toHaveLength(2);
    expect(await of('withdrawn')).toEqual([]);
    expect((await app.request('/endorsers/nobody@example.org/usage')).status).toBe(404);
    expect((await app.request('/endorsers/jane@example.org/usage?show=x')).status).toBe(400);
    const page = await (await app.request('/endorsers/jane@example.org/usage?show=unused', asPage)).text();
    expect(page).toContain('aria-current="page">Used by nobody for a year');
    expect(await (await app.request('/endorsers/jane@example.org', asPage)).text()).toContain(
      '/endorsers/jane@example.org/usage?show=withdrawn',
    );
  });

  test('of a private registry are for its readers, and receipts for its sites', async () => {
    app = open({}, 'private');
    for (const target of ['/usage', '/usage/unused', `/usage/images/${debian}`, '/endorsers/jane@example.org/usage']) {
      expect((await app.request(target)).status).toBe(401);
      expect((await app.request(target, { headers: bearer(tokens.reader) })).status, target).toBe(200);
      expect((await app.request(target, { headers: bearer(tokens.site) })).status, target).toBe(200);
    }
    expect((await app.request(`/metadata/${debian}`)).status).toBe(401);
    expect(await countOf(debian)).toEqual(NO_USE);
    expect((await report([use(debian, 1)])).status).toBe(200);
    expect((await report([use(debian, 1)], {}, { headers: {} })).status).toBe(401);
  });

  test('are not there where nobody counts', async () => {
    const without = uncounted();
    for (const target of ['/usage', '/usage/unused', '/usage/receipts', '/endorsers/jane@example.org/usage']) {
      expect((await without.request(target, { method: target.endsWith('receipts') ? 'POST' : 'GET' })).status).toBe(
        404,
      );
    }
    expect(await (await without.request('/', asPage)).text()).not.toContain('/usage');
  });
});
