// What a registry takes in: submit = full verification + append with fsync + signed checkpoint + catalog and SPARQL index, 64 at a time.
// The limits of the same run: verification on the same two threads alone, and a synced write of the same bytes in batches of 64.
import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRegistry } from '../dist/registry/open-registry.js';
import { AT, makeEntries, makeSigner, median } from './entries.mjs';

const BATCH = 64;
const ROUNDS = 5;

async function inParallel(tasks, concurrent) {
  const waiting = [...tasks];
  await Promise.all(
    Array.from({ length: concurrent }, async () => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
    }),
  );
}

async function seconds(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

function writeSynced(path, entries) {
  const file = openSync(path, 'w');
  for (let at = 0; at < entries.length; at += BATCH) {
    for (const bytes of entries.slice(at, at + BATCH)) writeSync(file, bytes);
    fdatasyncSync(file);
  }
  closeSync(file);
}

function openAt(root) {
  return openRegistry({
    directory: join(root, 'data'),
    baseUrl: 'http://bench.test',
    trust: { mode: 'anchors', directory: join(root, 'trust') },
    limits: { workers: 2 },
    now: () => AT,
  });
}

export async function benchIngest() {
  const perRound = 600;
  const signer = await makeSigner();
  const root = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  mkdirSync(join(root, 'trust'));
  writeFileSync(join(root, 'trust', 'ca.pem'), signer.authority.certificatePem);
  const registry = await openAt(root);
  const times = { submit: [], verify: [], write: [] };
  await Promise.all((await makeEntries(signer, 50, 1_000_000)).map((bytes) => registry.submit(bytes)));
  for (let round = 0; round < ROUNDS; round++) {
    const entries = await makeEntries(signer, perRound, round * perRound);
    times.verify.push(
      await seconds(() =>
        inParallel(
          entries.map((bytes) => () => registry.verify(bytes)),
          BATCH,
        ),
      ),
    );
    times.write.push(await seconds(() => writeSynced(join(root, 'synced'), entries)));
    const submit = async (bytes) => {
      const { outcome, findings } = await registry.submit(bytes);
      if (outcome !== 'accepted') throw new Error(`A bench entry is ${outcome}: ${JSON.stringify(findings)}`);
    };
    times.submit.push(
      await seconds(() =>
        inParallel(
          entries.map((bytes) => () => submit(bytes)),
          BATCH,
        ),
      ),
    );
  }
  await registry.close();
  rmSync(root, { recursive: true });
  const rate = (name) => perRound / median(times[name]);
  const row = (what, name) => [what, Math.round(rate(name)), (rate('submit') / rate(name)).toFixed(2)];
  return {
    title: `Ingest, ${perRound} entries a round, ${BATCH} at a time, median of ${ROUNDS} rounds`,
    rows: [
      ['what', 'entries/s', 'submit as part of it'],
      row('submit: verified, appended with fsync, in list and SPARQL', 'submit'),
      row('limit: verification on the same two threads', 'verify'),
      row(`limit: the same bytes written with fdatasync, ${BATCH} at a time`, 'write'),
    ],
  };
}
