import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { placeOf } from '../../src/catalog/catalog.ts';
import { VouchError } from '../../src/errors.ts';
import { openLogKey } from '../../src/log/log-key.ts';
import type { LogKey } from '../../src/log/note-key.ts';
import { sha256Hex } from '../../src/log/sha256.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import type { OpenRegistry, RegistryOptions } from '../../src/registry/open-registry.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { lie } from '../peer/made-log.ts';
import { forgeLog } from './forged-log.ts';
import { makePlace, type RegistryPlace } from './world.ts';

const OWN = 'registry.test/log';
const PUBLIC = 'public.test/log';

let publicPlace: RegistryPlace;
let upstream: OpenRegistry;
let key: LogKey;
let jane: TestEndorser;
let place: RegistryPlace;
let count = 0;

beforeAll(async () => {
  publicPlace = await makePlace();
  upstream = await publicPlace.open({ baseUrl: 'http://public.test' });
  key = await openLogKey(join(publicPlace.directory, 'data', 'log.key'), PUBLIC);
  jane = await makeEndorser(publicPlace.authority, 'jane');
  await submit(upstream, jane, 2);
  place = await makePlace();
  // Jane may endorse here as well.
  writeFileSync(join(place.directory, 'trust', 'public.pem'), publicPlace.authority.certificatePem);
});
afterAll(async () => {
  await upstream.close();
  publicPlace.remove();
  place.remove();
});

const opened: OpenRegistry[] = [];
afterEach(async () => {
  for (const registry of opened.splice(0)) await registry.close();
  rmSync(join(place.directory, 'data'), { recursive: true, force: true });
});

async function submit(registry: OpenRegistry, by: TestEndorser, entries: number): Promise<string[]> {
  const documents: string[] = [];
  for (let at = 0; at < entries; at += 1) {
    const bytes = await makeEntry(by, describeImage(`shown ${count++}`));
    expect(await registry.submit(bytes)).toMatchObject({ outcome: 'accepted' });
    documents.push(sha256Hex(bytes));
  }
  return documents;
}

async function open(
  source: LogSource = new ReaderLogSource(upstream.log),
  options: Partial<RegistryOptions> = {},
): Promise<OpenRegistry> {
  const follow = [{ url: 'http://public.test', log: key.verifier, source }];
  const registry = await place.open({ follow, ...options });
  opened.push(registry);
  return registry;
}

async function pull(registry: OpenRegistry): Promise<void> {
  await registry.overlay!.followers[0]!.pull();
  await shown(registry);
}

/** Waits until everything learned is in lists and SPARQL. */
async function shown({ overlay, log }: OpenRegistry): Promise<void> {
  await overlay!.waitForOwn(log.size());
  await overlay!.catalog.waitFor(overlay!.size());
  await overlay!.sparql.waitFor(overlay!.size());
}

async function list({ overlay }: OpenRegistry, origin?: string): Promise<string[]> {
  const filter = origin === undefined ? {} : { origin };
  const { entries } = await overlay!.catalog.list(filter, NOW, { limit: 100 });
  return entries.toSorted((one, other) => placeOf(one) - placeOf(other)).map(({ documentSha256 }) => documentSha256);
}

async function documentsOf(registry: OpenRegistry): Promise<string[]> {
  const documents: string[] = [];
  for await (const { record } of registry.log.records(0)) if (record.t !== 'trust') documents.push(record.doc);
  return documents;
}

const following = ({ overlay }: OpenRegistry) => overlay!.origins()[1]!.following!;

