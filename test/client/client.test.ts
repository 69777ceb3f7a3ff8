import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/server/app.ts';
import { type RunningServer, serveRegistry } from '../../src/server/listen.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from '../server/registry-twin.ts';

const run = promisify(execFile);
const PYTHON = '/usr/bin/python3';
const PACKAGES = '/usr/lib/python3/dist-packages';
const mayBeMissing = (...paths: string[]) => process.env.CI !== 'true' && !paths.every((path) => existsSync(path));
const here = (name: string) => new URL(name, import.meta.url).pathname;
/** The entry that the clients take for a graph of their own. */
const GRAPH = `${BASE}/metadata/${toIdentifier(1)}/jane@example.org/2026-11-19T12:00:00Z`;
const SLOW_MS = 120_000;

const twins: RegistryTwin[] = [];
const servers: RunningServer[] = [];

async function open(...systems: string[]): Promise<string> {
  const twin = await openTwin();
  twins.push(twin);
  for (const [place, os] of systems.entries()) {
    await twin.put({ identifier: toIdentifier(place + 1), os, title: `${servers.length}` });
  }
  await twin.sparql.waitFor(systems.length);
  const app = createApp(twin, { documents: twin.documents, now: () => NOW });
  const server = await serveRegistry(app, { host: '127.0.0.1', port: 0 });
  servers.push(server);
  return `${server.url}/query`;
}

async function askBy(program: string, ...words: string[]): Promise<unknown> {
  const { stdout } = await run(program, words, { timeout: SLOW_MS });
  return JSON.parse(stdout);
}

let url: string;
let other: string;
beforeAll(async () => {
  url = await open('ubuntu', 'debian');
  other = await open('centos', 'fedora', 'debian');
});
afterAll(async () => {
  for (const server of servers) await server.close(0);
  for (const twin of twins) await twin.close();
});

test.skipIf(mayBeMissing(`${PACKAGES}/SPARQLWrapper`))(
  "SPARQLWrapper (Debian's python3-sparqlwrapper) reads every format by every method",
  { timeout: SLOW_MS },
  async () => {
    const systems = ['debian', 'ubuntu'];
    expect(await askBy(PYTHON, here('wrapper.py'), url, GRAPH)).toEqual({
      get: systems,
      form: systems,
      body: systems,
      xml: systems,
      csv: 'os\r\ndebian\r\nubuntu\r\n',
      tsv: '?os\n"debian"\n"ubuntu"\n',
      dataset: ['ubuntu'],
      boolean: true,
      rdfxml: 2,
      default: 2,
      turtle: true,
      n3: true,
    });
  },
);

test.skipIf(mayBeMissing(`${PACKAGES}/rdflib`))(
  "rdflib's SPARQL store (Debian's python3-rdflib) reads triples, queries and named graphs",
  { timeout: SLOW_MS },
  async () => {
    expect(await askBy(PYTHON, here('store.py'), url, GRAPH)).toEqual({
      triples: ['debian', 'ubuntu'],
      subjects: 1,
      'is there': true,
      select: ['debian', 'ubuntu'],
      ask: true,
      construct: 2,
      named: ['ubuntu'],
      graphs: 2,
    });
  },
);

test.skipIf(mayBeMissing(here('node_modules/@comunica/query-sparql')))(
  'Comunica asks one endpoint, and joins what two of them know',
  { timeout: SLOW_MS },
  async () => {
    expect(await askBy(process.execPath, here('comunica.mjs'), url, other)).toEqual({
      rows: [['debian'], ['ubuntu']],
      boolean: true,
      triples: 2,
      described: 2,
      joined: [['debian']],
    });
  },
);

describe.skipIf(mayBeMissing('/usr/bin/curl'))('curl', () => {
  const QUERY = 'SELECT ?os { ?x <http://mp.stratuslab.eu/slterms#os> ?os } ORDER BY ?os LIMIT 1';
  const curl = async (...words: string[]) => (await run('curl', ['-sS', ...words], { timeout: SLOW_MS })).stdout;

  test('posts a form, as the query page tells', async () => {
    expect(JSON.parse(await curl('--data-urlencode', `query=${QUERY}`, url))).toMatchObject({
      results: { bindings: [{ os: { value: 'debian' } }] },
    });
  });

  test('gets a table, and only the head of it', async () => {
    expect(await curl('-G', '-H', 'Accept: text/csv', '--data-urlencode', `query=${QUERY}`, url)).toBe(
      'os\r\ndebian\r\n',
    );
    const head = await curl('-G', '--head', '--data-urlencode', `query=${QUERY}`, url);
    expect(head).toMatch(/^HTTP\/1.1 200 OK/);
    expect(head).toMatch(/^log-size: 2\r$/im);
  });

  test('asks the way browsers do before a page of another site may ask', async () => {
    const origin = ['-H', 'Origin: https://elsewhere.example', '-H', 'Access-Control-Request-Method: POST'];
    const reply = await curl('-i', '-X', 'OPTIONS', ...origin, url);
    expect(reply).toMatch(/^HTTP\/1.1 204/);
    expect(reply).toMatch(/^access-control-allow-origin: \*\r$/im);
    expect(reply).toMatch(/^access-control-allow-methods: .*POST/im);
    expect(reply).toMatch(/^access-control-allow-headers: .*Content-Type/im);
  });
});
