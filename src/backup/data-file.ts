import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { isSavedPath } from './manifest.ts';

/**
 * What of a data directory is never in a backup: the log, which is copied by its records; what follows from it; what was copied from others;
 * counts of use, which are a database that is written meanwhile; and what must not come back. A witness or mirror that forgot what it signed could sign a second history of somebody else's log.
 */
const LEFT_OUT =
  /^(?:log|catalog(?:-\d+)?|followed|usage|witness|restored\.json|(?:witness|mirror)\.key|catalog\.current|sparql\.cursor)$/;
const KEY = /\.key$/;

/** Names of the files to save, keys only if they are asked for. Whatever is added to the directory later is saved too. */
export async function listDataFiles(directory: string, hasKeys: boolean): Promise<string[]> {
  const paths: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const found of await readdir(join(directory, below), { withFileTypes: true })) {
      const path = below === '' ? found.name : `${below}/${found.name}`;
      // Half-written files, sockets, and what somebody else put there under a name of his own.
      if (LEFT_OUT.test(path) || !isSavedPath(path) || path.endsWith('.tmp')) continue;
      if (found.isDirectory()) await walk(path);
      else if (found.isFile() && (hasKeys || !KEY.test(path))) paths.push(path);
    }
  };
  try {
    await walk('');
  } catch (cause) {
    throw new VouchError('input-output', `The directory ${directory} cannot be read: ${toMessage(cause)}.`, { cause });
  }
  // A document goes away once its submission, which is in the file of its state, has ended: read first, it is there if it is needed.
  return paths.sort((one, other) => Number(other.endsWith('.xml')) - Number(one.endsWith('.xml')));
}

/** The bytes of a file as of one moment, since all are replaced whole; undefined if it went away meanwhile. */
export async function readDataFile(directory: string, path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(join(directory, path));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new VouchError('input-output', `The file ${path} cannot be read: ${toMessage(cause)}.`, { cause });
  }
}
