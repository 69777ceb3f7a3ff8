import { signCheckpoint } from '../../src/log/checkpoint.ts';
import type { LogReader, LogRecord } from '../../src/log/log.ts';
import type { LogKey } from '../../src/log/note-key.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import { writeRecord } from '../../src/proof/record.ts';
import { lie, MadeLog } from '../peer/made-log.ts';

/** A log with the records of another one, changed, signed with that one's own key: what a registry that turned bad can show. */
export async function forgeLog(
  log: LogReader,
  key: LogKey,
  change: (records: LogRecord[]) => LogRecord[],
): Promise<LogSource> {
  const records: LogRecord[] = [];
  for await (const { record } of log.records(0)) records.push(record);
  const made = await MadeLog.of(change(records).map(writeRecord));
  const honest = new ReaderLogSource(log);
  return lie(made, {
    checkpoint: async () => Buffer.from(signCheckpoint({ ...made.head(), origin: log.origin }, key)),
    blob: (sha256) => honest.blob(sha256),
  });
}
