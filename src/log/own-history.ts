import { readSignedCheckpoint } from './checkpoint.ts';
import type { VerifierKey } from './note-key.ts';
import { type Publication, toTileSource } from './publication.ts';
import { areEqualBytes } from './sha256.ts';
import type { Store } from './store.ts';
import { readEdge } from './tile-tree.ts';

/**
 * Holds a checkpoint of this log that somebody else kept against what is here. A sentence if it proves that history was lost or
 * changed, as after the restore of an old copy; undefined if it is a prefix of what is here. `malformed` if this log did not sign it.
 */
export async function findLoss(
  store: Store,
  log: VerifierKey,
  signed: Pick<Publication, 'size'>,
  note: Uint8Array,
): Promise<string | undefined> {
  const { size, root } = readSignedCheckpoint(note, log).checkpoint;
  if (size > signed.size) {
    return `a checkpoint of ${size} records that this log signed, while only ${signed.size} are here: this is an old copy`;
  }
  const edge = await readEdge(toTileSource(store), size);
  if (areEqualBytes(edge.root(), root)) return undefined;
  return `a checkpoint of ${size} records that this log signed, of another history than the one here`;
}
