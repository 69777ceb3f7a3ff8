import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../log/sha256.ts';
import { writeFileDurably } from '../platform/durable-file.ts';
import type { LogBreach } from './log-breach.ts';

/** Writes the evidence of a breach to a file of its own in the directory, and gives its path; undefined where a breach has none. */
export async function keepEvidence(directory: string, breach: LogBreach): Promise<string | undefined> {
  if (breach.evidence === undefined) return undefined;
  await mkdir(directory, { recursive: true });
  // Named by what it says but for the time, so that the same thing seen again makes no second file.
  const name = sha256Hex(Buffer.from(breach.evidence.replace(/^at .*\n/m, ''))).slice(0, 16);
  const path = join(directory, `${breach.breach}-${name}.txt`);
  const isKept = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isKept) await writeFileDurably(path, Buffer.from(breach.evidence));
  return path;
}
