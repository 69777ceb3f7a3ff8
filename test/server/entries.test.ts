import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CatalogEntry } from '../../src/catalog/catalog.ts';
import { toEntryPath } from '../../src/catalog/entry-path.ts';
import { createApp } from '../../src/server/app.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const DOCUMENT = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns:rdf="r"/>\n';

let twin: RegistryTwin;
let app: ReturnType<typeof createApp>;
let old: CatalogEntry;
let current: CatalogEntry;
let withdrawn: CatalogEntry;
let lapsed: CatalogEntry;

function at(day: number): Date {
  return new Date(Date.UTC(2026, 9, day, 8, 30, 5));
}

beforeAll(async () => {
  twin = await openTwin();
  app = createApp(twin, { documents: twin.documents, now: () => NOW });
  const image = {
    identifier: toIdentifier(1),
    title: 'Ubuntu server',
    os: 'ubuntu',
    osArch: 'x86_64',
    format: 'qcow2',
  };
  old = await twin.put({ ...image, createdAt: at(1) });
  current = await twin.put({ ...image, createdAt: at(2), tag: 'stable' }, DOCUMENT);
  withdrawn = await twin.put({
    ...image,
    createdAt: at(3),
    email: 'bob@example.org',
    subject: 'CN=Bob',
    deprecated: 'holds an old kernel',
  });
  lapsed = await twin.put({ identifier: toIdentifier(2), createdAt: at(4), validUntil: at(5), os: 'debian' });
});

afterAll(() => twin.close());

function get(path: string, accept?: string, headers: Record<string, string> = {}) {
  return app.request(path, { headers: { ...(accept === undefined ? {} : { Accept: accept }), ...headers } });
}

async function identifiersOf(path: string): Promise<number[]> {
  const reply = await get(path, 'application/json');
  expect(reply.status).toBe(200);
  return ((await reply.json()) as { entries: { index: number }[] }).entries.map(({ index }) => index);
}

describe('one entry', () => {
  const path = () => toEntryPath(current.identifier, current.email, current.createdAt);

  test.each([
    [undefined, 'application/rdf+xml'],
    ['*/*', 'application/rdf+xml'],
    ['application/xml', 'application/xml'],
    ['text/xml', 'text/xml'],
  ])('is the exact bytes received for Accept: %s', async (accept, mediaType) => {
    const reply = await get(path(), accept);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('Content-Type')).toBe(mediaType);
    expect(Buffer.from(await reply.arrayBuffer()).equals(Buffer.from(DOCUMENT))).toBe(true);
    expect(reply.headers.get('ETag')).toBe(`"${current.documentSha256}"`);
    expect(reply.headers.get('Cache-Control')).toContain('immutable');
    expect(reply.headers.get('Content-Security-Policy')).toContain('sandbox');
  });

  test.each([
    [BROWSER, 'text/html; charset=UTF-8', 'Ubuntu server'],
    ['application/json', 'application/json', '"status":"valid"'],
    ['application/ld+json', 'application/ld+json', '"@graph"'],
    ['text/turtle', 'text/turtle; charset=utf-8', 'slterms:os "ubuntu"'],
    ['application/n-quads', 'application/n-quads', `<${BASE}/metadata/`],
  ])('is given by Accept: %s', async (accept, mediaType, part) => {
    const reply = await get(path(), accept);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('Content-Type')).toBe(mediaType);
    expect(reply.headers.get('Vary')).toBe('Accept, Accept-Encoding');
    expect(await reply.text()).toContain(part);
  });

  test.each(['rdf', 'xml', 'html', 'json', 'jsonld', 'ttl', 'nq'])(
    'is given by ?format=%s and by the suffix',
    async (format) => {
      const byName = await get(`${path()}?format=${format}`);
      const bySuffix = await get(`${path()}.${format}`);
      expect([byName.status, bySuffix.status]).toEqual([200, 200]);
      expect(bySuffix.headers.get('Content-Type')).toBe(byName.headers.get('Content-Type'));
      expect(await bySuffix.text()).toBe(await byName.text());
    },
  );

  test('an unknown format is a bad request that lists the formats', async () => {
    const reply = await get(`${path()}?format=pdf`);
    expect(reply.status).toBe(400);
    expect(((await reply.json()) as { detail: string }).detail).toContain('jsonld');
  });

  test('an Accept header without any format of it is 406', async () => {
    expect((await get(path(), 'image/png')).status).toBe(406);
  });

  test('the selectors stand in any order', async () => {
    const [identifier, email, created] = [current.identifier, current.email, '2026-10-02T08:30:05Z'];
    for (const order of [
      [identifier, email, created],
      [identifier, created, email],
      [email, identifier, created],
      [email, created, identifier],
      [created, identifier, email],
      [created, email, identifier],
    ]) {
      const reply = await get(`/metadata/${order.join('/')}`);
      expect(await reply.text()).toContain('rdf:RDF');
    }
  });

  test('the e-mail address may be percent-encoded', async () => {
    const reply = await get(`/metadata/${current.identifier}/jane%40example.org/2026-10-02T08%3A30%3A05Z`);
    expect(reply.status).toBe(200);
  });

  test('a conditional request for unchanged bytes is 304 without a body', async () => {
    const reply = await get(path(), undefined, { 'If-None-Match': `W/"x", "${current.documentSha256}"` });
    expect(reply.status).toBe(304);
    expect(await reply.text()).toBe('');
  });

  test('its page says the status, the endorser, the checksum, the log number and the entry before it', async () => {
    const page = await (await get(path(), BROWSER)).text();
    for (const part of [
      'The endorser vouches for the image',
      'CN=Jane',
      'c3c3c3',
      'vouch.example.org/log',
      `Recorded as number ${current.index}`,
      `href="/log/receipt/${current.index}"`,
      'href="/docs/receipt"',
      '2026-10-01T08:30:05Z',
    ]) {
      expect(page).toContain(part);
    }
    const before = await (await get(toEntryPath(old.identifier, old.email, old.createdAt), BROWSER)).text();
    expect(before).toContain('superseded');
    expect(before).toContain('The newer entry');
  });

  test('its page says what is not known where the log kept nothing beside it', async () => {
    const page = await (await get(path(), BROWSER)).text();
    expect(page).toContain('The registry kept no evidence of it.');
    expect(page).toContain('not known');
  });

  test('Turtle of a superseded entry says by which it is', async () => {
    const turtle = await (await get(`${toEntryPath(old.identifier, old.email, old.createdAt)}?format=ttl`)).text();
    expect(turtle).toContain(`vouch:supersededBy ${current.index}`);
  });
});

