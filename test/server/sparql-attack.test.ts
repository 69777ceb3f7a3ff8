import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphSource } from '../../src/catalog/graph-source.ts';
import { openSparqlEngine } from '../../src/catalog/sparql/sparql-engine.ts';
import { createApp } from '../../src/server/app.ts';
import { type RunningServer, serveRegistry } from '../../src/server/listen.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

/** Attack rows SP-01 to SP-13 of the design, through HTTP. */

const SCRIPT = '"><script>alert(1)</script>';
const NODES = 3_000;
const TIMEOUT_MS = 4_000;
const SLOW_MS = 120_000;
/** Nothing but a kill ends it in bearable time. */
const ENDLESS = 'SELECT (COUNT(*) AS ?n) { ?a <urn:next>* ?b }';
const PRODUCT = 'SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a != ?g) }';

let twin: RegistryTwin;
let server: RunningServer;
/** A server on this machine that nobody may be made to ask. */
let lure: Server;
let hits = 0;

beforeAll(async () => {
  lure = createServer((_, reply) => {
    hits++;
    reply.end('<urn:a> <urn:b> <urn:c> .');
  });
  await new Promise<void>((resolve) => lure.listen(0, '127.0.0.1', resolve));
  twin = await openTwin();
  await twin.sparql.close();
  await twin.put({ identifier: toIdentifier(1), os: SCRIPT, title: SCRIPT });
  const limits = { timeoutMs: TIMEOUT_MS, waitMs: 60_000, rows: 500 };
  twin.sparql = await openSparqlEngine({ catalog: toCycle(), baseUrl: BASE, workers: 2, limits });
  await twin.sparql.waitFor(1);
  const app = createApp(twin, { documents: twin.documents, now: () => NOW, onFault: () => undefined });
  server = await serveRegistry(app, { host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await server.close(0);
  await twin.close();
  lure.close();
});

/** A ring of nodes, and a literal that a page must not run. */
function toCycle(): GraphSource {
  const next = (place: number) => `<urn:n${place}> <urn:next> <urn:n${(place + 1) % NODES}> .\n`;
  const triples = Array.from({ length: NODES }, (_, place) => next(place)).join('');
  const script = `<urn:x> <http://mp.stratuslab.eu/slterms#os> ${JSON.stringify(SCRIPT)} .\n`;
  return {
    position: () => 1,
    waitFor: async () => undefined,
    onAdvance: () => () => undefined,
    changes: async () => ({
      to: 1,
      steps: (async function* () {
        yield [{ index: 0, iri: `${BASE}/ring`, triples: triples + script, isDeprecated: false }];
      })(),
    }),
  };
}

const lureUrl = () => `http://127.0.0.1:${(lure.address() as AddressInfo).port}/x`;

function ask(query: string, accept = 'application/json', more: Record<string, string> = {}): Promise<Response> {
  const search = new URLSearchParams({ query, ...more });
  return fetch(`${server.url}/query?${search}`, { headers: { Accept: accept } });
}

function post(body: string, contentType: string): Promise<Response> {
  return fetch(`${server.url}/query`, { method: 'POST', body, headers: { 'Content-Type': contentType } });
}

async function expectProblem(reply: Response, status: number, code: string): Promise<void> {
  const problem = (await reply.json()) as { type: string };
  expect([reply.status, problem.type]).toEqual([status, `${BASE}/docs/problems#${code}`]);
}

async function expectAlive(): Promise<void> {
  const reply = await ask('ASK { <urn:n1> <urn:next> <urn:n2> }');
  expect(await reply.json()).toMatchObject({ boolean: true });
  expect((await fetch(`${server.url}/metadata`, { headers: { Accept: 'application/json' } })).status).toBe(200);
}

describe('what would make the registry ask somebody else is refused, and nobody is asked', () => {
  test.each([
    ['SP-01 SERVICE', (url: string) => `SELECT * { SERVICE <${url}> { ?s ?p ?o } }`],
    ['SP-02 SERVICE SILENT', (url: string) => `SELECT * { SERVICE SILENT <${url}> { ?s ?p ?o } }`],
    ['SP-03 FROM a foreign graph', (url: string) => `SELECT * FROM <${url}> { ?s ?p ?o }`],
    ['SP-03 FROM NAMED a foreign graph', (url: string) => `SELECT * FROM NAMED <${url}> { GRAPH ?g { ?s ?p ?o } }`],
    ['SP-04 LOAD as a query', (url: string) => `LOAD <${url}>`],
  ])('%s', async (_, toQuery) => {
    await expectProblem(await ask(toQuery(lureUrl())), 400, 'query');
    await expectProblem(await post(toQuery(lureUrl()), 'application/sparql-query'), 400, 'query');
    expect(hits).toBe(0);
  });

  test('SP-03 a foreign dataset of the protocol', async () => {
    await expectProblem(await ask('ASK {}', undefined, { 'default-graph-uri': lureUrl() }), 400, 'query');
    await expectProblem(await ask('ASK {}', undefined, { 'named-graph-uri': lureUrl() }), 400, 'query');
    expect(hits).toBe(0);
  });

  test('SP-04 LOAD and SP-05 updates by every way of the protocol', async () => {
    for (const update of [`LOAD <${lureUrl()}>`, 'INSERT DATA { <urn:a> <urn:b> <urn:c> }', 'DROP ALL', 'CLEAR ALL']) {
      await expectProblem(await ask(update), 400, 'query');
      await expectProblem(await post(update, 'application/sparql-update'), 415, 'media-type');
      const form = new URLSearchParams({ update }).toString();
      await expectProblem(await post(form, 'application/x-www-form-urlencoded'), 400, 'query');
    }
    expect(hits).toBe(0);
    await expectAlive();
    expect(await (await ask('ASK { <urn:a> <urn:b> <urn:c> }')).json()).toMatchObject({ boolean: false });
  });
});

describe('what costs too much ends at a limit that is named, and everybody else is served', () => {
  test('SP-06 a path over a ring, while lists and other queries are answered first', { timeout: SLOW_MS }, async () => {
    const order: string[] = [];
    const noting = async (name: string, work: Promise<unknown>) => {
      await work;
      order.push(name);
    };
    const heavy = ask(ENDLESS);
    await Promise.all([
      noting('heavy', heavy),
      noting('list', fetch(`${server.url}/metadata`, { headers: { Accept: 'text/html' } })),
      noting('light', ask('ASK { <urn:n1> <urn:next> <urn:n2> }')),
    ]);
    expect(order.at(-1)).toBe('heavy');
    await expectProblem(await heavy, 503, 'timeout');
    expect(Number((await heavy).headers.get('Retry-After'))).toBeGreaterThan(0);
    await expectAlive();
  });

  test('SP-06 as many of them as there are workers delay no list', { timeout: SLOW_MS }, async () => {
    let running = 4;
    const heavy = Array.from({ length: running }, async () => {
      const reply = await ask(ENDLESS);
      running--;
      return reply;
    });
    for (let asked = 0; asked < 5; asked++) {
      expect((await fetch(`${server.url}/metadata?q=${asked}`)).status).toBe(200);
    }
    expect(running).toBeGreaterThan(0);
    for (const reply of await Promise.all(heavy)) {
      // Memory is counted for the process: where several grow together, one may meet that limit before its time is over.
      if (reply.status === 413) await expectProblem(reply, 413, 'too-large');
      else await expectProblem(reply, 503, 'timeout');
    }
    await expectAlive();
  });

  test('SP-07 a cross product', { timeout: SLOW_MS }, async () => {
    const reply = await ask(PRODUCT);
    expect([413, 503]).toContain(reply.status);
    await expectAlive();
  });

  test.each([
    ['SP-08 nested parentheses', `SELECT * { FILTER ${'('.repeat(5000)}1${')'.repeat(5000)} }`],
    ['SP-08 nested groups', `SELECT * { ${'{'.repeat(5000)}${'}'.repeat(5000)} }`],
    ['SP-08 a chain of operators', `SELECT * { FILTER(?x${'||?x'.repeat(3000)}) }`],
  ])('%s', async (_, query) => {
    await expectProblem(await post(query, 'application/sparql-query'), 400, 'query');
    await expectAlive();
  });

  test('SP-08 a query longer than any that is needed', async () => {
    await expectProblem(await post(`ASK {} #${'x'.repeat(40_000)}`, 'application/sparql-query'), 413, 'too-large');
  });

  test('SP-09 an answer with too many rows or triples', { timeout: SLOW_MS }, async () => {
    await expectProblem(await ask('SELECT * { ?s ?p ?o }'), 413, 'too-large');
    await expectProblem(await ask('CONSTRUCT WHERE { ?s ?p ?o }'), 413, 'too-large');
    await expectAlive();
  });

  test('SP-10 a regular expression made to backtrack', { timeout: SLOW_MS }, async () => {
    const query = `SELECT * { BIND("${'a'.repeat(64)}!" AS ?x) FILTER(REGEX(?x, "^(a+)+$")) }`;
    const reply = await ask(query);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ results: { bindings: [] } });
  });
});

