import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signCheckpoint } from '../../src/log/checkpoint.ts';
import type { Log } from '../../src/log/log.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { openStoreLog } from '../../src/log/store-log.ts';
import { readLogHead } from '../../src/peer/log-head.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import { type HistoryDemands, type HistorySource, verifyHistory } from '../../src/peer/verify-history.ts';
import { type HistoryJson, toHistoryJson } from '../../src/server/history-json.ts';
import { type HistoryProofJson, toHistoryProofJson } from '../../src/server/history-proof-json.ts';
import { AT, KEY, makeStatement, ORIGIN } from '../log/statement.ts';
import { caughtAt } from './evil-registry.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const DEMANDS: HistoryDemands = { log: KEY.verifier, now: NOW };
const idOf = (image: number): string => makeStatement(0, { image }).verified.entry.identifier;

type Answer = HistoryProofJson & { [field: string]: unknown };

/** A registry that answers from a log, but for what it changes. */
class Registry extends ReaderLogSource implements HistorySource {
  /** What it does to its answers about an image, and to further pages. */
  change: (answer: Answer) => unknown = (answer) => answer;
  changePage: (page: HistoryJson) => unknown = (page) => page;
  asked = 0;
  readonly #log: Log;

  constructor(log: Log) {
    super(log);
    this.#log = log;
  }

