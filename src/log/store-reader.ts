import { isIdentifier } from '../entry/identifier.ts';
import { VouchError } from '../errors.ts';
import { writeBase64 } from '../proof/base64.ts';
import { readRecord, writeRecord } from '../proof/record.ts';
import { readPlaced } from './batch.ts';
import { type PublishedCheckpoint, readCheckpointOf, readCoveringCheckpoint } from './covering-checkpoint.ts';
import type { IndexedImage, LogReader, LogRecord } from './log.ts';
import { type Copyable, type LogCopy, toLogCopy } from './log-copy.ts';
import { INDEX_IDENTIFIER } from './log-index.ts';
import { HASH_BYTES, hashLeaf, isConsistent, isIncluded } from './merkle.ts';
import type { VerifierKey } from './note-key.ts';
import { proveKey } from './prove-key.ts';
import { type Publication, toTileSource } from './publication.ts';
import { assertBlob, readLeaves } from './read-back.ts';
import { writeRecordProof } from './record-proof.ts';
import { isSha256Hex } from './sha256.ts';
import type { Store } from './store.ts';
import {
  type Head,
  readHead,
  readNumber,
  toBlobKey,
  toDocumentKey,
  toHeadKey,
  toIdentifierKey,
  toTileKey,
} from './store-key.ts';
import { hasTile, TILE_WIDTH, writeBundle } from './tile.ts';
import { proveConsistency, proveInclusion, readEdge } from './tile-tree.ts';
import { toTrieKey } from './trie-hash.ts';
import { judgeTrieProof } from './trie-proof.ts';

const RETRY_SECONDS = 5;

/** Reads a log from its store, no further than its published checkpoint. */
export class StoreReader implements LogReader, Copyable {
  readonly origin: string;
  readonly key: VerifierKey;
  readonly #store: Store;
  readonly #published: () => Publication;

  /** `published` is asked at every call. */
  constructor(store: Store, key: VerifierKey, published: () => Publication) {
    this.#store = store;
    this.key = key;
    this.origin = key.name;
    this.#published = published;
  }

  size(): number {
    return this.#published().size;
  }

  checkpointNote(): string {
    return this.#published().note;
  }

