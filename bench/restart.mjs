// What a restart of `vouch serve` takes, at a few and at many entries: until lists, entries and what sites judge by answer, until SPARQL
// does, the memory of the whole process, the longest wait of anybody meanwhile; and what one more entry costs, which must not grow with
// the entries before it. Goals of a hundred thousand: lists in 5 s, SPARQL in 30 s, 2 GB.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeEntries, makeSigner, median } from './entries.mjs';
import { fillRegistry } from './restart/fill.mjs';

/** The goals are of 100,000, whose data take minutes to make: --sizes=1000,100000. */
const SIZES = [1_000, 10_000];
const LISTS_S = 5;
const SPARQL_S = 30;
const MEMORY_MB = 2_000;
const UPLOADS = 200;
/** Those before the ones that count: the program compiles what it runs often. */
const WARM = 200;
/** Between two looks: who looks takes time of the processor, too. */
const LOOK_MS = 50;
const WATCH_MS = 200;
const PATIENCE_MS = 600_000;
const TICKS_PER_SECOND = 100;
const PROGRAM = new URL('../dist/cli/main.js', import.meta.url).pathname;
const COUNT = 'SELECT (COUNT(*) AS ?n) WHERE { ?x <https://w3id.org/vouch#logIndex> ?i }';

const seconds = (from) => (performance.now() - from) / 1_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function findPort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Seconds of a processor that a process has had, with the threads that have ended. */
function workOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Megabytes: now, or the most there were. */
function memoryOf(pid, field) {
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kilobytes) / 1_024;
}

function start(root) {
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--config', join(root, 'vouch.yaml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  let isStopped = false;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  void ended.then((code) => {
    if (isStopped) return;
    console.error(`The registry left with code ${code}.\n${said}`);
    process.exit(1);
  });
  const stop = async () => {
    isStopped = true;
    child.kill('SIGTERM');
    await ended;
  };
  return { pid: child.pid, stop };
}

/** Asks again until it is answered as wanted; seconds since `from`. */
async function until(url, isRight, from) {
  for (;;) {
    const reply = await fetch(url).catch(() => undefined);
    const body = await reply?.text();
    if (reply?.status === 200 && isRight(body)) return seconds(from);
    if (performance.now() - from > PATIENCE_MS) throw new Error(`${url} is answered ${reply?.status}: ${body}`);
    await pause(LOOK_MS);
  }
}

/** Asks for pages all the time until it is told to end; the longest wait in milliseconds. */
function watchPages(url) {
  let isOver = false;
  let longest = 0;
  const watching = (async () => {
    for (let round = 0; !isOver; round++) {
      const from = performance.now();
      await (await fetch(`${url}/metadata?format=json&limit=${10 + (round % 40)}`)).text();
      longest = Math.max(longest, performance.now() - from);
      await pause(WATCH_MS);
    }
  })();
  return async () => {
    isOver = true;
    await watching;
    return longest;
  };
}

async function measureStart(root, url, count, paths) {
  const from = performance.now();
  const running = start(root);
  const list = until(`${url}/metadata?format=json&limit=50`, (body) => JSON.parse(body).entries.length === 50, from);
  const others = Promise.all(paths.map((path) => until(`${url}${path}`, () => true, from)));
  const listed = await list;
  const watched = watchPages(url);
  const read = Math.max(listed, ...(await others));
  const asked = await until(`${url}/health/ready`, () => true, from);
  const workSeconds = workOf(running.pid);
  await until(
    `${url}/query?format=csv&query=${encodeURIComponent(COUNT)}`,
    (body) => body.includes(String(count)),
    from,
  );
  const longest = await watched();
  return { running, read, asked, workSeconds, longest };
}

