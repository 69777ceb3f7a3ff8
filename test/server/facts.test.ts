import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { MemoryStore } from '../../src/catalog/memory-store.ts';
import { VouchError } from '../../src/errors.ts';
import { createApp } from '../../src/server/app.ts';
import { Facts } from '../../src/server/facts/facts.ts';
import { makeToken, TokenFile } from '../../src/server/token-file.ts';
import { type LocationFact, writeReport } from '../../src/site/probe/location-fact.ts';
import { LocationFacts } from '../../src/site/probe/location-facts.ts';
import { Usage } from '../../src/usage/usage.ts';
import { toUseDay } from '../../src/usage/use-day.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const DAY_MS = 86_400_000;
const [debian, centos] = [toIdentifier(1), toIdentifier(2)];
const PREFIXES = `PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX slreq: <http://mp.stratuslab.eu/slreq#>
PREFIX vouch: <https://w3id.org/vouch#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>`;
const URL_OF_IMAGE = 'https://images.example.org/a<b.qcow2';
const reader = makeToken();

let twin: RegistryTwin;
let usage: Usage;
let locations: LocationFacts;
let facts: Facts;
let directory: string;
let at: Date;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vouch-facts-'));
  writeFileSync(join(directory, 'tokens'), `my-reader reader ${reader.sha256}\n`);
  at = NOW;
  twin = await openTwin();
  const { documentSha256 } = await twin.put({ identifier: debian, title: 'Debian <13>' });
  await twin.put({ identifier: centos, title: 'CentOS', createdAt: new Date(NOW.getTime() - 3 * DAY_MS) });
  await twin.put({ identifier: centos, title: 'CentOS', deprecated: 'no updates' });
  usage = await Usage.open({
    store: new MemoryStore(),
    catalog: twin.catalog,
    catalogName: 'own',
    now: () => at,
    keepDays: 365,
    onNews: (sentence) => expect.unreachable(sentence),
    writeMs: 3_600_000,
  });
  await usage.follow();
  tell(documentSha256, 'missing');
  locations = new LocationFacts(join(directory, 'report'), (sentence) => expect.unreachable(sentence));
  facts = openFacts();
});
afterEach(async () => {
  await facts.close();
  await usage.close();
  await twin.close();
  rmSync(directory, { recursive: true });
});

/** Writes the report that a prober would. */
function tell(document: string, outcome: LocationFact['outcome']): void {
  const message = 'The server said 404.';
  const fact = { document, identifier: debian, location: URL_OF_IMAGE, outcome, checkedAt: NOW, message };
  writeFileSync(join(directory, 'report'), writeReport(BASE, [fact]));
}

function openFacts(more: Partial<ConstructorParameters<typeof Facts>[0]> = {}): Facts {
  return new Facts({
    catalog: twin.catalog,
    baseUrl: BASE,
    usage,
    locations,
    isShowingSites: false,
    bounds: twin.sparql.bounds,
    now: () => at,
    ...more,
  });
}

function open(mode: 'public' | 'private' = 'public', shown: Facts | undefined = facts): Hono {
  const tokens = new TokenFile(join(directory, 'tokens'));
  const gate = { mode, tokens, readers: [], administrators: [] };
  const facts = shown === undefined ? {} : { facts: shown };
  return createApp(twin, { documents: twin.documents, now: () => at, usage, locations, gate, ...facts });
}

function ask(query: string, headers: Record<string, string> = {}, app = open()): Promise<Response> {
  return Promise.resolve(
    app.request(`/facts?${new URLSearchParams({ query: `${PREFIXES} ${query}` })}`, {
      headers: { Accept: 'application/sparql-results+json', ...headers },
    }),
  );
}

/** The rows of an answer, each its values by name. */
async function rows(query: string, app = open()): Promise<Record<string, string>[]> {
  const reply = await ask(query, {}, app);
  expect([query, reply.status]).toEqual([query, 200]);
  const { results } = (await reply.json()) as { results: { bindings: Record<string, { value: string }>[] } };
  return results.bindings.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, { value }]) => [name, value])),
  );
}

const WITHDRAWN = `SELECT ?title ?email ?allowed ?site { ?entry vouch:status "deprecated" ; vouch:image ?image ; dcterms:title ?title ;
  slreq:endorsement/slreq:endorser/slreq:email ?email . ?image vouch:last30Days/vouch:allowed ?allowed .
  OPTIONAL { ?image vouch:usedAt/vouch:site ?site } FILTER(?allowed > 0) }`;

async function launchAll(): Promise<void> {
  const image = { allowed: 3, denied: 1, downloaded: 0 };
  await usage.take('my-site', {
    reporter: 'A'.repeat(22),
    site: 'Cloud A',
    day: toUseDay(at),
    images: new Map([[centos, image]]),
  });
}

