import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditLog } from '../../src/log/audit.ts';
import { readSignedCheckpoint } from '../../src/log/checkpoint.ts';
import { openLevelStore } from '../../src/log/level-store.ts';
import { openLogKey } from '../../src/log/log-key.ts';
import { describeImage, makeEndorser, makeEntry } from '../endorser.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';
import { type ServingProcess, startServing, writeConfiguration } from './serving.ts';

const DOCUMENTS = 600;
const CONCURRENT = 200;
const KILL_AFTER = 60;
const ALL = 'status=all&limit=1000';

interface Acknowledged {
  readonly sha256: string;
  readonly location: string;
}

let place: RegistryPlace;
let serving: ServingProcess | undefined;

beforeAll(async () => {
  place = await makePlace();
});
afterAll(async () => {
  await serving?.kill();
  place.remove();
});

async function upload(url: string, bytes: Uint8Array): Promise<Response> {
  return fetch(`${url}/metadata`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/rdf+xml' },
    body: Buffer.from(bytes),
  });
}

async function sparqlValues(url: string, query: string): Promise<string[]> {
  const answer = await fetch(`${url}/query?query=${encodeURIComponent(query)}`, {
    headers: { Accept: 'application/sparql-results+json' },
  });
  expect(answer.status).toBe(200);
  const { results } = (await answer.json()) as { results: { bindings: { value: { value: string } }[] } };
  return results.bindings.map(({ value }) => value.value);
}

async function listed(url: string): Promise<{ index: number; documentSha256: string }[]> {
  const entries: { index: number; documentSha256: string }[] = [];
  let page: string | undefined = `${url}/metadata?${ALL}`;
  while (page !== undefined) {
    const reply: { entries: typeof entries; next?: string } = (await (
      await fetch(page, { headers: { Accept: 'application/json' } })
    ).json()) as never;
    entries.push(...reply.entries);
    page = reply.next === undefined ? undefined : new URL(new URL(reply.next, page).search, `${url}/metadata`).href;
  }
  return entries;
}

it('keeps every acknowledged entry when it is killed in the middle of 200 concurrent uploads', async () => {
  const configuration = writeConfiguration(place.directory);
  const ada = await makeEndorser(place.authority, 'ada');
  const createdAt = new Date(Date.now() - 60_000);
  createdAt.setMilliseconds(0);
  const documents = await Promise.all(
    Array.from({ length: DOCUMENTS }, (_, number) => makeEntry(ada, describeImage(`killed ${number}`), { createdAt })),
  );
  serving = await startServing(configuration);
  const { url } = serving;
  const acknowledged: Acknowledged[] = [];
  let killing: Promise<void> | undefined;
  const waiting = [...documents];
  const uploadAll = async (): Promise<void> => {
    for (let bytes = waiting.pop(); bytes !== undefined && killing === undefined; bytes = waiting.pop()) {
      const reply = await upload(url, bytes).catch(() => undefined);
      if (reply?.status !== 201) continue;
      acknowledged.push({
        sha256: createHash('sha256').update(bytes).digest('hex'),
        location: reply.headers.get('Location')!,
      });
      if (acknowledged.length === KILL_AFTER) killing = serving!.kill();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, uploadAll));
  await killing;
  expect(acknowledged.length).toBeGreaterThanOrEqual(KILL_AFTER);
  expect(acknowledged.length).toBeLessThan(DOCUMENTS);

  serving = await startServing(configuration);
  const note = await (await fetch(`${serving.url}/log/checkpoint`)).text();
  const key = await openLogKey(`${place.directory}/data/log.key`, 'registry.test/log');
  const { checkpoint } = readSignedCheckpoint(Buffer.from(note), key.verifier);
  const entries = await listed(serving.url);
  const bySha256 = new Map(entries.map((entry) => [entry.documentSha256, entry]));
  for (const { sha256, location } of acknowledged) {
    expect(bySha256.get(sha256)?.index).toBeLessThan(checkpoint.size);
    const path = new URL(location, serving.url).pathname;
    const stored = Buffer.from(
      await (await fetch(serving.url + path, { headers: { Accept: 'application/rdf+xml' } })).arrayBuffer(),
    );
    expect(createHash('sha256').update(stored).digest('hex')).toBe(sha256);
  }
  // The log holds one trust record; everything else is an entry, in the list and in SPARQL alike.
  expect(entries).toHaveLength(checkpoint.size - 1);
  const indexes = await sparqlValues(
    serving.url,
    'SELECT ?value WHERE { ?x <https://w3id.org/vouch#logIndex> ?value }',
  );
  expect(indexes.map(Number).toSorted((a, b) => a - b)).toEqual(
    entries.map(({ index }) => index).toSorted((a, b) => a - b),
  );

  const acknowledgedBefore = new Set(acknowledged.map(({ sha256 }) => sha256));
  for (const bytes of documents) {
    const { status } = await upload(serving.url, bytes);
    expect(acknowledgedBefore.has(createHash('sha256').update(bytes).digest('hex')) ? [200] : [200, 201]).toContain(
      status,
    );
  }
  expect(await listed(serving.url)).toHaveLength(DOCUMENTS);
  expect(await serving.stop()).toBe(0);

  const store = await openLevelStore(`${place.directory}/data/log`);
  expect(await auditLog(store, key.verifier)).toEqual([]);
  await store.close();
}, 300_000);
