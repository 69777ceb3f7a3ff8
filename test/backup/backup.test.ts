import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningRegistry, runRegistry } from '../../src/cli/run-registry.ts';
import { runCommand } from '../cli/run-command.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { BASE_URL, makePlace, type RegistryPlace } from '../registry/world.ts';

let place: RegistryPlace;
let ada: TestEndorser;
let data: string;
let backup: string;
let restored: string;

beforeEach(async () => {
  place = await makePlace();
  ada = await makeEndorser(place.authority, 'ada');
  data = join(place.directory, 'data');
  backup = join(place.directory, 'backup');
  restored = join(place.directory, 'restored');
});
afterEach(() => place.remove());

function run(directory = data): Promise<RunningRegistry> {
  const trust = { mode: 'anchors', directory: join(place.directory, 'trust') } as const;
  return runRegistry({ directory, baseUrl: BASE_URL, trust, now: () => NOW }, { host: '127.0.0.1', port: 0 });
}

async function fill(registry: Pick<RunningRegistry['registry'], 'submit'>, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number++) {
    const submission = await registry.submit(await makeEntry(ada, describeImage(`image ${number}`)));
    expect(submission.outcome).toBe('accepted');
  }
}

const segmentBytes = (): number =>
  readdirSync(join(backup, 'log')).reduce((sum, name) => sum + statSync(join(backup, 'log', name)).size, 0);
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

describe('vouch backup and restore', () => {
  it('copies a registry while it takes entries, and what is restored has its records, receipts and answers', async () => {
    const running = await run();
    const { registry } = running;
    await fill(registry, 0, 5);
    const load = fill(registry, 5, 15);
    const first = await runCommand(['backup', backup, '--data', data, '--with-keys']);
    expect(first).toMatchObject({ code: 0, err: expect.stringMatching(/records are in the backup and verified/) });
    await load;
    const second = await runCommand(['backup', backup, '--data', data, '--with-keys', '--json']);
    expect(JSON.parse(second.out)).toMatchObject({ origin: 'registry.test/log', size: 16, hasKeys: true });
    const [note, receipts] = [
      registry.log.checkpointNote(),
      [await registry.log.receipt(3), await registry.log.receipt(15)],
    ];
    const entries = await registry.catalog.list({}, NOW, { limit: 100 });
    await running[Symbol.asyncDispose]();

    const restoring = await runCommand(['restore', backup, '--data', restored]);
    expect(restoring).toMatchObject({ code: 0, err: expect.stringContaining('takes no entries until') });
    expect(await runCommand(['log', 'audit', restored])).toMatchObject({ code: 0 });
    const again = await run(restored);
    expect(again.registry.log.checkpointNote()).toBe(note);
    expect([await again.registry.log.receipt(3), await again.registry.log.receipt(15)]).toEqual(receipts);
    expect((await again.registry.catalog.list({}, NOW, { limit: 100 })).entries).toEqual(entries.entries);
    await again[Symbol.asyncDispose]();
  });

  it('writes nothing but what is new', async () => {
    const registry = await place.open();
    await fill(registry, 0, 12);
    await registry.close();
    expect(await runCommand(['backup', backup, '--data', data])).toMatchObject({ code: 0 });
    const whole = segmentBytes();
    const again = await runCommand(['backup', backup, '--data', data, '--json']);
    expect(JSON.parse(again.out)).toMatchObject({ records: 0, bytes: 0, size: 13 });
    expect(segmentBytes()).toBe(whole);
    const before = readJson(join(backup, 'manifest.json')).segments;

    const more = await place.open();
    await fill(more, 12, 13);
    await more.close();
    const third = await runCommand(['backup', backup, '--data', data, '--json']);
    const { records, bytes } = JSON.parse(third.out) as { records: number; bytes: number };
    expect(records).toBe(1);
    expect(segmentBytes()).toBe(whole + bytes);
    // Certificates and the trust snapshot are there already.
    expect(bytes).toBeLessThan((2 * whole) / 12);
    expect(readJson(join(backup, 'manifest.json')).segments.slice(0, 1)).toEqual(before);
  });

  it('survives SIGKILL at every step: the backup is the one before, and the next run completes it', async () => {
    const registry = await place.open();
    await fill(registry, 0, 3);
    await registry.close();
    expect(await runCommand(['backup', backup, '--data', data, '--with-keys'])).toMatchObject({ code: 0 });
    const more = await place.open();
    await fill(more, 3, 6);
    await more.close();
    const manifest = readFileSync(join(backup, 'manifest.json'), 'utf8');
    let isDead = true;
    for (let call = 1; isDead; call += 2) {
      const copy = join(place.directory, `killed-${call}`);
      cpSync(backup, copy, { recursive: true });
      try {
        execFileSync(process.execPath, ['test/backup/dying-backup.mjs', data, copy, String(call)], { stdio: 'pipe' });
        isDead = false;
        expect(call).toBeGreaterThan(6);
      } catch (thrown) {
        expect(thrown).toMatchObject({ signal: 'SIGKILL' });
        expect(readFileSync(join(copy, 'manifest.json'), 'utf8')).toBe(manifest);
        const target = `${copy}-data`;
        if (call % 3 === 0) expect(await runCommand(['restore', copy, '--data', target])).toMatchObject({ code: 0 });
        const next = await runCommand(['backup', copy, '--data', data, '--with-keys', '--json']);
        expect(JSON.parse(next.out)).toMatchObject({ size: 7, records: 3 });
        expect(readdirSync(join(copy, 'log'))).toHaveLength(2);
      }
      rmSync(copy, { recursive: true });
    }
  }, 120_000);

  it('has private keys only if they are asked for, and never what a witness or mirror signed', async () => {
    const registry = await place.open();
    await registry.close();
    for (const name of ['witness.key', 'mirror.key']) writeFileSync(join(data, name), 'secret');
    expect(await runCommand(['backup', backup, '--data', data])).toMatchObject({
      code: 0,
      err: expect.stringContaining('keep log.key elsewhere'),
    });
    const paths = (): string[] =>
      readJson(join(backup, 'manifest.json')).files.map(({ path }: { path: string }) => path);
    expect(paths().filter((path) => path.endsWith('.key'))).toEqual([]);
    await runCommand(['backup', backup, '--data', data, '--with-keys']);
    expect(paths().filter((path) => path.endsWith('.key'))).toEqual(['log.key']);
    // Without them the bytes of a key that was in once are gone too.
    await runCommand(['backup', backup, '--data', data]);
    const secret = readFileSync(join(data, 'log.key'), 'utf8');
    for (const name of readdirSync(join(backup, 'files'))) {
      expect(readFileSync(join(backup, 'files', name), 'utf8')).not.toBe(secret);
    }
  });

  it('refuses a damaged backup, another log, an older data directory, and a place where something is', async () => {
    const registry = await place.open();
    await fill(registry, 0, 3);
    await registry.close();
    const old = join(place.directory, 'old');
    cpSync(data, old, { recursive: true });
    const more = await place.open();
    await fill(more, 3, 4);
    await more.close();
    await runCommand(['backup', backup, '--data', data, '--with-keys']);
    expect(await runCommand(['restore', backup, '--data', data])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not empty'),
    });
    expect(await runCommand(['backup', backup, '--data', old])).toMatchObject({
      code: 70,
      err: expect.stringContaining('older than its backup'),
    });
    const [segment] = readdirSync(join(backup, 'log'));
    const bytes = readFileSync(join(backup, 'log', segment!));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(join(backup, 'log', segment!), bytes);
    for (const command of [
      ['restore', backup, '--data', restored],
      ['backup', backup, '--data', data],
    ]) {
      const { code, err } = await runCommand(command);
      expect([code, err]).toEqual([70, expect.stringMatching(/damaged|not what was written|no well-formed/)]);
    }
    expect(existsSync(restored)).toBe(false);
    expect(readdirSync(place.directory).filter((name) => name.includes('restoring'))).toEqual([]);
    rmSync(join(old, 'log.key'));
    const other = await makePlace();
    await (await other.open({ origin: 'other.test/log' })).close();
    const mixed = await runCommand(['backup', backup, '--data', join(other.directory, 'data')]);
    expect(mixed).toMatchObject({ code: 2, err: expect.stringContaining('is of the log registry.test/log') });
    other.remove();
  });
});