describe('lists', () => {
  test('show valid entries unless asked for others', async () => {
    expect(await identifiersOf('/metadata')).toEqual([current.index]);
    expect(await identifiersOf('/metadata?status=all')).toEqual(
      [lapsed, withdrawn, current, old].map(({ index }) => index),
    );
    expect(await identifiersOf('/metadata?status=deprecated')).toEqual([withdrawn.index]);
    expect(await identifiersOf('/metadata?status=expired')).toEqual([lapsed.index]);
    expect(await identifiersOf('/metadata?status=superseded')).toEqual([old.index]);
  });

  test.each([
    ['identifier', () => `/metadata?status=all&identifier=${lapsed.identifier}`, () => [lapsed]],
    ['the path', () => `/metadata/${lapsed.identifier}?status=all`, () => [lapsed]],
    ['e-mail', () => '/metadata?status=all&email=bob@example.org', () => [withdrawn]],
    ['e-mail in the path', () => '/metadata/bob@example.org?status=all', () => [withdrawn]],
    ['time', () => '/metadata?status=all&created=2026-10-04T08:30:05Z', () => [lapsed]],
    ['words', () => '/metadata?status=all&q=debian', () => [lapsed]],
    ['system', () => '/metadata?status=all&os=debian', () => [lapsed]],
    ['architecture', () => '/metadata?arch=x86_64', () => [current]],
    ['image format', () => '/metadata?format=qcow2', () => [current]],
    ['image format and representation', () => '/metadata?format=qcow2&format=json', () => [current]],
    ['tag', () => '/metadata?tag=stable', () => [current]],
    ['empty parameters', () => '/metadata?tag=&os=&q=', () => [current]],
    ['nothing that exists', () => '/metadata?os=plan9', () => []],
  ])('are narrowed by %s', async (_, path, expected) => {
    expect(await identifiersOf(path())).toEqual(expected().map(({ index }) => index));
  });

  test.each([
    ['status=odd'],
    ['limit=0'],
    ['limit=1001'],
    ['limit=x'],
    ['created=yesterday'],
    ['created=2026-02-30T00:00:00Z'],
    ['email=nobody'],
    ['after=%00'],
    [`q=${'a'.repeat(201)}`],
  ])('refuse ?%s in one sentence', async (search) => {
    const reply = await get(`/metadata?${search}`, 'application/json');
    expect(reply.status).toBe(400);
    expect(reply.headers.get('Content-Type')).toBe('application/problem+json');
    expect(((await reply.json()) as { detail: string }).detail).toMatch(/^The .*\.$/);
  });

  test('give pages that follow each other by their next link, each entry once', async () => {
    const seen: number[] = [];
    let next: string | undefined = '/metadata?status=all&limit=1';
    while (next !== undefined) {
      const reply: Response = await get(next, 'application/json');
      const page = (await reply.json()) as { entries: { index: number }[]; next?: string };
      seen.push(...page.entries.map(({ index }) => index));
      expect(reply.headers.get('Link') !== null).toBe(page.next !== undefined);
      next = page.next;
      if (next !== undefined) expect(next.startsWith(`${BASE}/metadata?`)).toBe(true);
    }
    expect(seen).toEqual([lapsed, withdrawn, current, old].map(({ index }) => index));
  });

  test.each([undefined, '*/*', 'application/xml', 'text/xml'])(
    'are the documents in one XML root for Accept: %s',
    async (accept) => {
      const reply = await get('/metadata', accept);
      expect(reply.headers.get('Content-Type')).toMatch(/^(application|text)\/xml; charset=utf-8$/);
      // the byte order mark and the declaration of the document itself are gone
      expect(await reply.text()).toBe(
        '<?xml version="1.0" encoding="UTF-8"?>\n<metadata>\n<rdf:RDF xmlns:rdf="r"/>\n\n</metadata>\n',
      );
    },
  );

  test('are a page with a form for a browser', async () => {
    const page = await (await get('/metadata?os=ubuntu', BROWSER)).text();
    expect(page).toContain('value="ubuntu"');
    expect(page).toContain('<caption>');
  });

  test('say what to do where nothing fits', async () => {
    const page = await (await get('/metadata?os=plan9&q=nothing', BROWSER)).text();
    expect(page).toContain('No entry fits');
    expect(page).toContain('Show all valid entries');
  });

  test('lead on from a misspelt word to words that find something with the same filters', async () => {
    const page = await (await get('/metadata?q=ubunut%20serv&arch=x86_64', BROWSER)).text();
    expect(page).toMatch(/Did you mean <a href="[^"]*q=ubuntu\+serv[^"]*"><bdi>ubuntu serv<\/bdi><\/a>\? 1 entry/);
    expect(/Did you mean <a href="([^"]*)"/.exec(page)![1]).toContain('arch=x86_64');
    const json = async (path: string) => (await get(path, 'application/json')).json();
    expect(await json('/metadata?q=ubunut')).toMatchObject({ total: 0, didYouMean: [{ q: 'ubuntu', total: 1 }] });
    // the word is there, but not in what the filters let through
    expect(await json('/metadata?q=ubunut&arch=aarch64')).not.toHaveProperty('didYouMean');
    expect(await json('/metadata?q=debain')).not.toHaveProperty('didYouMean');
    expect(await json('/metadata?q=debain&status=all')).toMatchObject({ didYouMean: [{ q: 'debian', total: 1 }] });
    expect(await json('/metadata?q=ubuntu')).not.toHaveProperty('didYouMean');
    expect(await json('/metadata?os=ubunut')).not.toHaveProperty('didYouMean');
  });

  test('are 304 while nothing changed, and new as soon as the log has grown', async () => {
    const etag = (await get('/metadata', 'application/json')).headers.get('ETag')!;
    expect((await get('/metadata', 'application/json', { 'If-None-Match': etag })).status).toBe(304);
    expect((await get('/metadata', 'text/html', { 'If-None-Match': etag })).status).toBe(200);
    await twin.put({
      identifier: toIdentifier(9),
      createdAt: at(1),
      deprecated: 'never mind',
      email: 'eve@example.org',
      subject: 'CN=Eve',
    });
    expect((await get('/metadata', 'application/json', { 'If-None-Match': etag })).status).toBe(200);
  });
});

