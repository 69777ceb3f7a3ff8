import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VerifierKey } from '../log/note-key.ts';
import { isFork, readForkEvidence } from './evidence.ts';

const NAME = /^fork-[0-9a-f]{16}\.txt$/;

/** The file in which `keepEvidence` kept the proof that this log forked; files that prove nothing are passed over. */
export async function findFork(directory: string, log: VerifierKey): Promise<string | undefined> {
  const names = await readdir(directory).catch(() => [] as string[]);
  for (const name of names.filter((one) => NAME.test(one)).toSorted()) {
    const path = join(directory, name);
    const proves = await readFile(path, 'utf8').then(
      (text) => provesFork(text, log),
      () => false,
    );
    if (proves) return path;
  }
  return undefined;
}

function provesFork(text: string, log: VerifierKey): boolean {
  try {
    return isFork(readForkEvidence(text), log);
  } catch {
    return false;
  }
}
