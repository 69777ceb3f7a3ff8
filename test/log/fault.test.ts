import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { auditLog } from '../../src/log/audit.ts';
import { readSignedCheckpoint } from '../../src/log/checkpoint.ts';
import { openLevelStore } from '../../src/log/level-store.ts';
import type { Log } from '../../src/log/log.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { readRecordProof } from '../../src/log/record-proof.ts';
import type { Pair, Store } from '../../src/log/store.ts';
import { toCheckpointKey } from '../../src/log/store-key.ts';
import { openStoreLog } from '../../src/log/store-log.ts';
import { type Fault, FaultStore } from './fault-store.ts';
import { BATCHES, countCalls, expectRecovery, live, type Seen } from './recovery.ts';
import { KEY, makeStatement, ORIGIN } from './statement.ts';

const CALLS = await countCalls(BATCHES);
const FAULTS = Array.from({ length: CALLS }, (_, call) => call).flatMap((call): Fault[] => [
  { call, moment: 'before', isFatal: false },
  { call, moment: 'after', isFatal: false },
  { call, moment: 'before', isFatal: true },
  { call, moment: 'after', isFatal: true },
]);

describe('the fault table (ST-01)', () => {
  it('has a row for every call of a history that makes many', () => {
    expect(CALLS).toBeGreaterThan(25);
  });

  it.each(FAULTS)('in memory: call $call fails $moment its effect, killed: $isFatal', async (fault) => {
    const seen: Seen = { receipts: [], notes: new Set() };
    const memory = new MemoryStore();
    await live(new FaultStore(memory, fault), seen, BATCHES).catch((thrown) =>
      expect(String(thrown)).toMatch(/call \d/),
    );
    await expectRecovery(async () => new MemoryStore(memory), seen, BATCHES);
  });

  const directories: string[] = [];
  afterAll(async () => {
    for (const directory of directories) await rm(directory, { recursive: true });
  });

  it.each(FAULTS.filter(({ isFatal }) => isFatal))('in LevelDB: call $call fails $moment its effect', async (fault) => {
    const directory = await mkdtemp(join(tmpdir(), 'vouch-log-'));
    directories.push(directory);
    const seen: Seen = { receipts: [], notes: new Set() };
    const level = await openLevelStore(directory);
    await live(new FaultStore(level, fault), seen, BATCHES).catch((thrown) =>
      expect(String(thrown)).toMatch(/call \d/),
    );
    await level.close();
    await expectRecovery(() => openLevelStore(directory), seen, BATCHES);
  });
});