  async historyProof(identifier: string): Promise<Uint8Array> {
    const answer = (await toHistoryProofJson(this.#log, identifier)) as Answer;
    return toBytes(this.change(answer));
  }

  async historyPage(identifier: string, from: number, size: number): Promise<Uint8Array> {
    return toBytes(this.changePage(await toHistoryJson(this.#log, identifier, from, size)));
  }

  override bundle(index: number, width: number): Promise<Uint8Array> {
    this.asked += 1;
    return super.bundle(index, width);
  }
}

function toBytes(value: unknown): Uint8Array {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

const opened: Log[] = [];
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
});

/** A log whose image 1 has some records before its newest index and one after it, which deprecates the image. */
async function makeLog({ size = 420, every = 100 } = {}): Promise<{ log: Log; registry: Registry }> {
  const log = await openStoreLog(new MemoryStore(), ORIGIN, KEY);
  opened.push(log);
  await log.keepIndex({ everyRecords: every, now: () => AT });
  const append = (from: number, to: number): Promise<unknown> => {
    const numbers = Array.from({ length: to - from }, (_, at) => from + at);
    return Promise.all(numbers.map((number) => log.append(makeStatement(number, { image: number % 90 }))));
  };
  for (let from = 0; from < size; from += every) await append(from, Math.min(from + every, size));
  await log.append(makeStatement(9999, { image: 1, deprecated: 'broken' }));
  return { log, registry: new Registry(log) };
}

let size: number;
let end: number;
beforeAll(async () => {
  const { log } = await makeLog();
  size = log.size();
  end = size - 1;
});

describe('the history of an image by the index', () => {
  it('is all there is, from before the index and after it', async () => {
    const { log, registry } = await makeLog();
    const { head, index, records } = await verifyHistory(registry, idOf(1), DEMANDS);
    expect([head.size, index]).toEqual([size, (await log.indexed(idOf(1)))!.index]);
    expect(records.map((one) => one.index)).toEqual(await log.history(idOf(1), { from: 1, limit: 99 }));
    expect(records.at(-1)).toMatchObject({ index: end, record: { act: 'deprecated' } });
    // Of the bundles of the log it took only those after the index.
    expect(registry.asked).toBe(1);
  });

  it('is empty, by proof, for an image of which the log has nothing', async () => {
    const { registry } = await makeLog();
    expect((await verifyHistory(registry, idOf(12345), DEMANDS)).records).toEqual([]);
  });

  it('is read page by page where it is long', async () => {
    const log = await openStoreLog(new MemoryStore(), ORIGIN, KEY);
    opened.push(log);
    await log.keepIndex({ everyRecords: 200, now: () => AT });
    const all = Array.from({ length: 230 }, (_, number) => makeStatement(number, { image: 1 }));
    for (let from = 0; from < 230; from += 100)
      await Promise.all(all.slice(from, from + 100).map((one) => log.append(one)));
    const registry = new Registry(log);
    expect((await verifyHistory(registry, idOf(1), DEMANDS)).records).toHaveLength(230);
    registry.changePage = (page) => ({ ...page, records: page.records.slice(1) });
    expect(await caughtAt(verifyHistory(registry, idOf(1), DEMANDS))).toMatchObject({ breach: 'incomplete' });
    registry.changePage = (page) => ({ ...page, records: [], next: 101 });
    expect(await caughtAt(verifyHistory(registry, idOf(1), DEMANDS))).toMatchObject({ breach: 'incomplete' });
  });

  it('goes on from what was seen before', async () => {
    const { log, registry } = await makeLog();
    const first = await verifyHistory(registry, idOf(1), DEMANDS);
    await log.append(makeStatement(10_000, { image: 1 }));
    const second = await verifyHistory(registry, idOf(1), { ...DEMANDS, last: first.head });
    expect(second.records).toHaveLength(first.records.length + 1);
  });
});

describe('a registry that lies about an image (MR-04)', () => {
  const drop =
    (at: number) =>
    (answer: Answer): unknown => ({ ...answer, records: answer.records.toSpliced(at, 1) });

  it('and hides the newest deprecation, which came after the index, is caught at it', async () => {
    const { registry } = await makeLog();
    registry.change = drop(-1);
    const { breach, message } = await caughtAt(verifyHistory(registry, idOf(1), DEMANDS));
    expect(breach).toBe('incomplete');
    expect(message).toBe(`Incomplete: ${ORIGIN} hides of ${idOf(1)} what its log has: record ${end} (deprecated).`);
  });

  it('and hides what is in the index is caught at it, whichever record that is', async () => {
    const { registry } = await makeLog();
    for (const at of [0, 1, 2, 3]) {
      registry.change = drop(at);
      expect((await caughtAt(verifyHistory(registry, idOf(1), DEMANDS))).breach).toBe('incomplete');
    }
    registry.change = (answer) => ({ ...answer, records: [] });
    expect((await caughtAt(verifyHistory(registry, idOf(1), DEMANDS))).message).toMatch(
      /^Incomplete: .* hides of .* what its index has: [45] records, of which it shows 0\.$/,
    );
  });

  it('and shows what another image has is caught at it', async () => {
    const { log, registry } = await makeLog();
    const other = (await toHistoryProofJson(log, idOf(2)))!;
    registry.change = (answer) => ({ ...answer, trie: other.trie });
    expect((await caughtAt(verifyHistory(registry, idOf(1), DEMANDS))).breach).toBe('index');
    registry.change = (answer) => ({ ...answer, records: other.records });
    expect((await caughtAt(verifyHistory(registry, idOf(1), DEMANDS))).breach).toBe('incomplete');
    registry.change = () => other;
    expect((await caughtAt(verifyHistory(registry, idOf(1), DEMANDS))).breach).toBe('index');
  });

  it('and says it has no such image, by a changed proof, is caught at it', async () => {
    const { registry } = await makeLog();
    registry.change = ({ trie, ...answer }) => ({ ...answer, records: [], trie: { siblings: trie.siblings } });
    const { breach, message } = await caughtAt(verifyHistory(registry, idOf(1), DEMANDS));
    expect([breach, message]).toEqual([
      'index',
      expect.stringMatching(/^Wrong index: what .* says of .* is not in the index that record \d+ states\.$/),
    ]);
  });

  it('and answers by an older index, from before a deprecation, is caught by what came after', async () => {
    const log = await openStoreLog(new MemoryStore(), ORIGIN, KEY);
    opened.push(log);
    await log.keepIndex({ everyRecords: 5, now: () => AT });
    for (let number = 0; number < 5; number += 1) await log.append(makeStatement(number, { image: 1 + (number % 2) }));
    const old = (await toHistoryProofJson(log, idOf(1)))!;
    await log.append(makeStatement(50, { image: 1, deprecated: 'broken' }));
    for (let number = 6; number < 10; number += 1) await log.append(makeStatement(number, { image: 2 }));
    expect((await log.indexed(idOf(1)))!.index).toBe(11);
    const registry = new Registry(log);
    const index = { index: old.index.index, proof: await log.proof(old.index.index) };
    registry.change = (answer) => ({ ...answer, index, trie: old.trie, records: answer.records.slice(0, 3) });
    const { breach, message } = await caughtAt(verifyHistory(registry, idOf(1), DEMANDS));
    expect([breach, message]).toEqual(['incomplete', expect.stringContaining('record 6 (deprecated)')]);
    // Who was shown the newer history does not take the older one as a whole, either.
    const { head } = await verifyHistory(new Registry(log), idOf(1), DEMANDS);
    registry.change = () => old;
    expect((await caughtAt(verifyHistory(registry, idOf(1), { ...DEMANDS, last: head }))).breach).toBe('rollback');
  });

  it('and proves its index or a record under another checkpoint is caught at it', async () => {
    const { log, registry } = await makeLog();
    const older = await log.receipt(0);
    registry.change = (answer) => ({ ...answer, records: [{ index: 0, proof: older }, ...answer.records.slice(1)] });
    expect(await caughtAt(verifyHistory(registry, idOf(0), DEMANDS))).toMatchObject({
      breach: 'receipt',
      message: expect.stringContaining(`It is under another checkpoint than that of ${size} records.`),
    });
    const index = (await log.indexed(idOf(1)))!.index;
    const receipt = await log.receipt(index);
    registry.change = (answer) => ({ ...answer, index: { index, proof: receipt } });
    expect((await caughtAt(verifyHistory(registry, idOf(1), DEMANDS))).breach).toBe('index');
    const entry = await log.proof(3);
    registry.change = (answer) => ({ ...answer, index: { index: 3, proof: entry } });
    expect((await caughtAt(verifyHistory(registry, idOf(1), DEMANDS))).message).toBe(
      `Wrong index: record 3 of ${ORIGIN} does not state the index of the records before it.`,
    );
  });

  it('and stopped to state its index is told so, before its whole log is looked through', async () => {
    const { registry } = await makeLog();
    const { breach, message } = await caughtAt(verifyHistory(registry, idOf(1), { ...DEMANDS, mostBehind: 5 }));
    expect([breach, message]).toEqual([
      'index',
      expect.stringMatching(/^Wrong index: .* stated its newest index 21 records before its end; at most 5 are looked/),
    ]);
    expect(registry.asked).toBe(0);
  });

  it('and withholds what came after its index is caught at it', async () => {
    const { registry } = await makeLog();
    registry.bundle = async () => Buffer.from('nothing of use');
    expect((await caughtAt(verifyHistory(registry, idOf(1), DEMANDS))).breach).toBe('bundle');
  });

  it('and signs two histories is convicted by what it showed before', async () => {
    const { registry } = await makeLog();
    const { root } = (await verifyHistory(registry, idOf(1), DEMANDS)).head;
    const forged = signCheckpoint({ origin: ORIGIN, size, root: root.with(0, root[0]! ^ 1) }, KEY);
    const last = readLogHead(Buffer.from(forged), { log: KEY.verifier });
    expect((await caughtAt(verifyHistory(registry, idOf(1), { ...DEMANDS, last }))).breach).toBe('fork');
  });

  it.each<[string, (answer: Answer) => unknown]>([
    ['no JSON', () => '{"identifier":'],
    ['a list', () => []],
    ['null', () => null],
    ['records that are no list', (answer) => ({ ...answer, records: { length: 1 } })],
    ['more records than an answer has', (answer) => ({ ...answer, records: Array(101).fill(answer.records[0]) })],
    ['a record without a proof', (answer) => ({ ...answer, records: [{ index: 1 }] })],
    ['a next that is no number', (answer) => ({ ...answer, next: 'x' })],
    ['no index', ({ index, ...answer }) => answer],
    ['no trie', ({ trie, ...answer }) => answer],
    ['hashes that are none', (answer) => ({ ...answer, trie: { ...answer.trie, siblings: ['AAAA'] } })],
    ['too many hashes', (answer) => ({ ...answer, trie: { siblings: Array(257).fill(answer.trie.siblings[0]) } })],
    ['a leaf with a count that is none', (answer) => ({ ...answer, trie: { ...answer.trie, leaf: { count: '4' } } })],
    [
      'a leaf with a key that is none',
      (answer) => ({ ...answer, trie: { ...answer.trie, leaf: { count: 4, key: 'a' } } }),
    ],
  ])('with %s is refused in words, and nothing of it is believed', async (_, change) => {
    const { registry } = await makeLog();
    registry.change = change;
    const { breach, message } = await caughtAt(verifyHistory(registry, idOf(1), DEMANDS));
    expect([breach, message]).toEqual(['incomplete', expect.stringContaining('gives no history that can be read.')]);
  });
});
