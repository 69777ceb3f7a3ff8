import { type FileHandle, open } from 'node:fs/promises';
import type { ChecksumAlgorithm } from '../entry/entry.ts';
import { toMessage, VouchError } from '../errors.ts';
import { HEAD_BYTES, type ImageFacts, ORIGINAL_ALGORITHMS, TAIL_BYTES } from '../sign/to-description.ts';
import { type ChunkHasher, openHasher } from './hash-chunks.ts';

/** Where an image comes from: the path of a file, or a stream of bytes such as standard input. */
export type ImageSource = string | AsyncIterable<Uint8Array>;

export interface ChecksumOptions {
  /** Default: `ORIGINAL_ALGORITHMS`. */
  readonly algorithms?: readonly ChecksumAlgorithm[];
  /** Called after each chunk with the bytes read so far, and the size where it is known beforehand. */
  readonly onProgress?: (doneBytes: number, totalBytes: number | undefined) => void;
  readonly signal?: AbortSignal;
}

/** What the pass gives: one checksum for each algorithm asked for, in that order. */
export type ImageChecksums = ImageFacts;

/**
 * Reads an image once and computes every checksum in that one pass. Throws `input-output` for what cannot be read, for a
 * directory, and for a file that changes while it is read (its checksums would describe bytes that never lay there together).
 */
export async function checksumImage(source: ImageSource, options: ChecksumOptions = {}): Promise<ImageChecksums> {
  return typeof source === 'string' ? await checksumFile(source, options) : await checksumStream(source, options);
}

async function checksumFile(path: string, options: ChecksumOptions): Promise<ImageChecksums> {
  const file = await atTheFile(path, () => open(path, 'r'));
  try {
    const before = await atTheFile(path, () => file.stat());
    if (before.isDirectory()) throw new VouchError('input-output', `${path} is a directory, not an image.`);
    // A pipe or device has no size of its own.
    const totalBytes = before.isFile() ? before.size : undefined;
    const image = await pass(readFile(path, file), totalBytes, options);
    const after = await atTheFile(path, () => file.stat());
    const hasChanged = before.isFile() && (after.size !== image.sizeBytes || after.mtimeMs !== before.mtimeMs);
    if (hasChanged) {
      throw new VouchError('input-output', `${path} changed while it was read; describe it when nothing writes to it.`);
    }
    return image;
  } finally {
    await file.close();
  }
}

async function checksumStream(stream: AsyncIterable<Uint8Array>, options: ChecksumOptions): Promise<ImageChecksums> {
  const iterator = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  const fill: Fill = async (memory) => {
    let length = 0;
    while (length < memory.length) {
      if (rest.length === 0) {
        const step = await iterator.next();
        if (step.done === true) break;
        rest = step.value;
      }
      const taken = rest.subarray(0, memory.length - length);
      memory.set(taken, length);
      length += taken.length;
      rest = rest.subarray(taken.length);
    }
    return length;
  };
  try {
    return await pass(fill, undefined, options);
  } catch (cause) {
    if (cause instanceof VouchError || options.signal?.aborted === true) throw cause;
    throw new VouchError('input-output', `The image stream broke off: ${toMessage(cause)}`, { cause });
  } finally {
    await iterator.return?.();
  }
}

/** Fills memory from the source and says how many bytes came; 0 at the end. */
type Fill = (memory: Uint8Array) => Promise<number>;

function readFile(path: string, file: FileHandle): Fill {
  return async (memory) => (await atTheFile(path, () => file.read(memory, 0, memory.length))).bytesRead;
}

async function pass(fill: Fill, totalBytes: number | undefined, options: ChecksumOptions): Promise<ImageChecksums> {
  const algorithms = options.algorithms ?? ORIGINAL_ALGORITHMS;
  const hasher: ChunkHasher = openHasher(algorithms, totalBytes);
  try {
    let sizeBytes = 0;
    let head: Uint8Array = new Uint8Array(0);
    let tail: Uint8Array = new Uint8Array(0);
    for (;;) {
      options.signal?.throwIfAborted();
      const memory = await hasher.chunk();
      const length = await fill(memory);
      if (length === 0) break;
      // Copies: the memory is shared, and overwritten by a later chunk.
      if (head.length < HEAD_BYTES) head = joined(head, memory.subarray(0, Math.min(length, HEAD_BYTES - head.length)));
      tail = joined(tail, memory.subarray(Math.max(0, length - TAIL_BYTES), length)).slice(-TAIL_BYTES);
      hasher.add(length);
      sizeBytes += length;
      options.onProgress?.(sizeBytes, totalBytes);
    }
    return { sizeBytes, checksums: await hasher.finish(), head, tail };
  } finally {
    await hasher.close();
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

async function atTheFile<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw new VouchError('input-output', `Cannot read the image ${path}: ${toMessage(cause)}`, { cause });
  }
}
