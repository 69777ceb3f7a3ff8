import { beforeEach, describe, expect, it } from 'vitest';
import { auditLog } from '../../src/log/audit.ts';
import { signCheckpoint } from '../../src/log/checkpoint.ts';
import type { Receipt } from '../../src/log/log.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { toLogKey } from '../../src/log/note-key.ts';
import { readRecordProof } from '../../src/log/record-proof.ts';
import type { Store } from '../../src/log/store.ts';
import {
  STORE_KEYS,
  toBlobKey,
  toCheckpointKey,
  toDocumentKey,
  toEntryKey,
  toHeadKey,
  toIdentifierKey,
  toNumberValue,
  toTileKey,
  writeHead,
} from '../../src/log/store-key.ts';
import { openStoreLog } from '../../src/log/store-log.ts';
import { writeRecord } from '../../src/proof/record.ts';
import { AT, KEY, makeStatement, ORIGIN, sha } from './statement.ts';

let store: Store;
let memory: MemoryStore;
let receipts: Receipt[];

/** 300 records: trust, 10 images with about 30 entries each, in several batches. */
beforeEach(async () => {
  memory = new MemoryStore();
  const log = await openStoreLog(memory, ORIGIN, KEY);
  receipts = [await log.appendTrust(Buffer.from('anchors'), AT)];
  for (let first = 0; first < 299; first += 23) {
    const numbers = Array.from({ length: Math.min(23, 299 - first) }, (_, at) => first + at);
    receipts.push(
      ...(await Promise.all(numbers.map((number) => log.append(makeStatement(number, { image: number % 10 }))))),
    );
  }
  await log.close();
  memory = new MemoryStore(memory);
  store = memory;
});

async function change(key: Uint8Array, to: (value: Uint8Array) => Uint8Array): Promise<void> {
  const [value] = await store.read([key]);
  await store.write([[key, to(value ?? new Uint8Array())]]);
}

function flip(at: number): (value: Uint8Array) => Uint8Array {
  return (value) => value.with(at, value[at]! ^ 1);
}

/** The store without some keys. */
function without(...keys: readonly Uint8Array[]): Store {
  const hidden = new Set(keys.map((key) => Buffer.from(key).toString('hex')));
  const isHidden = (key: Uint8Array): boolean => hidden.has(Buffer.from(key).toString('hex'));
  return {
    read: async (wanted) => (await memory.read(wanted)).map((value, at) => (isHidden(wanted[at]!) ? undefined : value)),
    has: async (wanted) => (await memory.has(wanted)).map((isThere, at) => isThere && !isHidden(wanted[at]!)),
    range: async (from, to, limit, end) => {
      const pairs = await memory.range(from, to, limit + hidden.size, end);
      return pairs.filter(([key]) => !isHidden(key)).slice(0, limit);
    },
    write: (pairs) => memory.write(pairs),
    close: () => memory.close(),
  };
}

const audit = (): Promise<string[]> => auditLog(store, KEY.verifier);