describe('a registry that follows another one', () => {
  it('shows the entries of both, says whose each is, and keeps its own log and catalog to its own', async () => {
    const registry = await open();
    const [mine] = await submit(registry, await makeEndorser(place.authority, 'me'), 1);
    expect(await list(registry)).toEqual([mine]);
    await pull(registry);
    const theirs = await documentsOf(upstream);
    expect(await list(registry)).toEqual([mine, ...theirs]);
    expect(await list(registry, PUBLIC)).toEqual(theirs);
    expect(await list(registry, OWN)).toEqual([mine]);
    // Two records: the trust snapshot, and the entry.
    expect(registry.log.size()).toBe(2);
    expect(await registry.catalog.counts()).toMatchObject({ entries: 1 });
    const feed = await registry.catalog.since({}, 0, 100);
    expect(feed.entries.map(({ documentSha256 }) => documentSha256)).toEqual([mine]);
    expect(registry.overlay!.origins()).toMatchObject([
      { origin: OWN, url: 'http://registry.test', learned: 2 },
      { origin: PUBLIC, url: 'http://public.test', learned: upstream.log.size(), following: { state: 'following' } },
    ]);
    expect(registry.mirrors?.map(({ origin }) => origin)).toEqual([PUBLIC]);
  });

  it('shows an endorser his own entry at once, also among others', async () => {
    const registry = await open();
    await pull(registry);
    const before = registry.overlay!.size();
    const [mine] = await submit(registry, jane, 1);
    // The trust snapshot was learned before.
    expect(registry.overlay!.size()).toBe(before + 1);
    expect((await list(registry)).at(-1)).toBe(mine);
    expect(registry.sparql.position()).toBe(before + 1);
  });

  it('takes from an endorser what he stated elsewhere, and holds no upload against what others say', async () => {
    const registry = await open();
    await pull(registry);
    const [document] = await documentsOf(upstream);
    const bytes = await upstream.log.blob(document!);
    // The same document, which is known elsewhere and not here.
    expect(await registry.submit(bytes)).toMatchObject({ outcome: 'accepted' });
    expect(await list(registry, OWN)).toEqual([document]);
    const both = (await list(registry)).filter((one) => one === document);
    expect(both).toHaveLength(2);
    const entries = await registry.overlay!.catalog.list({}, NOW, { limit: 100 });
    expect(entries.entries.filter((one) => one.supersededBy !== undefined)).toEqual([]);
  });

  it('keeps places, order and times over restarts, and learns what came meanwhile', async () => {
    let registry = await open();
    await submit(registry, jane, 1);
    await pull(registry);
    await submit(registry, jane, 1);
    const before = await registry.overlay!.catalog.list({}, NOW, { limit: 100 });
    await registry.close();
    await submit(upstream, jane, 1);
    registry = await open(undefined, { now: () => new Date(NOW.getTime() + 60_000) });
    expect((await registry.overlay!.catalog.list({}, NOW, { limit: 100 })).entries).toEqual(before.entries);
    await pull(registry);
    const size = registry.overlay!.size();
    expect(await registry.overlay!.learnedAt(size - 1)).toEqual(new Date(NOW.getTime() + 60_000));
    expect((await registry.overlay!.catalog.asOf(size - 1).list({}, NOW, { limit: 100 })).entries).toEqual(
      before.entries,
    );
    expect(await registry.overlay!.catalog.sizeAt(NOW)).toBe(size - 1);
    // Made anew, it is the same.
    const told = await registry.overlay!.catalog.list({}, NOW, { limit: 100 });
    await registry.reindex(() => undefined, new AbortController().signal);
    expect(await registry.overlay!.catalog.list({}, NOW, { limit: 100 })).toEqual(told);
  });

  it('drops the entries of a log it follows no more, and begins anew where the copies were removed', async () => {
    let registry = await open();
    const [mine] = await submit(registry, jane, 1);
    await pull(registry);
    await registry.close();
    registry = await place.open();
    opened.push(registry);
    expect(registry.overlay).toBeUndefined();
    expect((await registry.catalog.list({}, NOW, { limit: 100 })).total).toBe(1);
    await registry.close();
    rmSync(join(place.directory, 'data', 'followed', sha256Hex(Buffer.from(PUBLIC))), { recursive: true });
    registry = await open();
    await shown(registry);
    expect(await list(registry)).toEqual([mine]);
    await pull(registry);
    expect(await list(registry)).toEqual([mine, ...(await documentsOf(upstream))]);
  });

  it('refuses to follow itself, or one log twice', async () => {
    const own = await openLogKey(join(publicPlace.directory, 'own.key'), OWN);
    const itself = { url: 'http://registry.test', log: own.verifier };
    await expect(place.open({ follow: [itself] })).rejects.toMatchObject({ code: 'config', message: /itself/ });
    const twice = { url: 'http://public.test', log: key.verifier };
    await expect(place.open({ follow: [twice, twice] })).rejects.toMatchObject({ code: 'config', message: /twice/ });
  });
});

