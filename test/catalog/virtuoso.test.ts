import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openMemoryCatalog } from '../../src/catalog/level-catalog.ts';
import { openExternalEngine } from '../../src/catalog/sparql/external-engine.ts';
import { ExternalServer } from '../../src/catalog/sparql/external-server.ts';
import type { SparqlEngine } from '../../src/catalog/sparql/sparql.ts';
import { openSparqlEngine } from '../../src/catalog/sparql/sparql-engine.ts';
import type { StoreCatalog } from '../../src/catalog/store-catalog.ts';
import type { Log } from '../../src/log/log.ts';
import { appendAll, BASE_URL, openLogOf, readTold, type Told } from './history.ts';
import { HAS_VIRTUOSO, VirtuosoServer } from './virtuoso-server.ts';

const STORY: Told[] = [
  { image: 1, by: 'jane', created: 0, os: 'ubuntu', title: 'First, with "quotes" and ünïcode' },
  { image: 2, by: 'bob', created: 10, os: 'debian' },
  { image: 1, by: 'jane', created: 20, os: 'ubuntu', title: 'Second' },
  { image: 3, by: 'bob', created: 30, os: 'debian', deprecated: 'old' },
];
const PREFIXES = `PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX slterms: <http://mp.stratuslab.eu/slterms#>
PREFIX vouch: <https://w3id.org/vouch#> `;
/** Each is asked of Virtuoso and of the registry's own engine. */
const QUERIES = [
  'SELECT DISTINCT ?os ?identifier { ?x dcterms:identifier ?identifier ; slterms:os ?os }',
  'SELECT ?title { ?x dcterms:title ?title }',
  'SELECT (COUNT(*) AS ?n) { ?x vouch:logIndex ?i }',
  'SELECT ?by { ?x vouch:supersededBy ?by }',
  'SELECT ?x { ?x slterms:tag "latest" }',
  'SELECT ?g ?os { GRAPH ?g { ?x slterms:os ?os } FILTER NOT EXISTS { ?x slterms:deprecated ?why } }',
];

let virtuoso: VirtuosoServer;
let url: string;
let directory: string;
let log: Log;
let catalog: StoreCatalog;
let own: SparqlEngine;
let external: SparqlEngine;

function openExternal(): SparqlEngine {
  return openExternalEngine({
    catalog,
    log,
    readDocument: readTold,
    baseUrl: BASE_URL,
    server: new ExternalServer({ endpoint: `${url}/sparql`, graphStore: `${url}/sparql-graph-crud` }),
    cursorFile: join(directory, 'cursor.json'),
    retryMs: 100,
    limits: { timeoutMs: 60_000 },
  });
}

async function rowsOf(engine: SparqlEngine, text: string): Promise<string[]> {
  const { body } = await engine.query({ text: PREFIXES + text }, ['application/sparql-results+json']);
  const { results } = JSON.parse(body) as { results: { bindings: Record<string, { value: string }>[] } };
  return results.bindings
    .map((row) => JSON.stringify(Object.entries(row).map(([name, cell]) => [name, cell.value])))
    .sort();
}

async function expectSame(): Promise<void> {
  await own.waitFor(log.size());
  await external.waitFor(log.size());
  for (const text of QUERIES) expect(await rowsOf(external, text), text).toEqual(await rowsOf(own, text));
}

// Debian's package; the bench installs it (SPARQL_PEERS=install npm run bench -- sparql)
describe.skipIf(!HAS_VIRTUOSO)('an external engine that is Virtuoso (virtuoso-opensource, if installed)', () => {
  beforeAll(async () => {
    virtuoso = new VirtuosoServer();
    url = await virtuoso.open();
    directory = await mkdtemp(join(tmpdir(), 'vouch-external-'));
    log = await openLogOf(STORY);
    catalog = await openMemoryCatalog({ log, readDocument: readTold, baseUrl: BASE_URL });
    own = await openSparqlEngine({
      catalog,
      baseUrl: BASE_URL,
      workers: 1,
      limits: { timeoutMs: 60_000, waitMs: 60_000 },
    });
    external = openExternal();
  }, 180_000);
  afterAll(async () => {
    await external?.close();
    await own?.close();
    await catalog?.close();
    await virtuoso?.close();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  test('holds what the engine of the registry holds', expectSame, 120_000);

  test('answers yes and no, and rows as text, as the registry itself does', async () => {
    for (const text of ['ASK { ?x slterms:os "ubuntu" }', 'ASK { ?x slterms:os "plan9" }']) {
      const ask = (engine: SparqlEngine) =>
        engine.query({ text: PREFIXES + text }, ['application/sparql-results+json']);
      const answers = [await ask(external), await ask(own)].map(
        ({ body }) => (JSON.parse(body) as object)['boolean' as never],
      );
      expect(answers).toEqual([text.includes('ubuntu'), text.includes('ubuntu')]);
    }
    const text = `${PREFIXES}SELECT ?x ?title { ?x dcterms:title ?title }`;
    for (const format of ['text/tab-separated-values', 'text/csv'] as const) {
      const [theirs, ours] = await Promise.all([external, own].map((engine) => engine.query({ text }, [format])));
      expect(theirs?.body.split('\n').sort()).toEqual(ours?.body.split('\n').sort());
    }
  }, 120_000);

  test('follows new entries, and what they supersede', async () => {
    await appendAll(log, [
      { image: 2, by: 'bob', created: 50, os: 'debian', title: 'Newer' },
      { image: 4, by: 'jane', created: 60, os: 'centos' },
    ]);
    await expectSame();
  }, 120_000);

  test('has every entry once after Virtuoso was killed, entries came, and it is there again', async () => {
    await virtuoso.kill();
    await appendAll(log, [{ image: 5, by: 'jane', created: 70, os: 'alpine' }]);
    await own.waitFor(log.size());
    await vi.waitFor(() => expect(external.position()).toBeLessThan(log.size()));
    await virtuoso.open();
    await expectSame();
  }, 240_000);

  test('refuses what the guard refuses before Virtuoso sees it', async () => {
    const update = external.query({ text: 'INSERT DATA { <urn:a> <urn:b> <urn:c> }' }, ['text/csv']);
    await expect(update).rejects.toMatchObject({ code: 'query' });
    const service = external.query({ text: 'SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }' }, ['text/csv']);
    await expect(service).rejects.toMatchObject({ code: 'query' });
  });
});
