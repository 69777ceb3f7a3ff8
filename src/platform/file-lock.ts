import { readFile, rm } from 'node:fs/promises';
import { VouchError } from '../errors.ts';
import { writeFileDurably } from './durable-file.ts';

/** Locks of this process: one that bears its number and is not among them is of a process before it. */
const HELD = new Set<string>();

/**
 * Keeps other processes of this machine out until it is disposed of. The lock of a process that is gone counts for nothing. Throws
 * `storage-locked` while another one has it, `input-output` where it cannot be written; `place` is what that one works in, for the sentence.
 */
export async function holdLock(path: string, place: string): Promise<AsyncDisposable> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      // It appears with what it says, so that nobody takes one that is being written for one of nobody.
      await writeFileDurably(path, new TextEncoder().encode(`${process.pid}\n`), { mode: 0o600, exclusive: true });
      HELD.add(path);
      const release = async (): Promise<void> => {
        HELD.delete(path);
        await rm(path, { force: true });
      };
      return { [Symbol.asyncDispose]: release };
    } catch (thrown) {
      const cause = thrown instanceof VouchError ? thrown.cause : undefined;
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw thrown;
      const holder = Number((await readFile(path, 'utf8').catch(() => '')).trim());
      if (!isFirst || (holder === process.pid ? HELD.has(path) : isAlive(holder))) {
        throw new VouchError('storage-locked', `Another process (${holder}) works in ${place}; ${path} says so.`);
      }
      await rm(path, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
