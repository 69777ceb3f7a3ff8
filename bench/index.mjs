// The index of a log: what one more record costs as the number of images grows, in pages and in time; what appending costs with the index
// beside without, in the same run; how long a proof is. Statements are made up: verification is measured elsewhere.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toIdentifier } from '../dist/entry/identifier.js';
import { openLevelStore } from '../dist/log/level-store.js';
import { toLogKey } from '../dist/log/note-key.js';
import { proveKey } from '../dist/log/prove-key.js';
import { openStoreLog } from '../dist/log/store-log.js';
import { TrieChange } from '../dist/log/trie-change.js';
import { toTrieKey } from '../dist/log/trie-hash.js';
import { judgeTrieProof } from '../dist/log/trie-proof.js';
import { median } from './entries.mjs';

/** Images the trie grows to; each is measured. */
const SIZES = (process.env.VOUCH_BENCH_IMAGES ?? '1000,10000,100000').split(',').map(Number);
/** Records the two logs have before they are measured. */
const RECORDS = Number(process.env.VOUCH_BENCH_RECORDS ?? 10_000);
const EVERY = 1_000;
const STEP = 1_000;
const BATCH = 256;
const ROUNDS = 5;
const PROOFS = 500;
const KEY = toLogKey('index.bench.test', new Uint8Array(32).fill(7));
const AT = new Date('2026-11-21T12:00:00Z');

const sha = (algorithm, text) => createHash(algorithm).update(text).digest('hex');
const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

async function seconds(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Adds images to the trie as the log does: so many at once, their pages in one synced write. */
async function grow(store, from, to, generation) {
  const change = new TrieChange(store);
  const keys = Array.from({ length: to - from }, (_, at) => toTrieKey(`image ${from + at}`));
  await change.add(
    keys.map((key, at) => ({ key, records: [from + at] })),
    generation,
  );
  const pairs = change.pairs();
  await store.write(pairs);
  return {
    pages: pairs.length,
    bytes: pairs.reduce((sum, [, value]) => sum + value.length, 0),
    root: await change.root(),
  };
}

async function measureTrie(root) {
  const store = await openLevelStore(join(root, 'trie'));
  const rows = [];
  let [images, generation] = [0, 0];
  for (const size of SIZES) {
    while (images < size) {
      generation += 1;
      await grow(store, images, Math.min(images + STEP, size), generation);
      images = Math.min(images + STEP, size);
    }
    let last;
    const time = await seconds(async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        generation += 1;
        last = await grow(store, images, images + STEP, generation);
        images += STEP;
      }
    });
    const proofs = [];
    const keys = Array.from({ length: PROOFS }, (_, at) =>
      toTrieKey(at % 2 ? `image ${(at * 7919) % images}` : `none ${at}`),
    );
    const proven = await seconds(async () => {
      for (const key of keys) proofs.push(await proveKey(store, key, generation));
    });
    const judged = await seconds(async () => {
      for (const [at, proof] of proofs.entries()) {
        const { outcome } = judgeTrieProof(last.root, keys[at], proof);
        if ((outcome === 'present') !== (at % 2 === 1)) throw new Error('a proof is wrong');
      }
    });
    const hashes = mean(proofs.map(({ siblings }) => siblings.length));
    rows.push([
      size.toLocaleString('en'),
      (last.pages / STEP).toFixed(2),
      Math.round(last.bytes / STEP),
      ((time / ROUNDS / STEP) * 1e6).toFixed(0),
      hashes.toFixed(1),
      Math.max(...proofs.map(({ siblings }) => siblings.length)),
      Math.round(hashes * 32 + 72),
      Math.round((proven / PROOFS) * 1e6),
      Math.round((judged / PROOFS) * 1e6),
    ]);
  }
  await store.close();
  return rows;
}

let made = 0;

function makeStatements(count, documentBytes) {
  return Array.from({ length: count }, () => {
    made += 1;
    const bytes = Buffer.from(`${made} `.padEnd(documentBytes, sha('sha256', String(made))));
    const digest = sha('sha256', bytes);
    const verified = {
      entry: { identifier: toIdentifier(sha('sha1', String(made))), endorsement: { createdAt: AT } },
      bytes,
      documentSha256: digest,
      canonicalSha256: digest,
      signatureAlgorithm: 'rsa-sha256',
      signerSha256: sha('sha256', 'signer'),
    };
    return { verified, t: 'endorse', evidence: bytes.subarray(0, documentBytes / 2), attachments: [], at: AT };
  });
}

async function append(log, statements) {
  for (let at = 0; at < statements.length; at += BATCH) {
    await Promise.all(statements.slice(at, at + BATCH).map((statement) => log.append(statement)));
  }
}

/** The same statements into a log with an index and one without, turn about; every round states the root twice. */
async function measureAppend(root, documentBytes) {
  const open = async (name) =>
    openStoreLog(await openLevelStore(join(root, `${name}-${documentBytes}`)), KEY.name, KEY);
  const [plain, indexed] = [await open('plain'), await open('indexed')];
  await indexed.keepIndex({ everyRecords: EVERY, now: () => AT });
  const before = makeStatements(RECORDS, 100);
  await append(plain, before);
  await append(indexed, before);
  const times = { plain: [], indexed: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const statements = makeStatements(2 * EVERY, documentBytes);
    times.plain.push(await seconds(() => append(plain, statements)));
    times.indexed.push(await seconds(() => append(indexed, statements)));
  }
  await plain.close();
  await indexed.close();
  const rate = (all) => (2 * EVERY) / median(all);
  return [
    Math.round(rate(times.plain)),
    Math.round(rate(times.indexed)),
    (rate(times.indexed) / rate(times.plain)).toFixed(2),
  ];
}

export async function benchIndex() {
  const root = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  try {
    const trie = await measureTrie(root);
    const appends = [];
    for (const bytes of [100, 5_000]) appends.push([bytes, ...(await measureAppend(root, bytes))]);
    const blank = ['', '', '', '', ''];
    return {
      title: `The index: one more image in ${STEP.toLocaleString('en')} at once; then appends/s of ${RECORDS.toLocaleString('en')} records on, root every ${EVERY.toLocaleString('en')}`,
      rows: [
        ['images', 'pages each', 'bytes each', 'µs each', 'hashes', 'at most', 'proof bytes', 'µs made', 'µs judged'],
        ...trie,
        ['document bytes', 'without', 'with', 'ratio', ...blank],
        ...appends.map((row) => [...row, ...blank]),
      ],
    };
  } finally {
    rmSync(root, { recursive: true });
  }
}
