// What a site needs to hold every record of a registry: each downloaded, proven to be under the signed root, chained and stored with fsync.
// The limit of the same run: downloading the same bundles from the same server, eight at a time, and nothing else.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { toIdentifier } from '../dist/entry/identifier.js';
import { signCheckpoint } from '../dist/log/checkpoint.js';
import { GrowingTree } from '../dist/log/growing-tree.js';
import { hashLeaf } from '../dist/log/merkle.js';
import { toLogKey } from '../dist/log/note-key.js';
import { readTilePath, writeBundle } from '../dist/log/tile.js';
import { HttpLogSource } from '../dist/peer/http-log-source.js';
import { openLevelSyncedLog } from '../dist/peer/level-synced-log.js';
import { writeRecord } from '../dist/proof/record.js';

const COUNT = 100_000;
const INCREMENT = 64;
const ROUNDS = 3;
const ORIGIN = 'bench.test/log';
const KEY = toLogKey(ORIGIN, new Uint8Array(32).fill(1));

const digest = (algorithm, text) => createHash(algorithm).update(text).digest('hex');

function makeLeaf(number) {
  return writeRecord({
    v: 1,
    t: 'endorse',
    id: toIdentifier(digest('sha1', `image ${number}`)),
    seq: 1,
    prev: -1,
    doc: digest('sha256', `document ${number}`),
    len: 5000,
    c14n: digest('sha256', `canonical ${number}`),
    sig: 'rsa-sha256',
    signer: digest('sha256', 'signer'),
    created: '2026-11-20T10:00:00Z',
    act: 'valid',
    ev: digest('sha256', `evidence ${number}`),
    at: '2026-11-20T10:00:05Z',
  });
}

/** The registry's side, on a thread of its own: two states of one log, with bundles packed beforehand as a cache would have them. */
async function serve() {
  const tree = await GrowingTree.read(async () => [], 0);
  const [leaves, tiles, packed, states] = [[], new Map(), new Map(), []];
  const growTo = (size) => {
    while (leaves.length < size) {
      leaves.push(makeLeaf(leaves.length));
      tree.append(hashLeaf(leaves.at(-1)));
      for (const { level, index, bytes } of tree.takeTouched()) tiles.set(`${level}/${index}`, Buffer.from(bytes));
    }
    states.push(signCheckpoint({ origin: ORIGIN, size, root: tree.root() }, KEY));
  };
  const pack = (index, width) => {
    const name = `${index}.${width}`;
    if (!packed.has(name)) packed.set(name, gzipSync(writeBundle(leaves.slice(index * 256, index * 256 + width))));
    return packed.get(name);
  };
  growTo(COUNT);
  growTo(COUNT + INCREMENT);
  for (let index = 0; index * 256 < COUNT; index += 1) pack(index, Math.min(256, COUNT - index * 256));
  let state = 0;
  parentPort.on('message', (next) => {
    state = next;
  });
  const server = createServer((request, response) => {
    const path = request.url.slice('/log/'.length);
    const tile = readTilePath(path);
    if (path === 'checkpoint') response.end(states[state]);
    else if (tile?.kind === 'hashes')
      response.end(tiles.get(`${tile.level}/${tile.index}`).subarray(0, tile.width * 32));
    else response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(pack(tile.index, tile.width));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
}

async function seconds(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

async function download(source) {
  let next = 0;
  let bytes = 0;
  const one = async () => {
    for (let index = next++; index * 256 < COUNT; index = next++) {
      const bundle = await source.bundle(index, Math.min(256, COUNT - index * 256));
      bytes += bundle.length;
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
  return bytes;
}

export async function benchSync() {
  const worker = new Worker(fileURLToPath(import.meta.url));
  const port = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  const source = new HttpLogSource(`http://127.0.0.1:${port}/log`);
  const times = { plain: [], whole: [], increment: [], nothing: [] };
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const directory = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
    const synced = await openLevelSyncedLog(join(directory, 'log'), KEY.verifier);
    const sync = async (size) => {
      const head = await synced.sync(source);
      if (head.size !== size || (await synced.size()) !== size) throw new Error(`It has ${head.size} records.`);
    };
    worker.postMessage(0);
    times.plain.push(
      await seconds(async () => {
        bytes = await download(source);
      }),
    );
    times.whole.push(await seconds(() => sync(COUNT)));
    times.nothing.push(await seconds(() => sync(COUNT)));
    worker.postMessage(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    times.increment.push(await seconds(() => sync(COUNT + INCREMENT)));
    await synced[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  }
  await worker.terminate();
  const best = (name) => times[name].toSorted((one, other) => one - other)[Math.floor(ROUNDS / 2)];
  const row = (what, name, ratio) => [what, best(name).toFixed(3), ratio];
  return {
    title: `Sync of ${COUNT} records, ${(bytes / 1e6).toFixed(0)} MB, from loopback, median of ${ROUNDS} rounds (goal: 60 s, increment 1 s)`,
    rows: [
      ['what', 'seconds', 'to plain download'],
      row(
        'all records: downloaded, proven, chained, stored with fsync',
        'whole',
        (best('whole') / best('plain')).toFixed(1),
      ),
      row('limit: the same bundles downloaded, nothing else', 'plain', '1.0'),
      row(`${INCREMENT} records more`, 'increment', ''),
      row('nothing new', 'nothing', ''),
    ],
  };
}

if (!isMainThread) await serve();
