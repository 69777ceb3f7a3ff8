import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runRegistry } from '../../src/cli/run-registry.ts';
import { findFreePort, type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { runCommand } from './run-command.ts';

const PROGRAM = new URL('../../dist/cli/main.js', import.meta.url).pathname;

let marketplace: Marketplace;
let ada: Person;
let policy = '';
let image = '';
const children: ChildProcess[] = [];

beforeAll(async () => {
  marketplace = await openMarketplace();
  ada = await marketplace.person('ada');
  policy = join(marketplace.path, 'site.yaml');
  await writeFile(policy, 'policy: 1\nrules:\n  - endorsers: { allow: anyone }\n');
  const disk = join(marketplace.path, 'disk.img');
  await writeFile(disk, 'an image');
  for (const words of [
    ['describe', disk, '--os', 'debian', '--location', 'https://images.example.org/disk.img', '-o', `${disk}.draft`],
    ['sign', `${disk}.draft`, '-o', `${disk}.xml`],
    ['upload', `${disk}.xml`],
  ]) {
    const { code, out, err } = await runCommand(words, ada);
    expect([words[0], code, err]).toEqual([words[0], 0, expect.any(String)]);
    if (words[0] === 'upload') image = new URL(out.trim()).pathname.split('/')[2]!;
  }
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});
afterAll(async () => {
  await marketplace.running[Symbol.asyncDispose]();
  await rm(marketplace.path, { recursive: true, force: true });
});

/** Starts the daemon as a process of its own; gives its address once it answers. */
async function serveSite(state: string, url: string, ...words: string[]): Promise<string> {
  const port = await findFreePort();
  const listen = `127.0.0.1:${port}`;
  const child = spawn(
    process.execPath,
    [
      ...[PROGRAM, 'site', 'serve', '--url', url, '--trust', marketplace.trust, '--policy', policy, '--every', '0.2'],
      ...['--listen', listen, '--state', join(marketplace.path, state), ...words],
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
  return `http://${listen}`;
}

interface Told {
  readonly outcome: string;
  readonly reasons: readonly { readonly message: string; readonly outcome: string }[];
  readonly log: readonly { readonly notice?: string; readonly fault?: string }[];
}

async function decide(address: string, which = image): Promise<Told> {
  return (await (await fetch(`${address}/policy/decide/${which}`)).json()) as Told;
}

const ready = async (address: string): Promise<number> => (await fetch(`${address}/health/ready`)).status;

/** A registry in front of the real one, which can be told to go away, to hang, to show an old checkpoint, or another registry. */
async function openProxy() {
  let behaviour: 'honest' | 'silent' | 'old' = 'honest';
  let old = '';
  let url = marketplace.url;
  const server = createServer(async (incoming, outgoing) => {
    if (behaviour === 'silent') return;
    const isCheckpoint = incoming.url === '/log/checkpoint';
    const reply = await fetch(`${url}${incoming.url}`, { headers: { 'Accept-Encoding': 'identity' } });
    const body = Buffer.from(await reply.arrayBuffer());
    outgoing.writeHead(reply.status);
    outgoing.end(isCheckpoint && behaviour === 'old' ? old : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keepCheckpoint: async () => {
      old = await (await fetch(`${marketplace.url}/log/checkpoint`)).text();
    },
    become: (next: typeof behaviour) => {
      behaviour = next;
    },
    /** From now on it shows what is at another address. */
    lead: (to: string) => {
      url = to;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('vouch site serve', () => {
  it('decides from its copy while the registry shows an old state, hangs and is gone, and after a restart', async () => {
    const proxy = await openProxy();
    const address = await serveSite('one', proxy.url, '--trust-first');
    await expect.poll(() => ready(address), { timeout: 60_000 }).toBe(200);
    expect((await decide(address)).outcome).toBe('allow');
    await proxy.keepCheckpoint();
    const deprecated = await runCommand(['deprecate', image, '--reason', 'It has a hole.'], ada);
    expect(deprecated.code, deprecated.err).toBe(0);
    await expect.poll(async () => (await decide(address)).outcome, { timeout: 60_000 }).toBe('deny');
    for (const [behaviour, notice] of [
      ['old', /[Rr]ollback/],
      ['silent', /did not give its answer|Decided from the copy/],
    ] as const) {
      proxy.become(behaviour);
      if (behaviour === 'old') {
        await expect.poll(async () => (await decide(address)).log[0]?.notice, { timeout: 60_000 }).toMatch(notice);
      }
      const told = await decide(address);
      expect(told.outcome).toBe('deny');
      expect(told.reasons.some(({ message }) => message.includes('It has a hole.'))).toBe(true);
    }
    proxy.close();
    expect((await decide(address)).outcome).toBe('deny');
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
    const again = await serveSite('one', proxy.url);
    const told = await decide(again);
    expect([told.outcome, told.log[0]?.fault]).toEqual(['deny', undefined]);
    expect(told.reasons.some(({ message }) => message.includes('It has a hole.'))).toBe(true);
  });

  it('takes a new policy as it is written, and keeps the old one while the new is none', async () => {
    const address = await serveSite('two', marketplace.url, '--trust-first');
    await expect.poll(() => ready(address), { timeout: 60_000 }).toBe(200);
    await writeFile(policy, 'policy: 1\nname: later\nrules:\n  - endorsers: { allow: [{ issuer: "CN=Nobody" }] }\n');
    const messages = async () => (await decide(address)).reasons.map(({ message }) => message).join(' ');
    await expect.poll(messages, { timeout: 60_000 }).toMatch(/none of the endorsers this policy allows/);
    await writeFile(policy, 'policy: [');
    expect(await messages()).toMatch(/none of the endorsers this policy allows/);
    await writeFile(policy, 'policy: 1\nrules:\n  - endorsers: { allow: anyone }\n');
    await expect.poll(messages, { timeout: 60_000 }).toMatch(/ada@example\.org is an endorser this policy allows/);
  });

  it('decides by the other registry, as far as the policy says, when one shows two histories', async () => {
    await using other = await openMarketplace();
    const ben = await other.person('ben');
    const sign = async (name: string, person: Person): Promise<string> => {
      const disk = join(other.path, name);
      await writeFile(disk, `the image ${name}`);
      const words = ['describe', disk, '--location', `https://images.example.org/${name}`, '-o', `${disk}.draft`];
      expect((await runCommand(words, person)).code).toBe(0);
      expect((await runCommand(['sign', `${disk}.draft`, '-o', `${disk}.xml`], person)).code).toBe(0);
      const { out, err } = await runCommand(['upload', `${disk}.xml`], person);
      expect(err).toContain('accepted');
      return new URL(out.trim()).pathname.split('/')[2]!;
    };
    const [theirs, own] = [await sign('theirs.img', ada), await sign('own.img', ben)];
    await copyFile(join(marketplace.trust, 'ca.pem'), join(other.trust, 'first.pem'));
    // The same key signs a second history.
    const directory = join(other.path, 'second');
    await mkdir(directory, { recursive: true });
    const key = 'log.key';
    await copyFile(join(marketplace.path, 'registry', key), join(directory, key));
    const port = await findFreePort();
    const settings = {
      directory,
      baseUrl: marketplace.url,
      trust: { mode: 'anchors', directory: marketplace.trust },
    } as const;
    const lying = `http://127.0.0.1:${port}`;
    await using _liar = await runRegistry(settings, { host: '127.0.0.1', port });
    const lied = { ...ada, env: { ...ada.env, VOUCH_URL: lying } };
    // Longer than the first: a shorter one would only be an old state of it.
    for (let lie = 0; lie < 5; lie += 1) await sign(`lie-${lie}.img`, lied);
    const proxy = await openProxy();
    const site = join(other.path, 'site.yaml');
    const faults = (setting: string) =>
      writeFile(site, `policy: 1\nlogFaults: ${setting}\nrules:\n  - endorsers: { allow: anyone }\n`);
    await faults('deny-all');
    const words = ['--url', other.url, '--trust-first', '--trust', other.trust, '--policy', site];
    const address = await serveSite('fork', proxy.url, ...words);
    const outcomes = async () => [(await decide(address, theirs)).outcome, (await decide(address, own)).outcome];
    await expect.poll(() => ready(address), { timeout: 60_000 }).toBe(200);
    expect(await outcomes()).toEqual(['allow', 'allow']);
    proxy.lead(lying);
    await expect.poll(outcomes, { timeout: 60_000 }).toEqual(['deny', 'deny']);
    const told = (decision: Told) => decision.reasons.map(({ message }) => message).join(' ');
    expect(told(await decide(address, own))).toMatch(/[Ff]ork/);
    expect(await ready(address)).toBe(503);
    await faults('deny-own');
    await expect.poll(outcomes, { timeout: 60_000 }).toEqual(['deny', 'allow']);
    expect(told(await decide(address, own))).toMatch(/[Ff]ork.*says nothing about the image: the others decide/);
    expect(await ready(address)).toBe(200);
    await faults('set-aside');
    await expect
      .poll(async () => told(await decide(address, theirs)), { timeout: 60_000 })
      .toContain('cannot be believed now');
    expect(await outcomes()).toEqual(['deny', 'allow']);
    proxy.close();
  });

  it('follows no log twice: a registry may pass another one off as its own', async () => {
    const proxy = await openProxy();
    const words = ['--url', marketplace.url, proxy.url, '--trust-first', '--listen', '127.0.0.1:0'];
    const base = ['site', 'serve', '--trust', marketplace.trust, '--policy', policy];
    const state = join(marketplace.path, 'twice');
    const { code, err } = await runCommand([...base, ...words, '--state', state], ada);
    proxy.close();
    expect([code, err]).toEqual([2, expect.stringMatching(/Two of the registries show the same log/)]);
  });

  it.each([
    [['--trust', 'any'], /--trust must name a directory/],
    [['--listen', 'nowhere'], /must be HOST:PORT or unix/],
    [['--every', 'often'], /--every is "often"; it must be a number/],
  ])('says what is wrong with %j', async (words, message) => {
    const base = ['site', 'serve', '--url', marketplace.url, '--trust', marketplace.trust, '--policy', policy];
    const { code, err } = await runCommand([...base, ...words], ada);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});
