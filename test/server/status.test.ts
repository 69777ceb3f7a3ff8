import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeCheckpoint } from '../../src/log/checkpoint.ts';
import { writeNote } from '../../src/proof/note.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createApp } from '../../src/server/app.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

let twin: RegistryTwin;

beforeAll(async () => {
  twin = await openTwin();
  await twin.put({ identifier: toIdentifier(1), title: 'One' });
  await twin.put({ identifier: toIdentifier(2), title: 'Two' });
  await twin.sparql.waitFor(2);
});
afterAll(() => twin.close());

/** The status of the twin with some of it replaced. */
async function statusOf(changes: Partial<Registry>, accept: string): Promise<Response> {
  const registry = Object.assign(Object.create(twin) as Registry, changes);
  const app = createApp(registry, { documents: twin.documents, now: () => NOW });
  const reply = await app.request('/status', { headers: { Accept: accept } });
  expect([reply.status, reply.headers.get('Cache-Control')]).toEqual([200, 'no-store']);
  return reply;
}
const pageOf = async (changes: Partial<Registry>) => (await statusOf(changes, 'text/html')).text();
const jsonOf = async (changes: Partial<Registry>) => (await statusOf(changes, 'application/json')).json();

describe('the status', () => {
  test('says that all is in order, and what it rests on', async () => {
    const page = await pageOf({});
    expect(page).toContain('Everything is in order.');
    expect(page.match(/up to date/g)).toHaveLength(2);
    expect(page).toContain(`<code>${twin.log.key.vkey}</code>`);
    expect(page).toContain('No witness signed this checkpoint.');
    expect(page).toMatch(/Vouch \d+\.\d+\.\d+/);
    expect(await jsonOf({})).toMatchObject({
      state: 'ready',
      reasons: [],
      baseUrl: BASE,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      uploads: 'taken',
      followers: { catalog: 2, sparql: 2 },
      log: { size: 2, lastAt: NOW.toISOString(), checkpoint: { size: 2, seenBy: [] } },
    });
  });

  test('says how far readers are behind', async () => {
    const sparql = { ...twin.sparql, position: () => 1 };
    expect(await jsonOf({ sparql })).toMatchObject({ state: 'catching up', reasons: [{ code: 'sparql-behind' }] });
    const page = await pageOf({ sparql });
    expect(page).toContain('Answers are older than the log:');
    expect(page).toContain('1 record behind');
  });

  test('names the witnesses of the checkpoint, and when they saw it', async () => {
    const seconds = NOW.getTime() / 1_000 - 3 * 60;
    const bytes = Buffer.alloc(72);
    bytes.writeBigUint64BE(BigInt(seconds));
    const signatures = [
      { name: twin.log.origin, keyId: '00000001', bytes: new Uint8Array(64) },
      { name: 'witness.example.org', keyId: '00000002', bytes },
      { name: 'other.example.org', keyId: '00000003', bytes: new Uint8Array(64) },
    ];
    const text = writeCheckpoint({ origin: twin.log.origin, size: 2, root: new Uint8Array(32) });
    const log = Object.assign(Object.create(twin.log), { checkpointNote: () => writeNote({ text, signatures }) });
    // methods of the log are those of the twin's own
    for (const name of ['size', 'record'] as const) log[name] = twin.log[name].bind(twin.log);
    Object.defineProperty(log, 'key', { value: twin.log.key });
    Object.defineProperty(log, 'origin', { value: twin.log.origin });
    expect(await jsonOf({ log })).toMatchObject({
      log: {
        checkpoint: {
          seenBy: [
            { name: 'witness.example.org', at: new Date(seconds * 1_000).toISOString() },
            { name: 'other.example.org' },
          ],
        },
      },
    });
    expect(await pageOf({ log })).toContain('<code>witness.example.org</code>, 3 minutes ago');
  });

  test('says what is trusted, how fresh that is, and what is wrong with it', async () => {
    const trust = {
      digest: 'ab'.repeat(32),
      readAt: new Date(NOW.getTime() - 2 * 60_000),
      refreshMs: 600_000,
      isFailing: false,
      lists: 3,
      overdueLists: 1,
    };
    const standing = () => ({ isLogStopped: false, submissions: 0, verifying: 0, trust });
    const page = await pageOf({ standing });
    expect(page).toContain('something needs the operator');
    expect(page).toContain('1 of 3 revocation lists are out of time');
    expect(page).toContain(`href="/log/blob/${trust.digest}"`);
    expect(page).toContain('2 minutes ago');
  });

  test('of a mirror says whose copy it is and where it stands, but not where proofs lie', async () => {
    const mirrored = {
      writerUrl: 'https://writer.example.org',
      following: () => ({
        source: 'https://writer.example.org',
        origin: 'writer.example.org/log',
        state: 'waiting' as const,
        size: 2,
        stored: 2,
        targetSize: 5,
        problem: { message: 'The log could not be reached.', since: NOW },
        evidence: '/srv/vouch/evidence/fork.json',
      }),
    };
    const page = await pageOf({ mirrored, isReadOnly: true });
    expect(page).toContain('It is a copy: https://writer.example.org takes uploads.');
    expect(page).toContain('The log could not be reached.');
    expect(page).toContain('2 of 5');
    expect(page + JSON.stringify(await jsonOf({ mirrored }))).not.toContain('/srv/vouch');
  });
});
