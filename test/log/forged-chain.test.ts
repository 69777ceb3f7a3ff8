import { describe, expect, it } from 'vitest';
import { auditLog } from '../../src/log/audit.ts';
import { signCheckpoint } from '../../src/log/checkpoint.ts';
import { GrowingTree } from '../../src/log/growing-tree.ts';
import type { LogRecord } from '../../src/log/log.ts';
import { writeLogState } from '../../src/log/log-state.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { hashLeaf } from '../../src/log/merkle.ts';
import type { Pair, Store } from '../../src/log/store.ts';
import {
  STORE_KEYS,
  toCheckpointKey,
  toEntryKey,
  toIdentifierKey,
  toNumberValue,
  toTileKey,
} from '../../src/log/store-key.ts';
import { openStoreLog } from '../../src/log/store-log.ts';
import { writeRecord } from '../../src/proof/record.ts';
import { KEY, makeStatement, ORIGIN } from './statement.ts';

/** Puts records into a store as a log would that signs whatever it likes: leaves, tiles, state, places and checkpoint agree. */
async function signOver(store: Store, records: readonly LogRecord[]): Promise<void> {
  const tree = await GrowingTree.read(async () => [], 0);
  for (const record of records) tree.append(hashLeaf(writeRecord(record)));
  const state = { size: tree.size, root: tree.root(), edge: tree.edge };
  const note = signCheckpoint({ origin: ORIGIN, size: state.size, root: state.root }, KEY);
  await store.write([
    ...records.map((record, index): Pair => [toEntryKey(index), writeRecord(record)]),
    ...records.map(({ id, seq }, index): Pair => [toIdentifierKey(id, seq), toNumberValue(index)]),
    ...tree.takeTouched().map((tile): Pair => [toTileKey(tile), tile.bytes]),
    [STORE_KEYS.state, writeLogState(state)],
    [toCheckpointKey(state.size), Buffer.from(note)],
  ]);
}

describe('an audit of a log that signed a chain with a gap (TL-16)', () => {
  it.each<[string, Partial<LogRecord>, string]>([
    ['a number is left out', { seq: 3, prev: 0 }, 'record 1: continues record 0, but number 2 of'],
    ['another record is named before it', { seq: 2, prev: 7 }, 'record 1: continues record 7, but number 1 of'],
    ['it begins anew', { seq: 1, prev: -1 }, 'record 0: number 1 of'],
  ])('finds that %s, though every hash and signature is right', async (_, wrong, problem) => {
    const honest = new MemoryStore();
    const log = await openStoreLog(honest, ORIGIN, KEY);
    const first = await log.append(makeStatement(1, { image: 1 }));
    const second = await log.append(makeStatement(2, { image: 1 }));
    await log.close();
    const store = new MemoryStore(honest);
    expect(await auditLog(store, KEY.verifier)).toEqual([]);
    await signOver(store, [first.record, { ...second.record, ...wrong }]);
    const problems = await auditLog(store, KEY.verifier);
    expect(problems.some((found) => found.startsWith(problem))).toBe(true);
    expect(problems.filter((found) => /tree|root|tile|signed/.test(found))).toEqual([]);
  });
});
