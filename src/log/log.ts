import type { Checkpoint } from '../proof/checkpoint-text.ts';
import type { LogRecord } from '../proof/record.ts';
import type { VerifiedEntry } from '../verify/verdict.ts';
import type { IndexOptions } from './index-writer.ts';
import type { Copyable } from './log-copy.ts';

import type { VerifierKey } from './note-key.ts';
import type { TrieProof } from './trie-proof.ts';

export type { Checkpoint, LogRecord };

/** Proof that a record is durable and covered by a signed checkpoint. Indexes count from 0. */
export interface Receipt {
  readonly index: number;
  readonly record: LogRecord;
  /** Size of a tree whose signed checkpoint covers the record. */
  readonly size: number;
  /** The record is as durable as any, but its witnesses have not seen it yet, and neither do readers. */
  readonly isPending?: true;
}

/** What a follower reads. Records never change; reading past `size()` yields nothing. */
export interface LogReader {
  readonly origin: string;
  /** The public half of the key that signs the checkpoints. */
  readonly key: VerifierKey;
  /** The number of records that are durable and covered by the signed checkpoint. */
  size(): number;
  /** Records `from` (inclusive) to `to` (exclusive, default: size now), in order, with their indexes. */
  records(from: number, to?: number): AsyncIterable<{ readonly index: number; readonly record: LogRecord }>;
  /** Throws `not-found` past the end. */
  record(index: number): Promise<LogRecord>;
  /** A document or evidence blob by its SHA-256 hex; the bytes are re-hashed, `corrupt` if they differ. */
  blob(sha256: string): Promise<Uint8Array>;
  /** The index under which exactly these bytes were accepted first. */
  findDocument(sha256: string): Promise<number | undefined>;
  /** The signed checkpoint (C2SP tlog-checkpoint text) of `size()`. */
  checkpointNote(): string;
  /** The signed checkpoint of exactly `size` records. Throws `not-found` where none was published. */
  checkpointOf(size: number): Promise<string>;
  /** Tile bytes (C2SP tlog-tiles): `width` hashes of 32 bytes, 1..256. Throws `not-found` if the tree does not have it. */
  tile(level: number, index: number, width: number): Promise<Uint8Array>;
  /** Entry bundle: `width` times u16be length and leaf bytes. */
  bundle(index: number, width: number): Promise<Uint8Array>;
  /** Audit path of a record in the tree of `size` (default now). */
  inclusionProof(index: number, size?: number): Promise<Uint8Array[]>;
  /** Proof that the tree of `from` records is a prefix of the tree of `to` (default now). */
  consistencyProof(from: number, to?: number): Promise<Uint8Array[]>;
  /**
   * The receipt of a record: under the first checkpoint that was published with it, the same for ever. Text as `proof` gives it.
   * Throws `not-found` past the end.
   */
  receipt(index: number): Promise<string>;
  /**
   * The record, its place under the signed checkpoint of `size` (default now), and that checkpoint: C2SP tlog-proof text with the
   * leaf as `extra`, which `readRecordProof` reads. Throws `not-found` where no checkpoint was signed for exactly that size.
   */
  proof(index: number, size?: number): Promise<string>;
  /**
   * The signed checkpoint of `to` records (default now) with the proof that it continues the tree of `from`: the body that a
   * witness takes (C2SP tlog-witness, add-checkpoint). Throws `not-found` where no checkpoint was signed for exactly `to`.
   */
  checkpointSince(from: number, to?: number): Promise<string>;
  /** Indexes of an image's records in the tree of `size` (default now), oldest first: at most `limit`, from the `from`th (1-based) on. */
  history(
    identifier: string,
    page: { readonly from: number; readonly limit: number },
    size?: number,
  ): Promise<readonly number[]>;
  /** What the newest index says of an image; undefined where the log has no index, `busy` while the copy of one is behind. */
  indexed(identifier: string): Promise<IndexedImage | undefined>;
}

/** What the index says of an image, by proof. */
export interface IndexedImage {
  /** Size of the log: what comes after the index is for who asks to look through. */
  readonly size: number;
  /** The record that states the root of the index over all records before it. */
  readonly index: number;
  readonly trie: TrieProof;
}

/** What is to be appended; only a `VerifiedEntry` can be. */
export interface Statement {
  readonly verified: VerifiedEntry;
  readonly t: 'endorse' | 'import';
  /** Serialized evidence, stored as a blob beside the document. */
  readonly evidence: Uint8Array;
  /** Further blobs the evidence names by SHA-256 (the certificates of the chain); stored once however often they come. */
  readonly attachments: readonly Uint8Array[];
  /** Time of acceptance. */
  readonly at: Date;
}

/** The single writer. Two implementations, one contract suite: LevelLog (durable) and MemoryLog. */
export interface Log extends LogReader, Copyable {
  /**
   * Appends one statement. Resolves only when document, evidence, record and tiles are on disk (fsync), were read back and
   * hashed again, and a signed checkpoint that covers them is on disk too. Concurrent calls share one batch. The same
   * document bytes again resolve to the first acceptance and append nothing. After a write whose outcome is unknown the log
   * closes itself (`closed`); reads go on; opening it again recovers.
   */
  append(statement: Statement): Promise<Receipt>;
  /**
   * Appends a `trust` record for this snapshot, unless the newest `trust` record already names it. `attachments` are blobs the
   * snapshot names by SHA-256; stored once however often they come.
   */
  appendTrust(snapshot: Uint8Array, at: Date, attachments?: readonly Uint8Array[]): Promise<Receipt>;
  /** Records that are durable and signed, but wait for their witnesses, in order; none where the log has no witnesses. */
  pendingRecords(): AsyncIterable<{ readonly index: number; readonly record: LogRecord }>;
  /** The record of a document that waits for its witnesses. */
  findPending(sha256: string): Promise<{ readonly index: number; readonly record: LogRecord } | undefined>;
  /**
   * A sentence if this checkpoint, which somebody else kept, proves that history is missing or changed here; undefined if it is a
   * prefix of what is here. `malformed` if this log did not sign it.
   */
  findLoss(note: Uint8Array): Promise<string | undefined>;
  /**
   * From here on, also while nothing else is appended, an `index` record follows every so many records; the index is made of what is there
   * first, if it is not. `corrupt` if it is there and is not what the log states.
   */
  keepIndex(options: IndexOptions): Promise<void>;
  /** Takes nothing more (`read-only`, with this reason) until the log is opened again; reads go on. */
  halt(reason: string): void;
  /** Why that was done, or undefined. */
  haltReason(): string | undefined;
  /** True after a write whose outcome is unknown: nothing is taken until the log is opened again; reads go on. */
  isStopped(): boolean;
  /** Waits for appends under way, then releases the store. */
  close(): Promise<void>;
}
