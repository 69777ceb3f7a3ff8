import { VouchError } from '../errors.ts';
import { namedBlobs, readRecord } from '../proof/record.ts';
import { hashLeaf } from './merkle.ts';
import { areEqualBytes, sha256Hex } from './sha256.ts';
import type { Pair, Store } from './store.ts';
import { toBlobKey, toEntryKey } from './store-key.ts';
import type { TreeEdge } from './tree-edge.ts';

const PAGE = 256;

/** What the store gives back for what was written to it; `corrupt` unless it is the same. */
export async function readBack(store: Pick<Store, 'read'>, pairs: readonly Pair[]): Promise<Uint8Array[]> {
  const stored = await store.read(pairs.map(([key]) => key));
  return pairs.map(([, value], at) => {
    const found = stored[at];
    if (found === undefined || !areEqualBytes(found, value)) {
      throw new VouchError('corrupt', 'The store does not give back what was written to it.');
    }
    return found;
  });
}

/** Extends the edge to `size` leaves by what the store has, hashed anew. */
export async function extendEdge(store: Store, edge: TreeEdge, size: number): Promise<void> {
  for await (const { leaf } of readLeaves(store, edge.size, size)) edge.append(hashLeaf(leaf));
}

/** The leaves `from` to `to` as stored, a page at a time; `corrupt` if one is missing. */
export async function* readLeaves(
  store: Store,
  from: number,
  to: number,
): AsyncGenerator<{ index: number; leaf: Uint8Array }> {
  for (let start = from; start < to; start += PAGE) {
    const end = Math.min(start + PAGE, to);
    const pairs = await store.range(toEntryKey(start), toEntryKey(end), PAGE);
    if (pairs.length !== end - start) throw new VouchError('corrupt', `The log has lost records before ${end}.`);
    for (const [at, [, leaf]] of pairs.entries()) yield { index: start + at, leaf };
  }
}

/** `corrupt` unless the blob is there and has the SHA-256 it is named by. */
export function assertBlob(sha256: string, blob: Uint8Array | undefined): void {
  if (blob === undefined) throw new VouchError('corrupt', `Blob ${sha256} of the log is missing.`);
  if (sha256Hex(blob) !== sha256) throw new VouchError('corrupt', `Blob ${sha256} of the log is not what it was.`);
}

/** Rehashes document and evidence of the records `from` to `to`. */
export async function rehashDocuments(store: Store, from: number, to: number): Promise<void> {
  for await (const { leaf } of readLeaves(store, from, to)) {
    const names = namedBlobs(readRecord(leaf));
    const blobs = await store.read(names.map(toBlobKey));
    for (const [at, name] of names.entries()) assertBlob(name, blobs[at]);
  }
}
