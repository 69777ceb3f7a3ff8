import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeToken, TokenFile } from '../../src/server/token-file.ts';
import { findFreePort, type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { type CommandResult, runCommand } from './run-command.ts';

const PATIENCE_MS = 120_000;
const ours = makeToken();
const readers = makeToken();

let tokens: string;
let marketplace: Marketplace;
let ada: Person;
let policy: string;
let image: string;

beforeAll(async () => {
  tokens = mkdtempSync(join(tmpdir(), 'vouch-tokens-'));
  writeFileSync(join(tokens, 'tokens'), `cloud-a site ${ours.sha256}\njane reader ${readers.sha256}\n`);
  const gate = {
    mode: 'public',
    tokens: new TokenFile(join(tokens, 'tokens')),
    readers: [],
    administrators: [],
  } as const;
  marketplace = await openMarketplace({}, { usage: { keepDays: 365 }, siteNames: 'readers', gate });
  ada = await marketplace.person('ada');
  policy = join(marketplace.path, 'site.yaml');
  await writeFile(policy, 'policy: 1\nrules:\n  - endorsers: { allow: anyone }\n');
  const disk = join(marketplace.path, 'disk.img');
  await writeFile(disk, 'an image');
  for (const words of [
    ['describe', disk, '--os', 'debian', '--location', pathToFileURL(disk).href, '-o', `${disk}.draft`],
    ['sign', `${disk}.draft`, '-o', `${disk}.xml`],
    ['upload', `${disk}.xml`],
  ]) {
    const { code, out, err } = await runCommand(words, ada);
    expect([words[0], code, err]).toEqual([words[0], 0, expect.any(String)]);
    if (words[0] === 'upload') image = new URL(out.trim()).pathname.split('/')[2]!;
  }
}, PATIENCE_MS);
afterAll(async () => {
  await marketplace.running[Symbol.asyncDispose]();
  await rm(marketplace.path, { recursive: true, force: true });
  rmSync(tokens, { recursive: true });
});

function run(
  state: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const common = ['--policy', policy, '--trust-first', '--state', join(marketplace.path, state)];
  return runCommand([...words, ...common], { env: { ...ada.env, VOUCH_TOKEN: ours.token, ...env } });
}

async function useOf(): Promise<{ readonly total: Readonly<Record<string, number>>; readonly sites: number }> {
  const reply = await fetch(`${marketplace.url}/usage/images/${image}`);
  expect(reply.status).toBe(200);
  return (await reply.json()) as Awaited<ReturnType<typeof useOf>>;
}

function filesOf(state: string): string[] {
  const files = readdirSync(join(marketplace.path, state), { recursive: true }).map(String);
  return files.filter((file) => /\buse\/[^/]*\.json$/.test(file));
}

describe('a site that reports its use', () => {
  test('does so only when its operator says so', async () => {
    for (const env of [{}, { VOUCH_REPORT: 'off' }]) {
      expect((await run('silent', ['policy', 'check', image], env)).code).toBe(0);
    }
    expect(filesOf('silent')).toEqual([]);
    expect((await useOf()).total).toMatchObject({ allowed: 0, denied: 0, downloaded: 0 });
  });

  test('tells of decisions and downloads, each once, under the name it chose', async () => {
    const first = await run('one', ['policy', 'check', image, '--report', 'Cloud A']);
    expect([first.code, first.err]).toEqual([0, expect.not.stringContaining('not reported')]);
    expect(await useOf()).toMatchObject({ sites: 1, total: { allowed: 1, denied: 0, downloaded: 0 } });
    // Within the quarter of an hour it waits on this machine.
    const target = join(marketplace.path, 'out.img');
    const words = [
      'download',
      image,
      '-o',
      target,
      '--allow-files',
      marketplace.path,
      '--cache',
      join(marketplace.path, 'cache'),
    ];
    expect((await run('one', words, { VOUCH_REPORT: 'Cloud A' })).code).toBe(0);
    expect((await run('one', words, { VOUCH_REPORT: 'Cloud A' })).code).toBe(0);
    expect((await useOf()).total.allowed).toBe(1);
    const [file] = filesOf('one');
    expect(JSON.parse(readFileSync(join(marketplace.path, 'one', file!), 'utf8'))).toMatchObject({
      taken: 1,
      images: [[image, 3, 0, 1]],
    });
    rmSync(join(marketplace.path, 'one', file!.replace(/[^/]*$/, 'next')));
    const unknown = 'A'.repeat(27);
    expect((await run('one', ['policy', 'check', unknown], { VOUCH_REPORT: 'Cloud A' })).code).toBe(1);
    expect((await useOf()).total).toMatchObject({ allowed: 3, denied: 0, downloaded: 1 });
    // That somebody asked for an image of which the registry knows nothing stays here.
    expect(readFileSync(join(marketplace.path, 'one', file!), 'utf8')).not.toContain(unknown);
  });

  test('is not kept from deciding by a registry that takes nothing, and says why', async () => {
    const refused = await run('two', ['policy', 'check', image], {
      VOUCH_REPORT: 'unnamed',
      VOUCH_TOKEN: readers.token,
    });
    expect(refused.code).toBe(0);
    expect(refused.err).toMatch(/Use is not reported: A receipt needs the token of a site .* It is tried again\./);
    expect(filesOf('two')).toHaveLength(1);
    const without = await run('three', ['policy', 'check', image], { VOUCH_REPORT: 'unnamed', VOUCH_TOKEN: '' });
    expect([without.code, without.err]).toEqual([
      0,
      expect.stringMatching(/--report needs a token of http.*--role site/),
    ]);
    const wrong = await run('three', ['policy', 'check', image, '--report', 'a\nb']);
    expect([wrong.code, wrong.err]).toEqual([0, expect.stringContaining('--report must be a name')]);
  });

  test(
    'counts as a daemon what it is asked, and has it on disk when it ends',
    async () => {
      const port = await findFreePort();
      const ending = new AbortController();
      const state = join(marketplace.path, 'daemon');
      const words = [
        'site',
        'serve',
        '--policy',
        policy,
        '--trust-first',
        '--state',
        state,
        '--listen',
        `127.0.0.1:${port}`,
      ];
      const env = { ...ada.env, VOUCH_TOKEN: ours.token, VOUCH_REPORT: 'unnamed' };
      const running = runCommand(words, { env, signal: ending.signal });
      const statusOf = async (path: string) =>
        (await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined))?.status;
      await expect.poll(() => statusOf('/health/ready'), { timeout: 60_000 }).toBe(200);
      for (let time = 0; time < 3; time++) expect(await statusOf(`/policy/decide/${image}`)).toBe(200);
      expect(await statusOf(`/policy/decide/${'A'.repeat(27)}`)).toBe(200);
      ending.abort();
      expect((await running).code).toBe(0);
      const [file] = filesOf('daemon');
      expect(JSON.parse(readFileSync(join(state, file!), 'utf8'))).toMatchObject({ images: [[image, 3, 0, 0]] });
      const env2 = { ...ada.env, VOUCH_TOKEN: '', VOUCH_REPORT: 'unnamed' };
      const refused = await runCommand(words, { env: env2 });
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('--report needs a token')]);
    },
    PATIENCE_MS,
  );
});
