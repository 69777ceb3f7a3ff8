import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CatalogEntry } from '../../src/catalog/catalog.ts';
import { toEntryPath } from '../../src/catalog/entry-path.ts';
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

test('SPARQL does not pass what is now for what was', async () => {
  const reply = await get(`/query?query=${encodeURIComponent('ASK {}')}&asOf=2024-01-01`);
  expect(reply.status).toBe(400);
  expect(((await reply.json()) as { detail: string }).detail).toContain('asOf');
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
