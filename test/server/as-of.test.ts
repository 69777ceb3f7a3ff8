import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CatalogEntry } from '../../src/catalog/catalog.ts';
import { toEntryPath } from '../../src/catalog/entry-path.ts';
import { VOUCH } from '../../src/rdf/vocabulary.ts';
import { createApp } from '../../src/server/app.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

let twin: RegistryTwin;
let app: ReturnType<typeof createApp>;
let first: CatalogEntry;
let newer: CatalogEntry;

function at(day: number): Date {
  return new Date(Date.UTC(2026, 9, day, 8, 30, 5));
}

beforeAll(async () => {
  twin = await openTwin();
  app = createApp(twin, { documents: twin.documents, now: () => new Date(NOW.getTime() + 60_000) });
  const image = { identifier: toIdentifier(1), title: 'Ubuntu <server>', os: 'ubuntu', tag: 'stable' };
  first = await twin.put({ ...image, createdAt: at(1) });
  newer = await twin.put({ ...image, createdAt: at(2) });
  await twin.put({ ...image, createdAt: at(3), email: 'bob@example.org', subject: 'CN=Bob', deprecated: 'old kernel' });
});

afterAll(() => twin.close());

function get(path: string, accept = 'application/json') {
  return app.request(path, { headers: { Accept: accept } });
}

async function statusesOf(path: string): Promise<string[]> {
  const reply = await get(path);
  expect(reply.status).toBe(200);
  const { entries } = (await reply.json()) as { entries: { index: number; status: string }[] };
  return entries.map(({ index, status }) => `${index} ${status}`);
}

describe('what the registry said as of a log size', () => {
  test('is lists and images without what came later, with the statuses of then', async () => {
    expect(await statusesOf('/metadata?status=all')).toEqual(['2 deprecated', '1 valid', '0 superseded']);
    expect(await statusesOf('/metadata?status=all&asOf=2')).toEqual(['1 valid', '0 superseded']);
    expect(await statusesOf('/metadata?asOf=1')).toEqual(['0 valid']);
    expect(await statusesOf('/metadata?asOf=0')).toEqual([]);
    expect(await statusesOf(`/metadata/${toIdentifier(1)}?asOf=1`)).toEqual(['0 valid']);
    expect((await get(`/metadata/${toIdentifier(1)}?asOf=0`)).status).toBe(404);
  });

  test('says which moment it is in headers, also in XML', async () => {
    for (const accept of ['application/json', 'application/xml', 'text/html']) {
      const reply = await get('/metadata?asOf=2', accept);
      expect(reply.headers.get('Log-Size')).toBe('2');
      expect(reply.headers.get('Memento-Datetime')).toBe(NOW.toUTCString());
    }
    const xml = await (await get('/metadata?asOf=1&status=all', 'application/xml')).text();
    expect(xml).toContain('<entry n="0"/>');
    expect(xml).not.toContain('<entry n="1"/>');
    expect((await get('/metadata')).headers.get('Memento-Datetime')).toBeNull();
  });

  test('is entries, which are not there before they came', async () => {
    const path = toEntryPath(newer.identifier, newer.email, newer.createdAt);
    expect((await get(`${path}?asOf=1`)).status).toBe(404);
    expect((await get(`${path}?asOf=1`, 'application/rdf+xml')).status).toBe(404);
    const old = toEntryPath(first.identifier, first.email, first.createdAt);
    expect(await (await get(`${old}?asOf=1`)).json()).toMatchObject({ status: 'valid' });
    expect(await (await get(old)).json()).toMatchObject({ status: 'superseded', supersededBy: 1 });
    const turtle = async (asOf: string) => (await get(`${old}${asOf}`, 'text/turtle')).text();
    expect(await turtle('?asOf=1')).toContain('slterms:tag "latest"');
    expect(await turtle('')).not.toContain('slterms:tag "latest"');
  });

  test('is tags and endorsers', async () => {
    const tagged = await get('/tag/jane@example.org/stable?asOf=1');
    expect(await tagged.json()).toMatchObject({ index: 0, status: 'valid' });
    expect(tagged.headers.get('Content-Location')).toContain('asOf=1');
    const endorsers = (await (await get('/endorsers?asOf=2')).json()) as { endorsers: object[] };
    expect(endorsers.endorsers).toMatchObject([{ email: 'jane@example.org', entries: 2 }]);
    expect((await get('/endorsers/bob@example.org?asOf=2')).status).toBe(404);
    const tags = await (await get('/endorsers/jane@example.org/tags?asOf=1')).json();
    expect(tags).toMatchObject({ logSize: 1, tags: [{ tag: 'stable', entry: { index: 0 } }] });
  });

  test('pages with the moment kept', async () => {
    const page = (await (await get('/metadata?status=all&limit=1&asOf=2')).json()) as { next: string; total: number };
    expect(page.total).toBe(2);
    expect(page.next).toContain('asOf=2');
    expect(await statusesOf(page.next.slice(BASE.length))).toEqual(['0 superseded']);
  });

  test('is the same before and after further records', async () => {
    const before = await (await get('/metadata?status=all&asOf=3')).text();
    await twin.put({ identifier: toIdentifier(1), createdAt: at(9), title: 'Newest' });
    expect(await (await get('/metadata?status=all&asOf=3')).text()).toBe(before);
  });
});

