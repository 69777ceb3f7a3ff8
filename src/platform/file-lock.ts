import { open, readFile, rm } from 'node:fs/promises';
import { toMessage, VouchError } from '../errors.ts';

/** Locks of this process: one that bears its number and is not among them is of a process before it. */
const HELD = new Set<string>();

/**
 * Keeps other processes of this machine out until it is disposed of. The lock of a process that is gone counts for nothing. Throws
 * `storage-locked` while another one has it; `place` is what that one works in, for the sentence.
 */
export async function holdLock(path: string, place: string): Promise<AsyncDisposable> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      HELD.add(path);
      const release = async (): Promise<void> => {
        HELD.delete(path);
        await rm(path, { force: true });
      };
      return { [Symbol.asyncDispose]: release };
    } catch (cause) {
      const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
      if (!isTaken) {
        throw new VouchError('input-output', `The file ${path} cannot be written: ${toMessage(cause)}.`, { cause });
      }
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
