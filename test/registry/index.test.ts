import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { restoreBackup } from '../../src/backup/restore-backup.ts';
import { writeBackup } from '../../src/backup/write-backup.ts';
import type { LogReader } from '../../src/log/log.ts';
import { openLogKey } from '../../src/log/log-key.ts';
import type { LogKey } from '../../src/log/note-key.ts';
import { readWitnessPolicy } from '../../src/log/witness-policy.ts';
import { auditSource } from '../../src/peer/audit-source.ts';
import type { LogBreach } from '../../src/peer/log-breach.ts';
import { fetchLogHead } from '../../src/peer/log-head.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { openMemorySyncedLog } from '../../src/peer/memory-synced-log.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import { type ProvenHistory, verifyHistory } from '../../src/peer/verify-history.ts';
import { auditDirectory } from '../../src/registry/audit-directory.ts';
import { type MirrorOptions, type OpenMirror, openMirror } from '../../src/registry/open-mirror.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { toHistoryProofJson } from '../../src/server/history-proof-json.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { forgeLog } from './forged-log.ts';
import { makePlace, type RegistryPlace } from './world.ts';

let place: RegistryPlace;
let origin: OpenRegistry;
let key: LogKey;
let ada: TestEndorser;

beforeAll(async () => {
  place = await makePlace();
  origin = await place.open({ indexRecords: 3, limits: { workers: 1 } });
  key = await openLogKey(join(place.directory, 'data', 'log.key'), origin.log.origin);
  ada = await makeEndorser(place.authority, 'ada');
  for (let at = 0; at < 9; at += 1) {
    const createdAt = new Date(NOW.getTime() - 60_000 + at * 1000);
    const bytes = await makeEntry(ada, describeImage(`indexed ${at % 4}`), { createdAt });
    expect(await origin.submit(bytes)).toMatchObject({ outcome: 'accepted' });
  }
});
afterAll(async () => {
  await origin.close();
  place.remove();
});

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function open(name: string, changes: Partial<MirrorOptions> = {}): Promise<OpenMirror> {
  const mirror = await openMirror({
    directory: join(place.directory, name),
    baseUrl: 'http://mirror.test',
    url: 'http://registry.test',
    log: key.verifier,
    source: new ReaderLogSource(origin.log),
    now: () => NOW,
    limits: { workers: 1 },
    ...changes,
  });
  opened.push(mirror);
  return mirror;
}

/** A log whose `at`th index record (from 0) states another root, and all else is right. */
function forgeRoot(at: number): Promise<LogSource> {
  return forgeLog(origin.log, key, (records) => {
    const place = records.flatMap(({ t }, index) => (t === 'index' ? [index] : []))[at]!;
    return records.map((record, index) => (index === place ? { ...record, doc: 'ab'.repeat(32) } : record));
  });
}

async function readIndexes(): Promise<number[]> {
  const indexes: number[] = [];
  for await (const { index, record } of origin.log.records(0)) if (record.t === 'index') indexes.push(index);
  return indexes;
}

describe('a registry with an index', () => {
  it('states it after every so many records, and shows it in no list', async () => {
    expect(await readIndexes()).toEqual([3, 7, 11]);
    expect(origin.log.size()).toBe(13);
    const { entries } = await origin.catalog.list({}, NOW, { limit: 100 });
    expect(entries.every(({ index }) => ![3, 7, 11].includes(index))).toBe(true);
  });

  it('is followed by who has all its records', async () => {
    const synced = await openMemorySyncedLog(key.verifier);
    await synced.sync(new ReaderLogSource(origin.log));
    expect(await synced.size()).toBe(13);
    const { record } = (await synced.range(1, 2))[0]!;
    expect((await synced.records(record.id)).length).toBeGreaterThan(1);
  });
});

