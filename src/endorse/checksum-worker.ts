/** Worker thread of checksum-image.ts: hashes the chunks its owner lays into shared memory, with one algorithm. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';

/** What the owner gives a worker: the name node:crypto knows the algorithm by, and the ring of shared chunks. */
export interface ChecksumWork {
  readonly hash: string;
  readonly ring: readonly Uint8Array[];
}

/** From the owner: `length` bytes lie in chunk `slot`, or there are no more. */
export type ChecksumRequest = { readonly slot: number; readonly length: number } | { readonly end: true };

/** To the owner: chunk `slot` has been hashed, or the digest. */
export type ChecksumReply = { readonly slot: number } | { readonly digest: string };

// Outside a worker (a bundler, a curious import) the module does nothing.
if (parentPort !== null) {
  const owner = parentPort;
  const { hash, ring } = workerData as ChecksumWork;
  const running = createHash(hash);
  owner.on('message', (request: ChecksumRequest) => {
    if ('end' in request) {
      owner.postMessage({ digest: running.digest('hex') } satisfies ChecksumReply);
      owner.close();
      return;
    }
    running.update(ring[request.slot]!.subarray(0, request.length));
    owner.postMessage({ slot: request.slot } satisfies ChecksumReply);
  });
}
