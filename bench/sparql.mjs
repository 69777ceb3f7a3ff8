// The eleven queries over HTTP against other engines over the same quads, in one run, turn by turn. SPARQL_SIZES=1000,10000 chooses the
// numbers of entries; SPARQL_PEERS=install installs the peers from Debian, SPARQL_PEERS=none leaves them out.
// Every request carries a comment of its own, so that no engine can give an answer it has kept.
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLevelCatalog } from '../dist/catalog/level-catalog.js';
import { openSparqlEngine } from '../dist/catalog/sparql-engine.js';
import { writeNTriples } from '../dist/rdf/write-n-triples.js';
import { createApp } from '../dist/server/app.js';
import { serveRegistry } from '../dist/server/listen.js';
import { median } from './entries.mjs';
import { appendEntries, BASE_URL, openLog, readDocument, readQuads } from './sparql/entries.mjs';
import { findPeers, startPeer } from './sparql/peers.mjs';
import { toQueries } from './sparql/queries.mjs';

const SIZES = (process.env.SPARQL_SIZES ?? '1000,10000').split(',').map(Number);
const ROUNDS = Number(process.env.SPARQL_ROUNDS ?? 9);
const OURS = 'vouch';
const APPENDS = 200;

/** A registry's reading side over a log in memory: catalog in LevelDB, SPARQL, HTTP. */
export async function openReadingSide(log, directory) {
  const catalog = await openLevelCatalog({
    directory: join(directory, 'catalog'),
    log,
    readDocument,
    baseUrl: BASE_URL,
  });
  const follow = log.onAppend?.(() => catalog.notify());
  await catalog.waitFor(log.size());
  const start = process.hrtime.bigint();
  const sparql = await openSparqlEngine({ catalog, baseUrl: BASE_URL, limits: { timeoutMs: 60_000 } });
  await sparql.waitFor(log.size());
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const registry = { baseUrl: BASE_URL, title: 'Bench', log, catalog, sparql, isReadOnly: true, documentBytesLimit: 1 };
  const server = await serveRegistry(createApp(registry, { documents: { read: readDocument } }), {
    host: '127.0.0.1',
    port: 0,
  });
  const close = async () => {
    follow?.();
    await server.close(0);
    await sparql.close();
    await catalog.close();
  };
  return { catalog, sparql, seconds, url: `${server.url}/query`, root: server.url, close };
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 });
let asked = 0;

/** Asks over HTTP and reads the whole answer; resolves to its bytes. */
export function ask(url, query) {
  const target = new URL(url);
  target.search = `query=${encodeURIComponent(`#${asked++}\n${query}`)}`;
  return new Promise((resolve, reject) => {
    const asking = request(target, { agent, headers: { Accept: 'application/sparql-results+json' } }, (reply) => {
      const parts = [];
      reply.on('data', (part) => parts.push(part));
      reply.on('error', reject);
      reply.on('end', () => {
        const body = Buffer.concat(parts);
        if (reply.statusCode === 200) resolve(body);
        else reject(new Error(`${reply.statusCode}: ${body.subarray(0, 300)}`));
      });
    });
    asking.on('error', reject);
    asking.end();
  });
}

function sizeOf(body) {
  const { boolean, results } = JSON.parse(body);
  return boolean === undefined ? results.bindings.length : Number(boolean);
}

async function writeQuads(catalog, size, path) {
  const file = createWriteStream(path);
  for await (const quads of readQuads(catalog, size)) {
    const graph = quads[0].graph;
    const text = writeNTriples(quads).replaceAll(' .\n', ` <${graph}> .\n`);
    if (!file.write(text)) await new Promise((resolve) => file.once('drain', resolve));
  }
  await new Promise((resolve) => file.end(resolve));
}