describe('after a write whose outcome is unknown', () => {
  /** The calls of a first append are those of the history that starts with it, so its writes are found by trying. */
  async function failAt(call: number): Promise<{ log: Log; fault: unknown } | undefined> {
    const log = await openStoreLog(
      new FaultStore(new MemoryStore(), { call, moment: 'after', isFatal: false }),
      ORIGIN,
      KEY,
    );
    const fault = await log.append(makeStatement(1)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return fault === undefined ? undefined : { log, fault };
  }

  it('the log is closed for writing, says why, and goes on reading what it published', async () => {
    let closed = 0;
    for (let call = CALLS; call > 0; call -= 1) {
      const failed = await failAt(call).catch(() => undefined);
      if (failed === undefined) continue;
      const { log, fault } = failed;
      const next = await log.append(makeStatement(2)).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      // A failed read before anything is written leaves the log open.
      if (next === undefined) continue;
      closed += 1;
      for (const thrown of [fault, next]) {
        expect(thrown).toMatchObject({ code: 'closed', cause: { message: `the disk failed at call ${call}` } });
      }
      expect(log.size()).toBe(0);
      expect(readSignedCheckpoint(Buffer.from(log.checkpointNote()), KEY.verifier).checkpoint.size).toBe(0);
      await expect(log.record(0)).rejects.toMatchObject({ code: 'not-found' });
    }
    expect(closed).toBeGreaterThanOrEqual(3);
  });
});

describe('a store that does not give back what was written (ST-04)', () => {
  /** Spoils the first value read after a write whose key begins like this. */
  class LyingStore extends FaultStore {
    readonly #kind: string;
    #hasWritten = false;

    constructor(store: Store, kind: string) {
      super(store);
      this.#kind = kind;
    }

    override async read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
      const values = await super.read(keys);
      const at = keys.findIndex((key) => Buffer.from(key).toString('latin1').startsWith(this.#kind));
      const value = values[at];
      if (!this.#hasWritten || value === undefined) return values;
      return values.with(at, value.with(value.length - 1, value.at(-1)! ^ 1));
    }

    override async write(pairs: readonly Pair[]): Promise<void> {
      await super.write(pairs);
      this.#hasWritten = pairs.some(([key]) => Buffer.from(key).toString('latin1').startsWith('e/'));
    }
  }

  it.each(['e/', 't/', 'd/', 'i/', 'h/', 'b/', 's/state'])(
    'gets nothing signed where it lies about %s',
    async (kind) => {
      const memory = new MemoryStore();
      const log = await openStoreLog(new LyingStore(memory, kind), ORIGIN, KEY);
      await expect(log.append(makeStatement(1))).rejects.toMatchObject({ code: 'closed', cause: { code: 'corrupt' } });
      expect(log.size()).toBe(0);
      const signed = await memory.range(toCheckpointKey(1), toCheckpointKey(9), 9);
      expect(signed).toEqual([]);
    },
  );
});

describe('any history of appends and crashes', () => {
  const statement = fc.record({ number: fc.nat({ max: 12 }), image: fc.nat({ max: 3 }) });
  const life = fc.record({
    batches: fc.array(fc.array(statement, { maxLength: 5 }), { maxLength: 4 }),
    call: fc.nat({ max: 60 }),
    moment: fc.constantFrom('before' as const, 'after' as const),
    isFatal: fc.boolean(),
  });

  it('ends with a clean audit, and every checkpoint and receipt ever given holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 5 }), async (lives) => {
        const memory = new MemoryStore();
        const seen: Seen = { receipts: [], notes: new Set() };
        const histories = lives.map(({ batches, ...fault }) => {
          return {
            fault,
            batches: batches.map((batch) => batch.map(({ number, image }) => makeStatement(number, { image }))),
          };
        });
        for (const { fault, batches } of histories) {
          const store = new FaultStore(new MemoryStore(memory), fault);
          await live(store, seen, batches).catch((thrown) => expect(String(thrown)).toMatch(/call \d/));
        }
        const all = histories.flatMap(({ batches }) => batches);
        await expectRecovery(async () => new MemoryStore(memory), seen, all);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a clock that goes back (ST-05)', () => {
  it('changes nothing about order, chains and proofs', async () => {
    const memory = new MemoryStore();
    const log = await openStoreLog(memory, ORIGIN, KEY);
    const times = ['2026-11-20T10:00:05Z', '2026-11-20T10:00:04Z', '1999-12-31T23:59:59Z', '2026-11-20T10:00:05Z'];
    for (const [number, at] of times.entries()) {
      const { index, record } = await log.append({ ...makeStatement(number, { image: 1 }), at: new Date(at) });
      expect([index, record.seq, record.prev, record.at]).toEqual([number, number + 1, number - 1, at]);
    }
    await log.appendTrust(Buffer.from('anchors'), new Date(0));
    for (let index = 0; index < 5; index += 1) {
      expect(readRecordProof(await log.receipt(index), KEY.verifier).checkpoint.size).toBe(index + 1);
    }
    await log.close();
    const store = new MemoryStore(memory);
    expect(await auditLog(store, KEY.verifier)).toEqual([]);
    expect((await openStoreLog(store, ORIGIN, KEY)).size()).toBe(5);
  });
});
