import { open } from 'node:fs/promises';
import { checksumImage } from '../../endorse/checksum-image.ts';
import { type ChunkHasher, openHasher } from '../../endorse/hash-chunks.ts';
import type { Checksum, ChecksumAlgorithm } from '../../entry/entry.ts';
import { toMessage, VouchError } from '../../errors.ts';
import type { ChosenEntry } from '../../policy/decision.ts';
import { recogniseFormat } from '../../sign/recognise-format.ts';
import { decompress, toCompression } from './decompress.ts';
import { DISK_HEAD_BYTES, findDiskDanger } from './disk-header.ts';
import { type LocationOptions, type OpenedLocation, openLocation } from './open-location.ts';
import { PartFile } from './part-file.ts';
import { findVhdxDanger } from './vhdx-header.ts';

export interface DownloadOptions extends LocationOptions {
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** Hears why a location was given up. */
  readonly tell?: (sentence: string) => void;
}

/** What is to be fetched: the statement an image is launched from, with what it says of the file. */
export type Wanted = Pick<ChosenEntry, 'sizeBytes' | 'checksums' | 'locations' | 'format' | 'compression'>;

/** Where the bytes came from. */
export interface Downloaded {
  readonly location: string;
  /** Bytes that an earlier try had left and that did not have to be fetched again. */
  readonly resumedBytes: number;
  /** True if the file is as it was compressed, since the statement's checksums are of that. */
  readonly isCompressed: boolean;
}

const STRONG: readonly ChecksumAlgorithm[] = ['SHA-256', 'SHA-384', 'SHA-512'];
const TAIL_BYTES = 512;

/**
 * Fetches an image to `target` from the first location that gives exactly the bytes of the statement: its size and all of its
 * checksums, computed in the same pass. Until then it lies beside it as `.part`, which a later call goes on with. Throws `not-found`
 * where no location gives them, with what was wrong with each, `usage` for a statement no bytes can be held against, `input-output`.
 */
export async function downloadImage(wanted: Wanted, target: string, options: DownloadOptions): Promise<Downloaded> {
  if (!wanted.checksums.some(({ algorithm }) => STRONG.includes(algorithm))) {
    throw new VouchError(
      'usage',
      'The statement names no SHA-256, SHA-384 or SHA-512 checksum to hold the image against.',
    );
  }
  const faults: string[] = [];
  for (const location of wanted.locations) {
    try {
      return await fetchImage(location, wanted, target, options);
    } catch (fault) {
      options.signal.throwIfAborted();
      // A full disk is full for every location.
      if (fault instanceof VouchError && fault.code === 'input-output') throw fault;
      faults.push(toMessage(fault));
      options.tell?.(toMessage(fault));
    }
  }
  const why = faults.length === 0 ? 'The statement names no location.' : faults.join(' ');
  throw new VouchError('not-found', `No location gives the image: ${why}`);
}

/**
 * What is wrong with a file that is to be exactly the bytes of the statement, or undefined: its size, one of its checksums, or that it is
 * a disk nobody should open. Throws `input-output`.
 */
export async function findFileFault(wanted: Wanted, path: string, signal: AbortSignal): Promise<string | undefined> {
  const algorithms = wanted.checksums.map(({ algorithm }) => algorithm);
  const found = await checksumImage(path, { algorithms, signal });
  if (found.sizeBytes !== wanted.sizeBytes) return `it has ${found.sizeBytes} bytes, not ${wanted.sizeBytes}`;
  const wrong = findWrong(found.checksums, wanted.checksums);
  if (wrong !== undefined) return `its ${wrong} is another`;
  await using file = await open(path, 'r');
  const danger = await findDanger(
    { read: async (memory, at) => (await file.read(memory, 0, memory.length, at)).bytesRead },
    wanted,
  );
  return danger === undefined ? undefined : `it is a dangerous disk: ${danger}`;
}

