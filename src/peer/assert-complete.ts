import { LogBreach } from './log-breach.ts';
import type { SyncedLog } from './synced-log.ts';

/**
 * Holds what a registry shows as all there is about an image, by the SHA-256 of each document, against the synced log. A breach
 * `incomplete` names the records it leaves out, or shows without having them in its log.
 */
export async function assertComplete(synced: SyncedLog, identifier: string, shown: readonly string[]): Promise<void> {
  const records = await synced.records(identifier);
  const hidden = records.filter(({ record }) => !shown.includes(record.doc));
  if (hidden.length > 0) {
    const which = hidden.map(({ index, record }) => `record ${index} (${record.act})`).join(', ');
    throw new LogBreach(
      'incomplete',
      `Incomplete: ${synced.origin} hides of ${identifier} what its log has: ${which}.`,
    );
  }
  const invented = shown.find((doc) => !records.some(({ record }) => record.doc === doc));
  if (invented !== undefined) {
    const message = `Incomplete: ${synced.origin} shows a document of ${identifier} that its log does not have: ${invented}.`;
    throw new LogBreach('incomplete', message);
  }
}
