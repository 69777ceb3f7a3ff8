import { once } from 'node:events';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { runCommand } from './run-command.ts';

let place: Marketplace;
let jane: Person;
let logKey: string;
let identifier = '';

async function endorse(name: string): Promise<string> {
  const at = (file: string): string => join(place.path, `${name}.${file}`);
  await writeFile(at('image'), name);
  await runCommand(
    ['describe', at('image'), '--title', name, '--location', 'https://a.example/i', '-o', at('d')],
    jane,
  );
  await runCommand(['sign', at('d'), '-o', at('e')], jane);
  const { out } = await runCommand(['upload', at('e')], jane);
  return new URL(out.trim()).pathname.split('/')[2]!;
}

beforeAll(async () => {
  place = await openMarketplace({ indexRecords: 3 });
  jane = await place.person('jane');
  logKey = place.running.registry.log.key.vkey;
  identifier = await endorse('first');
  await endorse('second');
  await runCommand(['deprecate', identifier, '--reason', 'broken'], jane);
});
afterAll(() => place[Symbol.asyncDispose]());

function prove(state: string, ...more: string[]): ReturnType<typeof runCommand> {
  return runCommand(['history', identifier, '--log-key', logKey, '--prove', '--state', state, ...more], jane);
}

test('vouch history --prove shows what the index proves to be all, and keeps one checkpoint', async () => {
  const state = await mkdtemp(join(place.path, 'state-'));
  const { code, out, err } = await prove(state, '--json');
  expect([code, out.trim().split('\n').length]).toEqual([0, 2]);
  expect(err).toMatch(
    /^Complete: these are all entries about .* by its index of record 3 and the \d+ records after that\.$/m,
  );
  const [log] = await readdir(join(state, 'logs'));
  expect(await readdir(join(state, 'logs', log!))).toEqual(['seen']);
  expect(await prove(state)).toMatchObject({ code: 0 });
});

test('vouch history --prove names a registry whose answer hides a deprecation, whether in the list or in the proof', async () => {
  const state = await mkdtemp(join(place.path, 'state-'));
  let lie: (path: string, body: string) => string = (_, body) => body;
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const real = await fetch(`${place.url}${path}`, { headers: { Accept: request.headers.accept ?? '*/*' } });
    const bytes = Buffer.from(await real.arrayBuffer());
    const type = real.headers.get('Content-Type') ?? '';
    response.writeHead(real.status, { 'Content-Type': type });
    response.end(type.includes('json') ? lie(path, bytes.toString()) : bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect(await prove(state, '--url', url)).toMatchObject({ code: 0 });
    lie = (path, body) => {
      if (!path.endsWith('/proof')) return body;
      const answer = JSON.parse(body);
      return JSON.stringify({ ...answer, records: answer.records.slice(0, 1) });
    };
    const hidden = await prove(state, '--url', url);
    expect(hidden).toMatchObject({ code: 65, out: '', err: expect.stringContaining('hides of') });
    expect(hidden.err).toContain('Incomplete: ');
    lie = (path, body) => (path.includes('/log/') ? body : body.replaceAll('"deprecated"', '"noted"'));
    expect((await prove(state, '--url', url)).code).not.toBe(0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('vouch history --prove says what it needs', async () => {
  const none = await runCommand(['history', identifier, '--prove'], jane);
  expect(none).toMatchObject({ code: 2, err: expect.stringContaining('need --log-key') });
  const odd = await runCommand(['history', identifier, '--log-key', logKey, '--witnesses', 'x'], jane);
  expect(odd).toMatchObject({ code: 2, err: expect.stringContaining('--witnesses goes with --prove') });
});

test('vouch history --prove with witnesses refuses a checkpoint that they have not seen', async () => {
  const state = await mkdtemp(join(place.path, 'state-'));
  const policy = join(place.path, 'witnesses.policy');
  const vkey = 'w.example.org/witness+7d0e4c31+BBUBKvfxmTcN7cRjpVKm0eAnWHd2TMyPlIkR9QJTBlWz';
  await writeFile(policy, `witness W ${vkey}\nquorum W\n`);
  const { code, err } = await prove(state, '--witnesses', policy);
  expect(code).not.toBe(0);
  expect(err).toMatch(/quorum|key/i);
});

test('vouch history --prove says of a log without an index that it has none', async () => {
  await using plain = await openMarketplace();
  const person = await plain.person('tom');
  const key = plain.running.registry.log.key.vkey;
  const { code, err } = await runCommand(['history', identifier, '--log-key', key, '--prove'], person);
  expect([code, err]).toEqual([
    1,
    expect.stringContaining('gives no index: prove it by all records of the log instead'),
  ]);
});
