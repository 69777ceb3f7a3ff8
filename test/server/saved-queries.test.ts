import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppOptions, createApp } from '../../src/server/app.ts';
import { readSavedQueries } from '../../src/server/configuration/read-saved-queries.ts';
import { isServedBy } from '../../src/server/routes/openapi.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const BY_SYSTEM = `# summary: Images of a <system>
# param os: string; The system, as in debian
PREFIX slterms: <http://mp.stratuslab.eu/slterms#>
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?identifier { ?entry slterms:os ?os ; dcterms:identifier ?identifier }`;
const GRAPH_OF = '# param entry: iri\nCONSTRUCT { ?entry ?p ?o } WHERE { GRAPH ?entry { ?entry ?p ?o } }';
const ANY = '# param least: integer = 1\nASK { { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } FILTER(?n >= ?least) }';

let directory: string;
let twin: RegistryTwin;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vouch-queries-'));
  writeFileSync(join(directory, 'by-system.rq'), BY_SYSTEM);
  writeFileSync(join(directory, 'graph-of.rq'), GRAPH_OF);
  writeFileSync(join(directory, 'any.rq'), ANY);
  writeFileSync(join(directory, 'readme.txt'), 'not a query');
  twin = await openTwin();
  await twin.put({ identifier: toIdentifier(1), os: 'debian' });
  await twin.put({ identifier: toIdentifier(2), os: 'ubuntu" } #' });
  await twin.sparql.waitFor(2);
  const savedQueries = readSavedQueries(directory, BASE);
  app = createApp(twin, { documents: twin.documents, now: () => NOW, onFault: () => undefined, savedQueries });
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await twin.close();
});

const get = (path: string, accept = 'application/json') => app.request(path, { headers: { Accept: accept } });

async function identifiersOf(os: string): Promise<string[]> {
  const reply = await get(`/queries/by-system?${new URLSearchParams({ os })}`);
  expect(reply.status).toBe(200);
  const { results } = (await reply.json()) as { results: { bindings: { identifier: { value: string } }[] } };
  return results.bindings.map(({ identifier }) => identifier.value);
}

describe('saved queries', () => {
  test('are resources that answer with their parameters bound', async () => {
    expect(await identifiersOf('debian')).toEqual([toIdentifier(1)]);
    expect(await identifiersOf('fedora')).toEqual([]);
  });

  test('SP-11 take values as values, whatever is in them', async () => {
    expect(await identifiersOf('ubuntu" } #')).toEqual([toIdentifier(2)]);
    for (const os of ['debian" } #', '?x', '" } SERVICE <http://127.0.0.1/> { ?s ?p "', "debian' OR '1'='1", '\\"']) {
      expect(await identifiersOf(os)).toEqual([]);
    }
    const entry = 'urn:x> { } SERVICE <http://127.0.0.1/';
    expect((await get(`/queries/graph-of?${new URLSearchParams({ entry })}`)).status).toBe(400);
  });

  test('answer in the formats of their form, with log size and entity tag', async () => {
    const entry = `${BASE}/metadata/${toIdentifier(1)}/jane@example.org/2026-11-19T12:00:00Z`;
    const graph = await get(`/queries/graph-of?${new URLSearchParams({ entry })}`, 'application/n-triples');
    expect(await graph.text()).toContain('"debian"');
    const csv = await get('/queries/by-system?os=debian&format=csv');
    expect(csv.headers.get('Content-Type')).toContain('text/csv');
    expect(csv.headers.get('Log-Size')).toBe('2');
    const again = await app.request('/queries/by-system?os=debian&format=csv', {
      headers: { 'If-None-Match': csv.headers.get('ETag')! },
    });
    expect(again.status).toBe(304);
    expect(await (await get('/queries/by-system?os=debian&view=valid&asOf=1')).json()).toMatchObject({
      results: { bindings: [{ identifier: { value: toIdentifier(1) } }] },
    });
    expect((await get('/queries/by-system?os=debian&view=newest')).status).toBe(400);
    expect(await (await get('/queries/any')).json()).toMatchObject({ boolean: true });
    expect(await (await get('/queries/any?least=100000')).json()).toMatchObject({ boolean: false });
  });

  test.each([
    ['a parameter that is missing', '/queries/by-system', 400],
    ['one that it does not have', '/queries/by-system?os=debian&x=1', 400],
    ['one given twice', '/queries/by-system?os=debian&os=ubuntu', 400],
    ['a value that is none of the type', '/queries/any?least=many', 400],
    ['a query that is not saved', '/queries/other', 404],
    ['a file beside them', '/queries/readme.txt', 404],
  ])('refuse %s', async (_, path, status) => {
    expect((await get(path)).status).toBe(status);
  });

  test('are listed for programs, and with a form for people', async () => {
    const { queries } = (await (await get('/queries')).json()) as {
      queries: { name: string; parameters: unknown[] }[];
    };
    expect(queries.map(({ name }) => name)).toEqual(['any', 'by-system', 'graph-of']);
    expect(queries[0]?.parameters).toEqual([{ name: 'least', type: 'integer', meaning: '', default: '1' }]);
    const page = await (await get('/queries', 'text/html')).text();
    expect(page).toContain('Images of a &lt;system&gt;');
    expect(page).toContain('name="os"');
  });

  test('show their answer in the page of queries', async () => {
    const page = await (await get('/queries/by-system?os=debian', 'text/html')).text();
    expect(page).toContain(toIdentifier(1));
    expect(page).toContain('1 row');
  });

  test('stop the start where one of them is none', () => {
    writeFileSync(join(directory, 'wrong.rq'), 'DROP ALL');
    expect(() => readSavedQueries(directory, BASE)).toThrow(/wrong: This endpoint answers queries only/);
    rmSync(join(directory, 'wrong.rq'));
    expect(() => readSavedQueries(join(directory, 'nowhere'), BASE)).toThrow(/cannot be read/);
  });
});

describe('/openapi.json', () => {
  interface Description {
    readonly openapi: string;
    readonly paths: Record<string, Record<string, { parameters: { name: string; in: string; required?: boolean }[] }>>;
  }

  test('describes the saved queries with their parameters', async () => {
    const { openapi, paths } = (await (await get('/openapi.json')).json()) as Description;
    expect(openapi).toBe('3.1.0');
    expect(paths['/queries/by-system']?.get?.parameters).toContainEqual({
      name: 'os',
      in: 'query',
      description: 'The system, as in debian',
      schema: { type: 'string', maxLength: 1000 },
      required: true,
    });
  });

  test('names only what is there, with every part of a path as a parameter', async () => {
    const { paths } = (await (await get('/openapi.json')).json()) as Description;
    const values: Record<string, string> = {
      identifier: toIdentifier(1),
      email: 'jane@example.org',
      created: '2026-11-19T12:00:00Z',
    };
    for (const [path, operations] of Object.entries(paths)) {
      const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part!);
      for (const [method, { parameters }] of Object.entries(operations)) {
        expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(parts);
        const url = path.replace(/\{(\w+)\}/g, (_, part: string) => values[part] ?? 'x');
        const allow = (await app.request(url, { method: 'OPTIONS' })).headers.get('Allow');
        expect([path, allow]).toEqual([path, expect.stringContaining(method.toUpperCase())]);
      }
    }
  });

  test('describes every resource for programs, of a registry that has all parts there are', async () => {
    const registry = Object.create(twin, { confirmation: { value: {} }, witness: { value: {} } });
    const parts = { webhooks: {}, reminders: {}, usage: {} } as Pick<AppOptions, 'webhooks' | 'reminders' | 'usage'>;
    const whole = createApp(registry, {
      documents: twin.documents,
      now: () => NOW,
      onFault: () => undefined,
      ...parts,
    });
    const { paths } = (await (await whole.request('/openapi.json')).json()) as Description;
    /** Pages for people and what these load, and this description. */
    const others = /^\/(?:|upload|endorse|openapi\.json|docs\/.*|asset\/.*)$/;
    const routes = whole.routes.filter(({ method }) => method === 'GET' || method === 'POST');
    const missing = routes.filter(({ method, path }) => {
      if (others.test(path)) return false;
      return !Object.entries(paths).some(([described, operations]) => {
        return isServedBy(described, path) && method.toLowerCase() in operations;
      });
    });
    expect([...new Set(missing.map(({ method, path }) => `${method} ${path}`))]).toEqual([]);
    expect(Object.keys(paths).length).toBeGreaterThan(45);
    const few = (await (await get('/openapi.json')).json()) as Description;
    expect(few.paths['/confirm/{token}'] ?? few.paths['/witness/add-checkpoint']).toBeUndefined();
  });
});
