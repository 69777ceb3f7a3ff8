import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLevelLog } from '../../src/log/level-log.ts';
import type { Log } from '../../src/log/log.ts';
import { toLogKey } from '../../src/log/note-key.ts';
import { AT, KEY, makeStatement, ORIGIN } from './statement.ts';

let directory: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vouch-log-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

function open(): Promise<Log> {
  return openLevelLog({ directory, origin: ORIGIN, key: KEY });
}

/** Runs Node with these arguments; each line it prints is given back as it comes. */
function run(...given: string[]): { child: ChildProcess; lines: AsyncIterableIterator<string> } {
  const child = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return { child, lines: createInterface(child.stdout!)[Symbol.asyncIterator]() };
}

describe('openLevelLog', () => {
  it('goes on where it stopped', async () => {
    const first = await open();
    await first.append(makeStatement(1, { image: 1 }));
    await first.appendTrust(Buffer.from('anchors'), AT);
    const note = first.checkpointNote();
    await first.close();
    const second = await open();
    expect(second.checkpointNote()).toBe(note);
    expect((await second.appendTrust(Buffer.from('anchors'), AT)).index).toBe(1);
    expect((await second.append(makeStatement(1, { image: 1 }))).index).toBe(0);
    expect((await second.append(makeStatement(2, { image: 1 }))).record).toMatchObject({ seq: 2, prev: 0 });
    await second.close();
  });

  it('begins no new log over the files of one whose CURRENT is missing, and changes none of them', async () => {
    const first = await open();
    const { size } = await first.append(makeStatement(1, { image: 1 }));
    await first.close();
    await rename(join(directory, 'CURRENT'), join(directory, 'CURRENT.away'));
    const files = await readdir(directory);
    await expect(open()).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('CURRENT') });
    expect(await readdir(directory)).toEqual(files);
    await rename(join(directory, 'CURRENT.away'), join(directory, 'CURRENT'));
    const again = await open();
    expect(again.size()).toBe(size);
    await again.close();
  });

  it('refuses a second opening while the first is open, in this process', async () => {
    const log = await open();
    await expect(open()).rejects.toMatchObject({ code: 'storage-locked' });
    await log.close();
    await (await open()).close();
  });

  it('refuses while another process has it open: two cannot write (ST-03)', async () => {
    const compiled = new URL('../../dist/log/level-store.js', import.meta.url).href;
    const hold = `await openLevelStore(${JSON.stringify(directory)}); console.log('open'); setInterval(() => undefined, 1000);`;
    const program = `import { openLevelStore } from '${compiled}'; ${hold}`;
    const { child, lines } = run('--input-type=module', '-e', program);
    expect((await lines.next()).value).toBe('open');
    await expect(open()).rejects.toMatchObject({ code: 'storage-locked' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await open()).close();
  });

  it('refuses a directory that is a file as a storage fault', async () => {
    const file = join(directory, 'file');
    await writeFile(file, 'x');
    await expect(openLevelLog({ directory: file, origin: ORIGIN, key: KEY })).rejects.toMatchObject({
      code: 'storage',
    });
  });

  it('refuses the log of another origin, and another key for the same origin', async () => {
    await (await open()).close();
    const other = toLogKey('other.example.org/log', new Uint8Array(32).fill(7));
    await expect(openLevelLog({ directory, origin: other.name, key: other })).rejects.toMatchObject({
      code: 'config',
      message: `This is the log of ${ORIGIN}, not of other.example.org/log.`,
    });
    await expect(openLevelLog({ directory, origin: ORIGIN, key: other })).rejects.toMatchObject({ code: 'config' });
    const renewed = toLogKey(ORIGIN, new Uint8Array(32).fill(8));
    await expect(openLevelLog({ directory, origin: ORIGIN, key: renewed })).rejects.toMatchObject({ code: 'config' });
    await (await open()).close();
  });
});
