import { VouchError } from '../errors.ts';
import { readSignedCheckpoint, signCheckpoint } from './checkpoint.ts';
import { isConsistent } from './merkle.ts';
import type { LogKey } from './note-key.ts';
import type { Store } from './store.ts';
import { toTileKey } from './store-key.ts';
import { proveConsistency, type TileSource } from './tile-tree.ts';

/** A tree whose signed checkpoint is on disk. */
export interface Publication {
  readonly size: number;
  readonly root: Uint8Array;
  /** The signed checkpoint as text. */
  readonly note: string;
}

/** The tiles of a store. */
export function toTileSource(store: Store): TileSource {
  return (places) => store.read(places.map(toTileKey));
}

/**
 * Signs the checkpoint of a tree that is durable and was read back, and stores it under `place` before anyone sees it. `corrupt`,
 * with nothing signed, unless the stored tiles prove that the tree goes on from the last one signed.
 */
export async function signTree(
  store: Store,
  key: LogKey,
  last: Publication,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
  place: (size: number) => Uint8Array,
): Promise<Publication> {
  await assertContinues(store, last, size, root);
  const note = signCheckpoint({ origin: key.name, size, root }, key);
  readSignedCheckpoint(Buffer.from(note), key.verifier);
  await store.write([[place(size), Buffer.from(note)]]);
  return { size, root, note };
}

/** `corrupt` unless the tree of this size and root contains the published one as a prefix, by proof from the stored tiles. */
export async function assertContinues(
  store: Store,
  last: Pick<Publication, 'size' | 'root'>,
  size: number,
  root: Uint8Array,
): Promise<void> {
  if (size < last.size) {
    throw new VouchError('corrupt', `The log has ${size} records, but its last signed checkpoint covers ${last.size}.`);
  }
  const proof = await proveConsistency(toTileSource(store), last.size, size);
  if (!isConsistent(last.size, last.root, size, root, proof)) {
    throw new VouchError('corrupt', `The tree of ${size} records does not continue the signed one of ${last.size}.`);
  }
}
