import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SparqlEngine } from '../../src/catalog/sparql/sparql.ts';
import { openSparqlEngine } from '../../src/catalog/sparql/sparql-engine.ts';
import { type FaultCode, VouchError } from '../../src/errors.ts';
import { createApp } from '../../src/server/app.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const BY_EMAIL = `PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX slreq: <http://mp.stratuslab.eu/slreq#>
select distinct ?identifier ?email ?created where {
  ?x dcterms:identifier ?identifier; slreq:endorsement ?endorsement .
  ?endorsement slreq:endorser ?endorser; dcterms:created ?created .
  ?endorser slreq:email ?email . FILTER (?email = "bob@example.org") }`;
const BY_OS = `PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX slterms: <http://mp.stratuslab.eu/slterms#>
select distinct ?os ?identifier where { ?x dcterms:identifier ?identifier . ?x slterms:os ?os }`;
const SCRIPT = '<script>alert(1)</script>';

let twin: RegistryTwin;
let engine: SparqlEngine;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  twin = await openTwin();
  engine = twin.sparql;
  app = createApp(twin, { documents: twin.documents, now: () => NOW, onFault: () => undefined });
  await twin.put({ identifier: toIdentifier(1), os: 'ubuntu' });
  await twin.put({ identifier: toIdentifier(2), os: SCRIPT, email: 'bob@example.org', subject: 'CN=Bob' });
  await engine.waitFor(2);
});
afterEach(() => {
  twin.sparql = engine;
});
afterAll(() => twin.close());

function ask(query: string, accept?: string, headers: Record<string, string> = {}) {
  return app.request(`/query?${new URLSearchParams({ query })}`, {
    headers: { ...(accept === undefined ? {} : { Accept: accept }), ...headers },
  });
}

function post(body: string, contentType: string, search = '') {
  return app.request(`/query${search}`, { method: 'POST', body, headers: { 'Content-Type': contentType } });
}

async function rowsOf(reply: Response): Promise<Record<string, string>[]> {
  expect(reply.status).toBe(200);
  const { results } = (await reply.json()) as { results: { bindings: Record<string, { value: string }>[] } };
  return results.bindings.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, { value }]) => [name, value])),
  );
}

describe('the two queries of the original', () => {
  test('systems and identifiers', async () => {
    const rows = await rowsOf(await ask(BY_OS));
    expect(rows).toHaveLength(2);
    expect(rows).toContainEqual({ os: 'ubuntu', identifier: toIdentifier(1) });
  });

  test('entries of an e-mail address', async () => {
    expect(await rowsOf(await ask(BY_EMAIL))).toEqual([
      { identifier: toIdentifier(2), email: 'bob@example.org', created: '2026-11-19T12:00:00Z' },
    ]);
  });
});

describe('the protocol', () => {
  test('takes a form and a bare query by POST', async () => {
    expect(await rowsOf(await post(BY_EMAIL, 'application/sparql-query'))).toHaveLength(1);
    const form = new URLSearchParams({ query: BY_EMAIL }).toString();
    expect(await rowsOf(await post(form, 'application/x-www-form-urlencoded'))).toHaveLength(1);
  });

  test('takes the dataset from parameters', async () => {
    const graph = `${BASE}/metadata/${toIdentifier(1)}/jane@example.org/2026-11-19T12:00:00Z`;
    const count = 'SELECT ?os WHERE { ?x <http://mp.stratuslab.eu/slterms#os> ?os }';
    const search = `?${new URLSearchParams({ 'default-graph-uri': graph })}`;
    expect(await rowsOf(await post(count, 'application/sparql-query', search))).toEqual([{ os: 'ubuntu' }]);
    const form = new URLSearchParams({ query: count, 'default-graph-uri': graph }).toString();
    expect(await rowsOf(await post(form, 'application/x-www-form-urlencoded'))).toEqual([{ os: 'ubuntu' }]);
  });

  test.each([
    [BY_OS, undefined, 'application/sparql-results+json'],
    [BY_OS, '*/*', 'application/sparql-results+json'],
    [BY_OS, 'application/json', 'application/json'],
    [BY_OS, 'application/sparql-results+xml', 'application/sparql-results+xml'],
    [BY_OS, 'text/csv', 'text/csv; charset=utf-8; header=present'],
    [BY_OS, 'text/tab-separated-values', 'text/tab-separated-values; charset=utf-8'],
    [BY_OS, BROWSER, 'text/html; charset=UTF-8'],
    ['ASK { ?s ?p ?o }', '*/*', 'application/sparql-results+json'],
    ['ASK { ?s ?p ?o }', BROWSER, 'text/html; charset=UTF-8'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', '*/*', 'text/turtle; charset=utf-8'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', 'application/n-triples', 'application/n-triples'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', 'application/rdf+xml', 'application/rdf+xml'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', 'application/ld+json', 'application/ld+json'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', 'application/json', 'application/json'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', 'application/n-quads', 'application/n-quads'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', 'application/trig', 'application/trig'],
    ['DESCRIBE ?x WHERE { ?x ?p "ubuntu" }', BROWSER, 'text/html; charset=UTF-8'],
  ])('%# answers in the type that Accept wants', async (query, accept, mediaType) => {
    const reply = await ask(query, accept);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('Content-Type')).toBe(mediaType);
    expect(reply.headers.get('Log-Size')).toBe('2');
    expect((await reply.text()).length).toBeGreaterThan(0);
  });

  test.each(['json', 'xml', 'csv', 'tsv', 'html'])('answers in the format named: %s', async (format) => {
    const reply = await app.request(`/query?${new URLSearchParams({ query: BY_OS, format })}`);
    expect(reply.status).toBe(200);
  });

  test.each([
    ['json', 'SELECT', 'application/sparql-results+json'],
    ['application/sparql-results+xml', 'SELECT', 'application/sparql-results+xml'],
    ['turtle', 'CONSTRUCT', 'text/turtle; charset=utf-8'],
    ['xml', 'CONSTRUCT', 'application/rdf+xml'],
    ['rdf+xml', 'CONSTRUCT', 'application/rdf+xml'],
    ['json', 'CONSTRUCT', 'application/ld+json'],
    ['application/n-quads', 'CONSTRUCT', 'application/n-quads'],
  ])('knows the names that client libraries have for formats: %s of %s', async (format, form, mediaType) => {
    const query = form === 'SELECT' ? BY_OS : 'CONSTRUCT WHERE { ?s ?p ?o }';
    const reply = await app.request(`/query?${new URLSearchParams({ query, format })}`);
    expect([reply.status, reply.headers.get('Content-Type')]).toEqual([200, mediaType]);
  });

  test('one graph says the same in every format', async () => {
    const query = `CONSTRUCT { ?x <urn:os> ?os } WHERE { ?x <http://mp.stratuslab.eu/slterms#os> ?os }`;
    const lines = await (await ask(query, 'application/n-quads')).text();
    expect(lines.trim().split('\n')).toHaveLength(2);
    const nodes = (await (await ask(query, 'application/ld+json')).json()) as { 'urn:os': { '@value': string }[] }[];
    expect(nodes.map((node) => node['urn:os'][0]?.['@value']).sort()).toEqual([SCRIPT, 'ubuntu']);
    for (const mediaType of ['application/trig', 'application/rdf+xml', 'text/turtle']) {
      expect(await (await ask(query, mediaType)).text()).toContain('ubuntu');
    }
  });

  test.each([
    ['no query in a form', () => post('q=1', 'application/x-www-form-urlencoded'), 400],
    ['two queries', () => app.request('/query?query=ASK{}&query=ASK{}'), 400],
    ['what is not SPARQL', () => ask('SELEC ?x'), 400],
    ['an empty bare query', () => post('', 'application/sparql-query', '?default-graph-uri=x'), 400],
    ['an update as a query', () => ask('INSERT DATA { <a:a> <a:a> <a:a> }'), 400],
    ['an update in a form', () => post('update=CLEAR+ALL', 'application/x-www-form-urlencoded'), 400],
    ['an update body', () => post('CLEAR ALL', 'application/sparql-update'), 415],
    ['another media type', () => post(BY_OS, 'text/plain'), 415],
    ['another charset', () => post(BY_OS, 'application/sparql-query; charset=utf-16'), 415],
    ['SERVICE', () => ask('SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }'), 400],
    ['a foreign graph', () => ask('SELECT * FROM <http://127.0.0.1:1/> { ?s ?p ?o }'), 400],
    ['an unknown view', () => app.request('/query?query=ASK{}&view=newest'), 400],
    ['an unknown format', () => app.request('/query?query=ASK{}&format=pdf'), 400],
    ['a format the form does not have', () => ask('ASK {}', 'text/csv'), 406],
    ['more than 256 KiB', () => post('#'.repeat(300_000), 'application/sparql-query'), 413],
    ['more rows than the limit', () => ask('SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }'), 413],
    ['PUT', () => app.request('/query', { method: 'PUT' }), 405],
  ])('refuses %s', async (_, request, status) => {
    const reply = await request();
    expect(reply.status).toBe(status);
    expect(reply.headers.get('Content-Type')).toBe('application/problem+json');
  });

  test('bytes that are not UTF-8 are no query', async () => {
    const headers = { 'Content-Type': 'application/sparql-query' };
    const reply = await app.request('/query', { method: 'POST', body: new Uint8Array([0x41, 0xff]), headers });
    expect(reply.status).toBe(400);
  });

  test('an answer has an entity tag and is 304 until the log has grown', async () => {
    const etag = (await ask(BY_OS)).headers.get('ETag')!;
    expect((await ask(BY_OS, undefined, { 'If-None-Match': etag })).status).toBe(304);
    expect((await ask(BY_OS, 'text/csv', { 'If-None-Match': etag })).status).toBe(200);
    expect((await ask(BY_EMAIL, undefined, { 'If-None-Match': etag })).status).toBe(200);
  });

  test('an answer that depends on time or chance has none', async () => {
    const reply = await ask('SELECT (NOW() AS ?now) {}');
    expect(reply.headers.get('ETag')).toBeNull();
    expect(reply.headers.get('Cache-Control')).toBe('no-store');
  });

  test('without a query it describes itself to programs and shows a form to people', async () => {
    const turtle = await (await app.request('/query', { headers: { Accept: 'text/turtle' } })).text();
    expect(turtle).toContain('service-description#');
    expect(turtle).toContain(`${BASE}/query`);
    const page = await app.request('/query', { headers: { Accept: BROWSER } });
    expect(await page.text()).toContain('<textarea');
  });

  test('HEAD, OPTIONS and pages of other sites work', async () => {
    const head = await app.request(`/query?${new URLSearchParams({ query: BY_OS })}`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const options = await app.request('/query', { method: 'OPTIONS' });
    expect(options.status).toBe(204);
    expect(options.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(options.headers.get('Allow')).toContain('POST');
  });
});

