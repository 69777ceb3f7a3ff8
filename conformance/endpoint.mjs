import { basename } from 'node:path';
import { openMemoryCatalog } from '../dist/catalog/level-catalog.js';
import { openSparqlEngine } from '../dist/catalog/sparql/sparql-engine.js';
import { openMemoryLog } from '../dist/log/memory-log.js';
import { writeNTriples } from '../dist/rdf/write-n-triples.js';
import { createApp } from '../dist/server/app.js';
import { serveRegistry } from '../dist/server/listen.js';
import { readData, toPlainQuad } from './read-data.mjs';

/** Nothing of the suites is heavy; these only end what hangs, on a machine that does other things besides. */
const LIMITS = { timeoutMs: 60_000, waitMs: 120_000 };

/**
 * The registry's own endpoint over HTTP, whose index holds a test's graphs instead of entries. `load` gives it a dataset:
 * `{ base, graphs: [{ iri, file }] }`, every IRI below `base`, each graph a named graph and all of them the default graph.
 */
export async function openEndpoint() {
  const baseUrl = 'http://conformance.test';
  const log = await openMemoryLog({ origin: 'conformance.test/log' });
  const catalog = await openMemoryCatalog({ log, baseUrl, readDocument: refuse });
  const registry = { baseUrl, title: 'Conformance', log, catalog, isReadOnly: true, documentBytesLimit: 0 };
  const app = createApp(registry, { documents: { read: refuse } });
  const server = await serveRegistry(app, { host: '127.0.0.1', port: 0 });
  let loaded = '';
  return {
    async load({ base, graphs }) {
      const key = JSON.stringify([base, graphs]);
      if (key === loaded) return;
      await registry.sparql?.close();
      registry.baseUrl = base.replace(/\/$/, '');
      const source = toSource(await Promise.all(graphs.map((graph, place) => toChange(graph, base, place))));
      registry.sparql = await openSparqlEngine({
        catalog: source,
        baseUrl: registry.baseUrl,
        limits: LIMITS,
        workers: 1,
      });
      await registry.sparql.waitFor(source.position());
      loaded = key;
    },
    request: (path, init) => fetch(`${server.url}${path}`, init),
    async close() {
      await server.close(0);
      await registry.sparql?.close();
      await catalog.close();
      await log.close();
    },
  };
}

async function toChange({ iri, file }, base, place) {
  const quads = file === undefined ? [] : await readData(file, base);
  const label = `${basename(file ?? '').replace(/[^A-Za-z0-9]/g, '')}${place}x`;
  const triples = writeNTriples(quads.map((quad) => toPlainQuad(quad, label)));
  return { index: place, iri, triples, isBare: true, isDeprecated: false };
}

/** What the engine reads its triples from; it never changes. */
function toSource(changes) {
  return {
    position: () => changes.length,
    waitFor: async () => undefined,
    onAdvance: () => () => undefined,
    changes: async () => ({
      to: changes.length,
      steps: (async function* () {
        yield changes;
      })(),
    }),
  };
}

async function refuse() {
  throw new Error('There are no documents here.');
}
