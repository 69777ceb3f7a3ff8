import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { toMessage, VouchError } from '../errors.ts';

/** What a segment is a sequence of. */
export type FrameKind = keyof typeof KINDS;

export interface Frame {
  readonly kind: FrameKind;
  readonly bytes: Uint8Array;
}

/** The file of a segment as the manifest names it. */
export interface SegmentSum {
  readonly bytes: number;
  readonly sha256: string;
}

/** Blobs come before the leaves that name them, notes after all. */
const KINDS = { leaf: 0x4c, blob: 0x42, published: 0x43, pending: 0x50 } as const;
const HEAD_BYTES = 5;
/** No blob of a log is larger. */
const FRAME_BYTES_LIMIT = 64 * 1_048_576;
const MAGIC = Buffer.from('vouch-segment/1\n');

/** Writes a segment: a part of a log that never changes again. Faults are `input-output`. */
export class SegmentWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async create(path: string): Promise<SegmentWriter> {
    const writer = new SegmentWriter(path, await guard(path, open(path, 'wx', 0o600)));
    try {
      await writer.#append([MAGIC]);
    } catch (thrown) {
      await writer.abandon();
      throw thrown;
    }
    return writer;
  }

  /** True while nothing but its beginning is written. */
  get isEmpty(): boolean {
    return this.#bytes === MAGIC.length;
  }

  async write(frames: readonly Frame[]): Promise<void> {
    await this.#append(frames.flatMap(({ kind, bytes }) => [toHead(kind, bytes.length), bytes]));
  }

  /** Resolves when all of it is on disk; gives what the file must be. */
  async close(): Promise<SegmentSum> {
    await guard(this.#path, this.#file.sync());
    await this.#file.close();
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** After a failure: lets go of the file as it is. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }

  async #append(parts: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(parts);
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await guard(this.#path, this.#file.write(bytes, at));
      at += bytesWritten;
    }
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }
}

function toHead(kind: FrameKind, length: number): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(KINDS[kind]);
  head.writeUInt32BE(length, 1);
  return head;
}

/** The frames of a segment, in order. Ends with `corrupt` unless the file is, byte for byte, what `sum` says. */
export async function* readSegment(path: string, sum: SegmentSum): AsyncGenerator<Frame, undefined> {
  const wrong = (what: string): VouchError => new VouchError('corrupt', `The file ${path} of the backup ${what}.`);
  const hash = createHash('sha256');
  let [rest, read]: [Buffer, number] = [Buffer.alloc(0), 0];
  let isBegun = false;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      read += chunk.length;
      if (read > sum.bytes) throw wrong('has more bytes than when it was written');
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (!isBegun && rest.length >= MAGIC.length) {
        if (!rest.subarray(0, MAGIC.length).equals(MAGIC)) throw wrong('is no segment of a log');
        rest = rest.subarray(MAGIC.length);
        isBegun = true;
      }
      for (let frame = isBegun ? takeFrame(rest) : undefined; frame !== undefined; frame = takeFrame(rest)) {
        if (frame === 'unknown') throw wrong('is damaged');
        rest = frame.rest;
        yield frame.frame;
      }
    }
  } catch (cause) {
    if (cause instanceof VouchError) throw cause;
    throw new VouchError('input-output', `The file ${path} cannot be read: ${toMessage(cause)}.`, { cause });
  }
  if (rest.length > 0 || !isBegun || read !== sum.bytes || hash.digest('hex') !== sum.sha256) {
    throw wrong('is not what was written');
  }
  return undefined;
}

function takeFrame(bytes: Buffer): { frame: Frame; rest: Buffer } | 'unknown' | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const [kind] = Object.entries(KINDS).find(([, code]) => code === bytes[0]) ?? [];
  const length = bytes.readUInt32BE(1);
  if (kind === undefined || length > FRAME_BYTES_LIMIT) return 'unknown';
  const end = HEAD_BYTES + length;
  if (bytes.length < end) return undefined;
  return { frame: { kind: kind as FrameKind, bytes: bytes.subarray(HEAD_BYTES, end) }, rest: bytes.subarray(end) };
}

async function guard<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new VouchError('input-output', `The file ${path} cannot be written: ${toMessage(cause)}.`, { cause });
  }
}
