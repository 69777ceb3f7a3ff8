import type { Catalog, CatalogEntry } from '../catalog/catalog.ts';
import type { LogReader } from '../log/log.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { ShownOrigin } from '../registry/overlay.ts';
import type { Registry } from '../registry/registry.ts';

/** What lists and pages are made from: the registry's own log, or, where it follows others, that and theirs in the order of learning. */
export interface Shown {
  readonly catalog: Catalog;
  /** How many records there are; the sizes of its lists are such. */
  size(): number;
  /** When the record at a place came to be known. */
  timeOf(place: number): Promise<Date>;
}

/** What a registry shows. */
export function shownOf({ log, catalog, overlay }: Registry): Shown {
  if (overlay !== undefined) {
    return { catalog: overlay.catalog, size: () => overlay.size(), timeOf: (place) => overlay.learnedAt(place) };
  }
  return { catalog, size: () => log.size(), timeOf: async (place) => new Date((await log.record(place)).at) };
}

/** The log that an entry is in, and the path below which it is served here. */
export function logOf(
  { log, overlay }: Registry,
  { origin, isFollowed }: Pick<CatalogEntry, 'origin' | 'isFollowed'>,
): { readonly log: LogReader; readonly path: string; readonly followed?: ShownOrigin } {
  const followed = isFollowed === true ? overlay?.origins().find((one) => one.origin === origin) : undefined;
  return followed === undefined ? { log, path: '/log' } : { log: followed.log, path: toMirrorPath(origin!), followed };
}

/** The path below which the copy of a log is served. */
export function toMirrorPath(origin: string): string {
  return `/mirror/${sha256Hex(Buffer.from(origin))}`;
}

/** The bytes of an entry's document. */
export function readEntryBlob(registry: Registry, entry: CatalogEntry): Promise<Uint8Array> {
  return logOf(registry, entry).log.blob(entry.documentSha256);
}
