import { rm } from 'node:fs/promises';
import { chooseBeside, clearBeside, findCatalogDirectory } from './catalog-directory.ts';
import { LevelStore } from './level-store.ts';
import { MemoryStore } from './memory-store.ts';
import { type RebuildOptions, StoreCatalog, type StoreCatalogOptions } from './store-catalog.ts';

export interface LevelCatalogOptions extends StoreCatalogOptions {
  /** A directory of its own, which may be deleted while the catalog is closed: it is rebuilt from the log. */
  readonly directory: string;
}

/**
 * Opens the catalog in a LevelDB directory and starts to follow the log. Files that are found damaged are deleted, and the
 * catalog is rebuilt. Throws `storage`, `storage-locked`.
 */
export async function openLevelCatalog(options: LevelCatalogOptions): Promise<StoreCatalog> {
  try {
    return await openIn(options);
  } catch (failure) {
    if (!LevelStore.isDamage(failure)) throw failure;
    await LevelStore.destroy(options.directory);
    return openIn(options);
  }
}

/**
 * Makes an open catalog anew in a directory beside its own, and goes on with that. `directory` is the usual place of the catalog; the next
 * start puts the new one there.
 */
export async function rebuildLevelCatalog(
  catalog: StoreCatalog,
  directory: string,
  { onProgress, signal }: Pick<RebuildOptions, 'onProgress' | 'signal'>,
): Promise<void> {
  const used = await findCatalogDirectory(directory);
  const beside = await clearBeside(directory);
  const fresh = await LevelStore.open(beside);
  const onReady = (): Promise<void> => chooseBeside(directory, beside);
  try {
    await catalog.rebuild(fresh, { onProgress, onReady, signal });
  } catch (thrown) {
    if ((await findCatalogDirectory(directory)) !== beside) await rm(beside, { recursive: true, force: true });
    throw thrown;
  }
  await rm(used, { recursive: true, force: true }).catch(() => LevelStore.destroy(used));
}

async function openIn(options: LevelCatalogOptions): Promise<StoreCatalog> {
  return StoreCatalog.open(await LevelStore.open(options.directory), options);
}

/** The memory twin of the same catalog: gone when it is closed. */
export function openMemoryCatalog(options: StoreCatalogOptions): Promise<StoreCatalog> {
  return StoreCatalog.open(new MemoryStore(), options);
}
