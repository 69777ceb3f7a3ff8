import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runRegistry } from '../../src/cli/run-registry.ts';
import { SparqlServer } from '../catalog/sparql-server.ts';
import { describeImage, makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { BASE_URL, makePlace, type RegistryPlace } from '../registry/world.ts';
import { runCommand } from './run-command.ts';

let place: RegistryPlace;
let server: SparqlServer;
let sparql: { endpoint: string; graphStore: string };

beforeEach(async () => {
  place = await makePlace();
  server = new SparqlServer();
  const url = await server.open();
  sparql = { endpoint: `${url}/sparql`, graphStore: `${url}/store` };
});
afterEach(() => {
  server.close();
  place.remove();
});

test('a registry with a SPARQL server of its own fills and asks it, and vouch reindex --sparql fills it again', async () => {
  const ada = await makeEndorser(place.authority, 'ada');
  const registry = await place.open({ sparql });
  for (const seconds of [0, 60]) {
    const createdAt = new Date(NOW.getTime() - 3_600_000 + seconds * 1000);
    const submission = await registry.submit(await makeEntry(ada, describeImage('one'), { createdAt }));
    expect(submission.outcome).toBe('accepted');
  }
  const latest = { text: 'SELECT ?x { ?x <http://mp.stratuslab.eu/slterms#tag> "latest" }' };
  const { body, logSize } = await registry.sparql.query(latest, ['text/csv']);
  expect(body.trim().split('\r\n')).toHaveLength(2);
  expect(logSize).toBe(registry.log.size());
  await registry.close();

  const graphs = server.graphs();
  expect(graphs).toHaveLength(2);
  for (const graph of graphs) server.forget(graph);
  const file = join(place.directory, 'vouch.yaml');
  const settings = { baseUrl: BASE_URL, dataDirectory: './data', trust: { directory: './trust' }, sparql };
  writeFileSync(file, JSON.stringify(settings));
  const size = registry.log.size();
  const told = await runCommand(['reindex', '--sparql', '--config', file]);
  expect(told).toMatchObject({ code: 0, err: expect.stringContaining(`The SPARQL server has ${size} records.`) });
  expect(server.graphs()).toEqual(graphs);

  writeFileSync(file, JSON.stringify({ ...settings, sparql: {} }));
  expect(await runCommand(['reindex', '--sparql', '--config', file])).toMatchObject({ code: 2 });
});

test('vouch reindex makes the catalog of a running registry anew, while it answers and takes entries', async () => {
  const ada = await makeEndorser(place.authority, 'ada');
  const data = join(place.directory, 'data');
  const trust = { mode: 'anchors', directory: join(place.directory, 'trust') } as const;
  const options = { directory: data, baseUrl: BASE_URL, trust, now: () => NOW };
  const running = await runRegistry(options, { host: '127.0.0.1', port: 0 });
  const { registry } = running;
  const publish = async (seed: string): Promise<void> => {
    expect((await registry.submit(await makeEntry(ada, describeImage(seed)))).outcome).toBe('accepted');
  };
  const count = async (): Promise<number> => (await registry.catalog.list({}, NOW, { limit: 100 })).entries.length;
  for (const seed of ['one', 'two', 'three']) await publish(seed);
  const reindexing = runCommand(['reindex', '--data', data]);
  await Promise.all([publish('four'), publish('five')]);
  expect(await count()).toBe(5);
  expect(await reindexing).toMatchObject({ code: 0, err: expect.stringContaining('is made anew') });
  expect(readdirSync(data).filter((name) => name.startsWith('catalog'))).toEqual(['catalog-1', 'catalog.current']);
  expect(await count()).toBe(5);
  await publish('six');
  expect(await count()).toBe(6);
  // Once more, and out of the place beside.
  expect(await runCommand(['reindex', '--data', data])).toMatchObject({ code: 0 });
  const ended = new AbortController();
  ended.abort(new Error('enough'));
  await expect(registry.reindex(() => undefined, ended.signal)).rejects.toThrow('enough');
  expect(await count()).toBe(6);
  await running[Symbol.asyncDispose]();
  expect(await runCommand(['log', 'audit', data])).toMatchObject({
    code: 0,
    err: expect.stringContaining('the catalog says what the first 7 of them say'),
  });
  mkdirSync(join(data, 'catalog-9'));
  const again = await place.open();
  expect((await again.catalog.counts()).entries).toBe(6);
  expect(readdirSync(data).filter((name) => name.startsWith('catalog'))).toEqual(['catalog']);
  await again.close();
  expect(existsSync(join(data, 'control.sock'))).toBe(false);

  const file = join(place.directory, 'vouch.yaml');
  writeFileSync(file, JSON.stringify({ baseUrl: BASE_URL, dataDirectory: './data', trust: { directory: './trust' } }));
  expect(await runCommand(['reindex', '--config', file])).toMatchObject({ code: 0 });
});
