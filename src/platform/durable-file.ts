import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';

export interface DurableOptions {
  /** Permission bits of a new file (default 0o644), less the process's umask. */
  readonly mode?: number;
  /** Refuse, without a change, if the file exists. */
  readonly exclusive?: boolean;
}

/**
 * Writes a file so that after a crash at any moment it holds either what it held before or all of `bytes`, and after the
 * promise is kept it holds `bytes`. Throws `input-output`; then the old content is in place, unless only the last step,
 * making the directory entry durable, failed.
 */
export async function writeFileDurably(path: string, bytes: Uint8Array, options: DurableOptions = {}): Promise<void> {
  const { mode = 0o644, exclusive = false } = options;
  const directory = dirname(path);
  // In the same directory, since a rename is atomic within one file system only.
  const temporary = join(directory, `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    try {
      await writeAndSync(temporary, bytes, mode);
      // A link fails where a file is; a rename replaces it.
      if (exclusive) await link(temporary, path);
      else await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
    await syncDirectory(directory);
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const reason = isTaken ? 'a file of that name exists' : toMessage(cause);
    throw new VouchError('input-output', `The file ${path} cannot be written: ${reason}.`, { cause });
  }
}

async function writeAndSync(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a new name in the directory durable. Windows cannot open a directory, and needs no such step. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
