import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/server/app.ts';
import { NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const SCRIPT = '<script>alert(1)</script>';

let twin: RegistryTwin;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  twin = await openTwin();
  app = createApp(twin, { documents: twin.documents, now: () => NOW, onFault: () => undefined });
  const bob = { email: 'bob@example.org', subject: 'CN=Bob' };
  await twin.put({ identifier: toIdentifier(1), title: 'Gamma', os: 'ubuntu', osArch: 'x86_64', format: 'qcow2' });
  await twin.put({
    identifier: toIdentifier(2),
    title: 'alpha',
    os: 'debian',
    osArch: 'aarch64',
    format: 'raw',
    ...bob,
  });
  await twin.put({ identifier: toIdentifier(3), title: 'Beta', os: 'debian', osArch: 'x86_64', format: SCRIPT });
  await twin.put({ identifier: toIdentifier(4), title: 'delta', os: 'debian', deprecated: 'broken', ...bob });
});
afterAll(() => twin.close());

async function json(search: string): Promise<Record<string, unknown>> {
  const reply = await app.request(`/metadata?${search}`, { headers: { Accept: 'application/json' } });
  expect([reply.status, reply.headers.get('Content-Type')]).toEqual([200, 'application/json']);
  return (await reply.json()) as Record<string, unknown>;
}

const titlesOf = (page: Record<string, unknown>) => (page.entries as { title: string }[]).map(({ title }) => title);

describe('lists as JSON', () => {
  test('tell how many entries have each value, of a narrowed facet the others too', async () => {
    const page = await json('os=debian');
    expect(page).toMatchObject({
      total: 2,
      facets: {
        status: [
          { value: 'valid', count: 2 },
          { value: 'deprecated', count: 1 },
        ],
        os: [
          { value: 'debian', count: 2 },
          { value: 'ubuntu', count: 1 },
        ],
        email: [
          { value: 'bob@example.org', count: 1 },
          { value: 'jane@example.org', count: 1 },
        ],
        hypervisor: [],
      },
    });
  });

  test('are sorted by any column, both ways, page by page', async () => {
    expect(titlesOf(await json('sort=title'))).toEqual(['alpha', 'Beta', 'Gamma']);
    expect(titlesOf(await json('sort=-title&status=all'))).toEqual(['Gamma', 'delta', 'Beta', 'alpha']);
    const first = await json('sort=title&limit=2');
    const { search } = new URL(first.next as string);
    expect(titlesOf(await json(search.slice(1)))).toEqual(['Gamma']);
  });

  test('refuse an order that there is not, and a cursor of another', async () => {
    expect((await app.request('/metadata?sort=colour')).status).toBe(400);
    expect((await app.request('/metadata?sort=title&after=os-0')).status).toBe(400);
    expect((await app.request('/metadata?after=title-0')).status).toBe(400);
  });
});

describe('the page of a list', () => {
  test('has the facets as links, and what is in them as text', async () => {
    const reply = await app.request('/metadata?os=debian', { headers: { Accept: 'text/html' } });
    const page = await reply.text();
    expect(page).toContain('href="?os=ubuntu"');
    expect(page).toMatch(/<a class="chosen" href="\?" aria-current="true"><span><bdi>debian<\/bdi>/);
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toContain(SCRIPT);
  });
});

describe('the parameters of DataTables 1.9, which the pages of the original sent', () => {
  test('get rows, counts and the echo, whatever Accept says', async () => {
    const search = 'sEcho=7&iDisplayStart=1&iDisplayLength=1&iSortingCols=1&iSortCol_0=6&sSortDir_0=asc&sSearch=debian';
    const reply = await app.request(`/metadata?${search}`, { headers: { Accept: 'text/html' } });
    expect(reply.headers.get('Content-Type')).toBe('application/json');
    const { aaData, ...counts } = (await reply.json()) as { aaData: string[][] };
    expect(counts).toEqual({ sEcho: 7, iTotalRecords: 3, iTotalDisplayRecords: 2 });
    expect(aaData).toHaveLength(1);
    expect(aaData[0]?.slice(0, 8)).toEqual([
      'debian',
      '',
      'x86_64',
      'jane@example.org',
      '2026-11-19T12:00:00Z',
      toIdentifier(3),
      'Beta',
      'valid',
    ]);
  });

  test('get everything for the length -1', async () => {
    expect(((await json('sEcho=1&iDisplayLength=-1')) as { aaData: unknown[] }).aaData).toHaveLength(3);
  });

  test.each([
    'sEcho=<script>',
    'sEcho=1&iDisplayStart=-1',
    'sEcho=1&iDisplayLength=x',
    'sEcho=1&iSortCol_0=99',
    `sEcho=1&sSearch=${'x'.repeat(300)}`,
  ])('are refused where they make no sense: %s', async (search) => {
    expect((await app.request(`/metadata?${search}`)).status).toBe(400);
  });
});

