import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import type { LogRecord } from '../../src/log/log.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { toLogKey } from '../../src/log/note-key.ts';
import { isFork, readForkEvidence } from '../../src/peer/evidence.ts';
import { keepEvidence } from '../../src/peer/keep-evidence.ts';
import { openLevelSyncedLog } from '../../src/peer/level-synced-log.ts';
import { LogBreach } from '../../src/peer/log-breach.ts';
import { openStoreSyncedLog, type SyncedLog } from '../../src/peer/synced-log.ts';
import { writeRecord } from '../../src/proof/record.ts';
import { FaultStore } from '../log/fault-store.ts';
import { imageOf, KEY, lie, MadeLog, makeRecord, ORIGIN } from './made-log.ts';

/** Leaves of a log where image 0 gets a record in every 100. */
function busyLeaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => {
    const isNext = at % 100 === 0;
    const seq = at / 100 + 1;
    return writeRecord(makeRecord(at, isNext ? { id: imageOf(0), seq, prev: at === 0 ? -1 : at - 100 } : {}));
  });
}

const directories: string[] = [];

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

/** Each opens a place of its own, and the same place again every time after. */
const PLACES: Record<string, () => Promise<() => Promise<SyncedLog>>> = {
  MemorySyncedLog: async () => {
    let store = new MemoryStore();
    return () => {
      store = new MemoryStore(store);
      return openStoreSyncedLog(store, KEY.verifier);
    };
  },
  LevelSyncedLog: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'vouch-synced-'));
    directories.push(directory);
    return () => openLevelSyncedLog(directory, KEY.verifier);
  },
};

