import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditCatalog, type CatalogAudit } from '../catalog/audit-catalog.ts';
import { findCatalogDirectory } from '../catalog/catalog-directory.ts';
import { LevelStore } from '../catalog/level-store.ts';
import { VouchError } from '../errors.ts';
import { openLevelStore } from '../log/level-store.ts';
import type { LogReader } from '../log/log.ts';
import { findLogKey } from '../log/log-key.ts';
import type { VerifierKey } from '../log/note-key.ts';
import { openStoreReader } from '../log/open-reader.ts';
import { auditLogBeside } from './audit-log-beside.ts';
import { readDataFormat } from './data-format.ts';
import { readLogged } from './read-logged.ts';
import { openVerifier } from './verifier.ts';

export interface DirectoryAuditOptions {
  /** Public key of the log; that of the key file in the directory where absent. */
  readonly key?: VerifierKey;
  readonly onProgress?: (part: 'log' | 'catalog', done: number, size: number) => void;
}

export interface DirectoryAudit {
  readonly origin: string;
  /** Records that a signed checkpoint covers; undefined for a log that contradicts itself. */
  readonly size: number | undefined;
  /** In words; none if log and catalog are sound. */
  readonly problems: readonly string[];
  /** Records of the log that the catalog has taken in; undefined where there is no catalog to go on with. */
  readonly catalogPosition: number | undefined;
}

/** Nobody is trusted: accepted documents are read, not judged. */
const NOBODY = { mode: 'pinned', fingerprints: [], digest: '', bindings: [] } as const;

/**
 * Audits the data directory of a registry that is not running: everything the log says is recomputed, and the catalog made once more
 * and compared. Nothing in the directory is changed. Throws `usage` if it holds no log, `storage-locked` while a registry runs.
 */
export async function auditDirectory(directory: string, options: DirectoryAuditOptions = {}): Promise<DirectoryAudit> {
  // Where there is none, opening would make one.
  if (!existsSync(join(directory, 'log', 'CURRENT'))) {
    throw new VouchError('usage', `There is no log in ${directory}: it must be the data directory of a registry.`);
  }
  await readDataFormat(directory);
  const key = options.key ?? (await findLogKey(join(directory, 'log.key')))?.verifier;
  if (key === undefined) throw new VouchError('usage', `There is no log.key in ${directory}: the key must be given.`);
  const store = await openLevelStore(join(directory, 'log'));
  try {
    const problems = await auditLogBeside(store, key, (done, size) => options.onProgress?.('log', done, size));
    // A catalog follows the log; of one that is broken it would only say the same once more.
    if (problems.length > 0) return { origin: key.name, size: undefined, problems, catalogPosition: undefined };
    const log = await openStoreReader(store, key);
    const catalog = await auditCatalogIn(await findCatalogDirectory(join(directory, 'catalog')), log, options);
    return {
      origin: key.name,
      size: log.size(),
      problems: catalog?.problems ?? [],
      catalogPosition: catalog?.position,
    };
  } finally {
    await store.close();
  }
}

async function auditCatalogIn(
  directory: string,
  log: LogReader,
  { onProgress }: DirectoryAuditOptions,
): Promise<CatalogAudit | undefined> {
  if (!existsSync(join(directory, 'CURRENT'))) return undefined;
  const place = await mkdtemp(join(tmpdir(), 'vouch-audit-'));
  const verifier = openVerifier({ trust: NOBODY, documentBytesLimit: 0 });
  const opened: LevelStore[] = [];
  const open = async (at: string): Promise<LevelStore> => {
    const store = await LevelStore.open(at);
    opened.push(store);
    return store;
  };
  try {
    return await auditCatalog({
      log,
      store: await open(directory),
      scratch: await open(place),
      readDocument: (record, bytes) => readLogged(record, bytes, log, verifier),
      onProgress: (done, size) => onProgress?.('catalog', done, size),
    });
  } catch (fault) {
    // The next start empties it and makes it anew.
    if (LevelStore.isDamage(fault)) return { problems: ['the files of the catalog are damaged'], position: undefined };
    throw fault;
  } finally {
    for (const store of opened) await store.close();
    await verifier[Symbol.asyncDispose]();
    await rm(place, { recursive: true, force: true });
  }
}
