import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePlace, type RegistryPlace } from '../registry/world.ts';
import { runCommand } from './run-command.ts';

let place: RegistryPlace;
let file: string;

beforeAll(async () => {
  place = await makePlace();
  file = join(place.directory, 'vouch.yaml');
  mkdirSync(join(place.directory, 'empty'));
  write('');
});
afterAll(() => place.remove());

function write(more: string, trust = 'trust'): void {
  writeFileSync(
    file,
    `baseUrl: https://vouch.example.org\ndataDirectory: ./data\ntrust: { directory: ./${trust} }\n${more}`,
  );
}

const check = () => runCommand(['config', 'check', '--config', file]);

test('a configuration with which a registry would start is told to be one, with whom it trusts', async () => {
  const { code, err, out } = await check();
  expect([code, out]).toEqual([0, '']);
  expect(err).toContain('Trust: 1 authority');
  expect(err).toContain('is a configuration of https://vouch.example.org.');
});

test.each([
  ['a trust directory without authorities', '', 'empty', /holds no certificate of an authority/],
  [
    'a token file that is not there',
    'access: { mode: private, tokens: ./none }\n',
    'trust',
    /token file .* cannot be read/,
  ],
  [
    'a TLS key that is not there',
    'tls: { certificate: ./c.pem, key: ./k.pem }\n',
    'trust',
    /tls\.certificate cannot be read/,
  ],
  ['private without a way in', 'access: { mode: private }\n', 'trust', /nobody could come in/],
  ['readers whom nobody asks for certificates', 'access: { readers: [{ key: x }] }\n', 'trust', /access\.readers/],
  ['a rule that says nothing', 'endorsing: { deny: [{}] }\n', 'trust', /endorsing\.deny/],
  ['a network that is none', 'listen: { proxies: [10.0.0.0/99] }\n', 'trust', /listen\.proxies/],
  [
    'a setting of reminders that does nothing',
    'reminders: { firstDays: 9 }\n',
    'trust',
    /no effect with reminders\.mode off/,
  ],
  [
    'reminders whose last comes before the first',
    'reminders: { mode: all, firstDays: 3, lastDays: 4 }\nsmtp: { host: localhost, from: a@example.org }\n',
    'trust',
    /reminders\.lastDays must not be more than reminders\.firstDays/,
  ],
  ['reminders without a server', 'reminders: { mode: confirmed }\n', 'trust', /smtp\.host is missing/],
  [
    'reminders with templates that are not there',
    'reminders: { mode: all, templates: ./none }\nsmtp: { host: localhost, from: a@example.org }\n',
    'trust',
    /none/,
  ],
])('%s is refused with a sentence', async (_, more, trust, sentence) => {
  write(more, trust);
  const { code, err } = await check();
  expect(code).toBe(2);
  expect(err).toMatch(sentence);
  write('');
});

test('every setting is shown with where it comes from, and no secret', async () => {
  write(
    'title: Ours\nsparql: { endpoint: "http://s/q", graphStore: "http://s/g", user: u, password: hidden1 }\n' +
      'webhooks: [{ name: a, url: "https://user:hidden2@h.example.org/x?key=hidden3" }]\n',
  );
  const env = {
    HOME: '/nonexistent',
    VOUCH_SMTP_PASSWORD: 'hidden4',
    VOUCH_LISTEN_PORT: '9',
    VOUCH_ACCESS_PROXY_SECRET: 'hidden5',
  };
  const { code, out } = await runCommand(['config', 'show', '--json', '--config', file], { env });
  expect(code).toBe(0);
  const listed = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { path: string });
  const of = (path: string) => listed.find((one) => one.path === path);
  expect(of('title')).toEqual({ path: 'title', value: 'Ours', source: `${file}, line 4` });
  expect(of('listen.port')).toMatchObject({ value: '9', source: 'the environment variable VOUCH_LISTEN_PORT' });
  expect(of('limits.queue')).toEqual({ path: 'limits.queue', value: 256, source: 'default' });
  expect(of('smtp.host')).toEqual({ path: 'smtp.host', source: 'not set' });
  expect(of('webhooks')).toMatchObject({ value: [{ url: 'https://…@h.example.org/x?…' }] });
  expect(out).not.toMatch(/hidden/);
  expect((await runCommand(['config', 'show', '--config', file], { env })).out).toMatch(/^setting +value +from\n/);
});