describe.each(Object.entries(PLACES))('%s', (_, makePlace) => {
  it('has every record about an image, and more after each sync', async () => {
    const open = await makePlace();
    const [older, newer] = [await MadeLog.of(busyLeaves(450)), await MadeLog.of(busyLeaves(1000))];
    {
      await using synced = await open();
      expect(await synced.head()).toBeUndefined();
      expect(await synced.sync(older)).toEqual(older.head());
      expect((await synced.records(imageOf(0))).map(({ index }) => index)).toEqual([0, 100, 200, 300, 400]);
    }
    await using again = await open();
    expect(again.origin).toBe(ORIGIN);
    const heard: number[] = [];
    await again.sync(newer, { onProgress: (done) => heard.push(done) });
    expect(heard).toEqual([450, 512, 768, 1000]);
    const records = await again.records(imageOf(0));
    expect(records.map(({ record }) => record.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(records[9]).toEqual({ index: 900, record: makeRecord(900, { id: imageOf(0), seq: 10, prev: 800 }) });
    expect(await again.records(imageOf(7))).toHaveLength(1);
    expect(await again.records(imageOf(5000))).toEqual([]);
    expect(await again.head()).toEqual(newer.head());
  });

  it('downloads only what is new', async () => {
    const open = await makePlace();
    await using synced = await open();
    await synced.sync(await MadeLog.of(busyLeaves(1000)));
    const grown = await MadeLog.of(busyLeaves(1030));
    const asked: string[] = [];
    await synced.sync(
      lie(grown, {
        bundle: (index, width) => {
          asked.push(`bundle ${index}`);
          return grown.bundle(index, width);
        },
        tile: (level, index, width) => {
          asked.push(`tile ${level}/${index}`);
          return grown.tile(level, index, width);
        },
      }),
    );
    expect(asked.filter((what) => what.startsWith('bundle')).sort()).toEqual(['bundle 3', 'bundle 4']);
    expect(new Set(asked).size).toBeLessThan(8);
    asked.length = 0;
    await synced.sync(grown);
    expect(asked).toEqual([]);
  });

  it('goes on where it was interrupted, and answers nothing before it is whole', async () => {
    const open = await makePlace();
    const log = await MadeLog.of(busyLeaves(1000));
    const broken = lie(log, {
      bundle: async (index, width) => {
        if (index === 2) throw new VouchError('unreachable', 'gone');
        return log.bundle(index, width);
      },
    });
    {
      await using synced = await open();
      await expect(synced.sync(broken)).rejects.toMatchObject({ code: 'unreachable' });
      await expect(synced.records(imageOf(0))).rejects.toMatchObject({ code: 'busy' });
    }
    await using synced = await open();
    expect(await synced.size()).toBe(512);
    const bundles: number[] = [];
    const grown = await MadeLog.of(busyLeaves(1100));
    await synced.sync(
      lie(grown, {
        bundle: (index, width) => {
          bundles.push(index);
          return grown.bundle(index, width);
        },
      }),
    );
    expect(bundles.sort()).toEqual([2, 3, 4]);
    expect(await synced.records(imageOf(0))).toHaveLength(11);
  });

  it('keeps its own branch and its head when the log forks, and evidence that convicts', async () => {
    const open = await makePlace();
    await using synced = await open();
    const honest = await MadeLog.of(busyLeaves(450));
    await synced.sync(honest);
    const forked = await MadeLog.of(busyLeaves(600).with(20, writeRecord(makeRecord(9999))));
    const breach = await synced.sync(forked).catch((thrown: unknown) => thrown);
    expect(breach).toMatchObject({ breach: 'fork', code: 'corrupt' });
    expect(await synced.head()).toEqual(honest.head());
    expect(await synced.records(imageOf(20))).toHaveLength(1);
    const directory = await mkdtemp(join(tmpdir(), 'vouch-evidence-'));
    directories.push(directory);
    const file = await keepEvidence(directory, breach as LogBreach);
    expect(isFork(readForkEvidence(await readFile(file!, 'utf8')), KEY.verifier)).toBe(true);
    expect(await keepEvidence(directory, new LogBreach('leaf', 'Bad leaf.'))).toBeUndefined();
  });

  it('takes no step back, and goes on once the log does', async () => {
    const open = await makePlace();
    await using synced = await open();
    await synced.sync(await MadeLog.of(busyLeaves(450)));
    await expect(synced.sync(await MadeLog.of(busyLeaves(300)))).rejects.toMatchObject({ breach: 'rollback' });
    await synced.sync(await MadeLog.of(busyLeaves(451)));
    expect(await synced.size()).toBe(451);
  });

  it('takes nothing from a checkpoint that is judged unfit', async () => {
    const open = await makePlace();
    await using synced = await open();
    const judge = (): never => {
      throw new LogBreach('quorum', 'Too few.');
    };
    await expect(synced.sync(await MadeLog.of(busyLeaves(10)), { judge })).rejects.toMatchObject({ breach: 'quorum' });
    expect(await synced.head()).toBeUndefined();
    expect(await synced.size()).toBe(0);
  });

  it('syncs once at a time', async () => {
    const open = await makePlace();
    await using synced = await open();
    const logs = await Promise.all([300, 600, 900].map((size) => MadeLog.of(busyLeaves(size))));
    const heads = await Promise.all(logs.map((log) => synced.sync(log)));
    expect(heads.map(({ size }) => size)).toEqual([300, 600, 900]);
    expect(await synced.records(imageOf(0))).toHaveLength(9);
  });
});

describe('a copy of a log', () => {
  it('is of one log', async () => {
    const store = new MemoryStore();
    await (await openStoreSyncedLog(store, KEY.verifier))[Symbol.asyncDispose]();
    const other = toLogKey(ORIGIN, new Uint8Array(32).fill(9)).verifier;
    await expect(openStoreSyncedLog(new MemoryStore(store), other)).rejects.toMatchObject({ code: 'config' });
    const filled = new MemoryStore();
    await filled.write([[Buffer.from('s/format'), Buffer.from('vouch log 1')]]);
    await expect(openStoreSyncedLog(filled, KEY.verifier)).rejects.toMatchObject({ code: 'config' });
  });

  it('is whole after a fault at any call of its store and another sync', async () => {
    const log = await MadeLog.of(busyLeaves(600));
    const counted = new FaultStore(new MemoryStore());
    await (await openStoreSyncedLog(counted, KEY.verifier)).sync(log);
    expect(counted.calls).toBeGreaterThan(8);
    for (let call = 0; call < counted.calls; call += 1) {
      for (const moment of ['before', 'after'] as const) {
        const store = new MemoryStore();
        const faulty = new FaultStore(store, { call, moment, isFatal: true });
        await expect(openStoreSyncedLog(faulty, KEY.verifier).then((synced) => synced.sync(log))).rejects.toThrow(
          `the disk failed at call`,
        );
        const again = await openStoreSyncedLog(new MemoryStore(store), KEY.verifier);
        await again.sync(log);
        const found: LogRecord[] = [];
        for (let image = 0; image < 600; image += 1) {
          found.push(...(await again.records(imageOf(image))).map(({ record }) => record));
        }
        expect(found).toHaveLength(600);
      }
    }
  });
});
