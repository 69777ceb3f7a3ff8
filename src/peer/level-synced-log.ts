import { openLevelStore } from '../log/level-store.ts';
import type { VerifierKey } from '../log/note-key.ts';
import { openStoreSyncedLog, type SyncedLog } from './synced-log.ts';

/**
 * Opens the copy of the log with this key in a LevelDB directory, or begins one there. `storage-locked` while another process has it
 * open, `config` if the directory holds something else or the copy of another log.
 */
export async function openLevelSyncedLog(directory: string, key: VerifierKey): Promise<SyncedLog> {
  return openStoreSyncedLog(await openLevelStore(directory), key);
}
