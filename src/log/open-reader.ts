import { VouchError } from '../errors.ts';
import { readSignedCheckpoint } from './checkpoint.ts';
import type { LogReader } from './log.ts';
import type { VerifierKey } from './note-key.ts';
import type { Store } from './store.ts';
import { toKeyBounds } from './store-key.ts';
import { StoreReader } from './store-reader.ts';

/**
 * Reads the log in a store without becoming its writer: nothing is signed, and records that no checkpoint covers are not shown.
 * Whether the records are those that were signed for is for `auditLog` to say. `corrupt` without a checkpoint of this key. The
 * store stays its owner's to close.
 */
export async function openStoreReader(store: Store, key: VerifierKey): Promise<LogReader> {
  const [newest] = await store.range(...toKeyBounds('c'), 1, 'last');
  if (newest === undefined) throw new VouchError('corrupt', 'The log has no signed checkpoint.');
  const [, note] = newest;
  const { size, root } = readOwn(note, key);
  const published = { size, root, note: Buffer.from(note).toString() };
  return new StoreReader(store, key, () => published);
}

function readOwn(note: Uint8Array, key: VerifierKey): { size: number; root: Uint8Array } {
  try {
    return readSignedCheckpoint(note, key).checkpoint;
  } catch (cause) {
    throw new VouchError('corrupt', 'The last signed checkpoint of the log is damaged, or of another key.', { cause });
  }
}