describe('what a client sends stays a value', () => {
  test.each(['x> { } SERVICE <urn:y', `${BASE}/a> <urn:b`, `${BASE}/ring\\u003e`, 'ring', ''])(
    'SP-12 a graph name that would end early or be resolved: %j',
    async (graph) => {
      await expectProblem(await ask('ASK { ?s ?p ?o }', undefined, { 'named-graph-uri': graph }), 400, 'query');
    },
  );

  test('SP-12 a graph that nobody endorsed is empty, not everything', async () => {
    const search = { 'default-graph-uri': `${BASE}/nobody` };
    expect(await (await ask('ASK { ?s ?p ?o }', undefined, search)).json()).toMatchObject({ boolean: false });
  });

  test('SP-13 a literal with markup is text in a page, and a string in JSON and XML', async () => {
    const query = 'SELECT ?os { ?x <http://mp.stratuslab.eu/slterms#os> ?os }';
    const page = await (await ask(query, 'text/html')).text();
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain('<script>');
    const rows = await (await ask(query)).json();
    expect(rows).toMatchObject({ results: { bindings: [{ os: { value: SCRIPT } }] } });
    const xml = await ask(query, 'application/sparql-results+xml');
    expect(await xml.text()).not.toContain('<script>');
    expect(xml.headers.get('Content-Security-Policy')).toContain('sandbox');
    expect(xml.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  test('SP-13 so is a query with markup that is refused', async () => {
    const page = await (await ask(`SELEC ${SCRIPT}`, 'text/html')).text();
    expect(page).not.toContain('<script>');
  });
});
