import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { type CommandResult, runCommand } from './run-command.ts';

let marketplace: Marketplace;
let ada: Person;
let image = '';
let policy = '';
let isStopped = false;

beforeAll(async () => {
  marketplace = await openMarketplace();
  ada = await marketplace.person('ada');
  const disk = join(marketplace.path, 'disk.img');
  await writeFile(disk, 'an image');
  policy = join(marketplace.path, 'site.yaml');
  await writeFile(
    policy,
    'policy: 1\nname: ours\nrules:\n  - endorsers: { allow: [{ issuer: "CN=Test CA,O=Test" }] }\n',
  );
  const draft = join(marketplace.path, 'draft.xml');
  const entry = join(marketplace.path, 'entry.xml');
  const location = pathToFileURL(disk).href;
  for (const words of [
    [
      'describe',
      disk,
      '--os',
      'debian',
      '--os-version',
      '13',
      '--os-arch',
      'x86_64',
      '--location',
      location,
      '-o',
      draft,
    ],
    ['sign', draft, '-o', entry],
    ['upload', entry, '--to', marketplace.url],
  ]) {
    const { code, err } = await runCommand(words, { env: { HOME: marketplace.path, ...ada.env } });
    expect([words[0], code, err]).toEqual([words[0], 0, expect.any(String)]);
  }
  image = disk;
});
afterAll(async () => {
  if (!isStopped) await marketplace[Symbol.asyncDispose]();
  await rm(marketplace.path, { recursive: true, force: true });
});

const check = (words: readonly string[] = []): Promise<CommandResult> =>
  runCommand(
    ['policy', 'check', image, '--trust', marketplace.trust, '--state', join(marketplace.path, 'state'), ...words],
    {
      env: { HOME: marketplace.path, VOUCH_URL: marketplace.url, VOUCH_POLICY: policy },
    },
  );

describe('vouch policy check', () => {
  it('asks whose log it is to believe before anything else', async () => {
    const { code, err } = await check();
    expect(code).toBe(2);
    expect(err).toMatch(/its key is not known: give --log-key, or --trust-first/);
  });

  it('allows what the policy keeps, in words and for programs', async () => {
    const { code, out } = await check(['--trust-first', '--explain']);
    expect(code).toBe(0);
    expect(out).toMatch(/^allow: [A-Za-z0-9_-]{27}\n {2}launch from the statement of ada@example.org/);
    expect(out).toMatch(
      /kept by endorsers\.allow \[ada@example\.org .*\]: ada@example\.org is an endorser this policy allows\./,
    );
    expect(out).toMatch(/log: .*, 2 records, synced, seen at /);
    const json = JSON.parse((await check(['--json'])).out);
    expect(json).toMatchObject({
      outcome: 'allow',
      entry: { email: 'ada@example.org', index: 1, locations: [pathToFileURL(image).href] },
      policy: { name: 'ours', digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it('downloads what it allows, once, and keeps it', async () => {
    const state = ['--state', join(marketplace.path, 'state'), '--cache', join(marketplace.path, 'store')];
    const output = join(marketplace.path, 'fetched.img');
    const fetched = (...words: string[]) =>
      runCommand(['download', image, '-o', output, '--trust', marketplace.trust, ...state, ...words], {
        env: { HOME: marketplace.path, VOUCH_URL: marketplace.url, VOUCH_POLICY: policy },
      });
    const refused = await fetched();
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/--allow-files names no directory/)]);
    const denied = await fetched('--at', '2020-01-01T00:00:00Z');
    expect([denied.code, denied.out]).toEqual([1, expect.stringContaining('deny: ')]);
    const done = await fetched('--allow-files', marketplace.path);
    expect(done).toMatchObject({ code: 0, out: `${output}\n`, err: expect.stringContaining('all 4 checksums hold') });
    expect(await readFile(output, 'utf8')).toBe('an image');
    const again = await fetched();
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining('It is in the cache') });
    const cached = (...words: string[]) => runCommand(['cache', ...words, ...state.slice(2)]);
    expect((await cached('list')).out).toMatch(/8 bytes .*sha-256-/);
    expect((await cached('verify')).err).toContain('All 1 images are what they were.');
    expect((await cached('prune')).code).toBe(2);
    expect((await cached('prune', '--most', '1')).out).toContain('sha-256-');
    expect((await cached('list')).err).toContain('The cache is empty.');
  });

  it('says what it would have decided before', async () => {
    const { code, out } = await check(['--at', '2020-01-01T00:00:00Z']);
    expect([code, out]).toEqual([1, expect.stringContaining('Nothing is said about the image')]);
  });

  it('denies without a policy, and with one that is none', async () => {
    const none = await runCommand(['policy', 'check', image, '--trust', marketplace.trust], {
      env: { HOME: marketplace.path, VOUCH_URL: marketplace.url },
    });
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('Without one nothing may run.')]);
    const broken = join(marketplace.path, 'broken.yaml');
    await writeFile(broken, 'policy: 1\nrules:\n  - valid: {}\n');
    const lax = await check(['--policy', broken]);
    expect([lax.code, lax.err]).toEqual([
      2,
      expect.stringMatching(/broken\.yaml, line 2: rules: it does not say whom/),
    ]);
  });

  it('tells why not, and what would have to be true', async () => {
    const deprecated = await runCommand(['deprecate', image, '--reason', 'It has a hole.'], {
      env: { HOME: marketplace.path, VOUCH_URL: marketplace.url, ...ada.env },
    });
    expect(deprecated.code).toBe(0);
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(out).toMatch(/^deny: /);
    expect(out).toMatch(/rejected by deprecation \[.*\]: ada@example\.org withdrew the image at .*: It has a hole\./);
    expect(out).toContain('to allow it: somebody who has not withdrawn the image endorses it');
  });

  it('goes on from its copy when the registry is gone, and stops when the grace is over', async () => {
    await marketplace.running[Symbol.asyncDispose]();
    isStopped = true;
    const graced = await check(['--json']);
    expect(graced.code).toBe(1);
    expect(JSON.parse(graced.out).log[0].notice).toMatch(/cannot be reached/);
    expect(JSON.parse(graced.out).reasons.some(({ message }: { message: string }) => message.includes('a hole'))).toBe(
      true,
    );
    const late = await check(['--grace', '0']);
    expect([late.code, late.out]).toEqual([1, expect.stringContaining('longer ago than the grace allows')]);
    const offline = await check(['--offline']);
    expect([offline.code, offline.out]).toEqual([1, expect.stringContaining('It has a hole.')]);
  });
});
