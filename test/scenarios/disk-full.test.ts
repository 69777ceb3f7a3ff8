import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { auditLog } from '../../src/log/audit.ts';
import { openLevelStore } from '../../src/log/level-store.ts';
import { openLogKey } from '../../src/log/log-key.ts';
import { runCommand } from '../cli/run-command.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';
import { type ServingProcess, startServing, writeConfiguration } from './serving.ts';

const isMountable = canMount();
const name = (what: string): string => (isMountable ? what : `${what} (needs the right to mount a tmpfs: run as root)`);
/** Makes each entry large whatever compresses it, so that few fill a disk. */
const toLong = (): string => randomBytes(15_000).toString('base64');

let place: RegistryPlace;
let data: string;
let ada: TestEndorser;
let serving: ServingProcess | undefined;
let mounted: string[];

beforeEach(async () => {
  place = await makePlace();
  data = join(place.directory, 'data');
  ada = await makeEndorser(place.authority, 'ada');
  mounted = [];
});
afterEach(async () => {
  await serving?.kill();
  serving = undefined;
  for (const directory of mounted) execFileSync('umount', ['--lazy', directory]);
  place.remove();
});

function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'vouch-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory], { stdio: 'ignore' });
    execFileSync('umount', [directory], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function mountDisk(directory: string, megabytes: number): void {
  mkdirSync(directory, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory]);
  mounted.push(directory);
}

function upload(url: string, bytes: Uint8Array): Promise<Response> {
  return fetch(`${url}/metadata`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/rdf+xml' },
    body: Buffer.from(bytes),
  });
}

async function expectReadable(url: string, locations: readonly string[]): Promise<void> {
  for (const location of locations) expect((await fetch(url + new URL(location).pathname)).status).toBe(200);
}

it.skipIf(!isMountable)(
  name('keeps what was acknowledged when the disk is full, goes on reading, and goes on taking once there is room'),
  async () => {
    mountDisk(data, 6);
    const configuration = writeConfiguration(place.directory);
    const createdAt = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
    serving = await startServing(configuration);
    const acknowledged: string[] = [];
    let refused: { bytes: Uint8Array; reply: Response } | undefined;
    for (let number = 0; number < 300 && refused === undefined; number++) {
      const bytes = await makeEntry(ada, describeImage(`full ${number}`, { description: toLong() }), { createdAt });
      const reply = await upload(serving.url, bytes);
      if (reply.status === 201) acknowledged.push(reply.headers.get('Location')!);
      else refused = { bytes, reply };
    }
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(refused!.reply.status).toBe(503);
    expect(await refused!.reply.text()).not.toContain(data);
    await expectReadable(serving.url, acknowledged);
    expect(await serving.stop()).toBe(0);

    await expect(startServing(configuration)).rejects.toThrow(/ended with 74: vouch: .*No space left on device/);

    execFileSync('mount', ['-o', 'remount,size=64m', data]);
    serving = await startServing(configuration);
    await expectReadable(serving.url, acknowledged);
    // It may have become durable before the disk was full: nobody was told.
    expect([200, 201]).toContain((await upload(serving.url, refused!.bytes)).status);
    expect(await serving.stop()).toBe(0);
    const store = await openLevelStore(join(data, 'log'));
    const key = await openLogKey(join(data, 'log.key'), 'registry.test/log');
    expect(await auditLog(store, key.verifier)).toEqual([]);
    await store.close();
  },
  180_000,
);

it.skipIf(!isMountable)(
  name('appends nothing more once the disk of its catalog is full, so that no entry comes in that is not the newest'),
  async () => {
    mountDisk(join(data, 'catalog'), 1);
    const registry = await place.open();
    const at = (second: number): Date => new Date(NOW.getTime() - 3_600_000 + second * 1_000);
    let failure: unknown;
    let number = 0;
    const entry = (second: number) =>
      makeEntry(ada, describeImage(`image ${number}`, { description: toLong() }), { createdAt: at(second) });
    for (; number < 100 && failure === undefined; number++) {
      const bytes = await entry(20);
      await registry.submit(bytes).catch((thrown: unknown) => {
        failure = thrown;
      });
    }
    number -= 1;
    expect(failure).toMatchObject({ code: 'storage' });
    const size = registry.log.size();
    expect((await registry.catalog.counts()).entries).toBe(size - 2);
    await expect(registry.submit(await entry(10))).rejects.toMatchObject({ code: 'storage' });
    await expect(registry.submit(await makeEntry(ada))).rejects.toMatchObject({ code: 'storage' });
    expect(registry.log.size()).toBe(size);
    await registry.close();
    execFileSync('mount', ['-o', 'remount,size=16m', join(data, 'catalog')]);
    const again = await place.open();
    expect(await again.catalog.counts()).toMatchObject({ entries: size - 1 });
    expect(await again.submit(await entry(10))).toMatchObject({ outcome: 'stale' });
    await again.close();
  },
  180_000,
);

it.skipIf(!isMountable)(
  name('makes no half backup when the disk of the backup is full: it says so, and the one before is whole'),
  async () => {
    const backup = join(place.directory, 'backup');
    const words = ['backup', backup, '--data', data];
    mountDisk(backup, 1);
    const at = (second: number): Date => new Date(NOW.getTime() - 3_600_000 + second * 1_000);
    const take = async (from: number, to: number): Promise<void> => {
      const registry = await place.open();
      for (let number = from; number < to; number += 1) {
        const description = describeImage(`backup ${number}`, { description: toLong() });
        const submission = await registry.submit(await makeEntry(ada, description, { createdAt: at(number) }));
        expect(submission.outcome).toBe('accepted');
      }
      await registry.close();
    };
    const restore = async (name: string): Promise<unknown> => {
      const restored = await runCommand(['restore', backup, '--data', join(place.directory, name), '--json']);
      expect([restored.code, restored.err]).toEqual([0, expect.any(String)]);
      return (JSON.parse(restored.out) as { size: number }).size;
    };
    await take(0, 5);
    expect(await runCommand(words)).toMatchObject({ code: 0 });
    await take(5, 60);
    const full = await runCommand(words);
    expect([full.code, full.out]).toEqual([74, '']);
    expect(full.err).toMatch(/^vouch: .*no space left on device/im);
    expect(full.err).toContain(backup);
    // What it had begun takes no room of the next run.
    expect(readdirSync(join(backup, 'log'))).toHaveLength(1);
    expect(await restore('first')).toBe(6);

    // Not a byte is left, so that even the smallest file has no room.
    const filler = join(backup, 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(2_000_000))).toThrow(/ENOSPC/);
    writeFileSync(join(data, 'note'), 'A file beside the log.');
    const crammed = await runCommand(words);
    expect([crammed.code, crammed.err]).toEqual([74, expect.stringMatching(/^vouch: .*no space left on device/im)]);
    expect(readdirSync(backup).toSorted()).toEqual(['files', 'filler', 'log', 'manifest.json']);
    expect(await restore('second')).toBe(6);

    rmSync(filler);
    execFileSync('mount', ['-o', 'remount,size=16m', backup]);
    expect(await runCommand(words)).toMatchObject({ code: 0, err: expect.stringContaining('61 records') });
    expect(await restore('third')).toBe(61);
  },
  300_000,
);
