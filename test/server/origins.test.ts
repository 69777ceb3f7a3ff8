import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toEntryAddress, toEntryPath } from '../../src/catalog/entry-path.ts';
import { openLogKey } from '../../src/log/log-key.ts';
import { sha256Hex } from '../../src/log/sha256.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { createApp } from '../../src/server/app.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { lie } from '../peer/made-log.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';

const OWN = 'registry.test/log';
const PUBLIC = 'public.test/log';
const BROWSER = { Accept: 'text/html' };
const JSON_ONLY = { Accept: 'application/json' };

let places: RegistryPlace[] = [];
let upstream: OpenRegistry;
let registry: OpenRegistry;
let app: Hono;
let jane: TestEndorser;
let me: TestEndorser;
let isOld = false;

beforeAll(async () => {
  places = [await makePlace(), await makePlace()];
  const [publicPlace, place] = places as [RegistryPlace, RegistryPlace];
  upstream = await publicPlace.open({ baseUrl: 'http://public.test' });
  // Jane may endorse in both.
  writeFileSync(join(place.directory, 'trust', 'public.pem'), publicPlace.authority.certificatePem);
  const key = await openLogKey(join(publicPlace.directory, 'data', 'log.key'), PUBLIC);
  jane = await makeEndorser(publicPlace.authority, 'jane');
  me = await makeEndorser(place.authority, 'me');
  const empty = upstream.log.checkpointNote();
  await add(upstream, jane, 'public image');
  const honest = new ReaderLogSource(upstream.log);
  const source = lie(honest, { checkpoint: async () => (isOld ? Buffer.from(empty) : honest.checkpoint()) });
  registry = await place.open({ follow: [{ url: 'http://public.test', log: key.verifier, source }] });
  await add(registry, me, 'private image');
  await pull();
  app = createApp(registry, { documents: registry.verifier, now: () => NOW });
});
afterAll(async () => {
  await registry.close();
  await upstream.close();
  for (const place of places) place.remove();
});

async function add(to: OpenRegistry, by: TestEndorser, title: string): Promise<Uint8Array> {
  const bytes = await makeEntry(by, describeImage(title, { title }));
  expect(await to.submit(bytes)).toMatchObject({ outcome: 'accepted' });
  return bytes;
}

async function pull(): Promise<void> {
  await registry.overlay!.followers[0]!.pull();
  await registry.overlay!.waitForOwn(registry.log.size());
  await registry.overlay!.catalog.waitFor(registry.overlay!.size());
  await registry.overlay!.sparql.waitFor(registry.overlay!.size());
}

const get = async (path: string, headers: Record<string, string> = JSON_ONLY) => app.request(path, { headers });
const read = async (path: string) => (await (await get(path)).json()) as Record<string, unknown>;
const page = async (path: string) => (await get(path, BROWSER)).text();
const followedEntry = async () =>
  (await registry.overlay!.catalog.list({ origin: PUBLIC }, NOW, { limit: 1 })).entries[0]!;

describe('lists of a registry that follows another one', () => {
  it('say the origin of each entry, are narrowed by it, and count it', async () => {
    const all = await read('/metadata?status=all');
    expect(all.entries).toMatchObject([
      { title: 'public image', origin: PUBLIC, isFollowed: true, index: 1, url: expect.stringContaining('?origin=') },
      { title: 'private image', origin: OWN, index: 1 },
    ]);
    expect(all.facets).toMatchObject({
      origin: expect.arrayContaining([
        { value: OWN, count: 1 },
        { value: PUBLIC, count: 1 },
      ]),
    });
    expect(await read(`/metadata?origin=${encodeURIComponent(OWN)}`)).toMatchObject({ total: 1 });
    const html = await page('/metadata');
    expect(html).toContain('from <bdi>public.test</bdi>');
    expect(html).toContain('>Origin<');
    const xml = await (await get('/metadata', { Accept: 'application/xml' })).text();
    expect(xml.match(/<rdf:RDF/g)).toHaveLength(2);
  });

  it('are as of a place, or of the time something was learned', async () => {
    const size = registry.overlay!.size();
    const before = await read('/metadata?asOf=2');
    expect(before).toMatchObject({ logSize: 2, total: 1, entries: [{ origin: OWN }] });
    expect(await read(`/metadata?asOf=${size}`)).toMatchObject({ total: 2 });
    expect((await get(`/metadata?asOf=${size + 1}`)).status).toBe(404);
    expect(await read('/metadata?asOf=2026-11-21T11:59:59Z')).toMatchObject({ total: 0 });
  });

  it('of endorsers, images and feeds: feeds have own entries only', async () => {
    expect(await read('/endorsers')).toMatchObject({
      endorsers: expect.arrayContaining([expect.objectContaining({ origin: PUBLIC, isFollowed: true })]),
    });
    expect(await page('/endorsers')).toContain('from <bdi>public.test</bdi>');
    const entry = await followedEntry();
    expect(await page(`/metadata/${entry.identifier}`)).toContain('from <bdi>public.test</bdi>');
    const feed = await (await get('/feed.atom', { Accept: '*/*' })).text();
    expect(feed).toContain('private image');
    expect(feed).not.toContain('public image');
  });
});