describe('an image', () => {
  test('has a page that says who endorses it now, who deprecates it and why, and all that was said', async () => {
    const page = await (await get(`/metadata/${current.identifier}`, BROWSER)).text();
    for (const part of ['Endorsed now by', 'Deprecated by', 'holds an old kernel', 'agree on', '3 statements']) {
      expect(page).toContain(part);
    }
  });

  test('shows who vouched when as a picture with a name, and the same as a table', async () => {
    const page = await (await get(`/metadata/${current.identifier}`, BROWSER)).text();
    expect(page).toMatch(/<svg role="img" aria-labelledby="timeline-title timeline-what"/);
    expect(page).toMatch(/<desc id="timeline-what">[^<]*: 1 deprecation on/);
    expect(page).toContain('Who vouched for the image when, by endorser');
  });

  test('offers commands whose words the shell takes as they are, whatever the statement says', async () => {
    const identifier = toIdentifier(77);
    const locations = ['javascript:alert(1)', "https://images.example.org/a'b;$(touch x)`y`\u202e.qcow2"];
    const checksums = [{ algorithm: 'SHA-256', value: 'ab'.repeat(32) }] as const;
    const words = { format: "qcow2'; rm -rf ~", osArch: '$(id)', locations, checksums };
    await twin.put({ identifier, createdAt: at(1), ...words });
    const page = await (await get(`/metadata/${identifier}`, BROWSER)).text();
    const commands = [...page.matchAll(/<code>((?:vouch|curl|qemu|openstack)[^<]*)<\/code>/g)].map(([, text]) => text!);
    expect(commands).toHaveLength(3);
    expect(commands.join('\n')).not.toMatch(/rm -rf|\$\(id\)|javascript|\u202e/);
    expect(commands[2]!.replaceAll('&#39;', "'")).toContain(
      "curl -fL -o image.bin 'https://images.example.org/a'\\''b;$(touch%20x)%60y%60%E2%80%AE.qcow2'",
    );
  });

  test('goes on as a list where its page ends', async () => {
    const identifier = toIdentifier(78);
    for (let day = 0; day < 51; day++)
      await twin.put({ identifier, createdAt: new Date(at(1).getTime() + day * 60_000) });
    const page = await (await get(`/metadata/${identifier}`, BROWSER)).text();
    expect(page).toContain('The newest 50 of 51 statements');
    const [, next = ''] = /rel="next" href="([^"]+)"/.exec(page) ?? [];
    const rest = await get(`/metadata/${identifier}${next.replaceAll('&amp;', '&')}`, BROWSER);
    expect(await rest.text()).toContain('51 entries');
  });

  test('warns where endorsers give different checksums', async () => {
    const identifier = toIdentifier(5);
    await twin.put({ identifier, createdAt: at(1), sizeBytes: 1 });
    await twin.put({ identifier, createdAt: at(1), sizeBytes: 2, email: 'bob@example.org', subject: 'CN=Bob' });
    const page = await (await get(`/metadata/${identifier}`, BROWSER)).text();
    expect(page).toContain('contradict each other');
  });

  test.each([
    ['an image nobody described', () => `/metadata/${toIdentifier(99)}`],
    ['an entry that is not there', () => `/metadata/${current.identifier}/jane@example.org/2001-01-01T00:00:00Z`],
    ['a segment that selects nothing', () => '/metadata/abc'],
    ['two identifiers', () => `/metadata/${current.identifier}/${current.identifier}`],
    ['a day that does not exist', () => `/metadata/${current.identifier}/jane@example.org/2026-02-30T00:00:00Z`],
    ['broken percent-encoding', () => '/metadata/%E0%A4%A'],
    ['a suffix before the end', () => `/metadata/${current.identifier}.json/jane@example.org`],
    ['an unknown tag', () => '/tag/jane@example.org/none'],
    ['an unknown endorser', () => '/endorsers/nobody@example.org'],
    ['an unknown address', () => '/nowhere'],
  ])('that is %s is 404 with a way onward', async (_, path) => {
    const problem = await get(path(), 'application/json');
    expect(problem.status).toBe(404);
    expect(await problem.json()).toMatchObject({ status: 404, type: `${BASE}/docs/problems#not-found` });
    const page = await get(path(), BROWSER);
    expect(page.status).toBe(404);
    expect(await page.text()).toContain('All valid entries');
    const xml = await get(path(), 'application/xml');
    expect(await xml.text()).toContain('<error ');
  });
});

