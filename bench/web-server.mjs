// The server of bench/web.mjs, in a process of its own: a real registry with so many signed entries, and a constant page beside it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { openRegistry } from '../dist/registry/open-registry.js';
import { createApp } from '../dist/server/app.js';
import { compressReplies } from '../dist/server/compress.js';
import { serveRegistry } from '../dist/server/listen.js';
import { AT, makeEntries, makeSigner } from './entries.mjs';

const BATCH = 64;
const STEP = 1_000;
const UPLOADS_PER_SECOND = 5;
/** Enough for every kind of page, with room for a slow machine. */
const UPLOADS = 1_000;

const size = Number(process.argv[2]);
const signer = await makeSigner();
const root = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
process.once('exit', () => rmSync(root, { recursive: true, force: true }));
process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => process.exit(0));
mkdirSync(join(root, 'trust'));
writeFileSync(join(root, 'trust', 'ca.pem'), signer.authority.certificatePem);
const registry = await openRegistry({
  directory: join(root, 'data'),
  baseUrl: 'http://bench.test',
  trust: { mode: 'anchors', directory: join(root, 'trust') },
  limits: { workers: 2 },
  now: () => AT,
});

async function submitAll(entries) {
  const waiting = [...entries];
  const one = async () => {
    for (let bytes = waiting.shift(); bytes !== undefined; bytes = waiting.shift()) {
      const { outcome, findings } = await registry.submit(bytes);
      if (outcome !== 'accepted') throw new Error(`A bench entry is ${outcome}: ${JSON.stringify(findings)}`);
    }
  };
  await Promise.all(Array.from({ length: BATCH }, one));
}

for (let from = 0; from < size; from += STEP) {
  await submitAll(await makeEntries(signer, Math.min(STEP, size - from), from));
}
await registry.sparql.waitFor(registry.log.size());
const uploads = await makeEntries(signer, UPLOADS, 10_000_000);

const app = createApp(registry, { documents: registry.verifier, now: () => AT });
const server = await serveRegistry(app, { host: '127.0.0.1', port: 0 });
let constant = '';
const plain = new Hono();
plain.use(compressReplies());
plain.get('/', (c) => c.html(constant));
const plainServer = await serveRegistry(plain, { host: '127.0.0.1', port: 0 });

let timer;
let uploaded = 0;
async function upload() {
  const bytes = uploads.shift();
  if (bytes === undefined) throw new Error('The bench has no entry left to upload.');
  const headers = { 'Content-Type': 'application/rdf+xml' };
  const reply = await fetch(`${server.url}/metadata`, { method: 'POST', headers, body: bytes });
  if (reply.status !== 201) throw new Error(`An upload was answered ${reply.status}: ${await reply.text()}`);
  uploaded++;
}

process.on('message', (question) => {
  if (question.constant !== undefined) {
    constant = question.constant;
    process.send({ url: plainServer.url });
    return;
  }
  if (question.cpu) {
    const { user, system } = process.cpuUsage();
    process.send({ cpuMs: (user + system) / 1_000 });
    return;
  }
  if (question.uploads) {
    uploaded = 0;
    timer = setInterval(() => void upload(), 1_000 / UPLOADS_PER_SECOND);
  } else clearInterval(timer);
  process.send({ uploaded });
});
process.send({ url: server.url });
