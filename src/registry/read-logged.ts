import type { ReadEntry } from '../catalog/follower.ts';
import type { LogReader, LogRecord } from '../log/log.ts';
import { readTrustMode } from './evidence.ts';
import { readPatiently } from './read-patiently.ts';
import type { Verifier } from './verifier.ts';

/**
 * What a record's document says, for the catalog. Who the endorser is depends on whom the registry trusted when it accepted the entry,
 * which is in its evidence: where it trusted anybody, the name alone is nobody's.
 */
export async function readLogged(
  record: LogRecord,
  bytes: Uint8Array,
  log: Pick<LogReader, 'blob'>,
  verifier: Pick<Verifier, 'read'>,
): Promise<ReadEntry> {
  const isImport = record.t === 'import';
  const content = await readPatiently(() => verifier.read(bytes, isImport ? 'legacy' : 'current'));
  if (isImport || record.ev === '' || readTrustMode(await log.blob(record.ev)) !== 'open') return content;
  return { ...content, endorserKey: content.ownKey, trustMode: 'open' };
}
