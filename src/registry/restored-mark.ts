import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { syncDirectory, writeFileDurably } from '../platform/durable-file.ts';

/** That a data directory was restored from a backup, and has not taken anything since. */
export interface RestoredMark {
  /** Records of the log in it. */
  readonly size: number;
  /** When the backup was made, and when it was restored; ISO 8601. */
  readonly madeAt: string;
  readonly restoredAt: string;
}

const NAME = 'restored.json';

/** The mark of a data directory; undefined where it was not restored, or has been resumed. Throws `corrupt`. */
export async function readRestoredMark(directory: string): Promise<RestoredMark | undefined> {
  const file = join(directory, NAME);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new VouchError('input-output', `The file ${file} cannot be read: ${toMessage(cause)}.`, { cause });
  }
  try {
    const mark = JSON.parse(text) as RestoredMark;
    if (Number.isSafeInteger(mark.size) && typeof mark.madeAt === 'string') return mark;
  } catch {
    // said below
  }
  throw new VouchError('corrupt', `The file ${file} does not say from what this directory was restored.`);
}

/** Resolves when the mark is on disk. */
export async function writeRestoredMark(directory: string, mark: RestoredMark): Promise<void> {
  await writeFileDurably(join(directory, NAME), new TextEncoder().encode(`${JSON.stringify(mark)}\n`));
}

/** Takes the mark away: from here on the registry signs again. */
export async function removeRestoredMark(directory: string): Promise<void> {
  await rm(join(directory, NAME), { force: true });
  await syncDirectory(directory);
}

/** Why a restored registry takes nothing yet: a sentence for everyone. */
export function toRestoredReason({ size, madeAt }: RestoredMark): string {
  return (
    `This registry takes no entries yet: it was restored from a backup of ${madeAt} with ${size} records. If it accepted any after that, ` +
    'new ones in their place would be a second history under its name.'
  );
}
