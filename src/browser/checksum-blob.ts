import { createMD5, createSHA1, createSHA256, createSHA384, createSHA512, type IHasher } from 'hash-wasm';
import type { ChecksumAlgorithm } from '../entry/entry.ts';
import { VouchError } from '../errors.ts';
import { HEAD_BYTES, type ImageFacts, TAIL_BYTES } from '../sign/to-description.ts';

const HASHERS: Readonly<Record<ChecksumAlgorithm, () => Promise<IHasher>>> = {
  MD5: createMD5,
  'SHA-1': createSHA1,
  'SHA-256': createSHA256,
  'SHA-384': createSHA384,
  'SHA-512': createSHA512,
};

const CHUNK_BYTES = 4 << 20;

/**
 * Reads a file of the page once and computes every checksum in that one pass, in the order they are asked for. The next piece is
 * read while one is hashed. Throws `input-output` where the file cannot be read, or changes meanwhile.
 */
export async function checksumBlob(
  blob: Blob,
  algorithms: readonly ChecksumAlgorithm[],
  onProgress: (doneBytes: number) => void,
): Promise<ImageFacts> {
  const running = await Promise.all(algorithms.map(async (algorithm) => (await HASHERS[algorithm]()).init()));
  let next = read(blob, 0, CHUNK_BYTES);
  for (let done = 0; done < blob.size; ) {
    const chunk = await next;
    next = read(blob, done + chunk.length, CHUNK_BYTES);
    // Awaited in the next turn; until then nobody hears of its failure.
    next.catch(() => undefined);
    for (const hasher of running) hasher.update(chunk);
    done += chunk.length;
    onProgress(done);
  }
  return {
    sizeBytes: blob.size,
    checksums: algorithms.map((algorithm, nth) => ({ algorithm, value: (running[nth] as IHasher).digest('hex') })),
    head: await read(blob, 0, HEAD_BYTES),
    tail: await read(blob, Math.max(0, blob.size - TAIL_BYTES), TAIL_BYTES),
  };
}

async function read(blob: Blob, start: number, length: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.slice(start, start + length).arrayBuffer());
  } catch (cause) {
    throw new VouchError('input-output', 'The file cannot be read, or something changed it while it was read.', {
      cause,
    });
  }
}
