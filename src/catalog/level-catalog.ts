import { LevelStore } from './level-store.ts';
import { MemoryStore } from './memory-store.ts';
import { StoreCatalog, type StoreCatalogOptions } from './store-catalog.ts';

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

async function openIn(options: LevelCatalogOptions): Promise<StoreCatalog> {
  return StoreCatalog.open(await LevelStore.open(options.directory), options);
}

/** The memory twin of the same catalog: gone when it is closed. */
export function openMemoryCatalog(options: StoreCatalogOptions): Promise<StoreCatalog> {
  return StoreCatalog.open(new MemoryStore(), options);
}
