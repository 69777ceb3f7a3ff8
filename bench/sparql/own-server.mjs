// The registry's reading side in a process of its own, as the peers are: the log and the catalog in LevelDB, SPARQL, HTTP.
// Arguments: number of entries, directory, and where to write the quads for the peers (none where absent). Told by messages.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { openLevelCatalog } from '../../dist/catalog/level-catalog.js';
import { openSparqlEngine } from '../../dist/catalog/sparql/sparql-engine.js';
import { writeNTriples } from '../../dist/rdf/write-n-triples.js';
import { createApp } from '../../dist/server/app.js';
import { serveRegistry } from '../../dist/server/listen.js';
import { median } from '../entries.mjs';
import { appendEntries, BASE_URL, openLog, readDocument, readQuads } from './entries.mjs';

const APPENDS = 200;
const [count, directory, quadsPath] = [Number(process.argv[2]), process.argv[3], process.argv[4]];

const log = await openLog(directory);
await appendEntries(log, 0, count);
const catalog = await openLevelCatalog({
  directory: join(directory, 'catalog'),
  log,
  readDocument,
  baseUrl: BASE_URL,
});
await catalog.waitFor(log.size());
const start = process.hrtime.bigint();
const sparql = await openSparqlEngine({
  catalog,
  baseUrl: BASE_URL,
  limits: { timeoutMs: Number(process.env.QUERY_MS ?? 60_000) },
});
await sparql.waitFor(log.size());
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const registry = { baseUrl: BASE_URL, title: 'Bench', log, catalog, sparql, isReadOnly: true, documentBytesLimit: 1 };
const app = createApp(registry, { documents: { read: readDocument } });
const server = await serveRegistry(app, { host: '127.0.0.1', port: 0 });
const megabytes = Math.round(process.memoryUsage.rss() / 1024 / 1024);
if (quadsPath !== undefined) await writeQuads();

process.on('message', async (wish) => {
  if (wish === 'append') process.send({ ms: await measureAppends() });
});
process.on('disconnect', () => process.exit(0));
process.send({ root: server.url, seconds, megabytes });

async function writeQuads() {
  const file = createWriteStream(quadsPath);
  for await (const quads of readQuads(catalog, count)) {
    const text = writeNTriples(quads).replaceAll(' .\n', ` <${quads[0].graph}> .\n`);
    if (!file.write(text)) await new Promise((resolve) => file.once('drain', resolve));
  }
  await new Promise((resolve) => file.end(resolve));
}

/** What appending one entry takes until SPARQL answers for it; milliseconds, median. */
async function measureAppends() {
  const times = [];
  for (let number = count; number < count + APPENDS; number++) {
    await appendEntries(log, number, number + 1);
    const before = process.hrtime.bigint();
    catalog.notify();
    await catalog.waitFor(number + 1);
    await sparql.waitFor(number + 1);
    times.push(Number(process.hrtime.bigint() - before) / 1e6);
  }
  return median(times);
}
