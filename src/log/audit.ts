import { toMessage, VouchError } from '../errors.ts';
import { AuditReport } from './audit-report.ts';
import { readSignedCheckpoint } from './checkpoint.ts';
import { GrowingTree } from './growing-tree.ts';
import { IndexAudit } from './index-audit.ts';
import { assertLogFormat, INDEXED_LOG_FORMAT } from './log-format.ts';
import { type LogState, readLogState } from './log-state.ts';
import { MemoryStore } from './memory-store.ts';
import { hashLeaf } from './merkle.ts';
import type { VerifierKey } from './note-key.ts';
import { toTileSource } from './publication.ts';
import { readLeaves } from './read-back.ts';
import { RecordAudit } from './record-audit.ts';
import { areEqualBytes } from './sha256.ts';
import { type Pair, readPairs, type Store } from './store.ts';
import { readNumber, STORE_KEYS, toEntryKey, toKeyBounds, toTileKey } from './store-key.ts';
import { countTileHashes, TILE_WIDTH } from './tile.ts';

const PAGE = 256;

/**
 * Recomputes everything a stored log says from its leaves and blobs and returns the problems in words; none for a sound log.
 * It changes nothing, and its memory does not grow with the log. `onProgress` hears how many records of how many are done. The index of a
 * log that has one is made anew in `openScratch`, an empty store that is the caller's to close; in memory where that is absent.
 */
export async function auditLog(
  store: Store,
  key: VerifierKey,
  onProgress: (done: number, size: number) => void = () => undefined,
  openScratch: () => Promise<Store> = async () => new MemoryStore(),
): Promise<string[]> {
  const report = new AuditReport();
  try {
    await audit(store, key, report, onProgress, openScratch);
  } catch (fault) {
    report.add(`the audit could not go on: ${toMessage(fault)}`);
  }
  return report.problems();
}

async function audit(
  store: Store,
  key: VerifierKey,
  report: AuditReport,
  onProgress: (done: number, size: number) => void,
  openScratch: () => Promise<Store>,
): Promise<void> {
  const { state, isIndexed } = await readState(store);
  const tree = await GrowingTree.read(toTileSource(store), 0);
  const checkpoints = new CheckpointAudit(store, key, report, 'c');
  const pending = new CheckpointAudit(store, key, report, 'p');
  const records = new RecordAudit(store, report);
  await checkpoints.check(tree);
  await pending.check(tree);
  const index = isIndexed ? await IndexAudit.open(store, await openScratch(), report) : undefined;
  const checkRecords = async (leaves: readonly { index: number; leaf: Uint8Array }[]): Promise<void> => {
    const placed = await records.take(leaves);
    await index?.take(placed);
    hasIndex ||= placed.some(({ record }) => record.t === 'index');
  };
  let hasIndex = false;
  let page: { index: number; leaf: Uint8Array }[] = [];
  for await (const found of readLeaves(store, 0, state.size)) {
    tree.append(hashLeaf(found.leaf));
    await checkpoints.check(tree);
    await pending.check(tree);
    page.push(found);
    if (page.length === PAGE) {
      await checkTiles(store, tree, report);
      await checkRecords(page);
      page = [];
      onProgress(tree.size, state.size);
    }
  }
  await checkTiles(store, tree, report);
  await checkRecords(page);
  if (hasIndex !== isIndexed)
    report.add('the format of the log is not that of its records: it says whether there is an index');
  await index?.finish();
  await checkEnd(store, tree, state, report);
  await checkpoints.finish(tree);
  await pending.finish(tree);
  await records.finish();
  onProgress(state.size, state.size);
}

async function readState(store: Store): Promise<{ readonly state: LogState; readonly isIndexed: boolean }> {
  const [format, state] = await store.read([STORE_KEYS.format, STORE_KEYS.state]);
  if (format === undefined) throw new VouchError('corrupt', 'the store does not have the format of a log');
  assertLogFormat(format);
  return { state: readLogState(state), isIndexed: Buffer.from(format).toString() === INDEXED_LOG_FORMAT };
}

