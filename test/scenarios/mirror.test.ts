import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditLog } from '../../src/log/audit.ts';
import { readSignedCheckpoint } from '../../src/log/checkpoint.ts';
import { openLevelStore } from '../../src/log/level-store.ts';
import { readCosignerKey, readVerifierKey, type VerifierKey } from '../../src/log/note-key.ts';
import { sha256Hex } from '../../src/log/sha256.ts';
import { runCommand } from '../cli/run-command.ts';
import { describeImage, makeEndorser, makeEntry, type TestEndorser } from '../endorser.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';
import { type ServingProcess, startServing, writeConfiguration } from './serving.ts';

const ENTRIES = 300;

let place: RegistryPlace;
let origin: ServingProcess;
let mirror: ServingProcess | undefined;
let ada: TestEndorser;
let key: VerifierKey;

beforeAll(async () => {
  place = await makePlace();
  ada = await makeEndorser(place.authority, 'ada');
  origin = await startServing(writeConfiguration(place.directory));
  key = readVerifierKey((await (await fetch(`${origin.url}/log/key`)).text()).trim());
  await upload(ENTRIES, 'first');
});
afterAll(async () => {
  await mirror?.kill();
  await origin.kill();
  place.remove();
});

async function upload(count: number, word: string): Promise<void> {
  const createdAt = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
  const entries = await Promise.all(
    Array.from({ length: count }, (_, at) => makeEntry(ada, describeImage(`${word} ${at}`), { createdAt })),
  );
  const send = async (): Promise<void> => {
    for (let bytes = entries.pop(); bytes !== undefined; bytes = entries.pop()) {
      const body = Buffer.from(bytes);
      const headers = { 'Content-Type': 'application/rdf+xml' };
      expect((await fetch(`${origin.url}/metadata`, { method: 'POST', headers, body })).status).toBe(201);
    }
  };
  await Promise.all(Array.from({ length: 16 }, send));
}

const words = (): string[] => {
  const data = join(place.directory, 'mirror');
  return ['mirror', origin.url, '--log-key', key.vkey, '--data', data, '--base-url', 'http://mirror.test', '--once'];
};

it('a mirror is killed again and again while it catches up, and ends in step, sound and cosigned', async () => {
  for (let kills = 0; kills < 6; kills += 1) {
    const child = spawn(process.execPath, ['dist/cli/main.js', ...words()], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    // Each time a little later, so that some come before, some in the midst of, and some after the copying.
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 400 + kills * 350))]);
    child.kill('SIGKILL');
    await ended;
  }
  const { code, out, err } = await runCommand(words());
  expect([code, err]).toEqual([0, expect.stringContaining(`${ENTRIES + 1} records, cosigned as mirror.test/mirror+`)]);
  const { verifier } = readCosignerKey(readFileSync(join(place.directory, 'mirror', 'mirror.key'), 'utf8').trim());
  const { checkpoint, cosignatures } = readSignedCheckpoint(Buffer.from(out), key, [verifier]);
  expect([checkpoint.size, cosignatures.length]).toEqual([ENTRIES + 1, 1]);
  const store = await openLevelStore(join(place.directory, 'mirror', 'log'));
  expect(await auditLog(store, key)).toEqual([]);
  await store.close();
});

it('a mirror that runs by a configuration follows the registry, and sends uploads there', async () => {
  const path = join(place.directory, 'mirror.yaml');
  const lines = [
    'baseUrl: http://mirror.test',
    'dataDirectory: ./mirror',
    'listen: { host: 127.0.0.1, port: 0 }',
    `mirror: { url: "${origin.url}", logKey: "${key.vkey}", intervalSeconds: 0.2 }`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  mirror = await startServing(path);
  const { url } = mirror;
  await upload(2, 'second');
  const health = async (): Promise<Record<string, unknown>> =>
    (await (await fetch(`${url}/health/mirror`)).json()) as never;
  await expect.poll(health).toMatchObject({ status: 'following', size: ENTRIES + 3, origin: key.name });

  const ofOrigin = `${url}/mirror/${sha256Hex(Buffer.from(key.name))}`;
  const note = await (await fetch(`${ofOrigin}/checkpoint`)).text();
  expect(readSignedCheckpoint(Buffer.from(note), key).checkpoint.size).toBe(ENTRIES + 3);
  for (const tile of ['tile/0/000', 'tile/0/001.p/47', 'tile/1/000.p/1', 'tile/entries/000', 'tile/entries/001.p/47']) {
    const [copied, real] = await Promise.all([fetch(`${ofOrigin}/${tile}`), fetch(`${origin.url}/log/${tile}`)]);
    expect([copied.status, Buffer.from(await copied.arrayBuffer())]).toEqual([
      200,
      Buffer.from(await real.arrayBuffer()),
    ]);
  }
  expect((await fetch(`${url}/mirror/${'0'.repeat(64)}/checkpoint`)).status).toBe(404);

  const found = async (): Promise<unknown> => {
    return await (await fetch(`${url}/metadata?q=second`, { headers: { Accept: 'application/json' } })).json();
  };
  await expect.poll(found).toMatchObject({ entries: [{}, {}] });

  const file = join(place.directory, 'entry.xml');
  writeFileSync(file, await makeEntry(ada, describeImage('third')));
  const refused = await runCommand(['upload', file, '--to', url]);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain(`This is a mirror and takes no entries: upload to ${origin.url}.`);
  const page = await (await fetch(`${url}/upload`, { headers: { Accept: 'text/html' } })).text();
  expect(page).toContain(`href="${origin.url}/upload"`);
  expect(await (await fetch(`${url}/`, { headers: { Accept: 'text/html' } })).text()).toContain('a verified copy of');
  expect((await fetch(`${origin.url}/health/mirror`)).status).toBe(404);

  await origin.kill();
  await expect
    .poll(health)
    .toMatchObject({ status: 'waiting', problem: { message: expect.stringContaining('cannot be reached') } });
  expect((await fetch(`${url}/health/mirror`)).status).toBe(503);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(await (await fetch(`${url}/`, { headers: { Accept: 'text/html' } })).text()).toContain('may be out of date');
  expect(await mirror.stop()).toBe(0);
  expect(readdirSync(join(place.directory, 'mirror')).toSorted()).toEqual([
    'catalog',
    'format',
    'log',
    'mirror.key',
    'usage',
  ]);
});