/**
 * Fetches an image to `target` from one location, as `downloadImage` does. Throws `malformed` where it gives other bytes, `not-found`,
 * `remote`, `unreachable`, `timeout`, `input-output`, and `usage` for what may not be asked.
 */
export async function fetchImage(
  location: string,
  wanted: Wanted,
  target: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  const compression = wanted.compression === undefined ? undefined : toCompression(wanted.compression);
  if (compression === undefined) return await fetchPlain(location, wanted, target, options);
  try {
    // The original defined checksums of the image itself; many statements mean the file as it lies.
    return await fetchPacked(location, compression, wanted, target, options);
  } catch (fault) {
    if (!(fault instanceof VouchError) || fault.code !== 'malformed') throw fault;
    return { ...(await fetchPlain(location, wanted, target, options)), isCompressed: true };
  }
}

async function fetchPlain(
  location: string,
  wanted: Wanted,
  target: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  try {
    return await fetchRest(location, wanted, target, options);
  } catch (fault) {
    // What another location or time had left may have been wrong, and not what came now.
    if (!(fault instanceof ResumedFault)) throw fault;
    options.tell?.(`${fault.message} It is fetched anew.`);
    return await fetchRest(location, wanted, target, options);
  }
}

/** The bytes are others than stated, but some of them had been there before. */
class ResumedFault extends VouchError {}

/** Goes on where the part ends; a part that is whole already is only verified. */
async function fetchRest(
  location: string,
  wanted: Wanted,
  target: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  await using part = await PartFile.open(target);
  if (part.length > wanted.sizeBytes) await part.cut(0);
  let resumedBytes = part.length;
  const ask = async (): Promise<OpenedBytes> => {
    if (part.length > 0 && part.length === wanted.sizeBytes) return { from: part.length, bytes: none() };
    const opened = await openLocation(location, part.length, options);
    resumedBytes = opened.from;
    return opened;
  };
  try {
    await take(part, ask, location, wanted, options);
  } catch (fault) {
    if (resumedBytes === 0 || !(fault instanceof VouchError) || fault.code !== 'malformed') throw fault;
    throw new ResumedFault('malformed', fault.message, { cause: fault });
  }
  return { location, resumedBytes, isCompressed: false };
}

type OpenedBytes = Pick<OpenedLocation, 'from' | 'bytes'>;

async function* none(): AsyncGenerator<Uint8Array> {}

async function fetchPacked(
  location: string,
  compression: NonNullable<ReturnType<typeof toCompression>>,
  wanted: Wanted,
  target: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  await using part = await PartFile.open(target);
  // What was unpacked up to some place cannot be continued: the compressed place it came from is not known.
  await part.cut(0);
  const ask = async (): Promise<OpenedBytes> => {
    const { bytes } = await openLocation(location, 0, options);
    return { from: 0, bytes: decompress(compression, bytes) };
  };
  await take(part, ask, location, wanted, options, true);
  return { location, resumedBytes: 0, isCompressed: false };
}

/**
 * Adds the rest of an image to its part, and finishes it if it is what was stated; else nothing of it stays. What is there is read before
 * the location is asked: no server waits for minutes for somebody who reads nothing.
 */