describe('the view', () => {
  const BY_JANE = 'SELECT ?x { ?x <https://w3id.org/vouch#logIndex> ?i }';
  let current: SparqlEngine;
  let other: RegistryTwin;

  beforeAll(async () => {
    other = await openTwin();
    for (const day of [1, 2]) await other.put({ createdAt: new Date(NOW.getTime() - day * 86_400_000) });
    current = await openSparqlEngine({ catalog: other.catalog, baseUrl: BASE, view: 'current', workers: 1 });
    await Promise.all([current.waitFor(2), other.sparql.waitFor(2)]);
  });
  afterAll(async () => {
    await current.close();
    await other.close();
  });

  const open = (sparql: SparqlEngine) => {
    const shown = Object.assign(Object.create(other) as RegistryTwin, { sparql });
    return createApp(shown, { documents: other.documents, now: () => NOW, onFault: () => undefined });
  };
  const askOf = (sparql: SparqlEngine, more = {}, headers = {}) =>
    open(sparql).request(`/query?${new URLSearchParams({ query: BY_JANE, ...more })}`, { headers });

  test('of a query that names none is the one the operator chose, and a query can name another', async () => {
    expect(await rowsOf(await askOf(other.sparql))).toHaveLength(2);
    expect(await rowsOf(await askOf(current))).toHaveLength(1);
    expect(await rowsOf(await askOf(current, { view: 'history' }))).toHaveLength(2);
    expect((await askOf(current, { view: 'newest' })).status).toBe(400);
  });

  test('is a part of the entity tag, so that no answer of the view before is taken for one of it', async () => {
    const before = await askOf(other.sparql);
    const headers = { 'If-None-Match': before.headers.get('ETag')! };
    expect((await askOf(other.sparql, {}, headers)).status).toBe(304);
    expect((await askOf(current, {}, headers)).status).toBe(200);
    expect((await askOf(current, { view: 'history' }, headers)).status).toBe(304);
  });

  test('is told by the service description, and chosen on the page, where the usual one comes first', async () => {
    const describe = async (sparql: SparqlEngine, accept: string) =>
      (await open(sparql).request('/query', { headers: { Accept: accept } })).text();
    expect(await describe(current, 'text/turtle')).toContain('for each image (view=current). The parameter view');
    expect(await describe(other.sparql, 'text/turtle')).toContain('A query sees every entry (view=history).');
    expect(await describe(current, BROWSER)).toContain('<option value="current" selected>');
    const page = await (await askOf(current, { view: 'valid' }, { Accept: BROWSER })).text();
    expect(page).toContain('<option value="valid" selected>');
    expect(page.match(/ selected>/g)).toHaveLength(1);
    expect(page).toMatch(/href="[^"]*view=valid[^"]*format=csv"/);
  });
});

