import { statfs } from 'node:fs/promises';
import { toMessage, VouchError } from '../errors.ts';

/** Room on the disk of a directory, in bytes, as this user may have it. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Asks the system. Throws `input-output`. */
export async function readDiskSpace(directory: string): Promise<DiskSpace> {
  try {
    const { bavail, blocks, bsize } = await statfs(directory);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch (cause) {
    throw new VouchError('input-output', `The disk of ${directory} cannot be asked: ${toMessage(cause)}.`, { cause });
  }
}
