import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const LONG_PRIORITY = 10;

/** True if the thread runs behind others from now on. Only Linux knows priorities of threads. */
export function stepBack(systemId: number): boolean {
  try {
    setPriority(systemId, LONG_PRIORITY);
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds that a thread has had a processor; 0 where the system does not tell. */
export function readWork(systemId: number | undefined): number {
  if (systemId === undefined) return 0;
  try {
    return Number(readFileSync(`/proc/self/task/${systemId}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6;
  } catch {
    return 0;
  }
}
