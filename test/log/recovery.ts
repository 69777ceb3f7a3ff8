import { expect } from 'vitest';
import { auditLog } from '../../src/log/audit.ts';
import { readSignedCheckpoint } from '../../src/log/checkpoint.ts';
import type { Log, Receipt, Statement } from '../../src/log/log.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { isConsistent } from '../../src/log/merkle.ts';
import type { Store } from '../../src/log/store.ts';
import { openStoreLog } from '../../src/log/store-log.ts';
import { FaultStore } from './fault-store.ts';
import { AT, KEY, makeStatement, ORIGIN } from './statement.ts';

/** What the outside saw of a log before it failed. */
export interface Seen {
  readonly receipts: Receipt[];
  readonly notes: Set<string>;
}

/** Batches of one and of several, a chain, a duplicate, a trust record. Every failure must be a fault with a code. */
export async function live(store: Store, seen: Seen, batches: readonly (readonly Statement[])[]): Promise<void> {
  const log = await openStoreLog(store, ORIGIN, KEY);
  seen.notes.add(log.checkpointNote());
  for (const batch of batches) {
    const appends = [...batch.map((statement) => log.append(statement)), log.appendTrust(Buffer.from('anchors'), AT)];
    for (const outcome of await Promise.allSettled(appends)) {
      if (outcome.status === 'fulfilled') seen.receipts.push(outcome.value);
      else expect(outcome.reason).toBeInstanceOf(Error);
    }
    seen.notes.add(log.checkpointNote());
    await expectReads(log, seen);
  }
  await log.close();
}

/** A log that closed itself still shows what it published. */
async function expectReads(log: Log, { receipts }: Seen): Promise<void> {
  expect(receipts.every(({ index, size }) => index < size && size <= log.size())).toBe(true);
}

/** Reopens after the crash: nothing acknowledged is lost, nothing published is taken back, all of it is sound. */
export async function expectRecovery(
  open: () => Promise<Store>,
  seen: Seen,
  batches: readonly (readonly Statement[])[],
): Promise<void> {
  const log = await openStoreLog(await open(), ORIGIN, KEY);
  const now = readSignedCheckpoint(Buffer.from(log.checkpointNote()), KEY.verifier).checkpoint;
  for (const { index, record, size } of seen.receipts) {
    expect(await log.record(index)).toEqual(record);
    expect(size).toBeLessThanOrEqual(now.size);
    expect(await log.blob(record.doc)).toHaveLength(record.len);
  }
  for (const note of seen.notes) {
    const old = readSignedCheckpoint(Buffer.from(note), KEY.verifier).checkpoint;
    expect(isConsistent(old.size, old.root, now.size, now.root, await log.consistencyProof(old.size))).toBe(true);
  }
  const again = await Promise.all(batches.flat().map((statement) => log.append(statement)));
  const documents = new Set(batches.flat().map(({ verified }) => verified.documentSha256));
  expect(new Set(again.map(({ index }) => index)).size).toBe(documents.size);
  expect(log.size() - documents.size).toBeLessThanOrEqual(1);
  await log.close();
  const store = await open();
  expect(await auditLog(store, KEY.verifier)).toEqual([]);
  await store.close();
}

/** The history that fails at each of its calls; `dying-writer.mjs` has the same. */
export const BATCHES = [
  [makeStatement(1, { image: 1 })],
  [makeStatement(2, { image: 1 }), makeStatement(3), makeStatement(2, { image: 1 }), makeStatement(4, { image: 1 })],
  [makeStatement(5), makeStatement(1, { image: 1 })],
];

/** The calls of the store that a history makes. */
export async function countCalls(batches: readonly (readonly Statement[])[]): Promise<number> {
  const store = new FaultStore(new MemoryStore());
  await live(store, { receipts: [], notes: new Set() }, batches);
  return store.calls;
}
