import { join } from 'node:path';
import { settleCatalogDirectory } from '../catalog/catalog-directory.ts';
import type { ReadDocument } from '../catalog/follower.ts';
import { openLevelCatalog, rebuildLevelCatalog } from '../catalog/level-catalog.ts';
import type { RecordSource } from '../catalog/record-source.ts';
import { openExternalEngine } from '../catalog/sparql/external-engine.ts';
import { ExternalServer } from '../catalog/sparql/external-server.ts';
import type { SparqlEngine, SparqlView } from '../catalog/sparql/sparql.ts';
import { openSparqlEngine } from '../catalog/sparql/sparql-engine.ts';
import type { StoreCatalog } from '../catalog/store-catalog.ts';
import { readLogged } from './read-logged.ts';
import type { ExternalSparql, RegistryLimits } from './registry-options.ts';
import type { Verifier } from './verifier.ts';
import { within } from './within.ts';

/**
 * How long a start waits for the catalog to take in what the log has and it has not: after a crash a few records, so lists are
 * complete from the first request. A whole rebuild takes longer and goes on while the registry serves.
 */
const CATCH_UP_MS = 10_000;

export interface ReadersOptions {
  /** The data directory; the catalog is below it. */
  readonly directory: string;
  readonly baseUrl: string;
  readonly log: RecordSource;
  readonly verifier: Pick<Verifier, 'read'>;
  readonly limits: Partial<RegistryLimits>;
  /** The server that answers queries, where the registry's own threads do not. */
  readonly external?: ExternalSparql | undefined;
  /** What queries see that name no view; `history` where absent. */
  readonly queryView?: SparqlView | undefined;
}

/** Makes the catalog anew from the log while it answers; `busy` while that is under way. What is aborted changes nothing. */
export type Reindex = (onProgress: (position: number, size: number) => void, signal: AbortSignal) => Promise<void>;

/** What answers readers of a log. Closing closes both. */
export interface Readers {
  readonly catalog: StoreCatalog;
  readonly sparql: SparqlEngine;
  readonly reindex: Reindex;
  close(): Promise<void>;
}

/** Opens catalog and SPARQL index of a log; they follow it from here on. */
export async function openReaders(options: ReadersOptions): Promise<Readers> {
  const { catalog, reindex } = await openCatalog(options);
  try {
    const sparql = await openEngine(options, catalog);
    const close = async (): Promise<void> => {
      await sparql.close();
      await catalog.close();
    };
    return { catalog, sparql, reindex, close };
  } catch (thrown) {
    await catalog.close();
    throw thrown;
  }
}

/** Opens the catalog alone. */
export async function openCatalog(
  options: Pick<ReadersOptions, 'directory' | 'baseUrl' | 'log' | 'verifier'>,
): Promise<Pick<Readers, 'catalog' | 'reindex'>> {
  const { directory, baseUrl, log } = options;
  const readDocument = toReadDocument(options);
  const usual = join(directory, 'catalog');
  const catalog = await openLevelCatalog({
    directory: await settleCatalogDirectory(usual),
    log,
    baseUrl,
    readDocument,
  });
  try {
    await within(CATCH_UP_MS, catalog.waitFor(log.size()));
    const reindex: Reindex = (onProgress, signal) => rebuildLevelCatalog(catalog, usual, { onProgress, signal });
    return { catalog, reindex };
  } catch (thrown) {
    await catalog.close();
    throw thrown;
  }
}

function toReadDocument({ log, verifier }: Pick<ReadersOptions, 'log' | 'verifier'>): ReadDocument {
  return (record, bytes) => readLogged(record, bytes, log, verifier);
}

async function openEngine(options: ReadersOptions, catalog: StoreCatalog): Promise<SparqlEngine> {
  const { directory, baseUrl, log, limits, external, queryView: view } = options;
  const bounds = {
    ...(limits.queryMs === undefined ? {} : { timeoutMs: limits.queryMs }),
    ...(limits.queryRows === undefined ? {} : { rows: limits.queryRows }),
    ...(limits.queryQueue === undefined ? {} : { queue: limits.queryQueue }),
  };
  if (external === undefined) {
    return openSparqlEngine({ catalog, baseUrl, limits: bounds, ...(view === undefined ? {} : { view }) });
  }
  const { isAnew = false, onNews = () => undefined, ...server } = external;
  const cursorFile = join(directory, 'sparql.cursor');
  const readDocument = toReadDocument(options);
  const common = { catalog, log, readDocument, baseUrl, cursorFile, isAnew, onNews, limits: bounds };
  return openExternalEngine({ ...common, server: new ExternalServer(server) });
}
