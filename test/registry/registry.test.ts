import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { statusOf } from '../../src/catalog/catalog.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import type { Submission } from '../../src/registry/registry.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { makePlace, type RegistryPlace } from './world.ts';

let place: RegistryPlace;
let registry: OpenRegistry;
let ada: TestEndorser;

beforeEach(async () => {
  place = await makePlace();
  registry = await place.open();
  ada = await makeEndorser(place.authority, 'ada');
});
afterEach(async () => {
  await registry.close();
  place.remove();
});

const later = (seconds: number): Date => new Date(NOW.getTime() - 3_600_000 + seconds * 1000);

function expectAccepted(submission: Submission): Extract<Submission, { outcome: 'accepted' }> {
  expect(submission).toMatchObject({ outcome: 'accepted' });
  return submission as Extract<Submission, { outcome: 'accepted' }>;
}

async function rowsOf(query: string): Promise<Record<string, string>[]> {
  const answer = await registry.sparql.query({ text: query }, ['application/sparql-results+json']);
  const { results } = JSON.parse(answer.body) as { results: { bindings: Record<string, { value: string }>[] } };
  return results.bindings.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, { value }]) => [name, value])),
  );
}

describe('a registry', () => {
  it('takes a signed entry in, and gives it out of list, history, log and SPARQL', async () => {
    const description = describeImage('first');
    const bytes = await makeEntry(ada, description, { createdAt: later(0) });
    const { receipt, path } = expectAccepted(await registry.submit(bytes));
    expect(path).toBe(`/metadata/${description.identifier}/ada@example.org/2026-11-21T11:00:00Z`);
    expect(Buffer.from(bytes).equals(await registry.log.blob(receipt.record.doc))).toBe(true);
    expect(receipt.size).toBe(registry.log.size());
    const { entries } = await registry.catalog.list({}, NOW, { limit: 10 });
    expect(entries).toMatchObject([
      { identifier: description.identifier, email: 'ada@example.org', os: 'debian', index: receipt.index },
    ]);
    expect(await registry.catalog.history(description.identifier)).toHaveLength(1);
    const rows = await rowsOf(
      'PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX slterms: <http://mp.stratuslab.eu/slterms#> select distinct ?os ?identifier where { ?x dcterms:identifier ?identifier . ?x slterms:os ?os }',
    );
    expect(rows).toEqual([{ os: 'debian', identifier: description.identifier }]);
  });

  it('answers the same bytes with their first acceptance, also when they come many times at once', async () => {
    const bytes = await makeEntry(ada);
    const submissions = await Promise.all(Array.from({ length: 8 }, () => registry.submit(bytes)));
    expect(submissions.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
    expect(submissions.filter(({ outcome }) => outcome === 'known')).toHaveLength(7);
    const indexes = new Set(submissions.map((submission) => 'receipt' in submission && submission.receipt.index));
    expect(indexes.size).toBe(1);
  });

  it('answers the same signed octets in another dress with their first acceptance', async () => {
    const bytes = await makeEntry(ada, describeImage('dressed'), { createdAt: later(0) });
    const text = new TextDecoder().decode(bytes);
    const dressed = new TextEncoder().encode(text.replace('<ds:SignatureValue>', '<ds:SignatureValue> '));
    const first = expectAccepted(await registry.submit(dressed));
    expect(await registry.submit(bytes)).toMatchObject({ outcome: 'known', receipt: { index: first.receipt.index } });
  });

  it('refuses an entry that is not newer than the endorser said last, so a deprecation stays (ID-05)', async () => {
    const description = describeImage('withdrawn');
    const first = await makeEntry(ada, description, { createdAt: later(0) });
    const withdrawal = await makeEntry(ada, { ...description, deprecated: 'CVE-2026-1' }, { createdAt: later(20) });
    const between = await makeEntry(ada, description, { createdAt: later(10) });
    const same = await makeEntry(ada, { ...description, title: 'other' }, { createdAt: later(20) });
    expectAccepted(await registry.submit(first));
    expectAccepted(await registry.submit(withdrawal));
    for (const bytes of [between, same]) {
      expect(await registry.submit(bytes)).toMatchObject({ outcome: 'stale', findings: [{ code: 'stale-created' }] });
    }
    const history = await registry.catalog.history(description.identifier);
    expect(history.map((entry) => statusOf(entry, NOW))).toEqual(['superseded', 'deprecated']);
  });

  it('lets the newest of concurrent entries for one image win, in order', async () => {
    const description = describeImage('contested');
    const entries = await Promise.all([3, 1, 2, 0].map((at) => makeEntry(ada, description, { createdAt: later(at) })));
    const outcomes = await Promise.all(entries.map((bytes) => registry.submit(bytes)));
    const history = await registry.catalog.history(description.identifier);
    expect(history).toHaveLength(outcomes.filter(({ outcome }) => outcome === 'accepted').length);
    const times = history.map(({ createdAt }) => createdAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(statusOf(history.at(-1)!, NOW)).toBe('valid');
  });

  it('keeps what two endorsers say of one image apart', async () => {
    const description = describeImage('shared');
    const bob = await makeEndorser(place.authority, 'bob');
    expectAccepted(await registry.submit(await makeEntry(ada, description, { createdAt: later(0) })));
    expectAccepted(await registry.submit(await makeEntry(bob, description, { createdAt: later(0) })));
    const history = await registry.catalog.history(description.identifier);
    expect(new Set(history.map(({ endorserKey }) => endorserKey)).size).toBe(2);
    expect(history.map((entry) => statusOf(entry, NOW))).toEqual(['valid', 'valid']);
  });

  it('says everything that is wrong with a refused entry and appends nothing', async () => {
    const size = registry.log.size();
    const submission = await registry.submit(new TextEncoder().encode('<nonsense/>'));
    expect(submission).toMatchObject({ outcome: 'invalid' });
    expect(submission.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['root', 'sig-count']));
    expect(registry.log.size()).toBe(size);
  });

  it('is the same after it was closed and opened, and after its catalog was deleted', async () => {
    const description = describeImage('lasting');
    const created = [0, 5, 9].map(later);
    for (const createdAt of created)
      expectAccepted(await registry.submit(await makeEntry(ada, description, { createdAt })));
    const before = await registry.catalog.history(description.identifier);
    const checkpoint = registry.log.checkpointNote();
    await registry.close();
    rmSync(join(place.directory, 'data', 'catalog'), { recursive: true });
    registry = await place.open();
    expect(registry.log.checkpointNote()).toBe(checkpoint);
    await registry.catalog.waitFor(registry.log.size());
    expect(await registry.catalog.history(description.identifier)).toEqual(before);
    await registry.sparql.waitFor(registry.log.size());
    const rows = await rowsOf('SELECT ?x WHERE { ?x <http://mp.stratuslab.eu/slterms#tag> "latest" }');
    expect(rows).toEqual([
      { x: `http://registry.test/metadata/${description.identifier}/ada@example.org/2026-11-21T11:00:09Z` },
    ]);
  });

  it('rebuilds its catalog while more documents wait to be read than its queue takes', async () => {
    const entries = await Promise.all(Array.from({ length: 12 }, () => makeEntry(ada)));
    for (const bytes of entries) expectAccepted(await registry.submit(bytes));
    await registry.close();
    rmSync(join(place.directory, 'data', 'catalog'), { recursive: true });
    registry = await place.open({ limits: { queue: 2 } });
    expect(await registry.catalog.counts()).toMatchObject({ entries: 12 });
  });

  it('begins no second log under the name of one that is gone', async () => {
    const { receipt } = expectAccepted(await registry.submit(await makeEntry(ada)));
    await registry.close();
    const log = join(place.directory, 'data', 'log');
    renameSync(log, `${log}.away`);
    await expect(place.open()).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining(log) });
    mkdirSync(log);
    await expect(place.open()).rejects.toMatchObject({ code: 'corrupt' });
    rmSync(log, { recursive: true });
    renameSync(`${log}.away`, log);
    registry = await place.open();
    expect(await registry.log.record(receipt.index)).toEqual(receipt.record);
  });

  it('does not take its own clock for a proof of existence (TS-10)', async () => {
    const short = await makeEndorser(place.authority, 'short', { notAfter: new Date(NOW.getTime() + 3_600_000) });
    const bytes = await makeEntry(short, describeImage('short-lived'), { createdAt: later(0) });
    expectAccepted(await registry.submit(bytes));
    await registry.close();
    registry = await place.open({ now: () => new Date(NOW.getTime() + 7_200_000) });
    const verdict = await registry.verify(bytes);
    expect(verdict.valid).toBe(false);
    expect(verdict.findings.map(({ code }) => code)).toEqual(['expired']);
  });

  it('takes nothing when it is read-only', async () => {
    await registry.close();
    registry = await place.open({ isReadOnly: true });
    await expect(registry.submit(await makeEntry(ada))).rejects.toMatchObject({ code: 'read-only' });
  });

  it('says which setting is wrong when there is nobody to trust', async () => {
    const settings = { mode: 'anchors', directory: join(place.directory, 'nowhere') } as const;
    await expect(place.open({ trust: settings, directory: join(place.directory, 'other') })).rejects.toMatchObject({
      code: 'config',
    });
  });
});
