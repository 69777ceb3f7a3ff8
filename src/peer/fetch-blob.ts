import { VouchError } from '../errors.ts';
import { sha256Hex } from '../log/sha256.ts';
import { LogBreach } from './log-breach.ts';
import { BLOB_BYTES_LIMIT, type LogSource } from './log-source.ts';

/** A blob whose bytes are those it is named by. Breaches: `blob` for others or too many, `unavailable` if the log does not give it. */
export async function fetchBlob(source: LogSource, sha256: string, bytesLimit = BLOB_BYTES_LIMIT): Promise<Uint8Array> {
  const bytes = await source.blob(sha256, bytesLimit).catch((cause: unknown) => {
    const code = cause instanceof VouchError ? cause.code : undefined;
    if (code === 'not-found') {
      const message = `Withheld: ${source.name} recorded blob ${sha256}, but does not give it.`;
      throw new LogBreach('unavailable', message, { cause });
    }
    if (code === 'too-large')
      throw new LogBreach('blob', `Swapped blob: ${sha256} of ${source.name} is longer than it was.`, { cause });
    throw cause;
  });
  if (sha256Hex(bytes) === sha256) return bytes;
  throw new LogBreach('blob', `Swapped blob: ${source.name} gives other bytes for ${sha256} than were recorded.`);
}