describe('tags and endorsers', () => {
  test.each(['/metadata/jane@example.org?tag=stable', '/tag/jane@example.org/stable'])(
    '%s is the newest undeprecated entry',
    async (path) => {
      const reply = await get(path);
      expect(await reply.text()).toContain('rdf:RDF');
      expect(reply.headers.get('Content-Location')).toBe(
        toEntryPath(current.identifier, current.email, current.createdAt),
      );
      expect(reply.headers.get('Cache-Control')).toBe('no-cache');
    },
  );

  test('endorsers are listed as JSON and as a page', async () => {
    const json = (await (await get('/endorsers')).json()) as { endorsers: { email: string }[] };
    expect(json.endorsers.map(({ email }) => email)).toContain('bob@example.org');
    expect(await (await get('/endorsers', BROWSER)).text()).toContain('CN=Bob');
  });

  test('an endorser has entries and tags, as JSON and as a page', async () => {
    const json = await (await get('/endorsers/jane@example.org', 'application/json')).json();
    expect(json).toMatchObject({
      email: 'jane@example.org',
      tags: [{ tag: 'stable', entry: { index: current.index } }],
    });
    expect(await (await get('/endorsers/jane@example.org', BROWSER)).text()).toContain('/tag/jane@example.org/stable');
    expect(await (await get('/endorsers/jane%40example.org/tags')).json()).toMatchObject({ tags: [{ tag: 'stable' }] });
    expect(await (await get('/endorsers/bob@example.org/tags', BROWSER)).text()).toContain('No tags');
  });
});
