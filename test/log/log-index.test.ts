import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { auditLog } from '../../src/log/audit.ts';
import type { Log, LogRecord } from '../../src/log/log.ts';
import { INDEXED_LOG_FORMAT, LOG_FORMAT } from '../../src/log/log-format.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { openMirrorLog } from '../../src/log/mirror-log.ts';
import type { Pair, Store } from '../../src/log/store.ts';
import { STORE_KEYS, toEntryKey, toHeadKey, toKeyBounds, toPageKey } from '../../src/log/store-key.ts';
import { openStoreLog } from '../../src/log/store-log.ts';
import { TrieChange } from '../../src/log/trie-change.ts';
import { toTrieKey, toTrieLeaf } from '../../src/log/trie-hash.ts';
import { judgeTrieProof } from '../../src/log/trie-proof.ts';
import { writeRecord } from '../../src/proof/record.ts';
import { FaultStore } from './fault-store.ts';
import { AT, KEY, makeStatement, ORIGIN } from './statement.ts';
import { makeCosigner, makeThreeSites } from './witnesses.ts';

const now = (): Date => AT;
const MIRROR = makeCosigner('mirror.example.org/mirror');

async function open(store: Store, everyRecords?: number): Promise<Log> {
  const log = await openStoreLog(store, ORIGIN, KEY);
  if (everyRecords !== undefined) await log.keepIndex({ everyRecords, now });
  return log;
}

async function readAll(log: Log): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const { record } of log.records(0)) records.push(record);
  return records;
}

/** The numbers of an image's records before a place. */
function numbersOf(records: readonly LogRecord[], id: string, end: number): number[] {
  return records.flatMap((record, index) => (record.id === id && index < end ? [index] : []));
}

/** The root that the records before a place make, from nothing. */
async function rootBefore(records: readonly LogRecord[], end: number): Promise<string> {
  const ids = new Set(records.slice(0, end).flatMap(({ id }) => (id === '' ? [] : [id])));
  const change = new TrieChange(new MemoryStore());
  await change.add(
    [...ids].map((id) => ({ key: toTrieKey(id), records: numbersOf(records, id, end) })),
    1,
  );
  return Buffer.from(await change.root()).toString('hex');
}

/** Holds every `index` record against what the records before it make, and what is said of images against what is there. */
async function expectIndexed(log: Log, images: readonly string[]): Promise<void> {
  const records = await readAll(log);
  let [seq, prev] = [0, -1];
  for (const [index, record] of records.entries()) {
    if (record.t !== 'index') continue;
    seq += 1;
    expect(record).toMatchObject({ id: '', seq, prev, len: index, doc: await rootBefore(records, index) });
    prev = index;
  }
  for (const id of images) {
    const { index, trie, size } = (await log.indexed(id))!;
    expect([index, size]).toEqual([prev, records.length]);
    const numbers = numbersOf(records, id, index);
    const expected =
      numbers.length === 0 ? { outcome: 'absent' } : { outcome: 'present', leaf: toTrieLeaf(toTrieKey(id), numbers) };
    const found = judgeTrieProof(Buffer.from(records[index]!.doc, 'hex'), toTrieKey(id), trie);
    expect(JSON.stringify(found)).toBe(JSON.stringify(expected));
  }
}

/** What is in the store of the index alone. */
async function pagesOf(store: Store): Promise<Pair[]> {
  return store.range(...toKeyBounds('x'), 99_999);
}

async function formatOf(store: Store): Promise<string> {
  const [format] = await store.read([STORE_KEYS.format]);
  return Buffer.from(format!).toString();
}