  async checkpointOf(size: number): Promise<string> {
    return (await readCheckpointOf(this.#store, this.#published(), size)).note;
  }

  async *records(from: number, to = this.size()): AsyncGenerator<{ index: number; record: LogRecord }> {
    const end = Math.min(to, this.size());
    for await (const { index, leaf } of readLeaves(this.#store, Math.max(from, 0), end)) {
      yield { index, record: readRecord(leaf) };
    }
  }

  async record(index: number): Promise<LogRecord> {
    if (!isIndexBelow(index, this.size())) throw new VouchError('not-found', `The log has no record ${index}.`);
    const [placed] = await readPlaced(this.#store, [index]);
    return placed!.record;
  }

  async blob(sha256: string): Promise<Uint8Array> {
    const [bytes] = isSha256Hex(sha256) ? await this.#store.read([toBlobKey(sha256)]) : [];
    if (bytes === undefined) throw new VouchError('not-found', `The log has no blob ${sha256}.`);
    assertBlob(sha256, bytes);
    return bytes;
  }

  async findDocument(sha256: string): Promise<number | undefined> {
    const [value] = isSha256Hex(sha256) ? await this.#store.read([toDocumentKey(sha256)]) : [];
    const index = value === undefined ? undefined : readNumber(value);
    // Of a batch under way the index may be there already, the checkpoint not yet.
    return index !== undefined && index < this.size() ? index : undefined;
  }

  async tile(level: number, index: number, width: number): Promise<Uint8Array> {
    if (!hasTile(this.size(), level, index, width)) {
      throw new VouchError('not-found', `The log has no tile ${level}/${index} of ${width} hashes.`);
    }
    const [bytes] = await this.#store.read([toTileKey({ level, index })]);
    if (bytes === undefined || bytes.length < width * HASH_BYTES) {
      throw new VouchError('corrupt', `Tile ${level}/${index} of the log lacks hashes.`);
    }
    return bytes.subarray(0, width * HASH_BYTES);
  }

  async bundle(index: number, width: number): Promise<Uint8Array> {
    if (!hasTile(this.size(), 0, index, width)) {
      throw new VouchError('not-found', `The log has no bundle ${index} of ${width} entries.`);
    }
    const leaves: Uint8Array[] = [];
    const first = index * TILE_WIDTH;
    for await (const { leaf } of readLeaves(this.#store, first, first + width)) leaves.push(leaf);
    return writeBundle(leaves);
  }

  async inclusionProof(index: number, size = this.size()): Promise<Uint8Array[]> {
    if (!isIndexBelow(index, size) || !isIndexBelow(size, this.size() + 1)) {
      throw new VouchError('not-found', `The log has no tree of ${size} records with a record ${index}.`);
    }
    return proveInclusion(toTileSource(this.#store), index, size);
  }

  async consistencyProof(from: number, to = this.size()): Promise<Uint8Array[]> {
    if (!isIndexBelow(from, to + 1) || !isIndexBelow(to, this.size() + 1)) {
      throw new VouchError('not-found', `The log has no trees of ${from} and then ${to} records.`);
    }
    return proveConsistency(toTileSource(this.#store), from, to);
  }

  async receipt(index: number): Promise<string> {
    const leaf = await this.#leaf(index);
    return this.#prove(index, leaf, await readCoveringCheckpoint(this.#store, this.#published(), index));
  }

  async proof(index: number, size = this.size()): Promise<string> {
    const leaf = await this.#leaf(index);
    return this.#prove(index, leaf, await readCheckpointOf(this.#store, this.#published(), size));
  }

  async checkpointSince(from: number, to = this.size()): Promise<string> {
    const { checkpoint, note } = await readCheckpointOf(this.#store, this.#published(), to);
    const hashes = await this.consistencyProof(from, to);
    const old = await readEdge(toTileSource(this.#store), from);
    if (!isConsistent(from, old.root(), to, checkpoint.root, hashes)) throw toUnproven();
    return [`old ${from}`, ...hashes.map(writeBase64), '', note].join('\n');
  }

  async history(
    identifier: string,
    { from, limit }: { readonly from: number; readonly limit: number },
    size = this.size(),
  ): Promise<readonly number[]> {
    if (!isIdentifier(identifier)) return [];
    const bounds = [toIdentifierKey(identifier, from), toIdentifierKey(identifier, from + limit)] as const;
    const indexes = (await this.#store.range(...bounds, limit)).map(([, index]) => readNumber(index));
    const end = Math.min(size, this.size());
    return indexes.filter((index) => index < end);
  }

  async indexed(identifier: string): Promise<IndexedImage | undefined> {
    const size = this.size();
    const last = await this.#lastIndex(size);
    if (last === undefined) return undefined;
    const [key, { doc }] = [toTrieKey(identifier), await this.record(last.index)];
    const trie = await proveKey(this.#store, key, last.seq);
    if (trie === undefined) {
      const message = 'The index of this log is behind what was copied of it; try again in a moment.';
      throw new VouchError('busy', message, { retryAfterSeconds: RETRY_SECONDS });
    }
    if (judgeTrieProof(Buffer.from(doc, 'hex'), key, trie) === undefined) {
      throw new VouchError('corrupt', `The index of the log is not what its record ${last.index} states.`);
    }
    return { size, index: last.index, trie };
  }

  /** The newest `index` record that readers see. */
  async #lastIndex(size: number): Promise<Head | undefined> {
    const [head] = await this.#store.read([toHeadKey(INDEX_IDENTIFIER)]);
    let last = head === undefined ? undefined : readHead(head);
    while (last !== undefined && last.index >= size) {
      const seq: number = last.seq - 1;
      const [value] = await this.#store.read([toIdentifierKey(INDEX_IDENTIFIER, seq)]);
      last = value === undefined ? undefined : { seq, index: readNumber(value) };
    }
    return last;
  }

  /** For backups: also what waits for witnesses, which no reader sees yet. */
  copy(): LogCopy {
    return toLogCopy(this.#store);
  }

  async #leaf(index: number): Promise<Uint8Array> {
    return writeRecord(await this.record(index));
  }

  /** What does not verify never leaves: a damaged tile would look to whoever asks like a log that lies. */
  async #prove(index: number, leaf: Uint8Array, { checkpoint, note }: PublishedCheckpoint): Promise<string> {
    const { size, root } = checkpoint;
    const hashes = await this.inclusionProof(index, size);
    if (!isIncluded(hashLeaf(leaf), index, size, root, hashes)) throw toUnproven();
    return writeRecordProof(index, leaf, hashes, note);
  }
}

function toUnproven(): VouchError {
  return new VouchError('corrupt', 'The tiles of the log do not lead to the checkpoint that was signed.');
}

function isIndexBelow(index: number, size: number): boolean {
  return Number.isSafeInteger(index) && index >= 0 && index < size;
}
