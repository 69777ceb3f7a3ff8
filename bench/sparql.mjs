// The eleven queries over HTTP against other engines over the same quads, in one run, turn by turn. SPARQL_SIZES=1000,10000 chooses the
// numbers of entries; SPARQL_PEERS=install installs the peers from Debian, SPARQL_PEERS=virtuoso,jena takes these, SPARQL_PEERS=none
// none; SPARQL_QUERIES=count,ASK asks only those whose names have one of these in them. Every server is a process of its own, and every
// request carries a comment of its own, so that no engine can give an answer it has kept.
import { fork } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './entries.mjs';
import { findPeers, startPeer } from './sparql/peers.mjs';
import { toQueries } from './sparql/queries.mjs';

const SIZES = (process.env.SPARQL_SIZES ?? '1000,10000').split(',').map(Number);
const ROUNDS = Number(process.env.SPARQL_ROUNDS ?? 9);
/** Rounds before those that count: engines that compile what they run often are measured as they are in use. */
const WARM = Number(process.env.SPARQL_WARM ?? 10);
const OURS = 'vouch';
const NAMES = process.env.SPARQL_QUERIES?.split(',');

/** The registry's reading side over so many entries; the quads for the peers go to `quadsPath`. */
export async function startOwn(count, directory, quadsPath) {
  const words = [String(count), directory, ...(quadsPath === undefined ? [] : [quadsPath])];
  const child = fork(new URL('sparql/own-server.mjs', import.meta.url), words);
  const told = () =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`The registry left with code ${code}.`)));
    });
  const { root, seconds, megabytes } = await told();
  const append = async () => {
    child.send('append');
    return (await told()).ms;
  };
  const end = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
  return { root, url: `${root}/query`, seconds, megabytes, append, end, pid: child.pid };
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

/** Processor time of all threads of a process, in milliseconds: what a busy machine changes less than what the clock says. */
function workOf(pid) {
  let ns = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ', 1)[0]);
    } catch {
      // the thread has just ended
    }
  }
  return ns / 1e6;
}

async function measure(engines, queries) {
  const names = Object.keys(engines);
  const table = {};
  const work = {};
  for (const [query, text] of Object.entries(queries)) {
    const times = Object.fromEntries(names.map((name) => [name, []]));
    const works = Object.fromEntries(names.map((name) => [name, []]));
    const sizes = {};
    const slow = {};
    for (let round = -WARM; round < ROUNDS; round++) {
      for (const name of names) {
        if (times[name] === undefined || (slow[name] > 5_000 && round !== 0)) continue;
        const before = workOf(engines[name].pid);
        const start = process.hrtime.bigint();
        try {
          const body = await ask(engines[name].url, text);
          const ms = Number(process.hrtime.bigint() - start) / 1e6;
          slow[name] = ms;
          if (round < 0) sizes[name] ??= sizeOf(body);
          else {
            times[name].push(ms);
            works[name].push(workOf(engines[name].pid) - before);
          }
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
    work[query] = Object.fromEntries(names.map((name) => [name, times[name] && median(works[name])]));
  }
  return { table, work };
}

function toAsked(count) {
  const asked = Object.entries(toQueries(count)).filter(([name]) => NAMES?.some((part) => name.includes(part)) ?? true);
  return Object.fromEntries(asked);
}

function geometricMean(numbers) {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

async function benchSize(count, peers) {
  const directory = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  const quadsPath = join(directory, 'quads.nq');
  const engines = {};
  try {
    const own = await startOwn(count, directory, peers.length > 0 ? quadsPath : undefined);
    engines[OURS] = own;
    for (const name of peers) {
      try {
        engines[name] = await startPeer(name, quadsPath, join(directory, name));
        engines[name].rss = engines[name].megabytes();
      } catch (failure) {
        console.error(`without ${name}: ${failure.message}`);
      }
    }
    const { table, work } = await measure(engines, toAsked(count));
    return { count, table, work, append: await own.append(), megabytes: own.megabytes, engines };
  } finally {
    for (const { end } of Object.values(engines)) await end();
    rmSync(directory, { recursive: true });
  }
}

function toRows({ count, table, work, append, megabytes, engines }) {
  const names = Object.keys(engines);
  const peers = names.slice(1);
  const shown = (ms) => (ms === undefined ? 'fails' : ms.toFixed(ms < 10 ? 2 : 0));
  const ratio = (times, name) => (times[name] === undefined ? '-' : (times[name] / times[OURS]).toFixed(1));
  const meanOf = (measured) => (name) => {
    const ratios = Object.values(measured).flatMap((times) =>
      times[name] === undefined ? [] : [times[name] / times[OURS]],
    );
    return geometricMean(ratios).toFixed(1);
  };
  const toLines = (measured) => [
    ...Object.entries(measured).map(([query, times]) => [
      query,
      ...names.map((name) => shown(times[name])),
      ...peers.map((name) => ratio(times, name)),
    ]),
    ['geometric mean', ...names.map(() => ''), ...peers.map(meanOf(measured))],
  ];
  return [
    [`${count} entries, ms`, ...names, ...peers.map((name) => `${name} ÷ ${OURS}`)],
    ...toLines(table),
    ['processor time of the server, ms', ...names.map(() => ''), ...peers.map(() => '')],
    ...toLines(work),
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
  const peers = findPeers(process.env.SPARQL_PEERS ?? 'there');
  const rows = [];
  for (const count of SIZES) {
    console.error(`${count} entries …`);
    const measured = toRows(await benchSize(count, peers));
    if (rows.length > 0) rows.push(measured[0].map(() => ''));
    rows.push(...measured);
  }
  return { title: `SPARQL over HTTP, median of ${ROUNDS} interleaved rounds, nothing kept from earlier answers`, rows };
}
