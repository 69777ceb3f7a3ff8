import { LevelStore } from '../catalog/level-store.ts';
import { VouchError } from '../errors.ts';
import { Usage, type UsageOptions } from './usage.ts';

/** Opens the counts in a directory, made where it is missing. Throws `storage-locked`, `storage`, `corrupt`. */
export async function openUsage(directory: string, options: Omit<UsageOptions, 'store'>): Promise<Usage> {
  try {
    return await Usage.open({ ...options, store: await LevelStore.open(directory) });
  } catch (cause) {
    const code = cause instanceof VouchError ? cause.code : 'storage';
    const why = LevelStore.isDamage(cause) ? 'its files are damaged' : 'it is in use or cannot be read';
    const advice = 'move it away to begin to count anew, or set usage.count to false';
    const message = `The counts of use in ${directory} cannot be opened, since ${why}: ${advice}.`;
    throw new VouchError(code, message, { cause });
  }
}
