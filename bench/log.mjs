// The log alone: how fast it takes records with fsync, next to LevelDB writing the same bytes in the same batches; how long one append
// takes among many; what proofs cost. Statements are made up: verification is measured elsewhere.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { toIdentifier } from '../dist/entry/identifier.js';
import { auditLog } from '../dist/log/audit.js';
import { openLevelStore } from '../dist/log/level-store.js';
import { toLogKey } from '../dist/log/note-key.js';
import { readRecordProof } from '../dist/log/record-proof.js';
import { openStoreLog } from '../dist/log/store-log.js';
import { median } from './entries.mjs';

const KEY = toLogKey('log.bench.test', new Uint8Array(32).fill(7));
const AT = new Date('2026-11-21T12:00:00Z');
const BATCH = 256;
const ROUNDS = 5;
const CALLERS = 64;

const sha = (algorithm, bytes) => createHash(algorithm).update(bytes).digest('hex');

function makeStatements(count, documentBytes, evidenceBytes) {
  return Array.from({ length: count }, () => {
    const bytes = randomBytes(documentBytes);
    const verified = {
      entry: { identifier: toIdentifier(sha('sha1', bytes)), endorsement: { createdAt: AT } },
      bytes,
      documentSha256: sha('sha256', bytes),
      canonicalSha256: sha('sha256', bytes),
      signatureAlgorithm: 'rsa-sha256',
      signerSha256: sha('sha256', 'signer'),
    };
    return { verified, t: 'endorse', evidence: randomBytes(evidenceBytes), attachments: [], at: AT };
  });
}

async function seconds(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** A store that also keeps what is written, batch by batch. */
function recording(store, writes) {
  return {
    read: (keys) => store.read(keys),
    has: (keys) => store.has(keys),
    range: (...bounds) => store.range(...bounds),
    close: () => store.close(),
    write(pairs) {
      writes.push(pairs);
      return store.write(pairs);
    },
  };
}

async function measureAppend(root, name, documentBytes, evidenceBytes, perRound) {
  const writes = [];
  const log = await openStoreLog(recording(await openLevelStore(join(root, name)), writes), KEY.name, KEY);
  const plain = new Level(join(root, `${name}-plain`), {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    writeBufferSize: 32 * 1024 * 1024,
  });
  await plain.open();
  const times = { append: [], plain: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const statements = makeStatements(perRound, documentBytes, evidenceBytes);
    writes.length = 0;
    times.append.push(
      await seconds(async () => {
        for (let at = 0; at < perRound; at += BATCH) {
          await Promise.all(statements.slice(at, at + BATCH).map((statement) => log.append(statement)));
        }
      }),
    );
    times.plain.push(
      await seconds(async () => {
        for (const pairs of writes) {
          await plain.batch(
            pairs.map(([key, value]) => ({ type: 'put', key, value })),
            { sync: true },
          );
        }
      }),
    );
  }
  await log.close();
  await plain.close();
  const [appended, written] = [perRound / median(times.append), perRound / median(times.plain)];
  return { appended: Math.round(appended), written: Math.round(written), ratio: (appended / written).toFixed(2) };
}

/** Each of many callers appends one statement after the other; milliseconds of each append. */
async function measureLatency(root, count) {
  const log = await openStoreLog(await openLevelStore(join(root, 'latency')), KEY.name, KEY);
  const waiting = makeStatements(count, 5_000, 3_000);
  const times = [];
  const call = async () => {
    for (let statement = waiting.pop(); statement !== undefined; statement = waiting.pop()) {
      times.push((await seconds(() => log.append(statement))) * 1000);
    }
  };
  const whole = await seconds(() => Promise.all(Array.from({ length: CALLERS }, call)));
  await log.close();
  const sorted = times.toSorted((one, other) => one - other);
  const part = (share) => sorted[Math.floor(sorted.length * share)].toFixed(1);
  return { rate: Math.round(count / whole), half: part(0.5), most: part(0.99) };
}

async function measureProofs(root, records, proofs) {
  const store = await openLevelStore(join(root, 'proofs'));
  const log = await openStoreLog(store, KEY.name, KEY);
  for (let at = 0; at < records; at += BATCH) {
    await Promise.all(makeStatements(Math.min(BATCH, records - at), 100, 20).map((statement) => log.append(statement)));
  }
  const indexes = Array.from({ length: proofs }, () => Math.floor(Math.random() * records));
  const texts = [];
  const each = async (prove) => {
    for (const index of indexes) texts.push(await prove(index));
  };
  const made = await seconds(() => each((index) => log.proof(index)));
  const verified = await seconds(async () => {
    for (const text of texts) readRecordProof(text, KEY.verifier);
  });
  const receipts = await seconds(() => each((index) => log.receipt(index)));
  const audited = await seconds(async () => {
    const problems = await auditLog(store, KEY.verifier);
    if (problems.length > 0) throw new Error(problems.join('; '));
  });
  await log.close();
  const rate = (count, time) => Math.round(count / time);
  return {
    made: rate(proofs, made),
    receipts: rate(proofs, receipts),
    verified: rate(proofs, verified),
    audited: rate(records, audited),
  };
}

export async function benchLog() {
  const root = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  const [records, proofs] = [20_000, 1_000];
  const small = await measureAppend(root, 'small', 100, 20, 5_120);
  const real = await measureAppend(root, 'real', 5_000, 3_000, 2_560);
  const latency = await measureLatency(root, 4_000);
  const proven = await measureProofs(root, records, proofs);
  rmSync(root, { recursive: true });
  const row = (what, rate, note = '') => [what, rate, note];
  return {
    title: `The log: appends with fsync, ${BATCH} a batch, median of ${ROUNDS} rounds (goal: 5,000/s); proofs in ${records} records`,
    rows: [
      ['what', 'per second', 'beside it'],
      row('append: record, tiles, indexes, signed; document of 100 bytes', small.appended, `${small.ratio} of plain`),
      row('  LevelDB alone, the same bytes in the same synced batches', small.written),
      row('append: the same; document of 5,000 and evidence of 3,000 bytes', real.appended, `${real.ratio} of plain`),
      row('  LevelDB alone, the same bytes in the same synced batches', real.written),
      row(
        `append by ${CALLERS} callers, each after its last: until the checkpoint is signed`,
        latency.rate,
        `P50 ${latency.half} ms, P99 ${latency.most} ms`,
      ),
      row('proof made and checked by the log', proven.made),
      row('receipt made and checked by the log', proven.receipts),
      row('proof verified by who gets it, signature included', proven.verified),
      row('records audited, documents hashed again', proven.audited),
    ],
  };
}
