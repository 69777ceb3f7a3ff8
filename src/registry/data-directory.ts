import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';

/**
 * Makes the directory of a registry where there is none. Throws `config` if that fails, and `corrupt` if there was a log in it
 * that is gone: a new one would lose what was acknowledged, and its key would sign a second history under the same name.
 */
export async function openDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    throw new VouchError('config', `The data directory ${directory} cannot be made: ${toMessage(cause)}`, { cause });
  }
  const has = (...names: string[]): boolean => existsSync(join(directory, ...names));
  // A catalog is made after its log, so that a first start which was cut off leaves none.
  if (!has('log.key') || !has('catalog') || has('log', 'CURRENT')) return;
  const message =
    `The log in ${join(directory, 'log')} is gone, while its key and its catalog are there. Mount or restore it; to begin ` +
    'a new log instead, set a new origin and move log.key and catalog away.';
  throw new VouchError('corrupt', message);
}
