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
    expect(page).toContain('(<a href="?">any</a>)');
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