describe('an entry that another registry took', () => {
  it('has an address that says so, whose page says who answers for it', async () => {
    const html = await page(toEntryAddress(await followedEntry()));
    expect(html).toContain('Another registry took this entry');
    expect(html).toContain('So says the registry that took it');
    expect(html).toContain('href="http://public.test/log/receipt/1"');
    const [, blob] = /data-verify="([^"]+)"/.exec(html)!;
    expect(blob).toContain(`/mirror/${sha256Hex(Buffer.from(PUBLIC))}/blob/`);
    expect((await get(blob!, { Accept: '*/*' })).status).toBe(200);
    const own = (await registry.catalog.list({}, NOW, { limit: 1 })).entries[0]!;
    expect(await page(toEntryAddress(own))).not.toContain('Another registry took');
  });

  it('comes in every form, the document as it was signed', async () => {
    const entry = await followedEntry();
    const address = toEntryAddress(entry);
    const document = await get(address, { Accept: 'application/rdf+xml' });
    expect(sha256Hex(new Uint8Array(await document.arrayBuffer()))).toBe(entry.documentSha256);
    expect(document.headers.get('Cache-Control')).toContain('immutable');
    const turtle = await (await get(`${address}&format=ttl`)).text();
    expect(turtle).toContain(`vouch:origin "${PUBLIC}"`);
    expect(turtle).toContain('vouch:logIndex 1');
  });

  it('is found without the origin while nothing here has its address, and not for ever', async () => {
    const entry = await followedEntry();
    const path = toEntryPath(entry.identifier, entry.email, entry.createdAt);
    const reply = await get(path, { Accept: 'application/rdf+xml' });
    expect([reply.status, reply.headers.get('Cache-Control')]).toEqual([200, 'no-cache']);
    expect(reply.headers.get('Content-Location')).toBe(toEntryAddress(entry));
    expect((await get(`${path}?origin=${encodeURIComponent(OWN)}`)).status).toBe(404);
  });

  it('is in SPARQL with its origin', async () => {
    const text = `SELECT ?o (COUNT(?e) AS ?n) { ?e <https://w3id.org/vouch#origin> ?o } GROUP BY ?o ORDER BY ?o`;
    const reply = await get(`/query?${new URLSearchParams({ query: text })}`, { Accept: 'text/csv' });
    expect((await reply.text()).trim().split(/\r?\n/)).toEqual(['o,n', `${PUBLIC},1`, `${OWN},1`]);
  });
});

describe('what is said of origins', () => {
  it('names the logs with their keys and where their copies are', async () => {
    expect(await read('/origins')).toMatchObject({
      origins: [
        { origin: OWN, own: true, records: 2, log: 'http://registry.test/log' },
        { origin: PUBLIC, own: false, records: 2, state: 'following', behind: 0, url: 'http://public.test' },
      ],
    });
    expect(await page('/origins')).toContain('in step');
    const [, { log }] = (await read('/origins')).origins as [unknown, { log: string }];
    const note = await (await get(`${new URL(log).pathname}/checkpoint`, { Accept: '*/*' })).text();
    expect(note.startsWith(`${PUBLIC}\n2\n`)).toBe(true);
  });

  it('warns on every page, and where alarms look, while a log is not what it should be', async () => {
    expect(await read('/health/ready')).toMatchObject({ reasons: [] });
    isOld = true;
    await expect(registry.overlay!.followers[0]!.pull()).rejects.toMatchObject({ breach: 'rollback' });
    expect(await read('/origins')).toMatchObject({
      origins: [{}, { state: 'waiting', problem: { breach: 'rollback' } }],
    });
    expect(await page('/metadata')).toContain(`Entries of ${PUBLIC} may be out of date`);
    expect(await page('/origins')).toContain('cannot be followed now');
    expect(await read('/health/ready')).toMatchObject({ status: 'degraded', reasons: [{ code: 'follow-failing' }] });
    isOld = false;
    await pull();
    expect(await page('/metadata')).not.toContain('may be out of date');
  });
});

describe('a statement in one log about what is in another', () => {
  it('is told on the page of the entry, and changes nothing there', async () => {
    const createdAt = new Date(NOW.getTime() - 60_000);
    const image = describeImage('in both', { title: 'in both' });
    const bytes = await makeEntry(jane, image, { createdAt });
    for (const to of [upstream, registry]) expect(await to.submit(bytes)).toMatchObject({ outcome: 'accepted' });
    await pull();
    const filter = { identifier: image.identifier, origin: OWN };
    const ownEntry = async () => (await registry.overlay!.catalog.list(filter, NOW, { limit: 1 })).entries[0]!;
    const address = toEntryAddress(await ownEntry());
    expect(await page(address)).toContain('The same document is also in another log');
    expect(await page(address)).not.toContain('a newer statement in another log');
    const withdrawal = await makeEntry(jane, { ...image, deprecated: 'it is broken' }, { createdAt: NOW });
    expect(await upstream.submit(withdrawal)).toMatchObject({ outcome: 'accepted' });
    await pull();
    const html = await page(address);
    expect(html).toContain('Under the same names there is a newer statement in another log');
    expect(html).toContain('A deprecation: <bdi>it is broken</bdi>');
    expect(await read(address)).toMatchObject({ status: 'valid' });
    const theirs = await read(
      `/metadata?status=all&identifier=${image.identifier}&origin=${encodeURIComponent(PUBLIC)}`,
    );
    expect(theirs.entries).toMatchObject([{ status: 'deprecated' }, { status: 'superseded', supersededBy: 3 }]);
  });
});
