// The whole of it at once, for --minutes (30): a registry with --entries (2000) that takes signed uploads and is browsed and queried, two mirrors
// and a site daemon that follow it, every answer checked. Not part of a plain `npm run bench`: ask for it by name. It ends with exit code 1
// if any answer was wrong, an audit finds something, or memory does not stay flat (bench/soak/judge.mjs has the rule). Rates are options:
// --uploads, --pages, --queries, --decisions a second; --heavy, --checks: seconds between two queries that run into a limit and between two
// `vouch policy check`; --per-entry: kilobytes of memory that an entry may take.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from './ask.mjs';
import { cpuMs, residentMegabytes } from './process-usage.mjs';
import { openEndorsements } from './soak/endorsements.mjs';
import { judgeMemory } from './soak/judge.mjs';
import { Load } from './soak/load.mjs';
import { runCommand, startProgram } from './soak/programs.mjs';
import { Tally } from './soak/tally.mjs';

const AT_ONCE = 16;
const SAMPLE_MS = 5_000;
const DAEMON_SETTLES_MS = 120_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** The options, as said above. */
export const SOAK = {
  minutes: 30,
  entries: 2_000,
  uploads: 1,
  pages: 4,
  queries: 2,
  decisions: 4,
  heavy: 15,
  checks: 30,
  'per-entry': 16,
};

export async function soak(given = {}) {
  const {
    minutes,
    entries,
    uploads,
    pages,
    queries,
    decisions,
    heavy,
    checks,
    'per-entry': perEntry,
  } = { ...SOAK, ...given };
  const root = mkdtempSync(join(tmpdir(), 'vouch-soak-'));
  const tally = new Tally();
  const programs = [];
  const start = async (name, words) => {
    const program = await startProgram(name, words, (sentence) => tally.fault(sentence));
    programs.push(program);
    return program;
  };
  const end = () => {
    for (const { kill } of programs) kill();
    rmSync(root, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      end();
      process.exit(130);
    });
  }
  try {
    const endorsements = await openEndorsements();
    const registry = await start('registry', ['serve', '--config', writeFiles(root, endorsements.authority)]);
    const load = new Load({ tally, endorsements, registry, mirrors: [], policyWords: [] });
    await fill(load, entries);
    await follow(root, load, start);
    const followed = new AbortController();
    const following = load.follow(followed.signal);
    await load.settle();
    const heard = load.listen();
    const before = load.accepted;
    tally.next();
    const rates = [
      [1 / uploads, () => load.upload()],
      [20 / uploads, () => load.uploadAgain()],
      [1 / pages, () => load.browse()],
      [1 / queries, () => load.query()],
      [heavy, () => load.queryHeavily()],
      [1 / decisions, () => load.decide()],
      [checks, () => load.decideByCommand()],
    ];
    const endMs = performance.now() + minutes * 60_000;
    const [samples, rows] = await Promise.all([
      watch(load, programs, minutes),
      ...rates.map(([seconds, work]) => repeat(work, seconds * 1_000, endMs)),
    ]).then(([watched]) => watched);
    await load.settle();
    followed.abort();
    await following;
    const counts = await load.compareCounts();
    if (heard.count !== load.accepted - before)
      tally.fault(`${heard.count} events came of ${load.accepted - before} entries`);
    heard.close();
    await endAll(root, programs, tally, load.logKey);
    return report({ minutes, entries, perEntry, load, samples, rows, counts, before });
  } finally {
    end();
  }
}

