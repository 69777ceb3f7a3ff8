import { writeEntryTime } from '../entry/entry-time.ts';
import type { Placed } from '../log/batch.ts';
import { LogBreach } from './log-breach.ts';
import type { SyncedLog } from './synced-log.ts';

/** What a registry says of one entry about an image. */
export interface ShownEntry {
  /** Log index. */
  readonly index: number;
  readonly createdAt: Date;
  readonly act: 'valid' | 'deprecated';
}

/**
 * Holds what a registry shows as all there is about an image against the synced log. A breach `incomplete` names the records it
 * leaves out, and the entries it shows otherwise than its log has them, or without having them there. Records from number `size` on
 * may be missing: they came while it was asked.
 */
export async function assertComplete(
  synced: SyncedLog,
  identifier: string,
  shown: readonly ShownEntry[],
  size = Number.POSITIVE_INFINITY,
): Promise<void> {
  assertShown(synced.origin, identifier, await synced.records(identifier), shown, size);
}

/** The same against all records there are about the image, however that is known. */
export function assertShown(
  origin: string,
  identifier: string,
  records: readonly Placed[],
  shown: readonly ShownEntry[],
  size = Number.POSITIVE_INFINITY,
): void {
  const hidden = records.filter(({ index }) => index < size && !shown.some((entry) => entry.index === index));
  if (hidden.length > 0) {
    const which = hidden.map(({ index, record }) => `record ${index} (${record.act})`).join(', ');
    throw new LogBreach('incomplete', `Incomplete: ${origin} hides of ${identifier} what its log has: ${which}.`);
  }
  const wrong = shown.find(({ index, createdAt, act }) => {
    const record = records.find((placed) => placed.index === index)?.record;
    return record?.created !== writeEntryTime(createdAt) || record.act !== act;
  });
  if (wrong === undefined) return;
  const message = `Incomplete: ${origin} shows an entry of ${identifier} that its log does not have so: record ${wrong.index}.`;
  throw new LogBreach('incomplete', message);
}
