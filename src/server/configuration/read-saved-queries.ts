import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readSavedQuery, type SavedQuery } from '../../catalog/sparql/saved-query.ts';
import { toMessage, VouchError } from '../../errors.ts';

/** What the endpoint takes of a query is shorter; a mistaken file is longer. */
const FILE_BYTES_LIMIT = 64 * 1024;
const SUFFIX = '.rq';

/** Reads every `NAME.rq` of a directory, in the order of the names. Throws `config` for one that is no saved query. */
export function readSavedQueries(directory: string, baseUrl: string): SavedQuery[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(SUFFIX));
    return names.sort().map((name) => readSavedQuery(basename(name, SUFFIX), readText(join(directory, name)), baseUrl));
  } catch (cause) {
    if (cause instanceof VouchError) throw cause;
    throw new VouchError('config', `The saved queries cannot be read: ${toMessage(cause)}`, { cause });
  }
}

function readText(file: string): string {
  if (statSync(file).size > FILE_BYTES_LIMIT) throw new VouchError('config', `${file} is too large for a query.`);
  return readFileSync(file, 'utf8');
}