describe('SPARQL over use and locations', () => {
  test('finds who still launches what was withdrawn, and names sites only where readers may see them', async () => {
    expect(await rows(WITHDRAWN)).toEqual([]);
    await launchAll();
    await facts.close();
    facts = openFacts();
    const found = { title: 'CentOS', email: 'jane@example.org', allowed: '3' };
    expect(await rows(WITHDRAWN)).toEqual([found]);
    await facts.close();
    facts = openFacts({ isShowingSites: true });
    expect(await rows(WITHDRAWN)).toEqual([{ ...found, site: 'Cloud A' }]);
    // the name of the token is nobody's business
    expect(await rows('SELECT ?s { ?s ?p "my-site" }')).toEqual([]);
  });

  test('finds images that nobody used for so long', async () => {
    usage.countLookup(debian);
    await usage.flush();
    at = new Date(NOW.getTime() + 400 * DAY_MS);
    const unused = `SELECT ?identifier ?last { ?image vouch:countedSince ?since ; dcterms:identifier ?identifier
      OPTIONAL { ?image vouch:lastUsed ?last } FILTER(COALESCE(?last, ?since) < "2027-11-01T00:00:00Z"^^xsd:dateTime) } ORDER BY ?identifier`;
    expect(await rows(unused)).toEqual([{ identifier: debian, last: '2026-11-20T00:00:00Z' }, { identifier: centos }]);
    expect(await rows(unused.replace('2027-11-01', '2026-11-20'))).toEqual([]);
  });

  test('finds what is wrong at a location, as it was last looked at', async () => {
    const trouble = `SELECT ?title ?location ?checked ?message { ?entry dcterms:title ?title ; vouch:locationFact ?fact .
      ?fact vouch:location ?location ; vouch:outcome "missing" ; vouch:checkedAt ?checked ; vouch:message ?message }`;
    expect(await rows(trouble)).toEqual([
      {
        title: 'Debian <13>',
        location: URL_OF_IMAGE,
        checked: '2026-11-20T12:00:00Z',
        message: 'The server said 404.',
      },
    ]);
  });

  test('knows current entries only, each in a graph of its own, and images in one by their page', async () => {
    expect(
      await rows('SELECT ?title ?status { ?entry vouch:status ?status ; dcterms:title ?title } ORDER BY ?title'),
    ).toEqual([
      { title: 'CentOS', status: 'deprecated' },
      { title: 'Debian <13>', status: 'valid' },
    ]);
    expect(
      await rows(
        `SELECT ?i { GRAPH <${BASE}/metadata/${debian}> { ?image vouch:countedSince ?d ; dcterms:identifier ?i } }`,
      ),
    ).toEqual([{ i: debian }]);
    // an image that was not used has no counts
    expect(await rows('SELECT ?n { ?image vouch:total/vouch:lookups ?n }')).toEqual([]);
    expect(await rows('SELECT ?g { GRAPH ?g { ?x vouch:image ?i } }')).toHaveLength(2);
  });

  test('is of a moment that the answer names', async () => {
    const reply = await ask('SELECT (COUNT(*) AS ?n) { ?x vouch:status "valid" }');
    expect(reply.headers.get('Last-Modified')).toBe('Fri, 20 Nov 2026 12:00:00 GMT');
    expect(reply.headers.get('Cache-Control')).toBe('no-store');
    expect(reply.headers.get('Log-Size')).toBeNull();
  });

  test('is put together anew when it is old, also after nobody asked for long', async () => {
    const count = 'SELECT (COUNT(*) AS ?n) { ?x vouch:status "valid" }';
    for (const more of [{ freshMs: 0 }, { idleMs: 0 }]) {
      await facts.close();
      facts = openFacts(more);
      const before = Number((await rows(count))[0]!.n);
      await twin.put({ identifier: toIdentifier(3 + before), title: 'Alpine' });
      // who asks an old copy has its answer at once; the new one comes after it
      await expect
        .poll(async () => Number((await rows(count))[0]!.n), { timeout: 20_000, interval: 100 })
        .toBe(before + 1);
    }
  });

  test('says what it has in every format, and what is wrong with a query', async () => {
    for (const [accept, type] of [
      ['text/csv', 'text/csv'],
      ['application/sparql-results+xml', 'application/sparql-results+xml'],
      ['text/html', 'text/html'],
    ] as const) {
      const reply = await ask('SELECT ?title { ?x dcterms:title ?title } ORDER BY ?title', { Accept: accept });
      expect([reply.status, reply.headers.get('Content-Type')?.split(';')[0]]).toEqual([200, type]);
      expect(await reply.text()).toContain('CentOS');
    }
    const graph = await ask('CONSTRUCT WHERE { ?x dcterms:title ?title }', { Accept: 'text/turtle' });
    expect(await graph.text()).toContain('"CentOS"');
    for (const bad of [
      'SELECT',
      'INSERT DATA { <a:b> <a:b> <a:b> }',
      'SELECT * { SERVICE <http://x.example/> { ?a ?b ?c } }',
    ]) {
      expect((await ask(bad)).status, bad).toBe(400);
      const page = await ask(bad, { Accept: 'text/html' });
      expect([page.status, (await page.text()).includes('No answer.')]).toEqual([400, true]);
    }
    for (const search of ['view=current', 'asOf=1']) {
      const reply = await open().request(`/facts?query=ASK%7B%7D&${search}`);
      expect([reply.status, ((await reply.json()) as { detail: string }).detail]).toEqual([
        400,
        'Use and locations are known as they are now: there are no views of them, and no past.',
      ]);
    }
  });

  test('has a page with examples that run, linked from those of use, queries and words', async () => {
    const app = open();
    const page = await (await app.request('/facts', { headers: { Accept: 'text/html' } })).text();
    const examples = [...page.matchAll(/href="(\/facts\?query=[^"]+)"/g)].map(([, href]) =>
      href!.replaceAll('&amp;', '&'),
    );
    expect(examples).toHaveLength(3);
    for (const href of examples) {
      const reply = await app.request(href, { headers: { Accept: 'application/json' } });
      expect([href, reply.status]).toEqual([href, 200]);
    }
    for (const path of ['/usage', '/query', '/vocabulary']) {
      const text = await (await app.request(path, { headers: { Accept: 'text/html' } })).text();
      expect([path, text.includes('href="/facts"')]).toEqual([path, true]);
    }
    const described = (await (await app.request('/openapi.json')).json()) as { paths: Record<string, unknown> };
    expect(Object.keys(described.paths)).toContain('/facts');
  });

  test('is described to programs that come without a query', async () => {
    const reply = await open().request('/facts', { headers: { Accept: 'text/turtle' } });
    expect([reply.status, reply.headers.get('Content-Type')]).toEqual([200, 'text/turtle; charset=utf-8']);
    expect(await reply.text()).toContain(`<${BASE}/facts>`);
  });

  test('has a word in the vocabulary for everything it says', async () => {
    await launchAll();
    const app = open();
    const said = await rows('SELECT DISTINCT ?p { ?s ?p ?o } ORDER BY ?p', app);
    const words = await (await app.request('/vocabulary', { headers: { Accept: 'text/html' } })).text();
    const own = said.flatMap(({ p }) => (p!.startsWith('https://w3id.org/vouch#') ? [p!.split('#')[1]!] : []));
    expect(own.length).toBeGreaterThan(10);
    for (const name of own) expect([name, words.includes(`id="${name}"`)]).toEqual([name, true]);
  });

  test('is for the readers of a private registry, and not there where nothing is known', async () => {
    const app = open('private');
    const query = 'SELECT ?title { ?x dcterms:title ?title }';
    expect((await ask(query, {}, app)).status).toBe(401);
    expect((await ask(query, { Authorization: `Bearer ${reader.token}` }, app)).status).toBe(200);
    const without = createApp(twin, { documents: twin.documents, now: () => at });
    expect((await ask(query, {}, without)).status).toBe(404);
  });

  test('is tried again only after a while where it cannot be put together, and the operator is told once', async () => {
    let tries = 0;
    const told: string[] = [];
    const list = () => {
      tries++;
      return Promise.reject(new VouchError('storage', 'The disk does not answer.'));
    };
    const catalog = { position: () => 1, list } as unknown as Catalog;
    await facts.close();
    facts = openFacts({ catalog, onNews: (sentence) => told.push(sentence) });
    const app = open('public', facts);
    for (let count = 0; count < 3; count++) expect((await ask('ASK { ?a ?b ?c }', {}, app)).status).toBe(503);
    // an engine tries three times by itself
    expect([tries, told]).toEqual([
      3,
      ['What is known about images could not be put together: The disk does not answer.'],
    ]);
  });

  test('is closed at once while it is being put together', async () => {
    let pages = 0;
    const list = async () => {
      pages++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { entries: [], total: 0, logSize: 0, next: 'more' };
    };
    await facts.close();
    facts = openFacts({ catalog: { position: () => 1, list } as unknown as Catalog });
    const asked = ask('ASK { ?a ?b ?c }', {}, open('public', facts));
    await expect.poll(() => pages).toBeGreaterThan(2);
    await facts.close();
    const read = pages;
    expect((await asked).status).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(pages).toBe(read);
  });

  test('refuses who asks after it was closed', async () => {
    await facts.close();
    expect((await ask('ASK { ?a ?b ?c }')).status).toBe(503);
  });
});
