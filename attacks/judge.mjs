// Three ways to ask for a verdict on a row. Each answers { got: 'OK' or codes, warns, ms, verdict? }.
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { main } from '../dist/cli/main.js';
import { readEntrySchemas } from '../dist/platform/entry-schemas.js';
import { nodeCrypto } from '../dist/platform/node-crypto.js';
import { WorkerPool } from '../dist/platform/worker-pool.js';
import { readTrust } from '../dist/registry/read-trust.js';
import { fromTrustCopy } from '../dist/registry/trust-copy.js';
import { verifyEntry } from '../dist/verify/verify-entry.js';
import { openXml } from '../dist/xml/open-xml.js';

/** The library: verifyEntry in this process, `runs` times after one to get warm; `ms` is the median. Nothing is remembered between runs. */
export async function openLibraryJudge(corpus, { runs = 5 } = {}) {
  const { trust: copy } = await readTrust({ mode: 'anchors', directory: corpus.trust });
  const anchors = fromTrustCopy(copy);
  const world = { xml: openXml(readEntrySchemas()), crypto: nodeCrypto };
  const verify = (bytes, row) => {
    const trust =
      row.documents === undefined
        ? anchors
        : { mode: 'manifest', documents: new Set(row.documents), digest: 'attacks' };
    return verifyEntry(bytes, { profile: row.profile, at: new Date(), trust }, world);
  };
  return async (row) => {
    if (row.isHang) return judgeHang();
    const bytes = await readFile(row.path);
    const verdict = await verify(bytes, row);
    const times = [];
    for (let run = 0; run < runs; run += 1) {
      const start = performance.now();
      await verify(bytes, row);
      times.push(performance.now() - start);
    }
    const before = [];
    for (const path of row.before) before.push(await verify(await readFile(path), row));
    const entry = verdict.valid ? verdict.verified.entry : verdict.entry;
    const wrong = verdict.valid ? row.also?.({ ...verdict, entry }, before) : undefined;
    return {
      ...toAnswer(verdict.valid, verdict.findings),
      ms: median(times),
      ...(wrong === undefined ? {} : { wrong }),
    };
  };
}

const KILL_MS = 2_000;

/** A thread that never comes back, among others that do: how it ends, and whether anyone else had to wait for that. */
async function judgeHang() {
  const pool = new WorkerPool({
    script: fileURLToPath(new URL('./hang-worker.mjs', import.meta.url)),
    size: 2,
    depth: 1,
    timeoutMs: KILL_MS,
    queueLimit: 100,
  });
  try {
    await pool.run('warm');
    const start = performance.now();
    const hanging = pool.run('hang').catch((fault) => fault.code);
    const others = Promise.all(Array.from({ length: 50 }, (_, count) => pool.run(count)));
    const first = await Promise.race([hanging, others]);
    const got = await hanging;
    const ms = performance.now() - start;
    return { got: [got], warns: [], ms, ...(first === got ? { wrong: 'others had to wait' } : {}) };
  } finally {
    await pool[Symbol.asyncDispose]();
  }
}

/** The command line: `vouch verify --json`, in this process. */
export async function openCliJudge(corpus) {
  return async (row) => {
    const written = [];
    const io = {
      stdin: Readable.from([]),
      stdout: { write: (chunk) => written.push(Buffer.from(chunk)) },
      stderr: { write: () => true },
      env: { HOME: '/nonexistent' },
      signal: new AbortController().signal,
    };
    const start = performance.now();
    const words = ['verify', '--json', '--trust', corpus.trust, '--profile', row.profile, row.path];
    const code = await main(words, io);
    const ms = performance.now() - start;
    const text = Buffer.concat(written).toString();
    if (text === '') return { got: [`exit ${code}`], warns: [], ms };
    const { valid, findings } = JSON.parse(text);
    if (valid !== (code === 0))
      return { got: [`exit ${code} for ${valid ? 'a valid' : 'an invalid'} entry`], warns: [], ms };
    return { ...toAnswer(valid, findings), ms };
  };
}

/** A registry: POST to `<url>/metadata`. What is accepted stays there, so do not use one that matters. */
export async function openHttpJudge(url) {
  const post = async (bytes) => {
    const response = await fetch(`${url.replace(/\/$/, '')}/metadata`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/rdf+xml', Accept: 'application/json' },
      body: bytes,
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} };
  };
  return async (row) => {
    for (const path of row.before) {
      const { status } = await post(await readFile(path));
      if (status !== 201 && status !== 200) return { got: [`${status} for what goes before`], warns: [], ms: 0 };
    }
    const bytes = await readFile(row.path);
    const start = performance.now();
    const { status, body } = await post(bytes);
    const ms = performance.now() - start;
    const findings = body.findings ?? [];
    if (status === 201 && row.isKnown) return { ...toAnswer(true, findings), ms, wrong: 'it was taken a second time' };
    if (status === 201 || status === 200) return { ...toAnswer(true, findings), ms };
    // A body beyond the limit of bytes is refused before it is a document.
    if (status === 413) return { got: ['limits'], warns: [], ms };
    if (status === 422 || status === 409) return { ...toAnswer(false, findings), ms };
    return { got: [`status ${status}`], warns: [], ms };
  };
}

/** Whether the answer is what the row expects. */
export function isAsExpected(row, { got, warns, wrong }, isTimed) {
  if (wrong !== undefined) return false;
  if (isTimed !== undefined && isTimed > row.within) return false;
  if (row.expect === 'OK') return got === 'OK' && row.warns.every((code) => warns.includes(code));
  return got !== 'OK' && row.expect.every((code) => got.includes(code));
}

function toAnswer(isValid, findings) {
  const codesOf = (severity) => [
    ...new Set(findings.filter((one) => one.severity === severity).map(({ code }) => code)),
  ];
  return { got: isValid ? 'OK' : codesOf('error'), warns: codesOf('warning') };
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}