async function measure(engines, queries) {
  const names = Object.keys(engines);
  const table = {};
  for (const [query, text] of Object.entries(queries)) {
    const times = Object.fromEntries(names.map((name) => [name, []]));
    const sizes = {};
    for (let round = -2; round < ROUNDS; round++) {
      for (const name of names) {
        if (times[name] === undefined || (round > 0 && times[name][0] > 5_000)) continue;
        const start = process.hrtime.bigint();
        try {
          const body = await ask(engines[name].url, text);
          const ms = Number(process.hrtime.bigint() - start) / 1e6;
          if (round < 0) sizes[name] = sizeOf(body);
          else times[name].push(ms);
        } catch (failure) {
          console.error(`${name}, ${query}: ${failure.message}`);
          times[name] = undefined;
        }
      }
    }
    for (const name of names) {
      if (sizes[name] !== undefined && sizes[name] !== sizes[OURS])
        console.error(`${query}: ${name} gives ${sizes[name]}, ${OURS} ${sizes[OURS]}`);
    }
    table[query] = Object.fromEntries(names.map((name) => [name, times[name] && median(times[name])]));
  }
  return table;
}

/** What appending one entry takes until SPARQL answers for it; milliseconds, median. */
async function measureAppends(log, side, count) {
  const times = [];
  for (let number = count; number < count + APPENDS; number++) {
    await appendEntries(log, number, number + 1);
    const start = process.hrtime.bigint();
    side.catalog.notify();
    await side.catalog.waitFor(number + 1);
    await side.sparql.waitFor(number + 1);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return median(times);
}

function geometricMean(numbers) {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

async function benchSize(count, peers) {
  const directory = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  const log = await openLog();
  await appendEntries(log, 0, count);
  const side = await openReadingSide(log, directory);
  const engines = { [OURS]: side };
  try {
    const megabytes = Math.round(process.memoryUsage.rss() / 1024 / 1024);
    const quadsPath = join(directory, 'quads.nq');
    if (peers.length > 0) await writeQuads(side.catalog, count, quadsPath);
    for (const name of peers) {
      try {
        engines[name] = await startPeer(name, quadsPath, join(directory, name));
        engines[name].rss = engines[name].megabytes();
      } catch (failure) {
        console.error(`without ${name}: ${failure.message}`);
      }
    }
    const table = await measure(engines, toQueries(count));
    const append = await measureAppends(log, side, count);
    return { count, table, append, megabytes, engines };
  } finally {
    for (const [name, { end }] of Object.entries(engines)) if (name !== OURS) await end();
    await side.close();
    await log.close();
    rmSync(directory, { recursive: true });
  }
}

function toRows({ count, table, append, megabytes, engines }) {
  const names = Object.keys(engines);
  const peers = names.slice(1);
  const shown = (ms) => (ms === undefined ? 'fails' : ms.toFixed(ms < 10 ? 2 : 0));
  const ratio = (times, name) => (times[name] === undefined ? '-' : (times[name] / times[OURS]).toFixed(1));
  const mean = (name) => {
    const ratios = Object.values(table).flatMap((times) =>
      times[name] === undefined ? [] : [times[name] / times[OURS]],
    );
    return geometricMean(ratios).toFixed(1);
  };
  return [
    [`${count} entries, ms`, ...names, ...peers.map((name) => `${name} ÷ ${OURS}`)],
    ...Object.entries(table).map(([query, times]) => [
      query,
      ...names.map((name) => shown(times[name])),
      ...peers.map((name) => ratio(times, name)),
    ]),
    ['geometric mean', ...names.map(() => ''), ...peers.map(mean)],
    ['load, s', ...names.map((name) => engines[name].seconds.toFixed(1)), ...peers.map(() => '')],
    [
      'memory after load, MB (ours: the whole process)',
      megabytes,
      ...peers.map((name) => Math.round(engines[name].rss)),
      ...peers.map(() => ''),
    ],
    [
      'append one entry until it is answered for, ms',
      append.toFixed(2),
      ...peers.map(() => ''),
      ...peers.map(() => ''),
    ],
  ];
}

export async function benchSparql() {
  const wish = process.env.SPARQL_PEERS ?? 'there';
  const peers = wish === 'none' ? [] : findPeers(wish === 'install');
  const rows = [];
  for (const count of SIZES) {
    const measured = toRows(await benchSize(count, peers));
    if (rows.length > 0) rows.push(measured[0].map(() => ''));
    rows.push(...measured);
  }
  return { title: `SPARQL over HTTP, median of ${ROUNDS} interleaved rounds, nothing kept from earlier answers`, rows };
}
