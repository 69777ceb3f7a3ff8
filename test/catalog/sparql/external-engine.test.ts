import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openMemoryCatalog } from '../../../src/catalog/level-catalog.ts';
import { openExternalEngine } from '../../../src/catalog/sparql/external-engine.ts';
import { ExternalServer } from '../../../src/catalog/sparql/external-server.ts';
import type { SparqlEngine } from '../../../src/catalog/sparql/sparql.ts';
import { openSparqlEngine } from '../../../src/catalog/sparql/sparql-engine.ts';
import type { StoreCatalog } from '../../../src/catalog/store-catalog.ts';
import type { Log } from '../../../src/log/log.ts';
import { appendAll, BASE_URL, openLogOf, readTold, type Told } from '../history.ts';
import { SparqlServer } from '../sparql-server.ts';

const JSON_ROWS = 'application/sparql-results+json';
const SOON = { timeout: 30_000, interval: 20 };
const STORY: Told[] = [
  { image: 1, by: 'jane', created: 0, os: 'ubuntu', title: 'First' },
  { image: 2, by: 'bob', created: 10, os: 'debian' },
  { image: 1, by: 'jane', created: 20, os: 'ubuntu', title: 'Second' },
  { image: 3, by: 'bob', created: 30, os: 'debian', deprecated: 'old' },
];
const MORE: Told[] = [5, 6, 7, 8].map((image) => ({ image, by: 'jane', created: 40 + image, os: 'centos' }));

let directory: string;
let server: SparqlServer;
let url: string;
let log: Log;
let catalog: StoreCatalog;
let opened: SparqlEngine[];
let news: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vouch-external-'));
  server = new SparqlServer();
  url = await server.open();
  log = await openLogOf(STORY);
  catalog = await openMemoryCatalog({ log, readDocument: readTold, baseUrl: BASE_URL });
  await catalog.waitFor(log.size());
  opened = [];
  news = [];
});
afterEach(async () => {
  for (const engine of opened) await engine.close();
  await catalog.close();
  server.close();
  await rm(directory, { recursive: true });
});

function open(
  more: { isAnew?: boolean; limits?: object; credentials?: { user: string; password: string } } = {},
): SparqlEngine {
  const { credentials, ...rest } = more;
  const engine = openExternalEngine({
    catalog,
    log,
    readDocument: readTold,
    baseUrl: BASE_URL,
    server: new ExternalServer({
      endpoint: `${url}/sparql`,
      graphStore: `${url}/store`,
      ...(credentials === undefined ? {} : { credentials }),
    }),
    cursorFile: join(directory, 'cursor.json'),
    retryMs: 20,
    onNews: (sentence) => news.push(sentence),
    ...rest,
  });
  opened.push(engine);
  return engine;
}

async function rowsOf(engine: SparqlEngine, text: string): Promise<string[]> {
  const { body } = await engine.query({ text }, [JSON_ROWS]);
  const { results } = JSON.parse(body) as { results: { bindings: Record<string, { value: string }>[] } };
  return results.bindings
    .map((row) =>
      Object.values(row)
        .map(({ value }) => value)
        .join(' '),
    )
    .sort();
}

/** The server holds what the engine of the registry itself holds. */
async function expectSame(engine: SparqlEngine): Promise<void> {
  const own = await openSparqlEngine({ catalog, baseUrl: BASE_URL, workers: 1 });
  opened.push(own);
  await own.waitFor(catalog.position());
  // the status changes with the clock and is not pushed
  const query =
    'SELECT ?g ?p ?o { GRAPH ?g { ?s ?p ?o FILTER(!isBlank(?o) && ?p != <https://w3id.org/vouch#status>) } }';
  expect(await rowsOf(engine, query)).toEqual(await rowsOf(own, query));
  expect(server.graphs()).toHaveLength(catalog.position());
}

