import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { auditLog } from '../../src/log/audit.ts';
import { readSignedCheckpoint } from '../../src/log/checkpoint.ts';
import { openLevelLog } from '../../src/log/level-log.ts';
import { openLevelStore } from '../../src/log/level-store.ts';
import type { LogRecord } from '../../src/log/log.ts';
import { isConsistent } from '../../src/log/merkle.ts';
import { BATCHES, countCalls, expectRecovery, type Seen } from './recovery.ts';
import { KEY, ORIGIN } from './statement.ts';

const directories: string[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'vouch-kill-'));
  directories.push(directory);
  return directory;
}

/** Runs a program of this folder; every line it tells, as it comes. */
function run(program: string, ...given: string[]): { child: ChildProcess; told: AsyncIterable<string> } {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [path, ...given], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return { child, told: createInterface(child.stdout!) };
}

/** Lives the history until the call at which the process is killed; gives the signal that ended it, null if it lived to the end. */
async function liveAndDie(directory: string, call: number, moment: string, seen: Seen): Promise<string | null> {
  const { child, told } = run('dying-writer.mjs', directory, String(call), moment);
  const ended = once(child, 'exit');
  for await (const line of told) {
    const { note, receipt } = JSON.parse(line);
    if (note !== undefined) seen.notes.add(note);
    else seen.receipts.push(receipt);
  }
  const [code, signal] = await ended;
  if (signal === null && code !== 0) throw new Error(`the writer ended with ${code}`);
  return signal as string | null;
}

describe('a process that is killed at any call of its store (ST-01)', async () => {
  const calls = await countCalls(BATCHES);
  const places = Array.from({ length: calls }, (_, call) => call);

  it.each(['before', 'during'])(
    'in LevelDB, %s the call: nothing acknowledged is lost, nothing signed is taken back',
    async (moment) => {
      const lengths = new Set<number>();
      const dieAt = async (call: number): Promise<void> => {
        const directory = await makeDirectory();
        const seen: Seen = { receipts: [], notes: new Set() };
        expect(await liveAndDie(directory, call, moment, seen)).toBe('SIGKILL');
        lengths.add(seen.receipts.length);
        await expectRecovery(() => openLevelStore(directory), seen, BATCHES);
      };
      const waiting = [...places];
      const dieOften = async (): Promise<void> => {
        for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) await dieAt(call);
      };
      await Promise.all([dieOften(), dieOften()]);
      // Acknowledged were no batch, the first, or the first two: it died in each of the three.
      expect([...lengths].toSorted((one, other) => one - other)).toEqual([0, 2, 7]);
    },
    600_000,
  );

  it('lives to the end if nothing kills it', async () => {
    const seen: Seen = { receipts: [], notes: new Set() };
    const directory = await makeDirectory();
    expect(await liveAndDie(directory, -1, 'before', seen)).toBeNull();
    expect(seen.receipts).toHaveLength(10);
    await expectRecovery(() => openLevelStore(directory), seen, BATCHES);
  }, 120_000);
});

describe('kill -9 under load: 64 writers, and 8 readers who verify every proof', () => {
  it('loses nothing that was acknowledged, and takes back nothing that was signed, again and again', async () => {
    const directory = await makeDirectory();
    const acknowledged: { index: number; record: LogRecord; note: string }[] = [];
    for (let round = 1; round <= 3; round += 1) {
      const { child, told } = run('endless-writer.mjs', directory);
      const ended = once(child, 'exit');
      let proven = 0;
      for await (const line of told) {
        const heard = JSON.parse(line);
        if (heard.proven === undefined) acknowledged.push(heard);
        else proven += 1;
        if (acknowledged.length >= 400 * round && proven >= 50) child.kill('SIGKILL');
      }
      // Anything but the kill would be a reader who found something wrong.
      expect((await ended)[1]).toBe('SIGKILL');
      expect(proven).toBeGreaterThanOrEqual(50);
    }
    const log = await openLevelLog({ directory, origin: ORIGIN, key: KEY });
    const now = readSignedCheckpoint(Buffer.from(log.checkpointNote()), KEY.verifier).checkpoint;
    const notes = new Set(acknowledged.map(({ note }) => note));
    for (const { index, record } of acknowledged) expect(await log.record(index)).toEqual(record);
    for (const note of notes) {
      const old = readSignedCheckpoint(Buffer.from(note), KEY.verifier).checkpoint;
      expect(await log.checkpointOf(old.size)).toBe(note);
      expect(isConsistent(old.size, old.root, now.size, now.root, await log.consistencyProof(old.size))).toBe(true);
    }
    await log.close();
    const store = await openLevelStore(directory);
    expect(await auditLog(store, KEY.verifier)).toEqual([]);
    await store.close();
  }, 300_000);
});