describe('auditLog', () => {
  it('finds nothing in a sound log, and tells how far it is', async () => {
    const progress: number[][] = [];
    expect(await auditLog(store, KEY.verifier, (done, size) => progress.push([done, size]))).toEqual([]);
    expect(progress).toEqual([
      [256, 300],
      [300, 300],
    ]);
  });

  it('finds nothing in an empty log', async () => {
    const empty = new MemoryStore();
    await openStoreLog(empty, ORIGIN, KEY);
    expect(await auditLog(empty, KEY.verifier)).toEqual([]);
  });

  it('finds a changed leaf', async () => {
    const { record, index } = receipts[200]!;
    await store.write([[toEntryKey(index), writeRecord({ ...record, act: 'deprecated' })]]);
    const problems = await audit();
    expect(problems).toContain('tile 0/0 is not what the records make it');
    expect(problems).toContain('the state has another root than the records');
    expect(
      problems.some((problem) => problem.startsWith('the checkpoint signed for 300 records is of another tree')),
    ).toBe(true);
  });

  it('finds a leaf that is not canonical (TL-16)', async () => {
    await change(toEntryKey(5), (leaf) => Buffer.concat([leaf, Buffer.from('\n')]));
    expect(await audit()).toContain('record 5: A log record is not in its canonical form.');
  });

  it.each<[string, Uint8Array, number, string]>([
    ['a full tile', toTileKey({ level: 0, index: 0 }), 4000, 'tile 0/0 is not what the records make it'],
    ['a growing tile', toTileKey({ level: 0, index: 1 }), 40, 'tile 0/1 is not what the records make it'],
    ['an upper tile', toTileKey({ level: 1, index: 0 }), 4, 'tile 1/0 is not what the records make it'],
    ['a checkpoint', toCheckpointKey(24), 60, 'the checkpoint signed for 24 records'],
    ['the trust index', STORE_KEYS.trust, 7, 'the newest trust record is indexed as another'],
  ])('finds a flipped bit in %s', async (_, key, at, problem) => {
    await change(key, flip(at));
    expect((await audit()).some((found) => found.startsWith(problem))).toBe(true);
  });

  it('finds a flipped bit in any blob', async () => {
    const { record } = receipts[77]!;
    for (const name of [record.doc, record.ev, sha('sha256', 'the certificate that all of them share')]) {
      await change(toBlobKey(name), flip(3));
      expect(await audit()).toEqual([`blob ${name} is not what it was`]);
      await change(toBlobKey(name), flip(3));
    }
  });

  it('finds missing blobs', async () => {
    const { record, index } = receipts[9]!;
    store = without(toBlobKey(record.doc), toBlobKey(record.ev));
    expect(await audit()).toEqual([
      `record ${index}: its document is missing`,
      `record ${index}: its evidence is missing`,
    ]);
  });

  it('finds a document of another length', async () => {
    const { record, index } = receipts[9]!;
    await change(toBlobKey(record.doc), (blob) => blob.subarray(1));
    expect(await audit()).toContain(`record ${index}: its document has another length`);
  });

  it('finds wrong indexes', async () => {
    const { record, index } = receipts[40]!;
    await store.write([
      [toDocumentKey(record.doc), toNumberValue(1)],
      [toIdentifierKey(record.id, record.seq), toNumberValue(2)],
      [toHeadKey(record.id), writeHead({ seq: 1, index: 1 })],
    ]);
    const problems = await audit();
    expect(problems).toContain(`record ${index}: its document is indexed as of record 1`);
    expect(problems).toContain(`record ${index}: number ${record.seq} of ${record.id} is indexed as record 2`);
    expect(problems).toContain(`the newest entry of ${record.id} is indexed as another`);
  });

  it('finds what is in an index but not in the records', async () => {
    const { id } = receipts[40]!.record;
    await store.write([
      [toDocumentKey(sha('sha256', 'nobody')), toNumberValue(1)],
      [toIdentifierKey(id, 99), toNumberValue(2)],
      [toHeadKey('A'.repeat(27)), writeHead({ seq: 1, index: 1 })],
    ]);
    const problems = await audit();
    expect(problems).toContain('there are 300 documents in the index for 299 entries');
    expect(problems).toContain('there are 300 places in the identifier index for 299 entries');
    expect(problems).toContain('there are 11 newest entries for 10 identifiers');
  });

  it('finds records and hashes beyond the end, and a tile too many', async () => {
    await change(toTileKey({ level: 0, index: 1 }), (tile) => Buffer.concat([tile, Buffer.alloc(32)]));
    await store.write([
      [toEntryKey(300), Buffer.from('more')],
      [toTileKey({ level: 0, index: 2 }), Buffer.alloc(32)],
    ]);
    expect(await audit()).toEqual([
      'tile 0/1 has more hashes than there are records',
      'there are 4 tiles instead of 3',
      'there are records beyond the 300 the log has',
    ]);
  });

  it('finds a missing record', async () => {
    store = without(toEntryKey(100));
    expect(await audit()).toEqual(['the audit could not go on: The log has lost records before 256.']);
  });

  it('finds checkpoints of another tree, another key, and of records that are gone', async () => {
    const fork = signCheckpoint({ origin: ORIGIN, size: 24, root: Buffer.alloc(32, 1) }, KEY);
    const stranger = signCheckpoint(
      { origin: ORIGIN, size: 47, root: Buffer.alloc(32) },
      toLogKey(ORIGIN, Buffer.alloc(32)),
    );
    const lost = signCheckpoint({ origin: ORIGIN, size: 301, root: Buffer.alloc(32, 1) }, KEY);
    await store.write([
      [toCheckpointKey(24), Buffer.from(fork)],
      [toCheckpointKey(47), Buffer.from(stranger)],
      [toCheckpointKey(301), Buffer.from(lost)],
    ]);
    expect(await audit()).toEqual([
      'the checkpoint signed for 24 records is of another tree than these records',
      `the checkpoint signed for 47 records: The checkpoint is not signed with the key of ${ORIGIN}.`,
      'a checkpoint was signed for 301 records, but there are 300',
    ]);
  });

  it('says so when the store is no log or has no sound state', async () => {
    expect(await auditLog(new MemoryStore(), KEY.verifier)).toHaveLength(1);
    await change(STORE_KEYS.state, flip(9));
    expect(await audit()).toEqual([
      'the audit could not go on: The state of the log has a root that is not that of its edge.',
    ]);
  });

  it('names the first hundred problems', async () => {
    for (const { record } of receipts.slice(1)) await change(toDocumentKey(record.doc), flip(0));
    const problems = await audit();
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toBe('and 199 more problems');
  });
});