/** Milliseconds until SPARQL answers with a new entry, and of a processor; one at a time. */
async function measureUploads(url, pid, entries) {
  const times = [];
  let worked = 0;
  for (const [place, { bytes, checksum }] of entries.entries()) {
    if (place === WARM) worked = workOf(pid);
    const from = performance.now();
    const headers = { 'Content-Type': 'application/rdf+xml' };
    const reply = await fetch(`${url}/metadata`, { method: 'POST', headers, body: bytes });
    if (reply.status !== 201) throw new Error(`An upload is answered ${reply.status}: ${await reply.text()}`);
    await reply.text();
    const query = encodeURIComponent(`ASK { ?c <http://mp.stratuslab.eu/slreq#value> "${checksum}" }`);
    const answer = await (
      await fetch(`${url}/query?query=${query}`, { headers: { Accept: 'application/json' } })
    ).json();
    if (answer.boolean !== true) throw new Error('SPARQL does not have an entry that was accepted.');
    if (place >= WARM) times.push(performance.now() - from);
  }
  return { ms: median(times), cpuMs: ((workOf(pid) - worked) * 1_000) / times.length };
}

function bytesOf(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

async function measureSize(count, signer, uploads) {
  const root = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  let running;
  try {
    const port = await findPort();
    const url = `http://127.0.0.1:${port}`;
    const entry = await fillRegistry(root, count, signer, port);
    const path = `/metadata/${entry.identifier}`;
    const paths = [
      '/',
      path,
      `${path}?format=json`,
      `${path}/${entry.email}/${entry.created}?format=json`,
      '/log/checkpoint',
    ];
    const measured = await measureStart(root, url, count, paths);
    running = measured.running;
    const { pid } = running;
    const megabytes = memoryOf(pid, 'VmRSS');
    const append = await measureUploads(url, pid, uploads);
    const most = memoryOf(pid, 'VmHWM');
    return { ...measured, megabytes, most, append, diskMb: bytesOf(join(root, 'data')) / 1e6 };
  } finally {
    await running?.stop();
    rmSync(root, { recursive: true });
  }
}

export async function benchRestart({ sizes = SIZES } = {}) {
  const signer = await makeSigner();
  const documents = await makeEntries(signer, WARM + UPLOADS, 20_000_000);
  const uploads = documents.map((bytes) => ({
    bytes,
    checksum: /[0-9a-f]{128}/.exec(Buffer.from(bytes).toString())[0],
  }));
  const measured = [];
  for (const size of sizes) {
    console.error(`${size} entries …`);
    measured.push(await measureSize(size, signer, uploads));
  }
  const row = (what, pick, digits = 2) => [what, ...measured.map((one) => pick(one).toFixed(digits))];
  const growth = (what, pick) => [what, ...measured.map((one) => (pick(one) / pick(measured[0])).toFixed(2))];
  return {
    title: `Restart of vouch serve (goals: lists ${LISTS_S} s, SPARQL ${SPARQL_S} s, ${MEMORY_MB} MB; growth of an upload 1)`,
    rows: [
      ['what', ...sizes.map((size) => `${size.toLocaleString('en-GB')} entries`)],
      row('until lists, entries, pages and the checkpoint answer, s', ({ read }) => read),
      row('  as part of the goal', ({ read }) => read / LISTS_S),
      row('until SPARQL answers for all, s', ({ asked }) => asked),
      row('  as part of the goal', ({ asked }) => asked / SPARQL_S),
      row('  processor time until then, all threads, s', ({ workSeconds }) => workSeconds),
      row('longest wait for a list meanwhile, ms', ({ longest }) => longest, 0),
      row('memory when SPARQL is ready, MB', ({ megabytes }) => megabytes, 0),
      row('  the most there was, MB', ({ most }) => most, 0),
      row('  as part of the goal', ({ most }) => most / MEMORY_MB),
      row('one upload until SPARQL answers with it, ms', ({ append }) => append.ms),
      growth('  growth', ({ append }) => append.ms),
      row('  of a processor, ms', ({ append }) => append.cpuMs),
      growth('  growth', ({ append }) => append.cpuMs),
      row('data directory, MB', ({ diskMb }) => diskMb, 0),
    ],
  };
}
