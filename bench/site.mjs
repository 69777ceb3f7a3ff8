// Decisions of a site daemon over HTTP: asked open loop at a fixed rate, each answer timed from when its question was due, so that nothing
// hides behind a late one. Side by side: the original's way, which fetches an image's entries from the registry and checks them one by one.
// VOUCH_BENCH_ENTRIES (100000), VOUCH_BENCH_RATE (500 a second), VOUCH_BENCH_SECONDS (20).
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signCheckpoint } from '../dist/log/checkpoint.js';
import { GrowingTree } from '../dist/log/growing-tree.js';
import { hashLeaf } from '../dist/log/merkle.js';
import { toLogKey } from '../dist/log/note-key.js';
import { sha256Hex } from '../dist/log/sha256.js';
import { readTilePath, writeBundle } from '../dist/log/tile.js';
import { nodeCrypto } from '../dist/platform/node-crypto.js';
import { decide } from '../dist/policy/decide.js';
import { judgeEntry } from '../dist/policy/judge-entry.js';
import { writeRecord } from '../dist/proof/record.js';
import { readTrust } from '../dist/registry/read-trust.js';
import { fromTrustCopy } from '../dist/registry/trust-copy.js';
import { openPolicy } from '../dist/site/open-policy.js';
import { identifierOf, makeEntries, makeSigner, xml } from './entries.mjs';

const COUNT = Number(process.env.VOUCH_BENCH_ENTRIES ?? 100_000);
const RATE = Number(process.env.VOUCH_BENCH_RATE ?? 500);
const SECONDS = Number(process.env.VOUCH_BENCH_SECONDS ?? 20);
/** Different images asked about over and over: what a cloud starts from. */
const HOT = 100;
/** Questions a second about images never asked about before. */
const COLD_RATE = 50;
const WARM_SECONDS = 5;
const ORIGINALS = 200;
const CHUNK = 1_000;
const ORIGIN = 'bench.test/log';
const KEY = toLogKey(ORIGIN, new Uint8Array(32).fill(1));

/** The registry's side, in a process of its own: a log of really signed entries, held on disk; it counts what it is asked for. */
async function serve(directory) {
  const signer = await makeSigner();
  mkdirSync(join(directory, 'trust'));
  writeFileSync(join(directory, 'trust', 'ca.pem'), signer.authority.certificatePem);
  const file = openSync(join(directory, 'documents'), 'w+');
  const places = new Map();
  const images = [];
  const leaves = [];
  const tiles = new Map();
  const tree = await GrowingTree.read(async () => [], 0);
  let end = 0;
  for (let from = 0; from < COUNT; from += CHUNK) {
    const entries = await makeEntries(signer, Math.min(CHUNK, COUNT - from), from);
    for (const [at, bytes] of entries.entries()) {
      const doc = sha256Hex(bytes);
      const id = identifierOf(from + at);
      writeSync(file, bytes, 0, bytes.length, end);
      for (const name of [`log/blob/${doc}`, `metadata/${id}`]) places.set(name, [end, bytes.length]);
      end += bytes.length;
      images.push(id);
      leaves.push(
        writeRecord({
          v: 1,
          t: 'endorse',
          id,
          seq: 1,
          prev: -1,
          doc,
          len: bytes.length,
          c14n: doc,
          sig: 'rsa-sha256',
          signer: sha256Hex(signer.issued.der),
          created: '2026-11-21T12:00:00Z',
          act: 'valid',
          ev: doc,
          at: '2026-11-21T12:00:00Z',
        }),
      );
      tree.append(hashLeaf(leaves.at(-1)));
    }
    for (const { level, index, bytes } of tree.takeTouched()) tiles.set(`${level}/${index}`, Buffer.from(bytes));
  }
  const checkpoint = signCheckpoint({ origin: ORIGIN, size: COUNT, root: tree.root() }, KEY);
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    const path = request.url.slice(1);
    const place = places.get(path);
    const tile = place === undefined ? readTilePath(path.slice('log/'.length)) : undefined;
    if (place !== undefined) {
      const bytes = Buffer.alloc(place[1]);
      readSync(file, bytes, 0, place[1], place[0]);
      response.end(bytes);
    } else if (path === 'log/checkpoint') response.end(checkpoint);
    else if (tile?.kind === 'hashes')
      response.end(tiles.get(`${tile.level}/${tile.index}`).subarray(0, tile.width * 32));
    else if (tile !== undefined)
      response.end(writeBundle(leaves.slice(tile.index * 256, tile.index * 256 + tile.width)));
    else response.writeHead(404).end();
  });
  process.on('message', () => process.send({ asked }));
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port, images }));
}

async function startDaemon(root, url, children) {
  const policy = join(root, 'site.yaml');
  writeFileSync(
    policy,
    'policy: 1\nrules:\n  - endorsers: { allow: [{ subject: "CN=Bench,O=Vouch", issuer: "CN=Bench CA,O=Vouch" }] }\n' +
      '  - requires: { osArch: x86_64, schemes: [https] }\n',
  );
  const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const words = ['--url', url, '--log-key', KEY.verifier.vkey, '--policy', policy, '--trust', join(root, 'trust')];
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      program,
      'site',
      'serve',
      ...words,
      '--state',
      join(root, 'state'),
      '--every',
      '36000',
      '--listen',
      '127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  children.push(child);
  let said = '';
  for await (const chunk of child.stderr) {
    said += chunk;
    if (said.includes('Deciding by')) break;
  }
  const address = /http:\S+/.exec(said)?.[0];
  if (address === undefined) throw new Error(said);
  child.stderr.resume();
  while ((await ask(`${address}/health/ready`)).status !== 200) await new Promise((done) => setTimeout(done, 250));
  return { child, address, policy };
}

