import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { toLogKey } from '../../src/log/note-key.ts';
import { isFork, readForkEvidence } from '../../src/peer/evidence.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { makeCosigner } from '../log/witnesses.ts';
import { KEY, lie, MadeLog, ORIGIN, plainLeaves } from '../peer/made-log.ts';
import { type Served, serveSource } from '../peer/serve-source.ts';
import { type CommandResult, openTestIo, runCommand } from './run-command.ts';

let folder = '';
let served: Served;
/** What the log shows at the moment. */
let shown: LogSource;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vouch-monitor-'));
  shown = await MadeLog.of(plainLeaves(300));
  const current = (): LogSource => shown;
  served = await serveSource({
    name: ORIGIN,
    checkpoint: () => current().checkpoint(),
    tile: (...place) => current().tile(...place),
    bundle: (...place) => current().bundle(...place),
    blob: (sha256) => current().blob(sha256),
  });
});

afterEach(async () => {
  await served[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const address = (): string => served.url.replace(/\/log$/, '');

function look(...more: string[]): Promise<CommandResult> {
  return runCommand(['log', 'monitor', address(), '--state', folder, '--log-key', KEY.verifier.vkey, ...more]);
}

/** The files that remember this log. */
async function remembered(): Promise<string[]> {
  const [directory = ''] = await readdir(join(folder, 'logs'));
  return (await readdir(join(folder, 'logs', directory))).map((name) => join(folder, 'logs', directory, name));
}

describe('vouch log monitor', () => {
  test('tells of growth, and of nothing new', async () => {
    expect(await look()).toMatchObject({
      code: 0,
      out: expect.stringContaining('300 records, seen for the first time'),
    });
    expect(await look()).toMatchObject({ code: 0, out: expect.stringContaining('300 records, nothing new since') });
    shown = await MadeLog.of(plainLeaves(800));
    expect(await look()).toMatchObject({
      code: 0,
      out: expect.stringMatching(/800 records, 500 more .* nothing before/),
    });
    const { out } = await look('--json');
    expect(JSON.parse(out)).toMatchObject({ outcome: 'fine', origin: ORIGIN, size: 800, before: 800 });
  });

  test('says fork, writes evidence that convicts, and remembers what it saw before', async () => {
    await look();
    shown = await MadeLog.of(plainLeaves(800, 'other'));
    const { code, err } = await look();
    expect(code).toBe(70);
    expect(err).toMatch(/^Fork: .* The evidence is in .*fork-[0-9a-f]{16}\.txt\.$/m);
    const file = (await remembered()).find((path) => path.includes('fork-'))!;
    expect(isFork(readForkEvidence(await readFile(file, 'utf8')), KEY.verifier)).toBe(true);
    const judge = ['log', 'evidence', file, '--log-key'];
    expect(await runCommand([...judge, KEY.verifier.vkey])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Proven: /),
    });
    const other = toLogKey(ORIGIN, new Uint8Array(32).fill(8)).verifier.vkey;
    expect((await runCommand([...judge, other])).code).toBe(65);
    // The same fork again makes no second file, and the honest branch is still good.
    expect((await look()).code).toBe(70);
    expect((await remembered()).filter((path) => path.includes('fork-'))).toHaveLength(1);
    shown = await MadeLog.of(plainLeaves(301));
    expect(await look()).toMatchObject({ code: 0, out: expect.stringContaining('1 more than before') });
  });

  test('says rollback', async () => {
    await look();
    shown = await MadeLog.of(plainLeaves(200));
    const { code, out } = await look('--json');
    expect(code).toBe(70);
    const told = JSON.parse(out);
    expect(told).toMatchObject({ outcome: 'rollback', message: expect.stringMatching(/^Rollback: .*stale/) });
    expect(await readFile(told.evidence, 'utf8')).toMatch(/^vouch rollback sighting v1\n/);
    // Seen again it is still the same sighting.
    expect(JSON.parse((await look('--json')).out).evidence).toBe(told.evidence);
    expect(await remembered()).toHaveLength(2);
  });

  test('says freeze of a log that shows the same for too long', async () => {
    await look();
    const file = (await remembered()).find((path) => path.endsWith('seen'))!;
    const sight = await readFile(file, 'utf8');
    await writeFile(file, sight.replace(/since .*/, 'since 2026-01-01T00:00:00.000Z'));
    expect((await look()).code).toBe(0);
    const { code, err } = await look('--max-age', '48');
    expect(code).toBe(70);
    expect(err).toMatch(/^Freeze: .* stale checkpoint of 300 entries\. It has been the newest since 2026-01-01/);
    shown = await MadeLog.of(plainLeaves(301));
    expect((await look('--max-age', '48')).code).toBe(0);
  });

  test('knows a log again, however its address is spelled', async () => {
    await look();
    const words = ['log', 'monitor', `${address()}//`, '--state', folder];
    expect(await runCommand(words)).toMatchObject({ code: 0, out: expect.stringContaining('nothing new') });
    expect((await runCommand(['log', 'monitor', 'log.example.org', '--state', folder])).code).toBe(2);
  });

  test('says that nobody could be reached', async () => {
    const result = await runCommand([
      'log',
      'monitor',
      'http://127.0.0.1:9',
      '--state',
      folder,
      '--trust-first',
      '--json',
    ]);
    expect(result.code).toBe(69);
    expect(JSON.parse(result.out)).toMatchObject({ outcome: 'unreachable', url: 'http://127.0.0.1:9' });
  });

  test('says checkpoint of one that the log did not sign', async () => {
    const other = toLogKey(ORIGIN, new Uint8Array(32).fill(8)).verifier.vkey;
    const words = ['log', 'monitor', address(), '--state', folder];
    expect(await runCommand([...words, '--log-key', other, '--json'])).toMatchObject({
      code: 65,
      out: expect.stringContaining('"outcome":"checkpoint"'),
    });
  });

  test('shows what a log says so that it can move no cursor', async () => {
    const log = await MadeLog.of(plainLeaves(3));
    shown = lie(log, { checkpoint: async () => Buffer.from(log.note().replace(ORIGIN, 'a\u009b31mred\u202e')) });
    const { code, err } = await look();
    expect(code).toBe(65);
    expect(err).toMatch(/^Bad checkpoint: The checkpoint is of a/);
    expect(err).not.toMatch(/[\u0080-\u009f\u202e]/);
  });

  test('asks whose log it is, unless it may believe the first one', async () => {
    const words = ['log', 'monitor', address(), '--state', folder];
    expect(await runCommand(words)).toMatchObject({ code: 2, err: expect.stringContaining('--trust-first') });
    expect((await runCommand([...words, '--trust-first'])).out).toContain(KEY.verifier.vkey);
    expect((await runCommand(words)).code).toBe(0);
    const other = toLogKey(ORIGIN, new Uint8Array(32).fill(8)).verifier.vkey;
    expect(await runCommand([...words, '--log-key', other])).toMatchObject({ code: 2 });
  });

  test('asks witnesses, where it is told to', async () => {
    const [one, two] = [makeCosigner('one.example/w'), makeCosigner('two.example/w')];
    const policy = join(folder, 'witnesses');
    const lines = [`witness one ${one.verifier.vkey}`, `witness two ${two.verifier.vkey}`, 'group both all one two'];
    await writeFile(policy, `${lines.join('\n')}\nquorum both\n`);
    const log = await MadeLog.of(plainLeaves(300));
    const lookAt = async (note: string): Promise<[number, string]> => {
      shown = lie(log, { checkpoint: async () => Buffer.from(note) });
      const { code, out } = await look('--witnesses', policy, '--json');
      return [code, JSON.parse(out).outcome];
    };
    const hours = (count: number): Date => new Date(Date.now() - count * 3_600_000);
    expect(await lookAt(log.noteSeenBy([one], hours(0)))).toEqual([65, 'quorum']);
    expect(await lookAt(log.noteSeenBy([one, two], hours(1)))).toEqual([0, 'fine']);
    expect(await lookAt(log.noteSeenBy([one, two], hours(72)))).toEqual([70, 'freeze']);
    expect(await lookAt(log.noteSeenBy([one, two], hours(-1)))).toEqual([65, 'time']);
  });

  test('runs the alarm once for each thing that is wrong', async () => {
    const script = join(folder, 'alarm');
    await writeFile(script, `#!/bin/sh\necho "$VOUCH_ALARM $VOUCH_ALARM_EVIDENCE" >> "$1"\n`);
    await chmod(script, 0o755);
    const told = join(folder, 'told file');
    await look();
    shown = await MadeLog.of(plainLeaves(200));
    const stop = new AbortController();
    const { io, err } = openTestIo({ signal: stop.signal, env: { HOME: folder, PATH: process.env.PATH } });
    const words = ['log', 'monitor', address(), '--state', folder, '--every', '0.01', '--alarm', `${script} "${told}"`];
    const done = main(words, io);
    const lines = async (): Promise<string[]> =>
      (await readFile(told, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    await expect.poll(lines, { timeout: 20_000 }).toHaveLength(1);
    await expect.poll(() => err().match(/Rollback/g)?.length ?? 0, { timeout: 20_000 }).toBeGreaterThan(3);
    shown = await MadeLog.of(plainLeaves(400, 'other'));
    await expect.poll(lines, { timeout: 20_000 }).toHaveLength(2);
    shown = lie(shown, { checkpoint: () => Promise.reject(new Error('down')) });
    await expect.poll(lines, { timeout: 20_000 }).toHaveLength(3);
    stop.abort();
    expect(await done).toBe(70);
    expect(await lines()).toEqual([
      expect.stringMatching(/^rollback .*rollback-[0-9a-f]{16}\.txt$/),
      expect.stringMatching(/^fork .*fork-[0-9a-f]{16}\.txt$/),
      'unreachable ',
    ]);
  });

  test('goes on watching though the alarm fails', async () => {
    await look();
    shown = await MadeLog.of(plainLeaves(200));
    const result = await look('--alarm', join(folder, 'nothing'));
    expect(result).toMatchObject({ code: 70, err: expect.stringContaining('The alarm command failed') });
    expect((await look('--alarm', '')).code).toBe(2);
    expect((await look('--every', 'x')).code).toBe(2);
  });
});