describe('a restored registry', () => {
  beforeEach(async () => {
    const registry = await place.open();
    await fill(registry, 0, 2);
    await registry.close();
    await runCommand(['backup', backup, '--data', data, '--with-keys']);
    await runCommand(['restore', backup, '--data', restored]);
  });

  it('signs nothing that could be a second history, until its operator says that nothing is missing', async () => {
    const held = await place.open({ directory: restored });
    expect(held.readOnlyReason).toMatch(/restored from a backup of .* with 3 records/);
    const entry = await makeEntry(ada, describeImage('late'));
    await expect(held.submit(entry)).rejects.toMatchObject({ code: 'read-only' });
    expect(held.log.size()).toBe(3);
    await held.close();
    expect(await runCommand(['restore', '--resume', '--data', restored])).toMatchObject({ code: 0 });
    const going = await place.open({ directory: restored });
    expect(await going.submit(entry)).toMatchObject({ outcome: 'accepted' });
    await going.close();
    expect(await runCommand(['restore', '--resume', '--data', restored])).toMatchObject({ code: 2 });
  });
});

describe('the format of a data directory', () => {
  it('is noted at the first start, given to older ones, and refused where it is newer', async () => {
    await (await place.open()).close();
    const file = join(data, 'format');
    expect(readFileSync(file, 'utf8')).toBe('vouch-data/1\n');
    rmSync(file);
    await (await place.open()).close();
    expect(readFileSync(file, 'utf8')).toBe('vouch-data/1\n');
    writeFileSync(file, 'vouch-data/2\n');
    await expect(place.open()).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('has format 2'),
    });
    for (const command of [
      ['log', 'audit', data],
      ['backup', backup, '--data', data],
    ]) {
      expect(await runCommand(command)).toMatchObject({
        code: 2,
        err: expect.stringContaining('use the newer program'),
      });
    }
    appendFileSync(file, 'x');
    await expect(place.open()).rejects.toMatchObject({ code: 'config' });
  });
});