// The daemon ends connections that are quiet for five seconds.
const agent = new Agent({ keepAlive: true, maxSockets: 64, scheduling: 'fifo', timeout: 3_000 });

function ask(url) {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode, text }));
    }).once('error', reject);
  });
}

/**
 * Asks about an image every so often, answered or not; milliseconds from when each question was due to its answer, and how late it was put:
 * what the process that asks, which does nothing else meanwhile, adds itself.
 */
async function load(address, images, rate, count) {
  const start = performance.now();
  const asked = [];
  const late = [];
  for (let number = 0; number < count; number += 1) {
    const due = start + (number * 1_000) / rate;
    while (performance.now() < due) await new Promise(setImmediate);
    late.push(performance.now() - due);
    const question = ask(`${address}/policy/decide/${images[number % images.length]}`);
    asked.push(question.then(({ text }) => [performance.now() - due, JSON.parse(text).outcome]));
  }
  const answers = await Promise.all(asked);
  const wrong = answers.filter(([, outcome]) => outcome !== 'allow').length;
  if (wrong > 0) throw new Error(`${wrong} of ${count} decisions are no allow.`);
  return { times: answers.map(([ms]) => ms), late };
}

/** What the original's clients do at each launch: the entries of the image from the registry, each verified and held against the policy. */
async function originalWay(url, images, { policy, root }) {
  const { trust } = await readTrust({ mode: 'anchors', directory: join(root, 'trust') });
  const rules = openPolicy(policy).policy;
  const times = [];
  for (const image of images) {
    const start = performance.now();
    const bytes = new Uint8Array(await (await fetch(`${url}/metadata/${image}`)).arrayBuffer());
    const at = new Date();
    const found = { origin: ORIGIN, isImported: false };
    const { judged } = await judgeEntry(bytes, found, { at, trust: fromTrustCopy(trust) }, { xml, crypto: nodeCrypto });
    const { outcome } = decide({ image, entries: [judged], log: [], at }, rules);
    if (outcome !== 'allow') throw new Error('The original way denies.');
    times.push(performance.now() - start);
  }
  return times;
}

/** Milliseconds of processor time a process has used; not a number where the system does not say. */
function cpuMs(id) {
  try {
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}

const quantile = (times, part) => times.toSorted((one, other) => one - other)[Math.floor(times.length * part)];

export async function benchSite() {
  const root = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  const children = [fork(fileURLToPath(import.meta.url), [root])];
  try {
    return await measure(root, children);
  } finally {
    for (const child of children) child.kill();
    agent.destroy();
    rmSync(root, { recursive: true, force: true });
  }
}

async function measure(root, children) {
  const [registry] = children;
  const [{ port, images }] = await once(registry, 'message');
  const url = `http://127.0.0.1:${port}`;
  const countAsked = async () => {
    const answer = once(registry, 'message');
    registry.send('asked');
    return (await answer)[0].asked;
  };
  const began = performance.now();
  const daemon = await startDaemon(root, url, children);
  const filled = (performance.now() - began) / 1_000;
  const before = await countAsked();
  const hot = images.slice(0, HOT);
  const cold = images.slice(HOT, HOT + Math.min(COLD_RATE * SECONDS, COUNT - HOT - ORIGINALS));
  // A daemon that runs for days has its code compiled.
  await load(daemon.address, hot, RATE, RATE * WARM_SECONDS);
  const cpu = [cpuMs(daemon.child.pid)];
  const asked = { hot: await load(daemon.address, hot, RATE, RATE * SECONDS) };
  cpu.push(cpuMs(daemon.child.pid));
  asked.cold = await load(daemon.address, cold, COLD_RATE, cold.length);
  cpu.push(cpuMs(daemon.child.pid));
  const traffic = (await countAsked()) - before;
  daemon.child.kill();
  await once(daemon.child, 'exit');
  cpu.push(process.cpuUsage());
  asked.original = { times: await originalWay(url, images.slice(-ORIGINALS), { ...daemon, root }), late: [0] };
  const { user, system } = process.cpuUsage(cpu.pop());
  const spent = {
    hot: (cpu[1] - cpu[0]) / asked.hot.times.length,
    cold: (cpu[2] - cpu[1]) / asked.cold.times.length,
    original: (user + system) / 1_000 / ORIGINALS,
  };
  const row = (what, name) => {
    const { times, late } = asked[name];
    const figures = [...[0.5, 0.99].map((part) => quantile(times, part)), Math.max(...times), quantile(late, 0.99)];
    const faster = (quantile(asked.original.times, 0.5) / figures[0]).toFixed(1);
    return [what, times.length, ...figures.map((ms) => ms.toFixed(2)), spent[name].toFixed(2), faster];
  };
  return {
    title:
      `Decisions over HTTP with ${COUNT} entries (goal: P99 under 5 ms hot, 50 ms cold); the copy was filled in ${filled.toFixed(0)} s; ` +
      `requests that reached the registry meanwhile: ${traffic}`,
    rows: [
      ['what', 'decisions', 'P50 ms', 'P99 ms', 'most ms', 'put late, P99 ms', 'CPU ms each', 'times faster'],
      row(`hot: ${HOT} images, ${RATE} questions a second`, 'hot'),
      row(`cold: images never asked about, ${COLD_RATE} a second`, 'cold'),
      row("the original's way: fetch from loopback, check one by one", 'original'),
    ],
  };
}

if (process.send !== undefined) await serve(process.argv[2]);