describe('what the registry said as of a time', () => {
  const text = (seconds: number) => new Date(NOW.getTime() + seconds * 1000).toISOString().replace('.000', '');

  test('is what was accepted until then, this second included', async () => {
    expect(await statusesOf(`/metadata?status=all&asOf=${text(-1)}`)).toEqual([]);
    expect((await statusesOf(`/metadata?status=all&asOf=${text(0)}`)).length).toBe(twin.log.size());
  });

  test.each([
    ['the future', `/metadata?asOf=${text(61)}`, 400],
    ['a size beyond the log', '/metadata?asOf=1000', 404],
    ['a size beyond counting', '/metadata?asOf=99999999999999999999', 400],
    ['a negative size', '/?asOf=-1', 400],
    ['a size in other digits', '/endorsers?asOf=0x1', 400],
    ['a day that is none', '/metadata?asOf=2026-02-30T00:00:00Z', 400],
    ['words', '/tag/jane@example.org/stable?asOf=yesterday', 400],
    ['two moments', '/metadata?asOf=1&asOf=2', 400],
    ['script', '/metadata?asOf=%3Cscript%3E', 400],
  ])('refuses %s', async (_name, path, status) => {
    const reply = await get(path);
    expect(reply.status).toBe(status);
    expect(reply.headers.get('Content-Type')).toBe('application/problem+json');
    expect(((await reply.json()) as { detail: string }).detail).toMatch(/asOf|log has/);
  });

  test('takes an empty moment for now', async () => {
    expect(await statusesOf('/metadata?asOf=&status=all')).toEqual(await statusesOf('/metadata?status=all'));
  });
});

