import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAsOf } from '../../src/cli/read-moment.ts';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { runCommand } from './run-command.ts';

let place: Marketplace;
let jane: Person;
let id: string;
/** Log size when only the first statement was there. */
let size: number;

beforeAll(async () => {
  place = await openMarketplace();
  jane = await place.person('jane', 'rsa-2048');
  const [image, draft, entry] = ['disk.img', 'disk.draft', 'disk.xml'].map((name) => join(place.path, name));
  await writeFile(image!, 'the bytes of an image');
  const location = ['--location', 'https://images.example.org/disk', '--title', 'Debian', '--tag', 'stable'];
  for (const words of [
    ['describe', image!, ...location, '-o', draft!],
    ['sign', draft!, '-o', entry!],
  ]) {
    const done = await runCommand(words, jane);
    expect(done.code, done.err).toBe(0);
  }
  const uploaded = await runCommand(['upload', entry!], jane);
  expect(uploaded.code, uploaded.err).toBe(0);
  id = new URL(uploaded.out.trim()).pathname.split('/')[2]!;
  const [listed] = (await runCommand(['history', id, '--json'], jane)).out.trim().split('\n');
  size = (JSON.parse(listed!) as { index: number }).index + 1;
  const withdrawn = await runCommand(['deprecate', id, '--reason', 'broken'], jane);
  expect(withdrawn.code, withdrawn.err).toBe(0);
});
afterAll(() => place[Symbol.asyncDispose]());

test('search, show and history say what was said then', async () => {
  expect(await runCommand(['search', 'debian'], jane)).toMatchObject({ code: 1 });
  const then = ['--as-of', String(size)];
  const found = await runCommand(['search', 'debian', '--json', ...then], jane);
  expect(JSON.parse(found.out)).toMatchObject({ identifier: id, status: 'valid' });
  expect((await runCommand(['show', id], jane)).out).toContain('deprecated');
  expect((await runCommand(['show', id, ...then], jane)).out).toContain('valid');
  expect((await runCommand(['show', 'jane@example.org#stable', ...then], jane)).out).toContain(id);
  expect((await runCommand(['show', id, '--format', 'ttl', ...then], jane)).out).toContain('"latest"');
  expect((await runCommand(['history', id, '--json'], jane)).out.trim().split('\n')).toHaveLength(2);
  expect((await runCommand(['history', id, '--json', ...then], jane)).out.trim().split('\n')).toHaveLength(1);
});

test('what has no past is refused in words', async () => {
  const unknown = await runCommand(['search', '--as-of', 'yesterday'], jane);
  expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('--as-of is "yesterday"') });
  expect((await runCommand(['show', id, '--as-of', '100000'], jane)).err).toContain('no state after 100000');
  expect(await runCommand(['search', '--as-of', '1990-01-01'], jane)).toMatchObject({ code: 1 });
});

test('a registry that does not know the past is not believed', async () => {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end('{"logSize":1,"entries":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const refused = await runCommand(['search', '--as-of', '1', '--url', url], jane);
    expect(refused.err).toContain('does not say that it is of the past');
    expect(refused.code).not.toBe(0);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('a moment is a size, a time, or a day', () => {
  expect(['0', '412', '2027-01-31T12:00:00Z', '2027-01-31'].map((text) => readAsOf(text, '--as-of'))).toEqual([
    '0',
    '412',
    '2027-01-31T12:00:00Z',
    '2027-01-31T00:00:00Z',
  ]);
  for (const text of ['', '-1', '01', '1.5', '2027-02-30', '90d']) {
    expect(() => readAsOf(text, '--as-of')).toThrow('--as-of is');
  }
});
