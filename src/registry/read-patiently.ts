import { setTimeout as pause } from 'node:timers/promises';
import { VouchError } from '../errors.ts';

const PAUSE_MS = 100;
/** A document that was accepted can be read in time: that it was not says something of the machine, for a while. */
const MOST_TIMEOUTS = 5;

/**
 * Reads an accepted document again, and once more where the threads that do it have too much waiting (`busy`) or were held up
 * (`timeout`, but not for ever): who follows the log cannot do without it, and comes after everyone who uploads.
 */
export async function readPatiently<T>(read: () => Promise<T>): Promise<T> {
  for (let timeouts = 0; ; await pause(PAUSE_MS)) {
    try {
      return await read();
    } catch (failure) {
      if (!(failure instanceof VouchError) || (failure.code !== 'busy' && failure.code !== 'timeout')) throw failure;
      if (failure.code === 'timeout') timeouts += 1;
      if (timeouts === MOST_TIMEOUTS) throw failure;
    }
  }
}
