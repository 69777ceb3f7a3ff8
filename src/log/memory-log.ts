import { randomBytes } from 'node:crypto';
import type { Log } from './log.ts';
import { MemoryStore } from './memory-store.ts';
import { type LogKey, toLogKey } from './note-key.ts';
import { openStoreLog } from './store-log.ts';

/** Opens an empty log that lives in memory, under the same code as the durable one; without a key it makes its own. */
export async function openMemoryLog({
  origin,
  key = toLogKey(origin, randomBytes(32)),
}: {
  readonly origin: string;
  readonly key?: LogKey;
}): Promise<Log> {
  return openStoreLog(new MemoryStore(), origin, key);
}