describe('a log whose index is wrong (MR-04)', () => {
  it.each([0, 1, 2])('in its index record number %i gets no cosignature of a mirror, and is told why', async (at) => {
    const indexes = await readIndexes();
    const mirror = await open(`fooled-${at}`, { source: await forgeRoot(at) });
    const fault = await mirror.follower.pull().catch((thrown: LogBreach) => thrown);
    const words = `record ${indexes[at]} states an index that the records before it do not make.`;
    expect(fault).toMatchObject({ breach: 'index', message: expect.stringContaining(words) });
    expect((fault as LogBreach).message).toMatch(/^Wrong index: /);
    expect([mirror.log.size(), mirror.log.stored]).toEqual([0, 0]);
    expect(() => mirror.log.checkpointNote()).toThrow('has not copied the first checkpoint');
    expect(mirror.mirrored.following()).toMatchObject({ state: 'waiting', problem: { breach: 'index' } });
  });

  it('after it was followed in good faith keeps its place in the mirror, with the first history and the index of that', async () => {
    const mirror = await open('kept');
    await mirror.follower.pull();
    const { id } = await origin.log.record(1);
    expect(await mirror.log.indexed(id)).toEqual(await origin.log.indexed(id));
    const note = mirror.log.checkpointNote();
    await mirror.close();
    // It goes on from what is there with an index that leaves an image out.
    const source = await forgeLog(origin.log, key, (records) => {
      const [last, entry] = [records[11]!, records.at(-1)!];
      const wrong = { ...last, seq: last.seq + 1, prev: 11, len: records.length, at: entry.at };
      return [...records, wrong];
    });
    const fooled = await open('kept', { source });
    expect(await fooled.follower.pull().catch((thrown: LogBreach) => thrown)).toMatchObject({ breach: 'index' });
    expect([fooled.log.size(), fooled.log.checkpointNote()]).toEqual([13, note]);
    await fooled.close();
    const { problems } = await auditDirectory(join(place.directory, 'kept'), { key: key.verifier });
    expect(problems).toEqual([]);
  });

  it.each([0, 2])('in its index record number %i is found by an audit of the log from anywhere', async (at) => {
    const audit = async (source: LogSource): Promise<string[]> => {
      const head = await fetchLogHead(source, { log: key.verifier });
      return auditSource(source, head, { judge: async () => undefined });
    };
    expect(await audit(new ReaderLogSource(origin.log))).toEqual([]);
    const indexes = await readIndexes();
    expect(await audit(await forgeRoot(at))).toEqual([
      `wrong index: record ${indexes[at]} states an index that the records before it do not make`,
    ]);
  });
});

describe('a mirror of a log with an index', () => {
  it('is believed by who names its key: its cosignature says that it made the index anew', async () => {
    const mirror = await open('believed');
    await mirror.follower.pull();
    const { id } = await origin.log.record(1);
    const policy = readWitnessPolicy(Buffer.from(`witness M ${mirror.key.vkey}\nquorum M\n`));
    const demands = { log: key.verifier, policy, now: NOW, maxAgeMs: 60_000 };
    const ask = (log: LogReader): Promise<ProvenHistory> => {
      const answer = async (): Promise<Uint8Array> => Buffer.from(JSON.stringify(await toHistoryProofJson(log, id)));
      const source = Object.assign(new ReaderLogSource(log), { historyProof: answer, historyPage: answer });
      return verifyHistory(source, id, demands);
    };
    const { records } = await ask(mirror.log);
    expect(records.map(({ index }) => index)).toEqual(await origin.log.history(id, { from: 1, limit: 99 }));
    // The log alone does not do for who asks for the mirror's word.
    await expect(ask(origin.log)).rejects.toMatchObject({ breach: 'quorum' });
  });
});

describe('a backup of a log with an index', () => {
  it('holds none of it; restored, the log has the same index, and its audit is clean', async () => {
    const [target, restored] = [join(place.directory, 'backup'), join(place.directory, 'restored')];
    const { origin: name, key: verifier } = origin.log;
    const data = join(place.directory, 'data');
    await writeBackup({ data, log: origin.log.copy(), origin: name, logKey: verifier.vkey, target, hasKeys: true });
    await restoreBackup({ backup: target, data: restored });
    expect((await auditDirectory(restored)).problems).toEqual([]);
    // What is restored states nothing before its operator has said that nothing is missing.
    const again = await place.open({ directory: restored, indexRecords: 1, limits: { workers: 1 } });
    opened.push(again);
    expect(again.log.size()).toBe(13);
    for (const index of [1, 4, 12]) {
      const { id } = await origin.log.record(index);
      expect(await again.log.indexed(id)).toEqual(await origin.log.indexed(id));
    }
  });
});