describe('a followed registry that fails or lies', () => {
  it('keeps nobody from uploading while it is away', async () => {
    let isAway = true;
    const source = new ReaderLogSource(upstream.log);
    const registry = await open(
      lie(source, {
        checkpoint: () => {
          if (isAway) throw new VouchError('unreachable', 'http://public.test/log cannot be reached.');
          return source.checkpoint();
        },
      }),
    );
    await expect(registry.overlay!.followers[0]!.pull()).rejects.toMatchObject({ code: 'unreachable' });
    const [mine] = await submit(registry, jane, 1);
    expect(await list(registry)).toEqual([mine]);
    expect(following(registry)).toMatchObject({ state: 'waiting', size: 0, problem: { message: /cannot be reached/ } });
    isAway = false;
    await pull(registry);
    expect(following(registry).problem).toBeUndefined();
    expect(await list(registry, PUBLIC)).toEqual(await documentsOf(upstream));
  });

  it('and forks: its first history stays, the proof is kept, the own entries go on, also after a restart', async () => {
    let registry = await open();
    await pull(registry);
    const theirs = await list(registry, PUBLIC);
    await registry.close();
    const forged = await forgeLog(upstream.log, key, (records) => {
      const kept = records.filter((_, at) => at !== records.length - 2);
      const trust = { ...records[0]!, at: '2026-11-21T13:00:00Z' };
      return [...kept, trust, { ...trust, at: '2026-11-21T13:00:01Z' }];
    });
    registry = await open(forged);
    await expect(registry.overlay!.followers[0]!.pull()).rejects.toMatchObject({ breach: 'fork' });
    for (let restart = 0; restart < 2; restart++) {
      const { state, problem, evidence } = following(registry);
      expect([state, problem?.breach, existsSync(evidence ?? '')]).toEqual(['forked', 'fork', true]);
      const [mine] = await submit(registry, jane, 1);
      expect((await list(registry, OWN)).at(-1)).toBe(mine);
      expect(await list(registry, PUBLIC)).toEqual(theirs);
      await registry.close();
      // The honest log again: what was proven stays proven.
      registry = await open();
    }
  });

  it('and goes back in time is followed no further until it goes on', async () => {
    let isOld = false;
    const old = upstream.log.checkpointNote();
    const source = new ReaderLogSource(upstream.log);
    const registry = await open(
      lie(source, { checkpoint: async () => (isOld ? Buffer.from(old) : source.checkpoint()) }),
    );
    await submit(upstream, jane, 1);
    await pull(registry);
    const theirs = await list(registry, PUBLIC);
    isOld = true;
    await expect(registry.overlay!.followers[0]!.pull()).rejects.toMatchObject({ breach: 'rollback' });
    expect(following(registry)).toMatchObject({ state: 'waiting', problem: { breach: 'rollback' } });
    expect(await list(registry, PUBLIC)).toEqual(theirs);
  });

  it('and swaps a document is not believed: nothing of it is shown, what was shown stays', async () => {
    let registry = await open();
    await pull(registry);
    const theirs = await list(registry, PUBLIC);
    await registry.close();
    const [fresh] = await submit(upstream, jane, 1);
    const source = new ReaderLogSource(upstream.log);
    const other = await upstream.log.blob(theirs[0]!);
    registry = await open(lie(source, { blob: async (sha256) => (sha256 === fresh ? other : source.blob(sha256)) }));
    await expect(registry.overlay!.followers[0]!.pull()).rejects.toMatchObject({ breach: 'blob' });
    await shown(registry);
    expect(following(registry)).toMatchObject({ state: 'waiting', problem: { breach: 'blob' } });
    expect(await list(registry, PUBLIC)).toEqual(theirs);
    const [mine] = await submit(registry, jane, 1);
    expect(await list(registry, OWN)).toEqual([mine]);
  });
});
