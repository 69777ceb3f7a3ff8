import type { CatalogEntry } from '../catalog/catalog.ts';
import { toEntryGraph } from '../catalog/entry-graph.ts';
import type { Quad } from '../rdf/quad.ts';
import type { Registry } from '../registry/registry.ts';
import type { Profile } from '../verify/verdict.ts';

/** Reads an accepted document again for its triples; the registry's verifier is one. */
export interface DocumentReader {
  read(bytes: Uint8Array, profile: Profile): Promise<{ readonly triples: readonly Quad[] }>;
}

/** What routes and pages need of the registry they show. */
export interface Face {
  readonly registry: Registry;
  /** The time statuses are computed for. */
  now(): Date;
  /** A path of this application as a page must link it: below the path of the base URL. `path` begins with `/`. */
  href(path: string): string;
  /** The named graph of an entry as the query index holds it. */
  graphOf(entry: CatalogEntry): Promise<readonly Quad[]>;
}

/** Makes the face of a registry; the proxy in front is expected to strip the path of the base URL, if it has one. */
export function toFace(registry: Registry, documents: DocumentReader, now: () => Date): Face {
  const prefix = new URL(registry.baseUrl).pathname.replace(/\/+$/, '');
  return {
    registry,
    now,
    href: (path) => `${prefix}${path}`,
    async graphOf(entry) {
      const bytes = await registry.log.blob(entry.documentSha256);
      const { triples } = await documents.read(bytes, entry.isImported ? 'legacy' : 'current');
      return toEntryGraph(entry, triples, registry.baseUrl);
    },
  };
}
