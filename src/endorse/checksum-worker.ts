/** Worker thread of checksum-image.ts: hashes the chunks its owner lays into shared memory, with one algorithm or several. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';

/** What the owner gives a worker: the names node:crypto knows the algorithms by, and the ring of shared chunks. */
export interface ChecksumWork {
  readonly hashes: readonly string[];
  readonly ring: readonly Uint8Array[];
}

/** From the owner: `length` bytes lie in chunk `slot`, or there are no more. */
export type ChecksumRequest = { readonly slot: number; readonly length: number } | { readonly end: true };

/** To the owner: chunk `slot` has been hashed, or the digests in hex, in the order of the algorithms. */
export type ChecksumReply = { readonly slot: number } | { readonly digests: readonly string[] };

// Outside a worker (a bundler, a curious import) the module does nothing.
if (parentPort !== null) {
  const owner = parentPort;
  const { hashes, ring } = workerData as ChecksumWork;
  const running = hashes.map((hash) => createHash(hash));
  owner.on('message', (request: ChecksumRequest) => {
    if ('end' in request) {
      owner.postMessage({ digests: running.map((hash) => hash.digest('hex')) } satisfies ChecksumReply);
      owner.close();
      return;
    }
    const bytes = ring[request.slot]!.subarray(0, request.length);
    for (const hash of running) hash.update(bytes);
    owner.postMessage({ slot: request.slot } satisfies ChecksumReply);
  });
}