/** Waits until the log says so. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await isSo()); turn += 1) {
    if (turn > 5_000) throw new Error('It never came to that.');
    await delay(turn < 500 ? 0 : 5);
  }
}

const IMAGES = [1, 2, 3, 4, 99].map((image) => makeStatement(image, { image }).verified.entry.identifier);

describe('the index of a log', () => {
  it('is stated after every so many records, with all records before it, and proves what it says of each image', async () => {
    const store = new MemoryStore();
    const log = await open(store, 4);
    for (let number = 0; number < 23; number += 1) {
      await log.append(makeStatement(number, { image: 1 + (number % 4) }));
      if (number === 9) await log.appendTrust(Buffer.from('anchors'), AT);
    }
    const kinds = (await readAll(log)).map(({ t }) => t[0]).join('');
    expect(kinds).toMatch(/^(?:[et]{4}i)+[et]{0,3}$/);
    await expectIndexed(log, IMAGES);
    await log.close();
    expect(await formatOf(new MemoryStore(store))).toBe(INDEXED_LOG_FORMAT);
    expect(await auditLog(new MemoryStore(store), KEY.verifier)).toEqual([]);
  });

  it('comes with the batch that has the last of its records', async () => {
    const log = await open(new MemoryStore(), 3);
    const receipts = await Promise.all(
      [0, 1, 2, 3, 4].map((number) => log.append(makeStatement(number, { image: 1 }))),
    );
    expect(receipts.map(({ index, size }) => [index, size])).toEqual([0, 1, 2, 3, 4].map((index) => [index, 6]));
    await expectIndexed(log, IMAGES);
  });

  it('leaves a log that has none as it was: format, records and store', async () => {
    const store = new MemoryStore();
    const log = await open(store);
    for (let number = 0; number < 5; number += 1) await log.append(makeStatement(number));
    expect(await log.indexed(IMAGES[0]!)).toBeUndefined();
    await log.close();
    expect(await formatOf(new MemoryStore(store))).toBe(LOG_FORMAT);
    expect(await pagesOf(new MemoryStore(store))).toEqual([]);
    expect(await new MemoryStore(store).read([STORE_KEYS.index])).toEqual([undefined]);
  });

  it('is made of what is there when it is switched on, step by step, while nothing is appended', async () => {
    const store = new MemoryStore();
    const log = await open(store);
    const statements = Array.from({ length: 2600 }, (_, at) => makeStatement(at, { image: at % 700 }));
    await Promise.all(statements.map((statement) => log.append(statement)));
    await log.keepIndex({ everyRecords: 1000, now });
    await until(() => log.size() === 2601);
    await expectIndexed(log, IMAGES);
    await log.append(makeStatement(2600, { image: 1 }));
    expect(log.size()).toBe(2602);
    await log.close();
    expect(await auditLog(new MemoryStore(store), KEY.verifier)).toEqual([]);
  });

  it('goes ahead of its next record where that is far, and can be left there', async () => {
    const store = new MemoryStore();
    const log = await open(store, 2000);
    const append = (from: number, to: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: to - from }, (_, at) => log.append(makeStatement(from + at, { image: at % 300 }))),
      );
    await append(0, 2000);
    await append(2000, 3500);
    const [state] = await store.read([STORE_KEYS.index]);
    expect(Buffer.from(state!).readUInt32BE(4)).toBeGreaterThan(2500);
    await expectIndexed(log, IMAGES);
    await log.close();
    expect(await auditLog(new MemoryStore(store), KEY.verifier)).toEqual([]);
    const again = await open(new MemoryStore(store), 2000);
    await expectIndexed(again, IMAGES);
    await Promise.all(
      Array.from({ length: 600 }, (_, at) => again.append(makeStatement(3500 + at, { image: at % 300 }))),
    );
    expect((await again.indexed(IMAGES[0]!))!.index).toBeGreaterThan(4000);
    await expectIndexed(again, IMAGES);
  });

  it('ends when it is switched off, and goes on with all in between when it is switched on again', async () => {
    const store = new MemoryStore();
    const first = await open(store, 2);
    for (let number = 0; number < 4; number += 1) await first.append(makeStatement(number, { image: 1 }));
    await first.close();
    const off = await open(new MemoryStore(store));
    for (let number = 4; number < 9; number += 1) await off.append(makeStatement(number, { image: number % 3 }));
    expect((await readAll(off)).filter(({ t }) => t === 'index')).toHaveLength(2);
    expect((await off.indexed(IMAGES[0]!))!.index).toBe(5);
    await off.close();
    const on = await open(new MemoryStore(store), 2);
    await until(() => on.size() === 12);
    await expectIndexed(on, IMAGES);
    await on.close();
    expect(await auditLog(new MemoryStore(store), KEY.verifier)).toEqual([]);
  });

  it('is not stated by a log that takes nothing any more', async () => {
    const log = await open(new MemoryStore());
    for (let number = 0; number < 5; number += 1) await log.append(makeStatement(number));
    log.halt('somebody has more of it.');
    await log.keepIndex({ everyRecords: 2, now });
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect([log.size(), (await readAll(log)).length]).toEqual([5, 5]);
  });

  it('is no other than its log states, or the log does not go on', async () => {
    const store = new MemoryStore();
    const log = await open(store, 2);
    for (let number = 0; number < 4; number += 1) await log.append(makeStatement(number));
    await log.close();
    const [page] = await new MemoryStore(store).range(toPageKey(''), toKeyBounds('x')[1], 1);
    const bad = new MemoryStore(store);
    await bad.write([[page![0], page![1].with(20, page![1][20]! ^ 1)]]);
    await expect(open(bad, 2)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('record 5') });
    expect(await auditLog(bad, KEY.verifier)).toEqual(['the index has pages that the records do not make']);
  });
});

describe('the index of a log with witnesses', () => {
  it('waits while readers do not have the one before, who are proven that one', async () => {
    const sites = makeThreeSites({ patienceMs: 0 });
    const store = new MemoryStore();
    const log = await openStoreLog(store, ORIGIN, KEY, sites.witnessing);
    await log.keepIndex({ everyRecords: 2, now });
    for (let number = 0; number < 2; number += 1) await log.append(makeStatement(number, { image: 1 }));
    await until(() => log.size() === 3);
    for (const peer of sites.peers) peer.isDown = true;
    for (let number = 2; number < 12; number += 1) await log.append(makeStatement(number, { image: 1 + (number % 3) }));
    expect(log.size()).toBe(3);
    await expectIndexed(log, IMAGES);
    for (const peer of sites.peers) peer.isDown = false;
    // One index was stated while nobody saw it; of the rest, the next one, as soon as that was seen.
    await until(async () => log.size() > 3 && log.size() >= 15);
    const records = await readAll(log);
    expect(records.filter(({ t }) => t === 'index').length).toBe(3);
    expect(records.at(-1)!.t).toBe('index');
    await expectIndexed(log, IMAGES);
    await log.close();
    expect(await auditLog(new MemoryStore(store), KEY.verifier)).toEqual([]);
  }, 60_000);
});

describe('an index through failures', () => {
  const statements = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => makeStatement(number, { image: 1 + (number % 4) }));

  /** A life in which every failure is a fault, and after which nothing that was said is taken back. */
  async function live(store: Store, seen: Set<string>): Promise<void> {
    const log = await open(store, 2);
    seen.add(log.checkpointNote());
    for (let at = 0; at < statements.length; at += 2) {
      await Promise.allSettled(statements.slice(at, at + 2).map((statement) => log.append(statement)));
      seen.add(log.checkpointNote());
    }
    await log.close();
  }

  async function countCalls(): Promise<number> {
    const store = new FaultStore(new MemoryStore());
    await live(store, new Set());
    return store.calls;
  }

  it('states no wrong root, whichever call of the store fails, before or after its effect, and for good or once', async () => {
    const calls = await countCalls();
    expect(calls).toBeGreaterThan(50);
    for (let call = 0; call < calls; call += 1) {
      for (const moment of ['before', 'after'] as const) {
        for (const isFatal of [true, false]) {
          const memory = new MemoryStore();
          const seen = new Set<string>();
          await live(new FaultStore(memory, { call, moment, isFatal }), seen).catch((thrown) =>
            expect(String(thrown)).toMatch(/call \d/),
          );
          const log = await open(new MemoryStore(memory), 2);
          for (const note of seen) expect(await log.findLoss(Buffer.from(note))).toBeUndefined();
          await Promise.all(statements.map((statement) => log.append(statement)));
          await until(async () => (await log.indexed(IMAGES[0]!)) !== undefined);
          await expectIndexed(log, IMAGES);
          await log.close();
          expect(await auditLog(new MemoryStore(memory), KEY.verifier)).toEqual([]);
        }
      }
    }
  }, 300_000);

  it('is signed under nothing where the store does not give back its pages', async () => {
    const memory = new MemoryStore();
    let isLying = false;
    const lying: Store = {
      read: async (keys) => {
        const values = await memory.read(keys);
        const at = keys.findIndex((key) => Buffer.from(key).toString('latin1').startsWith('x/'));
        const value = values[at];
        return isLying && value !== undefined ? values.with(at, value.with(12, value[12]! ^ 1)) : values;
      },
      has: (keys) => memory.has(keys),
      range: (...given) => memory.range(...given),
      write: async (pairs) => {
        await memory.write(pairs);
        isLying = pairs.some(([key]) => Buffer.from(key).toString('latin1').startsWith('x/'));
      },
      close: async () => undefined,
    };
    const log = await open(lying, 2);
    await log.append(makeStatement(1));
    await expect(log.append(makeStatement(2))).rejects.toMatchObject({ code: 'closed', cause: { code: 'corrupt' } });
    expect(log.size()).toBe(1);
  });
});

