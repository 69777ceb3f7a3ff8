import type { CatalogEntry, CatalogReader } from '../catalog/catalog.ts';
import { toEntryGraph } from '../catalog/entry-graph.ts';
import type { Quad } from '../rdf/quad.ts';
import type { Registry } from '../registry/registry.ts';
import type { LocationFacts } from '../site/probe/location-facts.ts';
import type { Usage } from '../usage/usage.ts';
import type { Profile } from '../verify/verdict.ts';
import type { AsOf } from './as-of.ts';
import { toMinute } from './etag.ts';
import type { Facts } from './facts/facts.ts';
import { readEntryBlob, shownOf } from './shown.ts';
import type { Theme } from './theme.ts';

/** Reads an accepted document again for its triples; the registry's verifier is one. */
export interface DocumentReader {
  read(bytes: Uint8Array, profile: Profile): Promise<{ readonly triples: readonly Quad[] }>;
}

/** What routes and pages need of the registry they show. */
export interface Face {
  readonly registry: Registry;
  /** The moment of the past it shows; absent where it shows what is. */
  readonly asOf?: AsOf;
  /** The same resource as it is now, where this shows the past. */
  readonly nowHref?: string;
  /** How the operator wants pages to look; as they do by themselves where absent. */
  readonly theme?: Theme;
  /** Lists, history, tags and counts of the moment it shows. */
  readonly catalog: CatalogReader;
  /** The time statuses are computed for. */
  now(): Date;
  /** The number of records its lists are made from. */
  logSize(): number;
  /** What changes whenever something shown may, for entity tags; statuses are shown to the minute. */
  version(): readonly (string | number)[];
  /** A path of this application with what keeps the moment. `path` begins with `/`. */
  pathTo(path: string): string;
  /** The same as a page must link it: below the path of the base URL. */
  href(path: string): string;
  /** What was found at locations lately, where somebody looks. */
  readonly locations?: LocationFacts;
  /** How images are used, where that is counted; of now, to the minute, as statuses are. */
  readonly usage?: Usage;
  /** SPARQL over use and locations, where either is known. */
  readonly facts?: Facts;
  /** The named graph of an entry as the query index holds it, with its status at a time; now where not given. */
  graphOf(entry: CatalogEntry, at?: Date): Promise<readonly Quad[]>;
}

/** Makes the face of a registry; the proxy in front is expected to strip the path of the base URL, if it has one. */
export function toFace(
  registry: Registry,
  documents: DocumentReader,
  now: () => Date,
  { locations, usage, facts }: Pick<Face, 'locations' | 'usage' | 'facts'> = {},
): Face {
  const prefix = new URL(registry.baseUrl).pathname.replace(/\/+$/, '');
  const { catalog } = shownOf(registry);
  return {
    registry,
    catalog,
    now,
    logSize: () => catalog.position(),
    version: () => [catalog.position(), toMinute(now()), locations?.version ?? ''],
    ...(locations === undefined ? {} : { locations }),
    ...(usage === undefined ? {} : { usage }),
    ...(facts === undefined ? {} : { facts }),
    pathTo: (path) => path,
    href: (path) => `${prefix}${path}`,
    async graphOf(entry, at = now()) {
      const bytes = await readEntryBlob(registry, entry);
      const { triples } = await documents.read(bytes, entry.isImported ? 'legacy' : 'current');
      return toEntryGraph(entry, triples, registry.baseUrl, at);
    },
  };
}
