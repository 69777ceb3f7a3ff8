import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readWitnessedCheckpoint } from '../../src/log/quorum.ts';
import { readTlogProof } from '../../src/proof/tlog-proof.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { makeThreeRegistries, type Site, type ThreeRegistries } from './three-registries.ts';

const PATIENT = { timeout: 120_000, interval: 50 };
let three: ThreeRegistries;
let a: Site;
let b: Site;
let c: Site;
let ada: TestEndorser;

beforeAll(async () => {
  three = await makeThreeRegistries();
  [a, b, c] = three.sites;
  ada = await makeEndorser(a.place.authority, 'ada');
}, 120_000);
afterAll(() => three.remove(), 120_000);

const post = (site: Site, body: Uint8Array) =>
  fetch(`${site.url}/metadata`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'Content-Type': 'application/rdf+xml', Accept: 'application/json' },
  });
const readJson = async (url: string) => (await fetch(url, { headers: { Accept: 'application/json' } })).json();
const witnessesOf = (note: string, log = a.log) =>
  readWitnessedCheckpoint(Buffer.from(note), three.policy, { now: NOW }, log).quorum;

describe('three registries that witness each other', { timeout: 300_000 }, () => {
  let first: Uint8Array;

  it('start one after the other, and what the first could not have witnessed is witnessed when the others are there', async () => {
    const registry = await a.start({ witnessedBy: { policy: three.policy, patienceMs: 100 } });
    expect(a.news.join('\n')).toContain('The witness B cannot');
    first = await makeEntry(ada, describeImage('first'));
    const reply = await post(a, first);
    expect(reply.status).toBe(202);
    const told = (await reply.json()) as { outcome: string; status: string; index: number };
    expect(told).toMatchObject({ outcome: 'pending', findings: [] });
    expect(told).not.toHaveProperty('receipt');
    expect(reply.headers.get('Location')).toBe(told.status);
    expect(await readJson(told.status)).toMatchObject({ status: 'pending', index: told.index });
    expect(await (await fetch(told.status, { headers: { Accept: 'text/html' } })).text()).toContain(
      'waits for the witnesses',
    );
    // A second statement about the image has to wait; the same one again is the same.
    const later = { createdAt: new Date(NOW.getTime() + 1000) };
    const second = await makeEntry(ada, describeImage('first', { title: 'Another title' }), later);
    expect((await post(a, second)).status).toBe(503);
    expect((await post(a, first)).status).toBe(202);
    expect((await fetch(`${a.url}/metadata`)).status).toBe(200);
    expect(registry.log.size()).toBe(0);

    await Promise.all([b.start(), c.start()]);
    await vi.waitFor(async () => expect(await readJson(told.status)).toMatchObject({ status: 'recorded' }), PATIENT);
    const recorded = (await readJson(told.status)) as { receipt: string; location: string };
    expect((await fetch(recorded.location)).status).toBe(200);
    const proof = readTlogProof(await (await fetch(recorded.receipt)).text());
    expect(witnessesOf(proof.checkpointNote)).toMatchObject({ outcome: 'met' });
    expect((await post(a, first)).status).toBe(200);
    expect((await fetch(`${a.url}/submissions/${'0'.repeat(64)}`)).status).toBe(404);
  });

  it('answer an upload 201 with a witnessed receipt', async () => {
    await a.stop();
    await a.start();
    const reply = await post(a, await makeEntry(ada, describeImage('second')));
    expect(reply.status).toBe(201);
    const { checkpoint, receipt } = (await reply.json()) as { checkpoint: string; receipt: string };
    expect(witnessesOf(checkpoint)).toMatchObject({ outcome: 'met' });
    expect(witnessesOf(readTlogProof(receipt).checkpointNote)).toMatchObject({ outcome: 'met' });
  });

  it('refuse to go on from an old copy of the data (ST-02)', async () => {
    const data = join(a.place.directory, 'data');
    const copy = join(a.place.directory, 'copy');
    await a.stop();
    cpSync(data, copy, { recursive: true });
    await a.start();
    expect((await post(a, await makeEntry(ada, describeImage('third')))).status).toBe(201);
    await a.stop();
    rmSync(data, { recursive: true });
    cpSync(copy, data, { recursive: true });
    const restored = await a.start();
    const size = restored.log.size();
    expect(restored.isReadOnly).toBe(true);
    const health = (await readJson(`${a.url}/health/ready`)) as { readOnly: boolean; reason: string };
    expect(health).toMatchObject({ readOnly: true });
    expect(health.reason).toMatch(
      /^This registry takes no entries: The witness [ABC] holds a checkpoint of \d+ records/,
    );
    const reply = await post(a, await makeEntry(ada, describeImage('fourth')));
    expect(reply.status).toBe(403);
    expect(await reply.json()).toMatchObject({ detail: health.reason });
    expect(restored.log.size()).toBe(size);
    expect((await fetch(`${a.url}/metadata`)).status).toBe(200);
    expect(a.news.join('\n')).toContain('Nothing is signed any more.');
  });

  it('take nothing before everybody has answered, where that is required', async () => {
    await b.stop();
    await c.stop();
    const registry = await b.start({ guard: 'require' });
    expect(registry.readOnlyReason).toContain('it has not heard from all');
    expect(
      (await post(b, await makeEntry(await makeEndorser(b.place.authority, 'bob'), describeImage('bee')))).status,
    ).toBe(403);
    await c.start();
    await vi.waitFor(() => expect(registry.readOnlyReason).toBeUndefined(), PATIENT);
    expect(b.news.join('\n')).toContain('All who keep checkpoints of the log have answered');
  });
});
