import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../cli/run-command.ts';
import { describeImage, makeEndorser, makeEntry, type TestEndorser } from '../endorser.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';
import { type ServingProcess, startServing, writeConfiguration } from './serving.ts';

const ENTRIES = 120;
const PUBLIC = 'registry.test/log';
const OWN = 'private.test/log';

let place: RegistryPlace;
let upstream: ServingProcess;
let registry: ServingProcess | undefined;
let ada: TestEndorser;
let bob: TestEndorser;
let configuration = '';
let keys: string[] = [];

beforeAll(async () => {
  place = await makePlace();
  ada = await makeEndorser(place.authority, 'ada');
  bob = await makeEndorser(place.authority, 'bob');
  upstream = await startServing(writeConfiguration(place.directory));
  await upload(upstream, ada, ENTRIES, 'public');
  const key = (await (await fetch(`${upstream.url}/log/key`)).text()).trim();
  mkdirSync(join(place.directory, 'private'));
  configuration = join(place.directory, 'private', 'vouch.yaml');
  const lines = [
    'baseUrl: http://private.test',
    'dataDirectory: ./data',
    'listen: { host: 127.0.0.1, port: 0 }',
    'trust: { mode: anchors, directory: ../trust }',
    `follow: [{ url: "${upstream.url}", logKey: "${key}", intervalSeconds: 1 }]`,
  ];
  writeFileSync(configuration, `${lines.join('\n')}\n`);
  keys = [key];
});
afterAll(async () => {
  await registry?.kill();
  await upstream.kill();
  place.remove();
});

async function upload(to: ServingProcess, by: TestEndorser, count: number, word: string): Promise<void> {
  const createdAt = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
  const entries = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      makeEntry(by, describeImage(`${word} ${at}`, { title: word }), { createdAt }),
    ),
  );
  const send = async (): Promise<void> => {
    for (let bytes = entries.pop(); bytes !== undefined; bytes = entries.pop()) {
      const headers = { 'Content-Type': 'application/rdf+xml' };
      const reply = await fetch(`${to.url}/metadata`, { method: 'POST', headers, body: Buffer.from(bytes) });
      expect(reply.status).toBe(201);
    }
  };
  await Promise.all(Array.from({ length: 8 }, send));
}

const read = async (path: string): Promise<Record<string, unknown>> =>
  (await (await fetch(`${registry!.url}${path}`, { headers: { Accept: 'application/json' } })).json()) as never;

const totalOf = async (origin: string): Promise<number> =>
  (await read(`/metadata?status=all&limit=1&origin=${encodeURIComponent(origin)}`)).total as number;

it('a registry that follows another one is killed again and again while it learns and takes uploads, and loses nothing', async () => {
  let mine = 0;
  for (let kills = 0; kills < 3; kills += 1) {
    registry = await startServing(configuration);
    // What was answered is durable, whatever is under way from the other registry.
    await upload(registry, bob, 2, `private ${kills}`);
    mine += 2;
    await new Promise((resolve) => setTimeout(resolve, kills * 500));
    await registry.kill();
  }
  registry = await startServing(configuration);
  await expect.poll(() => totalOf(PUBLIC), { timeout: 60_000 }).toBe(ENTRIES);
  expect(await totalOf(OWN)).toBe(mine);
  const places: number[] = [];
  for (let path = '/metadata?status=all&limit=50'; path !== ''; ) {
    const page = (await read(path)) as { entries: { place: number }[]; next?: string };
    places.push(...page.entries.map((entry) => entry.place));
    path = page.next?.replace('http://private.test', '') ?? '';
  }
  expect(new Set(places).size).toBe(ENTRIES + mine);
  const query = 'SELECT ?o (COUNT(?e) AS ?n) { ?e <https://w3id.org/vouch#origin> ?o } GROUP BY ?o ORDER BY ?o';
  const answer = await fetch(`${registry.url}/query?${new URLSearchParams({ query, view: 'history' })}`, {
    headers: { Accept: 'text/csv' },
  });
  expect((await answer.text()).trim().split(/\r?\n/)).toEqual(['o,n', `${OWN},${mine}`, `${PUBLIC},${ENTRIES}`]);
});