describe('the page', () => {
  test('shows rows, and nothing of them as markup', async () => {
    const page = await (await ask(BY_OS, BROWSER)).text();
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain(SCRIPT);
    expect(page).toContain('2 rows');
  });

  test('says where nothing fits, and answers yes or no', async () => {
    expect(await (await ask('SELECT * { <a:a> ?p ?o }', BROWSER)).text()).toContain('No rows');
    expect(await (await ask('ASK { <a:a> ?p ?o }', BROWSER)).text()).toContain('<strong>No</strong>');
  });

  test('keeps the query and shows what is wrong with it', async () => {
    const reply = await ask('SELEC </textarea><script>', BROWSER);
    expect(reply.status).toBe(400);
    const page = await reply.text();
    expect(page).toContain('role="alert"');
    expect(page).toContain('SELEC &lt;/textarea&gt;');
    expect(page).not.toContain('</textarea><script>');
  });

  test.each([
    ['timeout', 503],
    ['too-large', 413],
    ['busy', 503],
  ] as [FaultCode, number][])('shows the form again after %s', async (code, status) => {
    twin.sparql = {
      ...{ position: () => 2, waitFor: () => Promise.resolve(), close: () => Promise.resolve() },
      views: engine.views,
      bounds: engine.bounds,
      load: () => engine.load(),
      formOf: (query) => engine.formOf(query),
      dependsOnClock: (query) => engine.dependsOnClock(query),
      isRepeatable: (query) => engine.isRepeatable(query),
      query: () => Promise.reject(new VouchError(code, 'The limit is 10 seconds.', { retryAfterSeconds: 3 })),
    };
    const page = await ask(BY_OS, BROWSER);
    expect(page.status).toBe(status);
    expect(await page.text()).toContain('The limit is 10 seconds.');
    const problem = await ask(BY_OS);
    expect(problem.status).toBe(status);
    expect(await problem.json()).toMatchObject({
      type: `${BASE}/docs/problems#${code}`,
      detail: 'The limit is 10 seconds.',
    });
    if (status === 503) expect(problem.headers.get('Retry-After')).toBe('3');
  });
});
