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

function openAt(root, options = {}) {
  return openRegistry({
    directory: join(root, 'data'),
    baseUrl: 'http://bench.test',
    trust: { mode: 'anchors', directory: join(root, 'trust') },
    limits: { workers: 2 },
    now: () => AT,
    ...options,
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

/** A registry of 10,000 entries is closed and opened again. */
export async function benchRestart() {
  const count = 10_000;
  const signer = await makeSigner();
  const root = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  mkdirSync(join(root, 'trust'));
  writeFileSync(join(root, 'trust', 'ca.pem'), signer.authority.certificatePem);
  let registry = await openAt(root);
  for (let from = 0; from < count; from += 1_000) {
    const entries = await makeEntries(signer, 1_000, from);
    await inParallel(
      entries.map((bytes) => () => registry.submit(bytes)),
      BATCH,
    );
  }
  await registry.close();
  const list = async () => {
    registry = await openAt(root);
    const page = await registry.catalog.list({ statuses: ['valid'] }, AT, { limit: 50 });
    if (page.entries.length !== 50 || page.logSize < count) throw new Error('The list is not complete.');
  };
  const toList = await seconds(list);
  const toSparql = toList + (await seconds(() => registry.sparql.waitFor(registry.log.size())));
  const answer = await registry.sparql.query(
    { text: 'SELECT (COUNT(*) AS ?n) WHERE { ?x <https://w3id.org/vouch#logIndex> ?i }' },
    ['text/csv'],
  );
  if (!answer.body.includes(String(count))) throw new Error(`SPARQL counts ${answer.body}`);
  await registry.close();
  rmSync(join(root, 'data', 'catalog'), { recursive: true });
  const rebuild = await seconds(async () => {
    registry = await openAt(root);
    await registry.catalog.waitFor(registry.log.size());
  });
  await registry.close();
  rmSync(root, { recursive: true });
  return {
    title: `Restart with ${count} entries (goal: list in under 5 s)`,
    rows: [
      ['what', 'seconds', ''],
      ['until the first list page', toList.toFixed(2), ''],
      ['until SPARQL answers for all of them', toSparql.toFixed(2), ''],
      ['rebuild of a deleted catalog', rebuild.toFixed(2), `${Math.round(count / rebuild)} entries/s`],
    ],
  };
}
