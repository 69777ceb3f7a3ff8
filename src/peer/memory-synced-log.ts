import { MemoryStore } from '../log/memory-store.ts';
import type { VerifierKey } from '../log/note-key.ts';
import { openStoreSyncedLog, type SyncedLog } from './synced-log.ts';

/** Opens an empty copy of the log with this key in memory, under the same code as the durable one. */
export async function openMemorySyncedLog(key: VerifierKey): Promise<SyncedLog> {
  return openStoreSyncedLog(new MemoryStore(), key);
}
