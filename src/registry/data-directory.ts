import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { migrateData } from './data-format.ts';

/**
 * Makes the directory of a registry or mirror where there is none. Throws `config` if that fails or if it is the directory of the other
 * kind, and `corrupt` if there was a log in it that is gone: a new one would lose what was acknowledged, and its key would sign a second
 * history under the same name; or, as a mirror, would follow one. An older layout is brought to that of this version.
 */
export async function openDirectory(directory: string, kind: 'registry' | 'mirror' = 'registry'): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    throw new VouchError('config', `The data directory ${directory} cannot be made: ${toMessage(cause)}`, { cause });
  }
  const has = (...names: string[]): boolean => existsSync(join(directory, ...names));
  const [own, other] = kind === 'mirror' ? ['mirror.key', 'log.key'] : ['log.key', 'mirror.key'];
  if (has(other) && !has(own)) {
    const [is, wanted] = kind === 'mirror' ? ['a registry', 'a mirror'] : ['a mirror', 'a registry'];
    throw new VouchError('config', `The data directory ${directory} is that of ${is}; give ${wanted} another.`);
  }
  // A catalog is made after its log, so that a first start which was cut off leaves none.
  if (!has(own) || !has('catalog') || has('log', 'CURRENT')) return migrateData(directory);
  const anew =
    kind === 'mirror'
      ? 'to copy it anew instead, move mirror.key and catalog away'
      : 'to begin a new log instead, set a new origin and move log.key and catalog away';
  const log = join(directory, 'log');
  const message = `The log in ${log} is gone, while its key and its catalog are there. Mount or restore it; ${anew}.`;
  throw new VouchError('corrupt', message);
}
