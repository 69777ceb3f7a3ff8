// Three registries, each a process of its own on loopback, witness each other (two of three must cosign). Entries come in at a steady rate, and
// each is timed from the request to the receipt, whose checkpoint a quorum has cosigned. The limit of the same run: without a policy.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openLogKey } from '../dist/log/log-key.js';
import { readWitnessedCheckpoint } from '../dist/log/quorum.js';
import { readWitnessPolicy } from '../dist/log/witness-policy.js';
import { readTlogProof } from '../dist/proof/tlog-proof.js';
import { openWitnessKey } from '../dist/registry/open-witness.js';
import { makeEntries, makeSigner } from './entries.mjs';

const RATE = 50;
const SECONDS = 20;
const WARM_UP = 50;

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts `vouch serve`; resolves when it listens. */
async function serve(configuration) {
  const child = spawn(
    process.execPath,
    [new URL('../dist/cli/main.js', import.meta.url).pathname, 'serve', '--config', configuration],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  await new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => line.includes('listening on') && resolve());
    child.once('exit', (code) => reject(new Error(`vouch serve ended with ${code}`)));
  });
  return () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGTERM');
    });
}

async function makeSites(root, signer) {
  const sites = [];
  for (const name of ['A', 'B', 'C']) {
    const [port, directory] = [await freePort(), join(root, name)];
    mkdirSync(join(directory, 'trust'), { recursive: true });
    writeFileSync(join(directory, 'trust', 'ca.pem'), signer.authority.certificatePem);
    const [data, url] = [join(directory, 'data'), `http://127.0.0.1:${port}`];
    const witness = await openWitnessKey(data, url);
    const log = await openLogKey(join(data, 'log.key'), `127.0.0.1:${port}/log`);
    sites.push({ name, port, directory, url, witness: witness.verifier, log: log.verifier });
  }
  const policy = [
    ...sites.map(({ log }) => `log ${log.vkey}`),
    ...sites.map(({ name, witness, url }) => `witness ${name} ${witness.vkey} ${url}/witness`),
    'group any-two 2 A B C\nquorum any-two\n',
  ].join('\n');
  writeFileSync(join(root, 'witnesses.policy'), policy);
  return { sites, policy: readWitnessPolicy(Buffer.from(policy)) };
}

function configure(root, { directory, port, url }, sites, hasPolicy) {
  const path = join(directory, 'vouch.yaml');
  const lines = [
    `baseUrl: ${url}`,
    'dataDirectory: ./data',
    `listen: { host: 127.0.0.1, port: ${port} }`,
    'trust: { mode: anchors, directory: ./trust }',
    'witness:',
    `  logs: [${sites.map(({ log }) => log.vkey).join(', ')}]`,
    '  patienceSeconds: 50',
    ...(hasPolicy ? [`  policy: ${join(root, 'witnesses.policy')}`] : []),
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** Submits at the rate, whatever the replies take; milliseconds from each request to its receipt. */
async function submitAt(url, entries, check) {
  const start = performance.now();
  return Promise.all(
    entries.map(async (body, at) => {
      const due = start + (at * 1000) / RATE;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      const sent = performance.now();
      const reply = await fetch(`${url}/metadata`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/rdf+xml', Accept: 'application/json' },
      });
      const told = await reply.json();
      if (reply.status !== 201) throw new Error(`A bench entry is answered ${reply.status}: ${JSON.stringify(told)}`);
      const took = performance.now() - sent;
      check(readTlogProof(told.receipt).checkpointNote);
      return took;
    }),
  );
}

function percentile(times, part) {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

async function measure(hasPolicy, signer, from) {
  const root = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  const { sites, policy } = await makeSites(root, signer);
  const stops = await Promise.all(sites.map((site) => serve(configure(root, site, sites, hasPolicy))));
  const [{ url, log }] = sites;
  const check = (note) => {
    const { quorum } = readWitnessedCheckpoint(Buffer.from(note), policy, { now: new Date() }, log);
    if (hasPolicy && quorum.outcome !== 'met') throw new Error('A receipt is not witnessed.');
  };
  try {
    await submitAt(url, await makeEntries(signer, WARM_UP, from), check);
    return await submitAt(url, await makeEntries(signer, RATE * SECONDS, from + WARM_UP), check);
  } finally {
    await Promise.all(stops.map((stop) => stop()));
    rmSync(root, { recursive: true });
  }
}

export async function benchWitness() {
  const signer = await makeSigner();
  const plain = await measure(false, signer, 0);
  const witnessed = await measure(true, signer, 100_000);
  const row = (what, times) => {
    const [p50, p99] = [0.5, 0.99].map((part) => percentile(times, part));
    const ratio = (p99 / percentile(plain, 0.99)).toFixed(2);
    return [what, Math.round(p50), Math.round(p99), ratio];
  };
  return {
    title: `Submit to receipt at ${RATE} entries/s for ${SECONDS} s, three registries on loopback (goal: witnessed P99 at most 1500 ms)`,
    rows: [
      ['what', 'P50 ms', 'P99 ms', 'P99 as a multiple of plain'],
      row('plain: signed by the log alone', plain),
      row('witnessed by two of three', witnessed),
    ],
  };
}