describe('a copy of a log with an index', () => {
  async function makeOriginal(): Promise<{ store: MemoryStore; leaves: Uint8Array[]; records: LogRecord[]; log: Log }> {
    const store = new MemoryStore();
    const log = await open(store, 5);
    for (let number = 0; number < 40; number += 1) await log.append(makeStatement(number, { image: 1 + (number % 7) }));
    const records = await readAll(log);
    return { store, records, leaves: records.map(writeRecord), log };
  }

  it('has the same pages, by whatever packages it came, and reads as the log itself', async () => {
    const { store, records, leaves, log } = await makeOriginal();
    for (const width of [1, 7, 48]) {
      const copy = new MemoryStore();
      const mirror = await openMirrorLog(copy, { log: KEY.verifier, cosigner: MIRROR });
      await mirror.aim(log.checkpointNote());
      for (let first = 0; first < records.length; first += width) {
        const next = {
          first,
          records: records.slice(first, first + width),
          leaves: leaves.slice(first, first + width),
        };
        expect(await mirror.findIndexFault(next)).toBeUndefined();
        await mirror.take({ ...next, blobs: new Map() });
      }
      await mirror.publish(log.checkpointNote(), AT);
      expect(await pagesOf(copy)).toEqual(await pagesOf(store));
      expect(await formatOf(copy)).toBe(INDEXED_LOG_FORMAT);
      for (const id of IMAGES) expect(await mirror.indexed(id)).toEqual(await log.indexed(id));
    }
  });

  it('says that it is behind while it has more of the index than readers have of the log', async () => {
    const { records, leaves, log } = await makeOriginal();
    const mirror = await openMirrorLog(new MemoryStore(), { log: KEY.verifier, cosigner: MIRROR });
    const take = (first: number, end: number): Promise<void> =>
      mirror.take({ first, records: records.slice(first, end), leaves: leaves.slice(first, end), blobs: new Map() });
    await mirror.aim(log.checkpointNote());
    await take(0, 6);
    await mirror.publish(await log.checkpointOf(6), AT);
    const first = await mirror.indexed(IMAGES[0]!);
    await take(6, 12);
    expect(await mirror.indexed(IMAGES[0]!)).toEqual(first);
    await take(12, 48);
    await expect(mirror.indexed(IMAGES[0]!)).rejects.toMatchObject({ code: 'busy' });
    await mirror.publish(log.checkpointNote(), AT);
    expect(await mirror.indexed(IMAGES[0]!)).toEqual(await log.indexed(IMAGES[0]!));
  });

  it.each<[string, (record: LogRecord) => LogRecord, string]>([
    ['another root', (record) => ({ ...record, doc: 'ab'.repeat(32) }), 'states an index that the records before it'],
    ['another number', (record) => ({ ...record, seq: record.seq + 1 }), 'says it is number 4 of the index'],
    ['another one before it', (record) => ({ ...record, prev: 0 }), 'names record 0 as the index before it'],
    ['fewer records', (record) => ({ ...record, len: record.len - 1 }), 'states the index of 16 records, not of those'],
  ])(
    'takes nothing of a package whose index record names %s, and goes on with the right one',
    async (_, change, words) => {
      const { records, leaves, log } = await makeOriginal();
      const mirror = await openMirrorLog(new MemoryStore(), { log: KEY.verifier, cosigner: MIRROR });
      await mirror.aim(log.checkpointNote());
      const wrong = records.map((record, at) => (at === 17 ? change(record) : record));
      expect(records[17]!.t).toBe('index');
      expect(await mirror.findIndexFault({ first: 0, records: wrong })).toContain(`record 17 ${words}`);
      expect(mirror.stored).toBe(0);
      expect(await mirror.findIndexFault({ first: 0, records })).toBeUndefined();
      await mirror.take({ first: 0, records, leaves, blobs: new Map() });
      await mirror.publish(log.checkpointNote(), AT);
      expect(mirror.size()).toBe(48);
    },
  );
});