describe('a list for people', () => {
  const pageOf = async (search: string): Promise<string> => {
    const reply = await app.request(`/metadata${search}`, { headers: { Accept: 'text/html' } });
    expect(reply.status, search).toBe(200);
    return reply.text();
  };

  test('says how many entries of which status there are, and with which words', async () => {
    expect(await pageOf('')).toContain('<h2 id="count">3 valid entries</h2>');
    expect(await pageOf('?status=all')).toContain('<h2 id="count">4 entries</h2>');
    expect(await pageOf('?q=alpha')).toContain('<h2 id="count">1 valid entry for “alpha”</h2>');
  });

  test('leads forth and back, and says which entries these are', async () => {
    const titles = (page: string) => [...page.matchAll(/data-hit><bdi>([^<]*)/g)].map(([, title]) => title);
    const linkOf = (page: string, rel: string) =>
      new RegExp(`rel="${rel}" href="([^"]*)"`).exec(page)?.[1]?.replaceAll('&amp;', '&');
    const first = await pageOf('?status=all&limit=1&sort=title');
    expect([titles(first), linkOf(first, 'prev')]).toEqual([['alpha'], undefined]);
    const second = await pageOf(linkOf(first, 'next')!);
    expect(titles(second)).toEqual(['Beta']);
    expect(second).toContain('2 to 2 of 4 entries');
    const third = await pageOf(linkOf(second, 'next')!);
    expect(titles(third)).toEqual(['delta']);
    expect(titles(await pageOf(linkOf(third, 'prev')!))).toEqual(['Beta']);
    expect(linkOf(second, 'prev')).toBe('?status=all&limit=1&sort=title');
  });

  test('gives programs the same page where its address is asked for as JSON', async () => {
    const page = await pageOf('?status=all&limit=2');
    const next = /rel="next" href="\?([^"]*)"/.exec(page)![1]!.replaceAll('&amp;', '&');
    expect(titlesOf(await json(next))).toHaveLength(2);
  });

  test('keeps table or cards in its links', async () => {
    const page = await pageOf('?view=cards');
    expect(page).toContain('<ul class="deck"');
    expect(page).toContain('href="?view=cards&amp;os=ubuntu"');
    expect(page).not.toContain('<table');
    expect((await app.request('/metadata?view=map', { headers: { Accept: 'text/html' } })).status).toBe(400);
  });

  test('offers what lets something through where nothing fits', async () => {
    const page = await pageOf('?os=ubuntu&arch=aarch64&q=a');
    expect(page).toContain('Leave out architecture “<bdi>aarch64</bdi>”</a>: 1 entry');
    expect(page).toContain('Leave out system “<bdi>ubuntu</bdi>”</a>: 1 entry');
    expect(page).not.toContain('Leave out words');
    expect(await pageOf('?q=delta')).toContain('Look in every status</a>: 1 entry');
  });

  test('says who else endorses an image', async () => {
    const image = { identifier: toIdentifier(9), title: 'Shared' };
    await twin.put({ ...image, email: 'bob@example.org', subject: 'CN=Bob' });
    await twin.put({ ...image, email: 'eve@example.org', subject: 'CN=Eve', deprecated: 'No' });
    expect(await pageOf('?q=shared')).not.toContain('other endorses');
    await twin.put({ ...image, email: 'ann@example.org', subject: 'CN=Ann' });
    expect(await pageOf('?q=shared&email=bob@example.org')).toContain('and 1 other endorses it');
  });
});
