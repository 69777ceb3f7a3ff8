import type { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeAddCheckpoint } from '../../src/log/add-checkpoint.ts';
import { readSignedCheckpoint, signCheckpoint } from '../../src/log/checkpoint.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { sha256Hex } from '../../src/log/sha256.ts';
import { proveConsistency } from '../../src/log/tile-tree.ts';
import { Witness } from '../../src/log/witness.ts';
import { createApp } from '../../src/server/app.ts';
import { KEY, ORIGIN } from '../log/statement.ts';
import { growTree } from '../log/vectors.ts';
import { makeCosigner } from '../log/witnesses.ts';
import { NOW, openTwin, type RegistryTwin } from './registry-twin.ts';

const key = makeCosigner('site-b.example.org/witness');
const PLACE = `/witness/${sha256Hex(Buffer.from(ORIGIN))}/checkpoint`;
let twin: RegistryTwin;
let app: Hono;
let plain: Hono;

beforeAll(async () => {
  twin = await openTwin();
  plain = createApp(twin, { documents: twin.documents });
  twin.witness = new Witness({ store: new MemoryStore(), key, logs: [KEY.verifier], now: () => NOW });
  app = createApp(twin, { documents: twin.documents });
});
afterAll(() => twin.close());

async function toBody(oldSize: number, size: number): Promise<string> {
  const { tree, tiles } = await growTree(size);
  const proof = oldSize > size ? [] : await proveConsistency(tiles, oldSize, size);
  return writeAddCheckpoint({ oldSize, proof, note: signCheckpoint({ origin: ORIGIN, size, root: tree.root() }, KEY) });
}

const add = (body: string) => app.request('/witness/add-checkpoint', { method: 'POST', body });

test('a checkpoint is cosigned, and the one cosigned last can be read', async () => {
  expect((await app.request(PLACE)).status).toBe(404);
  const reply = await add(await toBody(0, 9));
  expect(reply.status).toBe(200);
  const lines = await reply.text();
  expect(lines).toMatch(/^\u2014 site-b\.example\.org\/witness [A-Za-z0-9+/=]+\n$/);
  const seen = await app.request(PLACE);
  expect(seen.headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
  const { checkpoint, cosignatures } = readSignedCheckpoint(Buffer.from(await seen.text()), KEY.verifier, [
    key.verifier,
  ]);
  expect(checkpoint.size).toBe(9);
  expect(cosignatures).toMatchObject([{ at: NOW }]);
});

test('the size it saw last comes as C2SP tlog-witness says', async () => {
  const reply = await add(await toBody(3, 9));
  expect(reply.status).toBe(409);
  expect(reply.headers.get('Content-Type')).toBe('text/x.tlog.size');
  expect(await reply.text()).toBe('9\n');
});

test('every other refusal has its status and a sentence', async () => {
  const good = await toBody(9, 12);
  const unsigned = good.replace(/\u2014 .*\n$/, `\u2014 ${ORIGIN} AAAAAAAAAAAA\n`);
  for (const [body, status] of [
    ['hello', 400],
    [await toBody(12, 9), 400],
    [unsigned, 403],
    [good.replaceAll(ORIGIN, 'other.example/log'), 404],
    [good.replace(/\n[A-Za-z0-9+/=]{44}\n/, '\n'), 422],
  ] as const) {
    const reply = await add(body);
    expect([status, reply.status]).toEqual([status, status]);
    expect(await reply.text()).toMatch(/\.\n$/);
  }
  expect((await add('x'.repeat(600_000))).status).toBe(413);
  expect((await app.request('/witness/add-checkpoint')).status).toBe(405);
  expect((await app.request('/witness/nothing/checkpoint')).status).toBe(404);
});

test('a registry that looks at no log has none of it', async () => {
  expect((await plain.request('/witness/add-checkpoint', { method: 'POST', body: await toBody(0, 9) })).status).toBe(
    404,
  );
  expect((await plain.request(PLACE)).status).toBe(404);
});
