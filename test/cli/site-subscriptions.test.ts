import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SubscriptionStatus } from '../../src/site/subscription/status.ts';
import { findFreePort, type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { runCommand } from './run-command.ts';

const PROGRAM = new URL('../../dist/cli/main.js', import.meta.url).pathname;

let marketplace: Marketplace;
let ada: Person;
let policy = '';
const children: ChildProcess[] = [];
const images = new Map<string, Buffer>();
const server = createServer((request, response) => {
  const bytes = images.get(request.url ?? '');
  if (bytes === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  marketplace = await openMarketplace();
  ada = await marketplace.person('ada');
  policy = join(marketplace.path, 'site.yaml');
  await writeFile(policy, 'policy: 1\nrules:\n  - endorsers: { allow: anyone }\n');
});
afterEach(async () => {
  for (const child of children.splice(0)) await end(child, 'SIGTERM');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await marketplace.running[Symbol.asyncDispose]();
  await rm(marketplace.path, { recursive: true, force: true });
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** Says something about an image of these bytes, and gives its identifier. */
async function endorse(name: string, bytes: Buffer, ...words: string[]): Promise<string> {
  images.set(`/${name}`, bytes);
  const disk = join(marketplace.path, name);
  await writeFile(disk, bytes);
  const location = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
  let image = '';
  for (const line of [
    ['describe', disk, '--os', 'debian', '--location', location, '-o', `${disk}.draft`, ...words],
    ['sign', `${disk}.draft`, '-o', `${disk}.xml`],
    ['upload', `${disk}.xml`],
  ]) {
    const { code, out, err } = await runCommand(line, ada);
    expect([line[0], code, err]).toEqual([line[0], 0, expect.any(String)]);
    if (line[0] === 'upload') image = new URL(out.trim()).pathname.split('/')[2]!;
  }
  return image;
}

/** A program that writes down what it is told, and does what `ending` says. */
async function writeHook(name: string, ending = ''): Promise<{ readonly path: string; told: () => Told[] }> {
  const path = join(marketplace.path, `${name}.sh`);
  const notes = `${path}.told`;
  await writeFile(
    path,
    `#!/bin/sh\nread -r line\nprintf '%s %s %s\\n' "$VOUCH_EVENT" "$VOUCH_FILE" "$line" >> '${notes}'\n${ending}\n`,
  );
  await chmod(path, 0o755);
  return {
    path,
    told: () => {
      if (!existsSync(notes)) return [];
      const lines = readFileSync(notes, 'utf8').trimEnd().split('\n');
      return lines.map((line) => {
        const [event = '', file = '', ...json] = line.split(' ');
        return { event, file, ...(JSON.parse(json.join(' ')) as Omit<Told, 'event' | 'file'>) };
      });
    },
  };
}

interface Told {
  readonly event: string;
  readonly file: string;
  readonly id: string;
  readonly image: string;
  readonly subscriptions: readonly string[];
  readonly reasons: readonly string[];
  readonly entry: { readonly os: string; readonly documentSha256: string };
  readonly previous?: { readonly documentSha256: string };
}

/** Starts the daemon as a process of its own; gives its address. */
async function serveSite(state: string, document: object): Promise<string> {
  const file = join(marketplace.path, `${state}.yaml`);
  await writeFile(file, JSON.stringify(document));
  return startSite(state);
}

async function startSite(state: string): Promise<string> {
  const listen = `127.0.0.1:${await findFreePort()}`;
  const child = spawn(
    process.execPath,
    [
      ...[PROGRAM, 'site', 'serve', '--url', marketplace.url, '--trust', marketplace.trust, '--policy', policy],
      ...['--every', '0.2', '--trust-first', '--listen', listen, '--state', join(marketplace.path, state)],
      ...['--subscriptions', join(marketplace.path, `${state}.yaml`), '--allow-private'],
      ...['--cache', join(marketplace.path, `${state}-images`)],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env.PATH, HOME: marketplace.path } },
  );
  children.push(child);
  let said = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await expect.poll(() => said, { timeout: 60_000 }).toMatch(/Deciding by|vouch:/);
  expect(said).toContain('Deciding by');
  return listen;
}

async function statusOf(address: string): Promise<SubscriptionStatus> {
  return (await (await fetch(`http://${address}/subscriptions`)).json()) as SubscriptionStatus;
}

const stateOf = async (address: string, image: string): Promise<string | undefined> =>
  (await statusOf(address)).images.find((one) => one.image === image)?.state;

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const LONG = { timeout: 60_000 } as const;
const ADA = { email: 'ada@example.org', emailAlone: true } as const;

describe('vouch site serve --subscriptions', () => {
  it('fetches what is newly allowed, tells of changes, and removes what is withdrawn, each with its reason', async () => {
    const bytes = randomBytes(200_000);
    const image = await endorse('one.img', bytes);
    const hook = await writeHook('one');
    const on = { allowed: [hook.path], changed: [hook.path], withdrawn: [hook.path] };
    const address = await serveSite('one', { subscriptions: 1, images: [{ name: 'ada', endorser: ADA }], on });
    await expect.poll(() => hook.told().length, LONG).toBe(1);
    const [first] = hook.told();
    expect(first).toMatchObject({ event: 'allowed', image, subscriptions: ['ada'], entry: { os: 'debian' } });
    expect(sha256(first!.file)).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(await stateOf(address, image)).toBe('here');
    const second = await endorse('one.img', bytes, '--title', 'Another title');
    expect(second).toBe(image);
    await expect.poll(() => hook.told().length, LONG).toBe(2);
    const [, changed] = hook.told();
    expect(changed).toMatchObject({ event: 'changed', file: first!.file, previous: first!.entry });
    const deprecated = await runCommand(['deprecate', image, '--reason', 'It has a hole.'], ada);
    expect(deprecated.code, deprecated.err).toBe(0);
    await expect.poll(() => hook.told().length, LONG).toBe(3);
    const [, , withdrawn] = hook.told();
    expect(withdrawn).toMatchObject({ event: 'withdrawn', image, subscriptions: ['ada'] });
    expect(withdrawn!.reasons.join(' ')).toContain('It has a hole.');
    expect(existsSync(first!.file)).toBe(false);
    const told = await runCommand(['site', 'subscriptions', '--site', address], ada);
    expect([told.code, told.out]).toEqual([0, expect.stringMatching(/denied.*It has a hole\./)]);
    const metrics = await (await fetch(`http://${address}/metrics`)).text();
    expect(metrics).toContain('vouch_site_notices_total{event="withdrawn"} 1');
  });

  it('follows a tag: the image before stays until the new one is here, and then goes', async () => {
    const old = await endorse('old.img', randomBytes(1000), '--tag', 'debian-13');
    const hook = await writeHook('tag');
    const on = { allowed: [hook.path], withdrawn: [hook.path] };
    const document = { subscriptions: 1, images: [{ name: 'debian', endorser: ADA, tag: 'debian-13' }], on };
    const address = await serveSite('tag', document);
    await expect.poll(() => stateOf(address, old), LONG).toBe('here');
    const next = await endorse('next.img', randomBytes(1000), '--tag', 'debian-13');
    await expect
      .poll(() => hook.told().map(({ event, image }) => [event, image]), LONG)
      .toEqual([
        ['allowed', old],
        ['allowed', next],
        ['withdrawn', old],
      ]);
    expect(hook.told()[2]!.reasons.join(' ')).toContain(`debian keeps one image; stated later: ${next}`);
  });

  it('follows a question, and what the document asks for when it is written anew', async () => {
    const image = await endorse('asked.img', randomBytes(1000), '--title', 'Asked for');
    const hook = await writeHook('ask');
    const ask = 'PREFIX dcterms: <http://purl.org/dc/terms/> ASK { ?s dcterms:title ?t FILTER(STR(?t) = "Asked for") }';
    const document = { subscriptions: 1, images: [{ name: 'asked', ask }], on: { withdrawn: [hook.path] } };
    const address = await serveSite('ask', document);
    await expect.poll(() => stateOf(address, image), LONG).toBe('here');
    expect((await statusOf(address)).images).toHaveLength(1);
    const other = { ...document, images: [{ name: 'nothing', ask: 'ASK { ?s <urn:x-nothing> ?o }' }] };
    await writeFile(join(marketplace.path, 'ask.yaml'), JSON.stringify(other));
    await expect
      .poll(() => hook.told().map(({ reasons }) => reasons), LONG)
      .toEqual([['No subscription asks for it any more.']]);
    expect(await stateOf(address, image)).toBe('unfollowed');
  });

  it('tells again what nobody took before it was killed, under the same id, and nothing that was taken', async () => {
    const gate = join(marketplace.path, 'gate');
    const image = await endorse('killed.img', randomBytes(1000), '--tag', 'killed');
    const hook = await writeHook('killed', `test -e '${gate}' || exec sleep 30`);
    const images = [{ name: 'killed', endorser: ADA, tag: 'killed' }];
    const address = await serveSite('killed', { subscriptions: 1, images, on: { allowed: [hook.path] } });
    await expect.poll(() => hook.told().length, LONG).toBe(1);
    expect(await stateOf(address, image)).toBe('here');
    for (const child of children.splice(0)) await end(child, 'SIGKILL');
    await writeFile(gate, '');
    const again = await startSite('killed');
    await expect.poll(async () => (await statusOf(again)).told.allowed, LONG).toBe(1);
    const ids = hook.told().map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    for (const child of children.splice(0)) await end(child, 'SIGKILL');
    const last = await startSite('killed');
    await expect.poll(() => stateOf(last, image), LONG).toBe('here');
    await expect.poll(async () => (await fetch(`http://${last}/health/ready`)).status, LONG).toBe(200);
    expect(hook.told()).toHaveLength(2);
  });

  it('goes on from what was fetched when it is killed in the middle, and gives each image one event', async () => {
    const bytes = randomBytes(300_000);
    let answers = 0;
    const slow = createServer((request, response) => {
      answers += 1;
      const [, digits] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
      const from = Number(digits ?? 0);
      const head = { 'Content-Length': bytes.length - from };
      if (digits === undefined) response.writeHead(200, head);
      else response.writeHead(206, { ...head, 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
      // The first answer stops in the middle and never ends.
      if (answers === 1) response.write(bytes.subarray(0, 200_000));
      else response.end(bytes.subarray(from));
    });
    slow.listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const location = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/slow`;
    const image = await endorse('slow.img', bytes, '--tag', 'slow', '--location', location);
    images.delete('/slow.img');
    const hook = await writeHook('slow');
    const followed = [{ name: 'slow', endorser: ADA, tag: 'slow' }];
    await serveSite('slow', { subscriptions: 1, images: followed, on: { allowed: [hook.path] } });
    await expect.poll(() => answers, LONG).toBe(1);
    for (const child of children.splice(0)) await end(child, 'SIGKILL');
    const again = await startSite('slow');
    await expect.poll(() => stateOf(again, image), LONG).toBe('here');
    await expect.poll(() => hook.told().length, LONG).toBe(1);
    expect(sha256(hook.told()[0]!.file)).toBe(createHash('sha256').update(bytes).digest('hex'));
    slow.closeAllConnections();
    slow.close();
  });

  it('answers nobody on loopback who asks it by another name', async () => {
    const address = await serveSite('named', { subscriptions: 1, images: [{ name: 'ada', endorser: ADA }] });
    const [host = '', port = ''] = address.split(':');
    const ask = (name: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(port), host, () => {
          socket.write(`GET /health/live HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
        });
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk.toString();
        });
        socket.on('close', () => resolve(text.split('\r\n')[0]!));
      });
    expect(await ask(`rebound.example.org:${port}`)).toContain('421');
    for (const name of [address, `localhost:${port}`, `[::1]:${port}`]) expect(await ask(name)).toContain('200');
  });

  it.each([
    [
      { subscriptions: 1, images: [{ name: 'a', ask: 'SELECT * { ?s ?p ?o }' }] },
      /images\[0\]\.ask: A policy asks with ASK/,
    ],
    [{ subscriptions: 1, images: [{ name: 'a', tag: 'x', ask: 'ASK {}' }] }, /tag/],
    [
      { subscriptions: 1, images: [{ name: 'a', endorser: { email: 'a@b.c' } }] },
      /any authority may certify an address/,
    ],
    [{ subscriptions: 1, images: [{ name: 'a', endorser: ADA }], on: { gone: ['x'] } }, /there is no "gone" here/],
  ])('says what is wrong with %j', async (document, message) => {
    const file = join(marketplace.path, 'wrong.yaml');
    await writeFile(file, JSON.stringify(document));
    const checked = await runCommand(['site', 'subscriptions', '--check', file], ada);
    expect([checked.code, checked.out]).toEqual([1, expect.stringMatching(message)]);
    const words = ['site', 'serve', '--url', marketplace.url, '--trust', marketplace.trust, '--policy', policy];
    const state = ['--state', join(marketplace.path, 'wrong'), '--trust-first'];
    const { code, err } = await runCommand([...words, ...state, '--subscriptions', file], ada);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});
