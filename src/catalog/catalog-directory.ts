import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { syncDirectory, writeFileDurably } from '../platform/durable-file.ts';

/*
 * The catalog is in `catalog`. One that was made anew beside it while a registry served is in `catalog-<n>`, and `catalog.current` names
 * it; the next start puts it in its usual place.
 */
const BESIDE = /-\d{1,9}$/;

/** Where the catalog is whose usual place is `directory`. */
export async function findCatalogDirectory(directory: string): Promise<string> {
  const name = await readFile(`${directory}.current`, 'utf8').catch(() => '');
  const named = join(dirname(directory), name.trim());
  const isOne = named.startsWith(`${directory}-`) && BESIDE.test(named);
  return isOne && existsSync(named) ? named : directory;
}

/** Puts the catalog in its usual place and removes what a crash left beside it; gives where it is. Nothing may have it open. */
export async function settleCatalogDirectory(directory: string): Promise<string> {
  try {
    const found = await findCatalogDirectory(directory);
    if (found !== directory) {
      try {
        await rm(directory, { recursive: true, force: true });
        await rename(found, directory);
      } catch {
        // The usual place is a mount: it stays beside it.
        return found;
      }
    }
    await rm(`${directory}.current`, { force: true });
    await removeBeside(directory);
    return directory;
  } catch (cause) {
    throw new VouchError('storage', `The catalog in ${directory} cannot be settled: ${toMessage(cause)}`, { cause });
  }
}

/** A directory beside the catalog for another one; anything there is removed. */
export async function clearBeside(directory: string): Promise<string> {
  const used = await findCatalogDirectory(directory);
  for (let number = 1; ; number++) {
    const beside = `${directory}-${number}`;
    if (beside === used) continue;
    await rm(beside, { recursive: true, force: true });
    return beside;
  }
}

/** From here on the catalog is the one beside, also after a crash. */
export async function chooseBeside(directory: string, beside: string): Promise<void> {
  await syncDirectory(dirname(directory));
  await writeFileDurably(`${directory}.current`, Buffer.from(`${basename(beside)}\n`));
}

async function removeBeside(directory: string): Promise<void> {
  const parent = dirname(directory);
  const names = existsSync(parent) ? await readdir(parent) : [];
  for (const name of names) {
    const path = join(parent, name);
    if (path.startsWith(`${directory}-`) && BESIDE.test(path)) await rm(path, { recursive: true, force: true });
  }
}
