import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage, VouchError } from '../../errors.ts';
import { fetchImage, type Wanted } from '../download/download-image.ts';
import { type LocationOptions, openLocation } from '../download/open-location.ts';
import type { LocationFact, LocationOutcome } from './location-fact.ts';

export interface ProbeOptions extends LocationOptions {
  /** Directory for bytes that are fetched to compute their checksums; nothing is fetched where absent. */
  readonly fetchTo?: string;
}

/** What a location was found to be. */
export type Probed = Pick<LocationFact, 'outcome' | 'message'>;

/**
 * Looks at a location as a download would, by the same rules of what may be asked: does it answer, with the size that was stated, and,
 * where bytes may be fetched, with the right bytes? Throws `input-output` where this machine cannot keep them, and the signal's reason.
 */
export async function probeLocation(location: string, wanted: Wanted, options: ProbeOptions): Promise<Probed> {
  try {
    const told = await askSize(location, wanted, options);
    if (told.outcome === 'wrong' || options.fetchTo === undefined) return told;
    return await fetchWhole(location, wanted, options, options.fetchTo);
  } catch (fault) {
    options.signal.throwIfAborted();
    if (fault instanceof VouchError && fault.code === 'input-output') throw fault;
    return { outcome: toOutcome(fault), message: toMessage(fault) };
  }
}

async function askSize(location: string, wanted: Wanted, options: LocationOptions): Promise<Probed> {
  const { bytes, totalBytes } = await openLocation(location, 0, options);
  // Ends the connection: nobody wants more than its answer.
  for await (const _ of bytes) break;
  if (totalBytes === wanted.sizeBytes) {
    return { outcome: 'right-size', message: `It answers and has the ${wanted.sizeBytes} bytes that were stated.` };
  }
  if (totalBytes === undefined) return { outcome: 'answers', message: 'It answers and does not say how much it has.' };
  if (wanted.compression !== undefined) {
    const message = `It answers and has ${totalBytes} bytes, compressed with ${wanted.compression}.`;
    return { outcome: 'answers', message };
  }
  return { outcome: 'wrong', message: `It has ${totalBytes} bytes, and ${wanted.sizeBytes} were stated.` };
}

async function fetchWhole(
  location: string,
  wanted: Wanted,
  options: LocationOptions,
  directory: string,
): Promise<Probed> {
  const target = join(directory, `probe-${randomBytes(8).toString('hex')}`);
  try {
    await fetchImage(location, wanted, target, options);
    const message = `Its size and all ${wanted.checksums.length} checksums hold.`;
    return { outcome: 'verified', message };
  } finally {
    await rm(target, { force: true });
    await rm(`${target}.part`, { force: true });
  }
}

function toOutcome(fault: unknown): LocationOutcome {
  const code = fault instanceof VouchError ? fault.code : undefined;
  if (code === 'malformed') return 'wrong';
  if (code === 'not-found') return 'missing';
  return code === 'usage' ? 'not-asked' : 'unreachable';
}
