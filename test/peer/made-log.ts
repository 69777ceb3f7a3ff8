import { createHash } from 'node:crypto';
import { toIdentifier } from '../../src/entry/identifier.ts';
import { VouchError } from '../../src/errors.ts';
import { signCheckpoint } from '../../src/log/checkpoint.ts';
import { GrowingTree } from '../../src/log/growing-tree.ts';
import type { LogRecord } from '../../src/log/log.ts';
import { HASH_BYTES, hashLeaf } from '../../src/log/merkle.ts';
import { type CosignerKey, type LogKey, toLogKey } from '../../src/log/note-key.ts';
import { hasTile, writeBundle } from '../../src/log/tile.ts';
import { type LogHead, readLogHead } from '../../src/peer/log-head.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { writeRecord } from '../../src/proof/record.ts';
import { cosign } from '../log/witnesses.ts';

export const ORIGIN = 'log.example.org/peer';
export const KEY = toLogKey(ORIGIN, new Uint8Array(32).fill(3));

/** A log made of any leaves at all, properly signed: what a registry that controls its key can show. */
export class MadeLog implements LogSource {
  readonly name = ORIGIN;
  readonly key: LogKey = KEY;
  readonly leaves: Uint8Array[] = [];
  readonly blobs = new Map<string, Uint8Array>();
  readonly #tiles = new Map<string, Uint8Array>();
  #tree!: GrowingTree;

  static async of(leaves: readonly Uint8Array[], blobs: readonly Uint8Array[] = []): Promise<MadeLog> {
    const log = new MadeLog();
    log.#tree = await GrowingTree.read(async () => [], 0);
    log.append(...leaves);
    for (const blob of blobs) log.blobs.set(sha256Of(blob), blob);
    return log;
  }

  append(...leaves: readonly Uint8Array[]): void {
    for (const leaf of leaves) {
      this.leaves.push(leaf);
      this.#tree.append(hashLeaf(leaf));
      for (const { level, index, bytes } of this.#tree.takeTouched()) {
        this.#tiles.set(`${level}/${index}`, new Uint8Array(bytes));
      }
    }
  }

  /** The checkpoint of its present end, verified. */
  head(): LogHead {
    return readLogHead(Buffer.from(this.note()), { log: this.key.verifier });
  }

  note(): string {
    return signCheckpoint({ origin: ORIGIN, size: this.leaves.length, root: this.#tree.root() }, this.key);
  }

  async checkpoint(): Promise<Uint8Array> {
    return Buffer.from(this.note());
  }

  /** The checkpoint of its present end as these witnesses saw it. */
  noteSeenBy(witnesses: readonly CosignerKey[], at: Date): string {
    const note = this.note();
    const text = note.slice(0, note.indexOf('\n\n') + 1);
    return `${note}${witnesses.map((witness) => cosign(witness, text, at)).join('')}`;
  }

  async tile(level: number, index: number, width: number): Promise<Uint8Array> {
    if (!hasTile(this.leaves.length, level, index, width)) throw new VouchError('not-found', 'no such tile');
    return this.#tiles.get(`${level}/${index}`)!.subarray(0, width * HASH_BYTES);
  }

  async bundle(index: number, width: number): Promise<Uint8Array> {
    if (!hasTile(this.leaves.length, 0, index, width)) throw new VouchError('not-found', 'no such bundle');
    return writeBundle(this.leaves.slice(index * 256, index * 256 + width));
  }

  async blob(sha256: string): Promise<Uint8Array> {
    const blob = this.blobs.get(sha256);
    if (blob === undefined) throw new VouchError('not-found', 'no such blob');
    return blob;
  }
}

/** A source that answers like another one, but for what it lies about. */
export function lie(source: LogSource, lies: Partial<LogSource>): LogSource {
  return {
    name: source.name,
    checkpoint: () => source.checkpoint(),
    tile: (level, index, width) => source.tile(level, index, width),
    bundle: (index, width) => source.bundle(index, width),
    blob: (sha256, bytesLimit) => source.blob(sha256, bytesLimit),
    ...lies,
  };
}

/** Leaves that are no records, as logs of others have. */
export function plainLeaves(count: number, word = 'entry'): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => Buffer.from(`${word}-${at}`));
}

/** The identifier of the image with this number. */
export function imageOf(number: number): string {
  return toIdentifier(createHash('sha1').update(`image ${number}`).digest('hex'));
}

/** A record about an image; `given` may say anything the record format allows. */
export function makeRecord(number: number, given: Partial<LogRecord> = {}): LogRecord {
  const document = documentOf(number);
  return {
    v: 1,
    t: 'endorse',
    id: imageOf(number),
    seq: 1,
    prev: -1,
    doc: sha256Of(document),
    len: document.length,
    c14n: sha256Of(Buffer.from(`canonical ${number}`)),
    sig: 'rsa-sha256',
    signer: sha256Of(Buffer.from('signer')),
    created: '2026-11-20T10:00:00Z',
    act: 'valid',
    ev: '',
    at: '2026-11-20T10:00:05Z',
    ...given,
  };
}

/** The bytes that record `number` is about. */
export function documentOf(number: number): Uint8Array {
  return Buffer.from(`document ${number}`);
}

/** Leaves of `count` images with one record each. */
export function recordLeaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => writeRecord(makeRecord(at)));
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
