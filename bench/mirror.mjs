// What it takes to copy a whole registry: fetched over HTTP, every record proven, every signature verified again, stored with fsync, cosigned.
// The limits of the same run: verification on the same two threads alone, and a plain LevelDB batch write of the same bytes, 256 entries at a time.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLevelLog } from '../dist/log/level-log.js';
import { openLevelStore } from '../dist/log/level-store.js';
import { toLogKey } from '../dist/log/note-key.js';
import { sha256Hex } from '../dist/log/sha256.js';
import { writeEvidence } from '../dist/registry/evidence.js';
import { openMirror } from '../dist/registry/open-mirror.js';
import { openVerifier } from '../dist/registry/verifier.js';
import { createApp } from '../dist/server/app.js';
import { serveRegistry } from '../dist/server/listen.js';
import { AT, makeEntries, makeSigner } from './entries.mjs';

/** Signing them takes longer than copying them; VOUCH_BENCH_ENTRIES=100000 is the goal itself. */
const COUNT = Number(process.env.VOUCH_BENCH_ENTRIES ?? 20_000);
const CHUNK = 1_000;
const KEY = toLogKey('bench.test/log', new Uint8Array(32).fill(1));
const TRUST = { mode: 'pinned', fingerprints: [], digest: '', bindings: [] };

async function seconds(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

const openLog = (directory) => openLevelLog({ directory, origin: KEY.name, key: KEY });

/** Everything but whom to trust is verified, as a registry does it, and then appended. */
async function fillLog(directory) {
  const signer = await makeSigner();
  const trust = { ...TRUST, fingerprints: [sha256Hex(signer.issued.der)] };
  const verifier = openVerifier({ trust, documentBytesLimit: 262_144, workers: 2, queueLimit: CHUNK });
  const log = await openLog(directory);
  for (let from = 0; from < COUNT; from += CHUNK) {
    const entries = await makeEntries(signer, Math.min(CHUNK, COUNT - from), from);
    const append = async (bytes) => {
      const verdict = await verifier.verify(bytes, 'current', AT);
      if (!verdict.valid) throw new Error(JSON.stringify(verdict.findings));
      const { bytes: evidence, attachments } = writeEvidence(verdict.verified.evidence);
      await log.append({ verified: verdict.verified, t: 'endorse', evidence, attachments, at: AT });
    };
    await Promise.all(entries.map(append));
  }
  await log.close();
  await verifier[Symbol.asyncDispose]();
}

/** The registry's side, in a process of its own: the log behind the real routes. */
async function serve(directory) {
  const log = await openLog(directory);
  const registry = { baseUrl: 'http://bench.test', title: 'Bench', log, isReadOnly: true, documentBytesLimit: 262_144 };
  const app = createApp(registry, { documents: { read: async () => ({ triples: [] }) } });
  process.send((await serveRegistry(app, { host: '127.0.0.1', port: 0 })).url);
}

async function readDocuments(log) {
  const batches = [];
  for await (const { index, record } of log.records(0)) {
    if (index % 256 === 0) batches.push([]);
    batches
      .at(-1)
      .push([Buffer.from(record.doc), await log.blob(record.doc)], [Buffer.from(record.ev), await log.blob(record.ev)]);
    batches.at(-1).push([Buffer.from(`e/${index}`), Buffer.from(JSON.stringify(record))]);
  }
  return batches;
}

export async function benchMirror() {
  const root = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  await fillLog(join(root, 'log'));
  const child = fork(fileURLToPath(import.meta.url), [join(root, 'log')]);
  const [url] = await once(child, 'message');
  const mirror = await openMirror({
    directory: join(root, 'mirror'),
    baseUrl: 'http://mirror.test',
    url,
    log: KEY.verifier,
    limits: { workers: 2 },
    now: () => AT,
  });
  const copied = await seconds(() => mirror.follower.pull());
  if (mirror.log.size() !== COUNT) throw new Error(`The mirror has ${mirror.log.size()} records.`);
  await mirror.close();
  child.kill();
  await once(child, 'exit');

  const log = await openLog(join(root, 'log'));
  const batches = await readDocuments(log);
  await log.close();
  const store = await openLevelStore(join(root, 'plain'));
  const written = await seconds(async () => {
    for (const pairs of batches) await store.write(pairs);
  });
  await store.close();
  const verifier = openVerifier({ trust: TRUST, documentBytesLimit: 262_144, workers: 2, queueLimit: CHUNK });
  const verified = await seconds(async () => {
    for (const pairs of batches) {
      const documents = pairs.filter((_, at) => at % 3 === 0).map(([, bytes]) => bytes);
      await Promise.all(documents.map((bytes) => verifier.recheck(bytes, 'current', AT)));
    }
  });
  await verifier[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
  const row = (what, taken) => [what, taken.toFixed(1), Math.round(COUNT / taken), (copied / taken).toFixed(2)];
  return {
    title: `A mirror of ${COUNT} entries catches up from nothing (goal for 100000: under 120 s)`,
    rows: [
      ['what', 'seconds', 'entries/s', 'mirror, times this'],
      row('mirror: fetched, proven, verified, stored with fsync, cosigned', copied),
      row('limit: verification on the same two threads', verified),
      row('limit: the same bytes in plain LevelDB batches with fsync', written),
    ],
  };
}

if (process.send !== undefined) await serve(process.argv[2]);