async function take(
  part: PartFile,
  ask: () => Promise<OpenedBytes>,
  location: string,
  wanted: Wanted,
  options: DownloadOptions,
  isUnpacked = false,
): Promise<void> {
  const { sizeBytes, checksums } = wanted;
  const algorithms = checksums.map(({ algorithm }) => algorithm);
  let hasher = openHasher(algorithms, sizeBytes);
  // one chunk is written while the next one comes and is hashed
  let writing: Promise<void> = Promise.resolve();
  try {
    await rehash(part, part.length, hasher, options.signal);
    const { from, bytes } = await ask();
    if (from !== part.length) {
      await part.cut(from);
      await hasher.close();
      hasher = openHasher(algorithms, sizeBytes);
    }
    let count = from;
    for await (const { memory, length } of fill(hasher, bytes)) {
      options.signal.throwIfAborted();
      hasher.add(length);
      await writing;
      count += length;
      if (count > sizeBytes) {
        await part.cut(0);
        throw new VouchError('malformed', `${location} gives more than the ${sizeBytes} bytes that were stated.`);
      }
      options.onProgress?.(part.length, sizeBytes);
      writing = part.add(memory.subarray(0, length));
      // heard of when it is waited for
      writing.catch(() => undefined);
    }
    await writing;
    options.onProgress?.(part.length, sizeBytes);
    if (part.length < sizeBytes && isUnpacked) {
      const count = part.length;
      await part.cut(0);
      throw new VouchError('malformed', `${location} unpacks to ${count} of ${sizeBytes} bytes.`);
    }
    if (part.length < sizeBytes) {
      // Its beginning may be right: the next location, or the next call, goes on from there.
      throw new VouchError('remote', `${location} ended after ${part.length} of ${sizeBytes} bytes.`);
    }
    const wrong = findWrong(await hasher.finish(), checksums);
    const danger = wrong === undefined ? await findDanger(part, wanted) : undefined;
    if (wrong !== undefined || danger !== undefined) {
      await part.cut(0);
      await part.discard();
      const what =
        wrong === undefined ? `gives a dangerous disk: ${danger}` : `gives other bytes: their ${wrong} is another`;
      throw new VouchError('malformed', `${location} ${what}.`);
    }
    await part.finish();
  } catch (fault) {
    // a disk that takes nothing more is what is wrong, whatever else is
    await writing;
    throw fault;
  } finally {
    await hasher.close();
  }
}

async function rehash(part: PartFile, length: number, hasher: ChunkHasher, signal: AbortSignal): Promise<void> {
  for (let position = 0; position < length; ) {
    signal.throwIfAborted();
    const memory = await hasher.chunk();
    const count = await part.read(memory.subarray(0, Math.min(memory.length, length - position)), position);
    if (count === 0) throw new VouchError('input-output', `${part.path} became shorter while it was read.`);
    hasher.add(count);
    position += count;
  }
}

/** The bytes in whole chunks of the hasher's memory, the last one as long as it is; what is broken off comes before the fault. */
async function* fill(
  hasher: ChunkHasher,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly memory: Uint8Array; readonly length: number }> {
  let memory: Uint8Array | undefined;
  let length = 0;
  let broken: { readonly fault: unknown } | undefined;
  try {
    for await (const chunk of bytes) {
      for (let from = 0; from < chunk.length; ) {
        memory ??= await hasher.chunk();
        const taken = chunk.subarray(from, from + memory.length - length);
        memory.set(taken, length);
        length += taken.length;
        from += taken.length;
        if (length < memory.length) continue;
        yield { memory, length };
        [memory, length] = [undefined, 0];
      }
    }
  } catch (fault) {
    broken = { fault };
  }
  if (memory !== undefined && length > 0) yield { memory, length };
  if (broken !== undefined) throw broken.fault;
}

function findWrong(found: readonly Checksum[], stated: readonly Checksum[]): ChecksumAlgorithm | undefined {
  return stated.find(({ value }, at) => found[at]?.value !== value.toLowerCase())?.algorithm;
}

async function findDanger(part: Pick<PartFile, 'read'>, { format, sizeBytes }: Wanted): Promise<string | undefined> {
  const head = new Uint8Array(Math.min(DISK_HEAD_BYTES, sizeBytes));
  const tail = new Uint8Array(Math.min(TAIL_BYTES, sizeBytes));
  await part.read(head, 0);
  await part.read(tail, sizeBytes - tail.length);
  const found = recogniseFormat(head, tail);
  // A compressed file says nothing about the disk inside.
  if (found.compression !== undefined) return undefined;
  const danger = findDiskDanger(head, tail, format);
  if (danger !== undefined || found.format !== 'vhdx') return danger;
  return findVhdxDanger((memory, position) => part.read(memory, position), sizeBytes);
}
