import { openLevelStore } from './level-store.ts';
import type { Log } from './log.ts';
import type { LogKey } from './note-key.ts';
import { openStoreLog } from './store-log.ts';
import type { Witnessing } from './witnessing.ts';

/** Which log, and who signs it. */
export interface LevelLogOptions {
  readonly directory: string;
  /** The name of the log for ever, e.g. `marketplace.example.org/log`; the key must be its key. */
  readonly origin: string;
  readonly key: LogKey;
  /** Who must have seen a checkpoint before readers do; nobody where absent. */
  readonly witnessing?: Witnessing | undefined;
}

/**
 * Opens the log in a LevelDB directory, or begins one there. `storage-locked` while another process has it open, `config` if
 * the directory holds something else or the log of another origin or key, `corrupt` if what is there contradicts itself.
 */
export async function openLevelLog({ directory, origin, key, witnessing }: LevelLogOptions): Promise<Log> {
  return openStoreLog(await openLevelStore(directory), origin, key, witnessing);
}