describe('a SPARQL server of its own', () => {
  test('is given every entry, and what an entry becomes when it is superseded', async () => {
    const engine = open();
    await engine.waitFor(4);
    await expectSame(engine);
    await appendAll(log, MORE);
    await engine.waitFor(8);
    await expectSame(engine);
    // each once, and the first one again since it was superseded in the same step
    expect(server.puts).toHaveLength(8);
  });

  test('is given nothing twice after a restart', async () => {
    const first = open();
    await first.waitFor(4);
    await first.close();
    await appendAll(log, MORE);
    await catalog.waitFor(8);
    const before = server.puts.length;
    const second = open();
    await second.waitFor(8);
    expect(server.puts.length - before).toBe(MORE.length);
    await expectSame(second);
  });

  test('is the same after a crash before the cursor was written', async () => {
    await open().waitFor(4);
    const size = server.size();
    await opened.pop()!.close();
    await rm(join(directory, 'cursor.json'));
    const again = open();
    await again.waitFor(4);
    expect(server.size()).toBe(size);
    await expectSame(again);
  });

  test.each(['away', 'failing'] as const)('that is %s is followed again when it is back', async (mood) => {
    const engine = open();
    await engine.waitFor(4);
    server.mood = mood;
    await appendAll(log, MORE);
    catalog.notify();
    await vi.waitFor(() => expect(news).toHaveLength(1), SOON);
    expect(engine.position()).toBe(4);
    await expect(engine.query({ text: 'ASK {}' }, [JSON_ROWS])).rejects.toMatchObject({
      code: mood === 'away' ? 'unreachable' : 'remote',
    });
    server.mood = 'well';
    await engine.waitFor(8);
    expect(news).toHaveLength(2);
    await expectSame(engine);
  });

  test('that lost its last graphs in a crash is given them again, and only those', async () => {
    const engine = open();
    await engine.waitFor(4);
    await appendAll(log, MORE);
    await engine.waitFor(8);
    await engine.close();
    const pushed = server.puts.length;
    for (const graph of server.puts.slice(-2)) server.forget(graph);
    const again = open();
    await vi.waitFor(() => expect(server.graphs()).toHaveLength(8), SOON);
    await again.waitFor(8);
    await expectSame(again);
    expect(server.puts.length - pushed).toBeLessThan(8);
  });

  test('is given everything again for another log, a cursor that is none, or when asked to', async () => {
    await open().waitFor(4);
    await opened.pop()!.close();
    const file = join(directory, 'cursor.json');
    const cursor = JSON.parse(await readFile(file, 'utf8')) as object;
    for (const text of ['', '{"position":1e9}', JSON.stringify({ ...cursor, mark: 'another' })]) {
      await writeFile(file, text);
      const before = server.puts.length;
      const engine = open();
      await vi.waitFor(() => expect(server.puts.length - before).toBe(4), SOON);
      await engine.waitFor(4);
      await engine.close();
    }
    const before = server.puts.length;
    const anew = open({ isAnew: true });
    await vi.waitFor(() => expect(server.puts.length - before).toBe(4), SOON);
    await anew.close();
  });

  test('is told who asks', async () => {
    await open({ credentials: { user: 'vouch', password: 'pass word' } }).waitFor(4);
    expect([...server.credentials]).toEqual([`Basic ${Buffer.from('vouch:pass word').toString('base64')}`]);
  });

  test('that hangs keeps nobody from closing', async () => {
    const engine = open();
    await engine.waitFor(4);
    server.mood = 'deaf';
    await appendAll(log, MORE);
    await catalog.waitFor(8);
    await engine.close();
    expect(engine.position()).toBe(4);
  });
});

describe('queries to it', () => {
  test('pass the guard, and never reach it where they are refused', async () => {
    const engine = open();
    await engine.waitFor(4);
    for (const text of [
      'DROP ALL',
      'SELECT * { SERVICE <urn:x> { ?s ?p ?o } }',
      'SELECT * FROM <urn:x> { ?s ?p ?o }',
    ]) {
      await expect(engine.query({ text }, [JSON_ROWS])).rejects.toMatchObject({ code: 'query' });
    }
    expect(server.graphs()).toHaveLength(4);
  });

  test('carry their dataset, and answer in the format wanted', async () => {
    const engine = open();
    await engine.waitFor(4);
    const [graph] = server.graphs();
    const count = { text: 'SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }', namedGraphs: [graph!] };
    expect((await engine.query(count, ['text/csv'])).body).toBe('n\r\n1\r\n');
    const turtle = await engine.query({ text: `DESCRIBE <${graph}>` }, ['text/turtle']);
    expect(turtle).toMatchObject({ form: 'DESCRIBE', format: 'text/turtle', logSize: 4 });
  });

  test('answer yes or no and tables as the standard has them, and are refused where the server cut them off', async () => {
    const engine = open();
    await engine.waitFor(4);
    const ask = { text: 'ASK { ?s ?p ?o }' };
    expect((await engine.query(ask, ['application/sparql-results+xml'])).body).toContain('<boolean>true</boolean>');
    const rows = { text: 'SELECT ?o { ?s <http://purl.org/dc/terms/identifier> ?o } ORDER BY ?o LIMIT 1' };
    expect((await engine.query(rows, ['text/tab-separated-values'])).body).toMatch(/^\?o\n"[^"]+"\n$/);
    server.cutAt = 3;
    const cut = engine.query(rows, [JSON_ROWS]);
    await expect(cut).rejects.toMatchObject({ code: 'too-large', message: expect.stringContaining('limit of 3 rows') });
    server.cutAt = undefined;
  });

  test('are dropped where their client went away', async () => {
    const engine = open({ limits: { timeoutMs: 60_000 } });
    await engine.waitFor(4);
    server.mood = 'deaf';
    const leaving = new AbortController();
    const asked = engine.query({ text: 'SELECT * { ?s ?p ?o }' }, [JSON_ROWS], leaving.signal);
    leaving.abort();
    await expect(asked).rejects.toMatchObject({ code: 'usage' });
    expect(engine.load()).toEqual({ running: 0, waiting: 0 });
  });

  test('have the limits of rows, bytes and time', async () => {
    const engine = open({ limits: { rows: 3, timeoutMs: 500 } });
    await engine.waitFor(4);
    const all = { text: 'SELECT * { ?s ?p ?o }' };
    await expect(engine.query(all, [JSON_ROWS])).rejects.toMatchObject({ code: 'too-large' });
    await expect(open({ limits: { bytes: 10 } }).query(all, [JSON_ROWS])).rejects.toMatchObject({ code: 'too-large' });
    server.mood = 'deaf';
    await expect(engine.query(all, [JSON_ROWS])).rejects.toMatchObject({ code: 'timeout' });
    await expect(open({ limits: { queue: 0 } }).query(all, [JSON_ROWS])).rejects.toMatchObject({ code: 'busy' });
  });
});