describe('opening', () => {
  const reopen = (): Promise<unknown> => openStoreLog(new MemoryStore(memory), ORIGIN, KEY);

  it.each<[string, Uint8Array, number]>([
    ['the state', STORE_KEYS.state, 20],
    ['the last checkpoint', toCheckpointKey(300), 50],
    ['its signature', toCheckpointKey(300), 140],
    ['the growing tile', toTileKey({ level: 0, index: 1 }), 40],
    ['the upper tile', toTileKey({ level: 1, index: 0 }), 4],
  ])('refuses a flipped bit in %s', async (_, key, at) => {
    await change(key, flip(at));
    await expect(reopen()).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('refuses another format, and a database that is no log', async () => {
    await store.write([[STORE_KEYS.format, Buffer.from('vouch-log/3')]]);
    await expect(reopen()).rejects.toMatchObject({ code: 'config', message: expect.stringContaining('vouch-log/3') });
    memory = new MemoryStore();
    await memory.write([[Buffer.from('x'), Buffer.from('y')]]);
    await expect(reopen()).rejects.toMatchObject({ code: 'config' });
  });

  it('refuses fewer records than were signed for', async () => {
    const root = Buffer.alloc(32, 1);
    await store.write([[toCheckpointKey(301), Buffer.from(signCheckpoint({ origin: ORIGIN, size: 301, root }, KEY))]]);
    await expect(reopen()).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('refuses a signed tree that is not a prefix', async () => {
    const root = Buffer.alloc(32, 1);
    const hidden = without(toCheckpointKey(300));
    await store.write([[toCheckpointKey(299), Buffer.from(signCheckpoint({ origin: ORIGIN, size: 299, root }, KEY))]]);
    await expect(openStoreLog(hidden, ORIGIN, KEY)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('refuses records the state does not know of', async () => {
    await store.write([[toEntryKey(300), Buffer.from('more')]]);
    await expect(reopen()).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('refuses to sign unsigned records that are not what the tiles say', async () => {
    await change(toEntryKey(299), (leaf) => leaf.with(100, leaf[100]! ^ 1));
    await expect(openStoreLog(without(toCheckpointKey(300)), ORIGIN, KEY)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('refuses to sign for an unsigned record whose document is damaged', async () => {
    await change(toBlobKey(receipts[299]!.record.doc), flip(0));
    await expect(openStoreLog(without(toCheckpointKey(300)), ORIGIN, KEY)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('signs what is durable but unsigned', async () => {
    const log = await openStoreLog(without(toCheckpointKey(300)), ORIGIN, KEY);
    expect(log.size()).toBe(300);
    expect(await log.record(299)).toEqual(receipts[299]!.record);
  });
});

describe('reading', () => {
  it('never gives out a blob or record that is not what it was (TL-15)', async () => {
    const { record } = receipts[3]!;
    await change(toBlobKey(record.doc), flip(0));
    await change(toEntryKey(4), (leaf) => leaf.subarray(1));
    const log = await openStoreLog(memory, ORIGIN, KEY);
    await expect(log.blob(record.doc)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(log.record(4)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('never gives out a proof that does not hold: it would look like a log that lies', async () => {
    // Hash 9 of the first tile: opening reads the growing end only.
    await change(toTileKey({ level: 0, index: 0 }), flip(9 * 32));
    const log = await openStoreLog(memory, ORIGIN, KEY);
    for (const proof of [() => log.proof(8), () => log.receipt(8), () => log.checkpointSince(9)]) {
      await expect(proof()).rejects.toMatchObject({ code: 'corrupt' });
    }
    expect(readRecordProof(await log.proof(290), KEY.verifier).index).toBe(290);
  });
});