async function checkTiles(store: Store, tree: GrowingTree, report: AuditReport): Promise<void> {
  const tiles = tree.takeTouched();
  const stored = await store.read(tiles.map(toTileKey));
  for (const [at, { level, index, bytes }] of tiles.entries()) {
    // It may have grown since: then these bytes are its beginning.
    const isSame = stored[at] !== undefined && areEqualBytes(stored[at].subarray(0, bytes.length), bytes);
    if (!isSame) report.add(`tile ${level}/${index} is not what the records make it`);
  }
}

async function checkEnd(store: Store, tree: GrowingTree, { size, root }: LogState, report: AuditReport): Promise<void> {
  if (!areEqualBytes(root, tree.root())) report.add('the state has another root than the records');
  const partial = tree.partialTiles();
  const stored = await store.read(partial.map(toTileKey));
  for (const [at, { level, index, bytes }] of partial.entries()) {
    if (stored[at]?.length !== bytes.length)
      report.add(`tile ${level}/${index} has more hashes than there are records`);
  }
  let [expected, found] = [0, 0];
  for (let level = 0; countTileHashes(size, level) > 0; level += 1) {
    expected += Math.ceil(countTileHashes(size, level) / TILE_WIDTH);
  }
  for await (const _ of readPairs(store, ...toKeyBounds('t'), PAGE)) found += 1;
  if (found !== expected) report.add(`there are ${found} tiles instead of ${expected}`);
  const beyond = await store.range(toEntryKey(size), toKeyBounds('e')[1], 1);
  if (beyond.length > 0) report.add(`there are records beyond the ${size} the log has`);
}

/** Holds every checkpoint ever signed against the tree as it grows: equal roots are the strongest consistency there is. */
class CheckpointAudit {
  readonly #pairs: AsyncGenerator<Pair, undefined>;
  readonly #key: VerifierKey;
  readonly #report: AuditReport;
  readonly #isNeeded: boolean;
  #next: Pair | undefined;
  #isRead = false;
  #count = 0;

  /** `c`: those that were published, of which there must be one; `p`: those that waited for witnesses. */
  constructor(store: Store, key: VerifierKey, report: AuditReport, kind: 'c' | 'p') {
    this.#pairs = readPairs(store, ...toKeyBounds(kind), PAGE);
    this.#isNeeded = kind === 'c';
    this.#key = key;
    this.#report = report;
  }

  /** Checks the checkpoint for the tree's present size, if one was signed. */
  async check(tree: GrowingTree): Promise<void> {
    if (!this.#isRead) await this.#advance();
    while (this.#next !== undefined && readNumber(this.#next[0]) <= tree.size) {
      this.#checkOne(this.#next, tree);
      await this.#advance();
    }
  }

  async finish(tree: GrowingTree): Promise<void> {
    if (this.#isNeeded && this.#count === 0) this.#report.add('there is no signed checkpoint');
    if (this.#next !== undefined) {
      this.#report.add(`a checkpoint was signed for ${readNumber(this.#next[0])} records, but there are ${tree.size}`);
    }
  }

  async #advance(): Promise<void> {
    this.#next = (await this.#pairs.next()).value;
    this.#isRead = true;
  }

  #checkOne([name, note]: Pair, tree: GrowingTree): void {
    const size = readNumber(name);
    this.#count += 1;
    try {
      const { checkpoint } = readSignedCheckpoint(note, this.#key);
      const isSame = checkpoint.size === size && areEqualBytes(checkpoint.root, tree.root());
      if (!isSame) this.#report.add(`the checkpoint signed for ${size} records is of another tree than these records`);
    } catch (fault) {
      this.#report.add(`the checkpoint signed for ${size} records: ${toMessage(fault)}`);
    }
  }
}
