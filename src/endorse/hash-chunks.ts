import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Checksum, ChecksumAlgorithm } from '../entry/entry.ts';
import { toMessage, VouchError } from '../errors.ts';
import type { ChecksumReply, ChecksumRequest, ChecksumWork } from './checksum-worker.ts';

/** Takes the bytes of one stream, chunk after chunk, and gives every checksum at the end. */
export interface ChunkHasher {
  /**
   * Shared or plain memory to read the next chunk into. Resolves when the slowest algorithm has room for it. The chunk given before it stays
   * as it is until `chunk()` is called again: it may still be written somewhere.
   */
  chunk(): Promise<Uint8Array>;
  /** Hashes the first `length` bytes of the chunk `chunk()` gave last. */
  add(length: number): void;
  /** The checksums, in the order the algorithms were given. */
  finish(): Promise<Checksum[]>;
  /** Releases the threads; MUST be called, also after a failure. */
  close(): Promise<void>;
}

const CHUNK_BYTES = 1 << 20;
const RING_CHUNKS = 8;

const HASH_NAMES: Readonly<Record<ChecksumAlgorithm, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** What a byte costs each algorithm, next to the others, on processors that help with SHA-1 and SHA-256. */
const COSTS: Readonly<Record<ChecksumAlgorithm, number>> = {
  MD5: 18,
  'SHA-512': 15,
  'SHA-384': 15,
  'SHA-256': 10,
  'SHA-1': 9,
};

/** Below this the threads cost more than they save. */
const THREADED_FROM_BYTES = 8 * 1024 * 1024;

/** Hashes where it is fastest for so many bytes; in threads where their number is not known. */
export function openHasher(algorithms: readonly ChecksumAlgorithm[], totalBytes: number | undefined): ChunkHasher {
  const isSmall = totalBytes !== undefined && totalBytes < THREADED_FROM_BYTES;
  return isSmall ? hashHere(algorithms) : hashInThreads(algorithms);
}

/** Hashes on the calling thread: right for small streams, where starting threads costs more than hashing. */
function hashHere(algorithms: readonly ChecksumAlgorithm[]): ChunkHasher {
  const running = algorithms.map((algorithm) => createHash(HASH_NAMES[algorithm]));
  let [current, last] = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)];
  return {
    chunk() {
      [current, last] = [last, current];
      return Promise.resolve(current);
    },
    add(length) {
      for (const hash of running) hash.update(current.subarray(0, length));
    },
    finish: () =>
      Promise.resolve(
        algorithms.map((algorithm, nth) => ({ algorithm, value: (running[nth] as (typeof running)[0]).digest('hex') })),
      ),
    close: () => Promise.resolve(),
  };
}

/**
 * Shares algorithms out to threads, so that the busiest has as little as possible to do: more threads than cores only take turns. Positions
 * of the algorithms, for each thread.
 */
export function shareOut(algorithms: readonly ChecksumAlgorithm[], cores: number): number[][] {
  const threads = Array.from({ length: Math.max(1, Math.min(cores, algorithms.length)) }, () => ({
    positions: [] as number[],
    cost: 0,
  }));
  const costliest = [...algorithms.keys()].sort((a, b) => COSTS[algorithms[b]!] - COSTS[algorithms[a]!]);
  for (const position of costliest) {
    const idlest = threads.reduce((best, thread) => (thread.cost < best.cost ? thread : best));
    idlest.positions.push(position);
    idlest.cost += COSTS[algorithms[position]!];
  }
  return threads.map(({ positions }) => positions);
}

/**
 * Hashes in as many threads as there are cores for over a ring of shared chunks: nothing is copied, every byte is read once, and the
 * speed is that of the slowest algorithm where there are cores enough.
 */
function hashInThreads(algorithms: readonly ChecksumAlgorithm[]): ChunkHasher {
  return new ThreadedHasher(algorithms);
}

class ThreadedHasher implements ChunkHasher {
  readonly #algorithms: readonly ChecksumAlgorithm[];
  readonly #ring = Array.from({ length: RING_CHUNKS }, () => new Uint8Array(new SharedArrayBuffer(CHUNK_BYTES)));
  /** How many threads have still to hash each chunk. */
  readonly #pending = this.#ring.map(() => 0);
  readonly #workers: Worker[];
  readonly #shares: readonly number[][];
  /** Of each share. */
  readonly #digests: Promise<readonly string[]>[];
  #next = 0;
  #current = 0;
  #wake: (() => void) | undefined;
  #failure: unknown;

  constructor(algorithms: readonly ChecksumAlgorithm[]) {
    this.#algorithms = algorithms;
    const script = createRequire(import.meta.url).resolve('#workers/endorse/checksum-worker');
    this.#shares = shareOut(algorithms, availableParallelism());
    this.#workers = this.#shares.map((positions) => {
      const work: ChecksumWork = {
        hashes: positions.map((position) => HASH_NAMES[algorithms[position]!]),
        ring: this.#ring,
      };
      return new Worker(script, { workerData: work });
    });
    this.#digests = this.#workers.map((worker) => this.#listen(worker));
    // A thread that dies is reported by chunk() or finish(); until then its promise has no reader.
    for (const digest of this.#digests) digest.catch(() => undefined);
  }

  async chunk(): Promise<Uint8Array> {
    this.#current = this.#next;
    this.#next = (this.#next + 1) % RING_CHUNKS;
    while (this.#pending[this.#current] !== 0 && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#ring[this.#current]!;
  }

  add(length: number): void {
    this.#pending[this.#current] = this.#workers.length;
    this.#send({ slot: this.#current, length });
  }

  async finish(): Promise<Checksum[]> {
    this.#send({ end: true });
    const digests = await Promise.all(this.#digests);
    const values = new Map(
      this.#shares.flatMap((positions, at) => positions.map((one, nth) => [one, digests[at]![nth]!])),
    );
    return this.#algorithms.map((algorithm, position) => ({ algorithm, value: values.get(position)! }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #send(request: ChecksumRequest): void {
    for (const worker of this.#workers) worker.postMessage(request);
  }

  #listen(worker: Worker): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => {
        this.#failure ??= new VouchError('internal', `A checksum thread stopped: ${toMessage(cause)}`, { cause });
        this.#wake?.();
        reject(this.#failure);
      };
      worker.on('message', (reply: ChecksumReply) => {
        if ('digests' in reply) return resolve(reply.digests);
        this.#pending[reply.slot]! -= 1;
        if (this.#pending[reply.slot] === 0) this.#wake?.();
      });
      worker.on('error', fail);
      worker.on('exit', () => fail('it ended before the last byte.'));
    });
  }
}