describe('SPARQL about the past', () => {
  const STATUSES = `SELECT ?x ?status { ?x <http://purl.org/dc/terms/identifier> ?id ; <${VOUCH.status}> ?status } ORDER BY ?x`;
  const ask = (search: Record<string, string>, accept = 'text/csv') =>
    get(`/query?${new URLSearchParams({ query: STATUSES, ...search })}`, accept);
  const statuses = async (search: Record<string, string>) =>
    (await (await ask(search)).text())
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',')[1]);

  beforeAll(() => twin.sparql.waitFor(twin.log.size()));

  test('answers as the registry would have at a size and at a time, with the statuses of then', async () => {
    const size = String(twin.log.size());
    expect(await statuses({})).toEqual(await statuses({ asOf: size }));
    expect(await statuses({ asOf: '1' })).toEqual(['valid']);
    expect((await statuses({ asOf: '2' })).sort()).toEqual(['superseded', 'valid']);
    expect(await statuses({ asOf: '0' })).toEqual([]);
    const [before, after] = [-1000, 0].map((ms) => new Date(NOW.getTime() + ms).toISOString().replace(/\.\d+/, ''));
    expect(await statuses({ asOf: before! })).toEqual([]);
    expect(await statuses({ asOf: after! })).toEqual(await statuses({ asOf: size }));
  });

  test('judges by the clock of then, not of now', async () => {
    const query = 'SELECT ?x { ?x <http://purl.org/dc/terms/identifier> ?id }';
    const rows = async (search: Record<string, string>) =>
      (await (await get(`/query?${new URLSearchParams({ query, view: 'valid', ...search })}`, 'text/csv')).text())
        .trim()
        .split('\r\n').length - 1;
    const late = createApp(twin, { documents: twin.documents, now: () => new Date(Date.UTC(2030, 0, 1)) });
    const then = await late.request(`/query?${new URLSearchParams({ query, view: 'valid', asOf: '2' })}`, {
      headers: { Accept: 'text/csv' },
    });
    expect((await then.text()).trim().split('\r\n').length - 1).toBe(await rows({ asOf: '2' }));
    expect(await rows({ asOf: '2' })).toBe(1);
  });

  test('says which moment it is, in headers, on the page and in its links', async () => {
    const reply = await ask({ asOf: '2' });
    expect(reply.headers.get('Log-Size')).toBe('2');
    expect(reply.headers.get('Memento-Datetime')).toBe(NOW.toUTCString());
    const again = await app.request(`/query?${new URLSearchParams({ query: STATUSES, asOf: '2' })}`, {
      headers: { Accept: 'text/csv', 'If-None-Match': reply.headers.get('ETag')! },
    });
    expect(again.status).toBe(304);
    const page = await (await ask({ asOf: '2' }, 'text/html')).text();
    expect(page).toContain('<input type="hidden" name="asOf" value="2">');
    expect(page).toContain('See it as it is now');
    expect(page).toMatch(/href="\/query\?query=[^"]*format=csv&amp;asOf=2"/);
  });

  test.each([
    ['what is no moment', { asOf: '2024-01-01' }, 400],
    ['the future', { asOf: '2030-01-01T00:00:00Z' }, 400],
    ['a size beyond the log', { asOf: '1000' }, 404],
  ])('does not pass what is now for %s', async (_name, search, status) => {
    const reply = await ask(search, 'application/json');
    expect(reply.status).toBe(status);
    expect(((await reply.json()) as { detail: string }).detail).toContain('asOf');
  });

  test('takes the moment of a form that is posted', async () => {
    const reply = await app.request('/query', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/csv' },
      body: new URLSearchParams({ query: STATUSES, asOf: '1' }).toString(),
    });
    expect([reply.status, reply.headers.get('Log-Size')]).toEqual([200, '1']);
  });
});

describe('pages of the past', () => {
  const BROWSER = 'text/html';
  const pages = () => [
    '/',
    '/metadata',
    '/metadata?q=nothing',
    `/metadata/${toIdentifier(1)}`,
    toEntryPath(first.identifier, first.email, first.createdAt),
    '/endorsers',
    '/endorsers/jane@example.org',
    '/endorsers/jane@example.org/tags',
    '/tag/jane@example.org/stable',
  ];

  test('say so, lead to now, and keep the moment in every link that has a past', async () => {
    for (const path of pages()) {
      const reply = await get(`${path}${path.includes('?') ? '&' : '?'}asOf=2`, BROWSER);
      const page = await reply.text();
      expect(`${path} ${reply.status}`).toBe(`${path} 200`);
      expect(page).toContain('<strong>As of <time');
      expect(page).toMatch(/<a href="\?[^"]*">See it as it is now<\/a>/);
      const links = [...page.matchAll(/(?:href|action)="([^"]*)"/g)].map(([, href]) => href!.replaceAll('&amp;', '&'));
      const past = links.filter((href) => /^\/(?:$|\?|metadata|endorsers|tag)|^\?.*format=/.test(href));
      expect(past.length).toBeGreaterThan(3);
      expect(past.filter((href) => !/[?&]asOf=2(?:&|$)/.test(href))).toEqual([]);
      expect((page.match(/<form/g) ?? []).length).toBe((page.match(/name="asOf" value="2"/g) ?? []).length);
    }
  });

  test('that show now say nothing of it', async () => {
    for (const path of pages()) expect(await (await get(path, BROWSER)).text()).not.toContain('asOf');
  });
});
