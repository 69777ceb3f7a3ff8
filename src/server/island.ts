import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { VouchError } from '../errors.ts';
import { type Asset, toAssetPath, toAssetType } from './asset.ts';

/** A script that makes a page handier: where it is, and what it loads at once. */
export interface Island {
  readonly path: string;
  readonly needs: readonly string[];
}

/** What scripts/bundle.mjs says it made. */
interface BundleList {
  readonly islands: Readonly<Record<string, { readonly file: string; readonly needs: readonly string[] }>>;
  readonly files: readonly string[];
}

interface Bundle {
  readonly islands: ReadonlyMap<string, Island>;
  readonly assets: readonly Asset[];
}

let bundle: Bundle | undefined;

/** Every file the islands consist of, read once and kept. Throws `config` where the program was not built whole. */
export function readIslandAssets(): readonly Asset[] {
  return readBundle().assets;
}

/** The script made of src/island/<name>.ts, for pages to load. */
export function findIsland(name: string): Island {
  const island = readBundle().islands.get(name);
  if (island === undefined) throw new VouchError('config', `There is no script ${name}: build the program again.`);
  return island;
}

function readBundle(): Bundle {
  try {
    bundle ??= loadBundle();
    return bundle;
  } catch (cause) {
    throw new VouchError('config', 'The scripts of the pages are missing: build the program again.', { cause });
  }
}

function loadBundle(): Bundle {
  const listPath = createRequire(import.meta.url).resolve('#islands/islands.json');
  const directory = dirname(listPath);
  const list = JSON.parse(readFileSync(listPath, 'utf8')) as BundleList;
  const assets = list.files.map((file): Asset => {
    const read = (end: string) => Buffer.from(readFileSync(join(directory, file + end)));
    const encoded = { br: read('.br'), gzip: read('.gz') };
    return { path: toAssetPath(file), mediaType: toAssetType(file), bytes: read(''), encoded };
  });
  const islands = Object.entries(list.islands).map(
    ([name, { file, needs }]) => [name, { path: toAssetPath(file), needs: needs.map(toAssetPath) }] as const,
  );
  return { islands: new Map(islands), assets };
}
