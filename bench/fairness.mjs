// What others notice of a client that keeps asking heavy queries, eight at a time: the same list page and queries over HTTP, alone and
// beside it, turn by turn. Clients are told apart as behind a proxy.
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './entries.mjs';
import { toQueries } from './sparql/queries.mjs';
import { startOwn } from './sparql.mjs';

const ENTRIES = Number(process.env.FAIRNESS_ENTRIES ?? 2_000);
const ROUNDS = Number(process.env.FAIRNESS_ROUNDS ?? 4);
const REQUESTS = 25;
const HEAVY_CLIENTS = 8;
const HEAVY = 'SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }';

const agent = new Agent({ keepAlive: true });
let asked = 0;

function get(url, client) {
  return new Promise((resolve, reject) => {
    const headers = { 'X-Forwarded-For': client, Accept: 'application/sparql-results+json, application/json;q=0.9' };
    const asking = request(url, { agent, headers }, (reply) => {
      reply.resume();
      reply.on('error', reject);
      reply.on('end', () => resolve(reply.statusCode));
    });
    asking.on('error', reject);
    asking.end();
  });
}

const toQuery = (root, text) => `${root}/query?query=${encodeURIComponent(`#${asked++}\n${text}`)}`;

/** What a client of its own waits for; the last is too long to be answered at once, and waits for a thread. */
function toRequests(root) {
  const queries = toQueries(ENTRIES);
  return {
    'list page': () => `${root}/metadata?limit=20&q=image&sort=title&n=${asked++}`,
    'short query': () => toQuery(root, queries['ASK by checksum']),
    'query of a worker': () => toQuery(root, queries.regex.replace('"blast"', '"bl[a]st"')),
  };
}

export async function benchFairness() {
  process.env.QUERY_MS = '5000';
  const directory = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  const own = await startOwn(ENTRIES, directory);
  const requests = toRequests(own.root);
  const names = Object.keys(requests);
  const alone = Object.fromEntries(names.map((name) => [name, []]));
  const beside = Object.fromEntries(names.map((name) => [name, []]));
  const heavy = { ended: 0, refused: 0 };
  const measure = async (times) => {
    for (let turn = 0; turn < REQUESTS; turn++) {
      for (const name of names) {
        const start = process.hrtime.bigint();
        const status = await get(requests[name](), '192.0.2.7');
        if (status !== 200) throw new Error(`${name}: ${status}`);
        times[name].push(Number(process.hrtime.bigint() - start) / 1e6);
      }
    }
  };
  try {
    await measure(Object.fromEntries(names.map((name) => [name, []])));
    for (let round = 0; round < ROUNDS; round++) {
      await measure(alone);
      let isOn = true;
      const flood = Array.from({ length: HEAVY_CLIENTS }, async () => {
        while (isOn) {
          const status = await get(toQuery(own.root, HEAVY), '192.0.2.66');
          heavy[status === 503 ? 'ended' : 'refused']++;
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 500));
      await measure(beside);
      isOn = false;
      await Promise.all(flood);
    }
  } finally {
    await own.end();
    rmSync(directory, { recursive: true });
    agent.destroy();
  }
  const at = (times, part) => times.toSorted((one, other) => one - other)[Math.floor(times.length * part)];
  const rows = names.map((name) => [
    name,
    ...[alone[name], beside[name]].flatMap((times) => [median(times).toFixed(1), at(times, 0.95).toFixed(1)]),
    (median(beside[name]) / median(alone[name])).toFixed(1),
  ]);
  return {
    title: `A client beside one that asks ${HEAVY_CLIENTS} heavy queries at a time (${heavy.ended} of them ended by limit), ${ENTRIES} entries, ms`,
    rows: [['what it waits for', 'alone', '95 %', 'beside', '95 %', 'ratio'], ...rows],
  };
}
