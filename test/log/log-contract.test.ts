import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readSignedCheckpoint } from '../../src/log/checkpoint.ts';
import { openLevelLog } from '../../src/log/level-log.ts';
import type { Log, LogRecord } from '../../src/log/log.ts';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { EMPTY_ROOT, hashLeaf, isConsistent, isIncluded } from '../../src/log/merkle.ts';
import { readRecordProof } from '../../src/log/record-proof.ts';
import { openStoreLog } from '../../src/log/store-log.ts';
import { writeRecord } from '../../src/proof/record.ts';
import { AT, KEY, makeStatement, ORIGIN, sha } from './statement.ts';
import { makeThreeSites } from './witnesses.ts';

const opened: Log[] = [];
const directories: string[] = [];

const LOGS: Record<string, () => Promise<Log>> = {
  MemoryLog: () => openMemoryLog({ origin: ORIGIN, key: KEY }),
  LevelLog: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'vouch-log-'));
    directories.push(directory);
    return openLevelLog({ directory, origin: ORIGIN, key: KEY });
  },
  'a log with witnesses': () => openStoreLog(new MemoryStore(), ORIGIN, KEY, makeThreeSites().witnessing),
};

afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

describe.each(Object.entries(LOGS))('%s', (_, make) => {
  async function open(): Promise<Log> {
    const log = await make();
    opened.push(log);
    return log;
  }

  function published(log: Log): { size: number; root: Uint8Array } {
    return readSignedCheckpoint(Buffer.from(log.checkpointNote()), KEY.verifier).checkpoint;
  }

  it('starts empty, with a signed checkpoint that says so', async () => {
    const log = await open();
    expect(log.size()).toBe(0);
    expect(log.origin).toBe(ORIGIN);
    expect(published(log)).toEqual({ origin: ORIGIN, size: 0, root: new Uint8Array(EMPTY_ROOT) });
    expect(await collect(log)).toEqual([]);
    await expect(log.record(0)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('gives each record its place, and each identifier its chain', async () => {
    const log = await open();
    const first = await log.append(makeStatement(1, { image: 1 }));
    const other = await log.append(makeStatement(2, { image: 2 }));
    const second = await log.append(makeStatement(3, { image: 1, deprecated: 'broken' }));
    expect([first, other, second].map(({ index, size }) => [index, size])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(first.record).toMatchObject({ seq: 1, prev: -1, act: 'valid', created: '2026-11-20T10:00:00Z' });
    expect(other.record).toMatchObject({ seq: 1, prev: -1 });
    expect(second.record).toMatchObject({ seq: 2, prev: 0, act: 'deprecated', at: '2026-11-20T10:00:05Z' });
    expect(await log.record(2)).toEqual(second.record);
    expect(await collect(log)).toEqual([first, other, second].map(({ index, record }) => ({ index, record })));
    expect(await collect(log, 1, 2)).toEqual([{ index: 1, record: other.record }]);
    expect(await collect(log, 2, 99)).toHaveLength(1);
  });

  it('chains the entries of one identifier inside one batch', async () => {
    const log = await open();
    const receipts = await Promise.all([1, 2, 3].map((number) => log.append(makeStatement(number, { image: 9 }))));
    expect(receipts.map(({ record }) => [record.seq, record.prev])).toEqual([
      [1, -1],
      [2, 0],
      [3, 1],
    ]);
    expect(receipts.map(({ size }) => size)).toEqual([3, 3, 3]);
  });

  it('returns the first acceptance of a document that comes again', async () => {
    const log = await open();
    const first = await log.append(makeStatement(1));
    await log.append(makeStatement(2));
    expect(await log.append(makeStatement(1))).toEqual({ ...first, size: 2 });
    expect(log.size()).toBe(2);
    expect(await log.findDocument(first.record.doc)).toBe(0);
    expect(await log.findDocument(sha('sha256', 'never seen'))).toBeUndefined();
    expect(await log.findDocument('no digest')).toBeUndefined();
  });

  it('accepts a document once when many send it at once', async () => {
    const log = await open();
    const receipts = await Promise.all([1, 1, 2, 1, 2].map((number) => log.append(makeStatement(number))));
    expect(receipts.map(({ index }) => index)).toEqual([0, 0, 1, 0, 1]);
    expect(log.size()).toBe(2);
  });

  it('keeps document, evidence and attachments as blobs', async () => {
    const log = await open();
    const statement = makeStatement(1);
    const { record } = await log.append(statement);
    expect(Buffer.from(await log.blob(record.doc))).toEqual(statement.verified.bytes);
    expect(Buffer.from(await log.blob(record.ev)).toString()).toBe('evidence of 1');
    const attachment = await log.blob(sha('sha256', 'the certificate that all of them share'));
    expect(Buffer.from(attachment)).toEqual(statement.attachments[0]);
    await expect(log.blob(sha('sha256', 'never seen'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(log.blob('../../etc')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('keeps the bytes it was given, whatever the caller does with its arrays afterwards', async () => {
    const log = await open();
    const statement = makeStatement(1);
    const snapshot = Buffer.from('anchors');
    const appends = [log.append(statement), log.appendTrust(snapshot, AT)];
    for (const bytes of [statement.verified.bytes, statement.evidence, snapshot]) bytes.fill(0);
    const [entry, trust] = await Promise.all(appends);
    expect(Buffer.from(await log.blob(entry!.record.doc)).toString()).toBe('document 1 ');
    expect(Buffer.from(await log.blob(entry!.record.ev)).toString()).toBe('evidence of 1');
    expect(Buffer.from(await log.blob(trust!.record.doc)).toString()).toBe('anchors');
    (await log.blob(trust!.record.doc)).fill(0);
    expect(Buffer.from(await log.blob(trust!.record.doc)).toString()).toBe('anchors');
  });

  it('records no evidence where there is none', async () => {
    const log = await open();
    const { record } = await log.append({ ...makeStatement(1), evidence: new Uint8Array() });
    expect(record.ev).toBe('');
  });

  it('refuses what cannot be a record, appends nothing and goes on', async () => {
    const log = await open();
    const { verified, ...rest } = makeStatement(1);
    const nameless = { ...verified, entry: { ...verified.entry, identifier: 'x/y' } };
    await expect(log.append({ ...rest, verified: nameless })).rejects.toMatchObject({ code: 'malformed' });
    const swapped = { ...verified, bytes: Buffer.from('other bytes') };
    await expect(log.append({ ...rest, verified: swapped })).rejects.toMatchObject({ code: 'internal' });
    expect((await log.append(makeStatement(2))).index).toBe(0);
  });

  it('appends a trust record only when the snapshot changes', async () => {
    const log = await open();
    const [red, blue] = [Buffer.from('red anchors'), Buffer.from('blue anchors')];
    const receipts = await Promise.all([red, red, blue, blue, red].map((snapshot) => log.appendTrust(snapshot, AT)));
    expect(receipts.map(({ index }) => index)).toEqual([0, 0, 1, 1, 2]);
    expect((await log.appendTrust(red, AT)).index).toBe(2);
    expect(receipts[0]!.record).toMatchObject({ t: 'trust', id: '', seq: 0, prev: -1, len: red.length, ev: '' });
    expect(Buffer.from(await log.blob(receipts[2]!.record.doc))).toEqual(blue);
    expect(await log.findDocument(receipts[0]!.record.doc)).toBeUndefined();
  });

  it('serves tiles, bundles and proofs that lead from every record to the signed checkpoint', async () => {
    const log = await open();
    const small = published(log);
    for (let batch = 0; batch < 3; batch += 1) {
      await Promise.all(Array.from({ length: 100 }, (_, at) => log.append(makeStatement(batch * 100 + at))));
    }
    const { size, root } = published(log);
    expect(size).toBe(300);
    expect(isConsistent(small.size, small.root, size, root, await log.consistencyProof(0))).toBe(true);
    for (const index of [0, 99, 255, 256, 299]) {
      const leaf = hashLeaf(writeRecord(await log.record(index)));
      expect(isIncluded(leaf, index, size, root, await log.inclusionProof(index))).toBe(true);
    }
    const partial = await log.tile(0, 1, 44);
    expect(partial).toHaveLength(44 * 32);
    expect(Buffer.from(partial.subarray(43 * 32))).toEqual(hashLeaf(writeRecord(await log.record(299))));
    expect(await log.tile(1, 0, 1)).toHaveLength(32);
    expect(await log.tile(0, 0, 7)).toHaveLength(7 * 32);
    const bundle = Buffer.from(await log.bundle(1, 2));
    const leaf = Buffer.from(writeRecord(await log.record(256)));
    expect(bundle.readUInt16BE(0)).toBe(leaf.length);
    expect(bundle.subarray(2, 2 + leaf.length)).toEqual(leaf);
  });

  it('has no tile, bundle or proof beyond its size', async () => {
    const log = await open();
    await log.append(makeStatement(1));
    await log.append(makeStatement(2));
    const refused = [
      log.tile(0, 0, 3),
      log.tile(0, 1, 1),
      log.tile(1, 0, 1),
      log.tile(0, 0, 0),
      log.tile(0, -1, 1),
      log.tile(0, 0.5, 1),
      log.bundle(0, 3),
      log.bundle(1, 1),
      log.inclusionProof(2),
      log.inclusionProof(1, 1),
      log.inclusionProof(0, 3),
      log.consistencyProof(1, 3),
      log.consistencyProof(2, 1),
      log.consistencyProof(-1),
      log.record(-1),
      log.record(0.5),
    ];
    for (const answer of refused) await expect(answer).rejects.toMatchObject({ code: 'not-found' });
  });

  it('keeps every checkpoint it published, and has none for other sizes', async () => {
    const log = await open();
    const notes = [log.checkpointNote()];
    for (const numbers of [[1], [2, 3, 4], [5]]) {
      await Promise.all(numbers.map((number) => log.append(makeStatement(number))));
      notes.push(log.checkpointNote());
    }
    expect(await Promise.all([0, 1, 4, 5].map((size) => log.checkpointOf(size)))).toEqual(notes);
    await expect(log.checkpointOf(2)).rejects.toMatchObject({
      code: 'not-found',
      message: 'No checkpoint was signed for 2 records; the next one after it is of 4.',
    });
    await expect(log.checkpointOf(6)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('gives every record a receipt that never changes, and a proof under any later checkpoint', async () => {
    const log = await open();
    const receipts: string[] = [];
    for (const numbers of [[1], [2, 3, 4], [5]]) {
      const placed = await Promise.all(numbers.map((number) => log.append(makeStatement(number))));
      for (const { index } of placed) receipts.push(await log.receipt(index));
    }
    const proven = receipts.map((receipt) => readRecordProof(receipt, KEY.verifier));
    expect(proven.map(({ index, checkpoint }) => [index, checkpoint.size])).toEqual([
      [0, 1],
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 5],
    ]);
    for (const { index, record } of proven) {
      expect(record).toEqual(await log.record(index));
      expect(await log.receipt(index)).toBe(receipts[index]);
      expect(readRecordProof(await log.proof(index), KEY.verifier).checkpoint.size).toBe(5);
    }
    expect(readRecordProof(await log.proof(0, 4), KEY.verifier).checkpoint.size).toBe(4);
    for (const index of [5, -1, 0.5]) await expect(log.receipt(index)).rejects.toMatchObject({ code: 'not-found' });
    for (const [index, size] of [
      [5, 5],
      [4, 4],
      [0, 2],
      [0, 6],
    ] as const) {
      await expect(log.proof(index, size)).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  it('gives its checkpoints in the form a witness takes', async () => {
    const log = await open();
    await log.append(makeStatement(1));
    await Promise.all([2, 3].map((number) => log.append(makeStatement(number))));
    const proof = (await log.consistencyProof(1)).map((hash) => Buffer.from(hash).toString('base64'));
    expect(await log.checkpointSince(1)).toBe(`old 1\n${proof.join('\n')}\n\n${log.checkpointNote()}`);
    expect(await log.checkpointSince(0, 1)).toBe(`old 0\n\n${await log.checkpointOf(1)}`);
    expect(await log.checkpointSince(2, 3)).toContain('old 2\n');
    for (const [from, to] of [
      [1, 2],
      [3, 4],
      [3, 1],
      [-1, 3],
    ] as const) {
      await expect(log.checkpointSince(from, to)).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  it('lists the records of an image, page by page, as any earlier tree had them', async () => {
    const log = await open();
    for (let number = 0; number < 12; number += 1) await log.append(makeStatement(number, { image: number % 2 }));
    const { id } = await log.record(1);
    expect(await log.history(id, { from: 1, limit: 100 })).toEqual([1, 3, 5, 7, 9, 11]);
    expect(await log.history(id, { from: 2, limit: 3 })).toEqual([3, 5, 7]);
    expect(await log.history(id, { from: 1, limit: 100 }, 6)).toEqual([1, 3, 5]);
    expect(await log.history(id, { from: 7, limit: 100 })).toEqual([]);
    expect(await log.history('A'.repeat(27), { from: 1, limit: 100 })).toEqual([]);
    expect(await log.history('../../etc', { from: 1, limit: 100 })).toEqual([]);
  });

  it('serves readers one consistent history while many write', async () => {
    const log = await open();
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let turn = 0; turn < 25; turn += 1) {
        const receipt = await log.append(makeStatement(writer * 1000 + turn, { image: turn }));
        expect(receipt.size).toBeGreaterThan(receipt.index);
        expect(await log.record(receipt.index)).toEqual(receipt.record);
      }
    });
    const reader = (async () => {
      let last = published(log);
      while (log.size() < 200) {
        const next = published(log);
        const proof = await log.consistencyProof(last.size, next.size);
        expect(isConsistent(last.size, last.root, next.size, next.root, proof)).toBe(true);
        last = next;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await Promise.all([...writers, reader]);
    const places = (await collect(log)).map(({ record }) => `${record.id} ${record.seq}`);
    expect(new Set(places).size).toBe(200);
  });

  it('finishes what is under way when it closes, and takes nothing after', async () => {
    const log = await make();
    const appends = [1, 2, 3].map((number) => log.append(makeStatement(number)));
    const closing = log.close();
    await expect(log.append(makeStatement(4))).rejects.toMatchObject({ code: 'closed' });
    expect((await Promise.all(appends)).map(({ index }) => index)).toEqual([0, 1, 2]);
    await closing;
    await expect(log.record(0)).rejects.toMatchObject({ code: 'closed' });
  });
});

async function collect(log: Log, from = 0, to?: number): Promise<{ index: number; record: LogRecord }[]> {
  const found: { index: number; record: LogRecord }[] = [];
  for await (const each of log.records(from, to)) found.push(each);
  return found;
}
