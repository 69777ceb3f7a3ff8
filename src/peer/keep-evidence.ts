import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../log/sha256.ts';
import { writeFileDurably } from '../platform/durable-file.ts';
import type { LogBreach } from './log-breach.ts';

/** Writes the evidence of a breach to a file of its own in the directory, and gives its path; undefined where a breach has none. */
export async function keepEvidence(directory: string, breach: LogBreach): Promise<string | undefined> {
  if (breach.evidence === undefined) return undefined;
  const bytes = Buffer.from(breach.evidence);
  await mkdir(directory, { recursive: true });
  // Named by what it says, so that the same fork seen again makes no second file.
  const path = join(directory, `${breach.breach}-${sha256Hex(bytes).slice(0, 16)}.txt`);
  await writeFileDurably(path, bytes);
  return path;
}
