import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
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
  expect(await runCommand(['reindex', '--config', file])).toMatchObject({ code: 2 });
});