function writeFiles(root, authority) {
  mkdirSync(join(root, 'trust'));
  writeFileSync(join(root, 'trust', 'ca.pem'), authority.certificatePem);
  writeFileSync(
    join(root, 'site.yaml'),
    'policy: 1\nname: soak\nrules:\n  - endorsers: { allow: [{ issuer: "CN=Bench CA,O=Vouch" }], deny: [{ email: bob@example.org }] }\n',
  );
  const lines = [
    'baseUrl: http://registry.test',
    'dataDirectory: ./registry',
    'listen: { host: 127.0.0.1, port: 0 }',
    'trust: { mode: anchors, directory: ./trust, refreshMinutes: 1 }',
    'limits: { querySeconds: 1.5, verifySeconds: 30, entriesPerDay: 100000000, entriesPerEndorser: 100000000 }',
  ];
  const path = join(root, 'vouch.yaml');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

async function fill(load, entries) {
  const one = async () => {
    while (load.sent < entries) await load.upload({ isNew: true });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/** Two mirrors and a site daemon, which begin with nothing. */
async function follow(root, load, start) {
  const { url } = load.registry;
  const key = (await ask(`${url}/log/key`)).body.toString().trim();
  const followed = ['--log-key', key];
  load.logKey = key;
  const mirror = (name, seconds) => {
    const place = ['--data', join(root, name), '--listen', '127.0.0.1:0', '--base-url', `http://${name}.test`];
    return start(name, ['mirror', url, ...followed, ...place, '--interval', String(seconds)]);
  };
  load.mirrors = [await mirror('mirror-a', 2), await mirror('mirror-b', 10)];
  const rules = ['--policy', join(root, 'site.yaml'), '--trust', join(root, 'trust'), '--url', url, ...followed];
  load.policyWords = [...rules, '--state', join(root, 'check')];
  const place = ['--state', join(root, 'site'), '--every', '5', '--listen', '127.0.0.1:0'];
  load.site = await start('site', ['site', 'serve', ...rules, ...place]);
  for (const end = performance.now() + DAEMON_SETTLES_MS; performance.now() < end; await pause(500)) {
    if ((await ask(`${load.site.url}/health/ready`)).status === 200) return;
  }
}

/** Works again and again, at most so often, until the end. */
async function repeat(work, everyMs, endMs) {
  for (let due = performance.now() + everyMs; due < endMs; due = Math.max(due + everyMs, performance.now())) {
    await pause(due - performance.now());
    await work();
  }
}

/** A row each minute, and samples of memory: of each minute the least, as what is not collected yet is no leak. */
async function watch(load, programs, minutes) {
  const samples = new Map(programs.map(({ name }) => [name, []]));
  const rows = [];
  const stepMs = Math.min(60_000, (minutes * 60_000) / 10);
  const startMs = performance.now();
  const before = new Map();
  for (let step = 1; step * stepMs <= minutes * 60_000 + 1; step++) {
    const least = new Map();
    let heap = Number.POSITIVE_INFINITY;
    while (performance.now() < startMs + step * stepMs) {
      for (const { name, pid } of programs) {
        least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, residentMegabytes(pid)));
      }
      heap = Math.min(heap, (await readMetric(load, 'nodejs_heap_size_used_bytes')) / 1_048_576);
      await pause(Math.min(SAMPLE_MS, startMs + step * stepMs - performance.now()));
    }
    const minute = (step * stepMs) / 60_000;
    for (const [name, megabytes] of least) samples.get(name).push({ minute, entries: load.accepted, megabytes });
    const spent = [
      ...programs.map(({ pid }) => cpuMs(pid)),
      process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000,
    ];
    const shares = spent.map((ms, at) => `${(((ms - (before.get(at) ?? ms)) / stepMs) * 100).toFixed(0)}%`);
    for (const [at, ms] of spent.entries()) before.set(at, ms);
    const ready = await ask(`${load.registry.url}/health/ready?strict`);
    if (ready.status !== 200) load.tally.fault(`/health/ready?strict: ${ready.status} ${ready.body}`);
    const lag = (await readMetric(load, 'nodejs_eventloop_lag_p99_seconds')) * 1_000;
    rows.push([
      minute.toFixed(1),
      load.accepted,
      ...programs.map(({ name }) => least.get(name)?.toFixed(0)),
      heap.toFixed(1),
      shares.join(' '),
      lag.toFixed(0),
      ...['upload', 'page', 'query', 'decision', 'lag of A', 'lag of B', 'lag of site'].map((kind) =>
        load.tally.shown(kind),
      ),
      load.tally.faults.length,
    ]);
    console.error(`  ${rows.at(-1).join(' | ')}`);
    load.tally.next();
  }
  return [samples, rows];
}

async function readMetric(load, name) {
  const { body } = await ask(`${load.registry.url}/metrics`);
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body.toString())?.[1]);
}

/** Everything is stopped as an operator stops it, and what it left on disk is audited. */
async function endAll(root, programs, tally, key) {
  for (const program of programs.toReversed()) {
    const code = await program.stop();
    if (code !== 0) tally.fault(`${program.name} ended with ${code} when it was stopped`);
  }
  for (const name of ['registry', 'mirror-a', 'mirror-b']) {
    const { code, said } = await runCommand(['log', 'audit', join(root, name), '--log-key', key]);
    if (code !== 0) tally.fault(`vouch log audit of ${name} ended with ${code}: ${said.slice(-600)}`);
    else console.error(`  ${name}: ${said.trim().split('\n').at(-1)}`);
  }
}

function report({ minutes, entries, perEntry, load, samples, rows, counts, before }) {
  const { tally } = load;
  const judged = [...samples].map(([name, own]) => [name, judgeMemory(own, perEntry)]);
  for (const [name, { isFlat, rise, explained, allowed }] of judged) {
    if (isFlat === false)
      tally.fault(
        `The memory of ${name} is not flat: ${rise.toFixed(1)} MB more, ${explained.toFixed(1)} explained, ${allowed.toFixed(1)} allowed`,
      );
  }
  const one = (number) => number?.toFixed(1) ?? '-';
  return {
    tables: [
      {
        title: `Soak of ${minutes} minutes: ${entries} entries at first, ${load.accepted - before} uploaded; ms are P50/P99, CPU is that of each program and of this one`,
        rows: [
          [
            ...['minute', 'entries', ...[...samples.keys()].map((name) => `${name} MB`), 'heap MB', 'CPU', 'loop P99'],
            ...['upload', 'page', 'query', 'decision', 'lag A', 'lag B', 'lag site', 'faults'],
          ],
          ...rows,
        ],
      },
      { title: 'Every kind of question, ms', rows: [['kind', 'number', 'P50', 'P99', 'most'], ...tally.rows()] },
      {
        title: `Memory after the warm-up: what rises by more than ${perEntry} kB for each new entry and what is allowed is not flat`,
        rows: [
          ['program', 'minutes', 'MB', 'rise MB', 'explained', 'allowed', 'flat'],
          ...judged.map(([name, { minutes: over, middle, rise, explained, allowed, isFlat }]) => [
            ...[name, one(over), one(middle), one(rise), one(explained), one(allowed)],
            isFlat === undefined ? 'too short to judge' : isFlat ? 'yes' : 'NO',
          ]),
        ],
      },
      {
        title: 'What was acknowledged, and what is there',
        rows: [
          [
            'acknowledged',
            'registry',
            'its SPARQL',
            'mirror A',
            'its SPARQL',
            'mirror B',
            'its SPARQL',
            'put off',
            'faults',
          ],
          [load.accepted, ...counts, load.putOff, tally.faults.length],
        ],
      },
    ],
    faults: tally.faults,
  };
}
