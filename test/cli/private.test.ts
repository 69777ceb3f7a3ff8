import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningRegistry, runRegistry } from '../../src/cli/run-registry.ts';
import { ClientCertificates } from '../../src/server/client-certificate.ts';
import { TokenFile } from '../../src/server/token-file.ts';
import { describeImage, makeEndorser, makeEntry } from '../endorser.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';
import { runCommand } from './run-command.ts';

let place: RegistryPlace;
let running: RunningRegistry;
let tokenFile: string;
let token: string;

beforeAll(async () => {
  place = await makePlace();
  tokenFile = join(place.directory, 'tokens');
  const made = await runCommand(['token', tokenFile, 'site-a']);
  expect(made.code).toBe(0);
  token = made.out.trim();
  const gate = {
    mode: 'private',
    tokens: new TokenFile(tokenFile),
    certificates: new ClientCertificates([], undefined),
    readers: [],
    administrators: [],
  } as const;
  const options = {
    directory: join(place.directory, 'data'),
    baseUrl: 'http://registry.test',
    trust: { mode: 'anchors', directory: join(place.directory, 'trust') },
  } as const;
  running = await runRegistry(options, { host: '127.0.0.1', port: 0 }, { gate });
  const ada = await makeEndorser(place.authority, 'ada');
  const submission = await running.registry.submit(
    await makeEntry(ada, describeImage(undefined, { title: 'Secret one' })),
  );
  expect(submission.outcome).toBe('accepted');
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  place.remove();
});

test('a command without a token is told so, and one with a token gets through', async () => {
  const { url } = running.server;
  const without = await runCommand(['search', '--url', url]);
  expect(without.code).toBe(1);
  expect(without.err).toContain('private');
  expect(without.out + without.err).not.toContain('Secret one');
  const env = { HOME: '/nonexistent', VOUCH_TOKEN: token };
  expect((await runCommand(['search', '--url', url], { env })).out).toContain('Secret one');
  const file = join(place.directory, 'token');
  await writeFile(file, `${token}\n`);
  expect((await runCommand(['search', '--url', url, '--token-file', file])).out).toContain('Secret one');
  expect((await runCommand(['log', 'audit', url], { env })).code).toBe(0);
  const wrong = await runCommand(['search', '--url', url, '--token', 'vouch_other']);
  expect(wrong.code).toBe(1);
});

test('a token goes to no other server than the one that was named', async () => {
  const { url } = running.server;
  const env = { HOME: '/nonexistent', VOUCH_TOKEN: token, VOUCH_URL: 'https://other.example.org' };
  expect((await runCommand(['log', 'audit', url], { env })).code).not.toBe(0);
});

test('a name has one token, and a file that is none is not added to', async () => {
  const twice = await runCommand(['token', tokenFile, 'site-a', '--role', 'administrator']);
  expect([twice.code, twice.err]).toEqual([2, expect.stringContaining('already')]);
  expect((await runCommand(['token', tokenFile, 'two words'])).code).toBe(2);
  const other = join(place.directory, 'other');
  await writeFile(other, 'not: tokens\n');
  expect((await runCommand(['token', other, 'x'])).code).toBe(2);
});