it('a decision at such a registry rests on every log whose key is given, and names the log of each statement', async () => {
  const { entries } = (await read(`/metadata?limit=1&origin=${encodeURIComponent(PUBLIC)}`)) as {
    entries: { identifier: string }[];
  };
  const policy = join(place.directory, 'site.yaml');
  writeFileSync(
    policy,
    'policy: 1\nname: ours\nrules:\n  - endorsers: { allow: [{ issuer: "CN=Test CA,O=Vouch Tests" }] }\n',
  );
  const own = (await (await fetch(`${registry!.url}/log/key`)).text()).trim();
  const check = (words: readonly string[], state: string) =>
    runCommand([
      ...['policy', 'check', entries[0]!.identifier, '--policy', policy, '--trust', join(place.directory, 'trust')],
      ...['--url', registry!.url, '--state', join(place.directory, state), '--json', ...words],
    ]);
  const alone = await check(['--log-key', own], 'alone');
  expect([alone.code, alone.err]).toEqual([1, expect.stringContaining(`Not asked: the log ${PUBLIC}`)]);
  const both = await check(['--log-key', own, '--log-key', keys[0]!], 'both');
  expect([both.code, both.err]).toEqual([0, expect.any(String)]);
  expect(both.out).toContain(`"origin":"${PUBLIC}"`);
  // From then on both are asked.
  expect((await check(['--log-key', own], 'both')).code).toBe(0);
  const other = keys[0]!.replace(PUBLIC, 'nowhere.test/log');
  expect((await check(['--log-key', own, '--log-key', other], 'other')).code).not.toBe(0);
});

it('says so while the other registry is away, and takes uploads meanwhile', async () => {
  await upstream.kill();
  const state = async (): Promise<unknown> => ((await read('/origins')).origins as unknown[])[1];
  await expect.poll(state, { timeout: 30_000 }).toMatchObject({
    origin: PUBLIC,
    state: 'waiting',
    records: ENTRIES + 1,
    problem: { message: expect.stringContaining('cannot be reached') },
  });
  await upload(registry!, bob, 1, 'meanwhile');
  expect(await read('/metadata?q=meanwhile')).toMatchObject({ total: 1, entries: [{ origin: OWN }] });
  expect(await totalOf(PUBLIC)).toBe(ENTRIES);
  expect((await fetch(`${registry!.url}/health/ready`)).status).toBe(200);
  expect((await fetch(`${registry!.url}/health/ready?strict`)).status).toBe(503);
  expect(await registry!.stop()).toBe(0);
});

it('a private registry is followed by who has a token for it, and by nobody else', async () => {
  const secret = join(place.directory, 'secret');
  mkdirSync(secret);
  const made = await runCommand(['token', join(secret, 'tokens'), 'follower']);
  const [host, other] = [join(secret, 'vouch.yaml'), join(secret, 'follower.yaml')];
  const common = ['listen: { host: 127.0.0.1, port: 0 }', 'trust: { mode: anchors, directory: ../trust }'];
  writeFileSync(
    host,
    [
      'baseUrl: http://secret.test',
      'dataDirectory: ./host',
      ...common,
      'access: { mode: private, tokens: ./tokens }',
    ].join('\n'),
  );
  const closed = await startServing(host);
  const headers = { Authorization: `Bearer ${made.out.trim()}` };
  const key = (await (await fetch(`${closed.url}/log/key`, { headers })).text()).trim();
  expect((await fetch(`${closed.url}/log/checkpoint`)).status).toBe(401);
  writeFileSync(join(secret, 'upstream.token'), made.out);
  const follow = (token: string) =>
    writeFileSync(
      other,
      [
        'baseUrl: http://follower.test',
        'dataDirectory: ./follower',
        ...common,
        `follow: [{ url: "${closed.url}", logKey: "${key}", intervalSeconds: 1${token} }]`,
      ].join('\n'),
    );
  const originOf = async (follower: ServingProcess) => {
    const { origins } = (await (
      await fetch(`${follower.url}/origins`, { headers: { Accept: 'application/json' } })
    ).json()) as { origins: { origin: string; state?: string; records: number }[] };
    return origins.find(({ origin }) => origin === 'secret.test/log');
  };
  follow('');
  let follower = await startServing(other);
  try {
    await expect.poll(async () => (await originOf(follower))?.state, { timeout: 30_000 }).toBe('waiting');
    expect((await originOf(follower))?.records).toBe(0);
    await follower.kill();
    follow(', tokenFile: ./upstream.token');
    follower = await startServing(other);
    await expect.poll(async () => (await originOf(follower))?.state, { timeout: 30_000 }).toBe('following');
    expect((await originOf(follower))?.records).toBeGreaterThan(0);
    expect(follower.said.join('\n')).not.toContain(made.out.trim());
  } finally {
    await follower.kill();
    await closed.kill();
  }
}, 120_000);