describe('an audit of an index', () => {
  it.each<[string, (store: Store) => Promise<void>, RegExp]>([
    [
      'pages that are missing',
      async (store) => store.write([[toPageKey('ffff'), Buffer.alloc(9)]]),
      /^the index has pages that the records do not make$/,
    ],
    [
      'a state that says more than there is',
      async (store) => store.write([[STORE_KEYS.index, Buffer.from('00000000000000ff', 'hex')]]),
      /^the index is said to cover 255 records, not 12$/,
    ],
    [
      'a format that says there is none',
      async (store) => store.write([[STORE_KEYS.format, Buffer.from(LOG_FORMAT)]]),
      /^the format of the log is not that of its records/,
    ],
    [
      'another newest index record',
      async (store) => store.write([[toHeadKey(''), Buffer.concat([Buffer.alloc(8, 0), Buffer.alloc(8, 0)])]]),
      /^the newest entry of the index is indexed as another$/,
    ],
  ])('finds %s', async (_, spoil, words) => {
    const store = new MemoryStore();
    const log = await open(store, 2);
    for (let number = 0; number < 8; number += 1) await log.append(makeStatement(number, { image: number % 3 }));
    await log.close();
    const bad = new MemoryStore(store);
    await spoil(bad);
    const problems = await auditLog(bad, KEY.verifier);
    expect(problems.some((problem) => words.test(problem))).toBe(true);
    expect(problems.length).toBeLessThan(3);
  });

  it('finds an index record whose root its records do not make, though everything else is right', async () => {
    const store = new MemoryStore();
    const log = await open(store, 3);
    for (let number = 0; number < 3; number += 1) await log.append(makeStatement(number));
    const leaf = writeRecord({ ...(await log.record(3)), doc: 'cd'.repeat(32) });
    await log.close();
    const bad = new MemoryStore(store);
    await bad.write([[toEntryKey(3), leaf]]);
    const problems = await auditLog(bad, KEY.verifier);
    expect(problems).toContain('wrong index: record 3 states an index that the records before it do not make');
  });
});
