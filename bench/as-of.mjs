// What the past costs: answers of a catalog of 100,000 entries over LevelDB, as of earlier sizes, against the same answers now in the
// same run. 5,000 images with 20 statements each, so that nearly every entry of the past has been superseded since.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLevelCatalog } from '../dist/catalog/level-catalog.js';
import { median } from './entries.mjs';

const ENTRIES = 100_000;
const IMAGES = 5_000;
const START = Date.UTC(2020, 0, 1);
const TURNS = 15;

const digest = (text) => createHash('sha256').update(text).digest('hex');
const timeOf = (index) => new Date(START + index * 60_000);
const writeTime = (at) => `${at.toISOString().slice(0, 19)}Z`;
const identifierOf = (image) => `I${String(image).padStart(26, '0')}`;
const personOf = (image) => image % 100;

/** A log that makes its records when they are asked for. */
const log = {
  origin: 'bench.test/log',
  size: () => ENTRIES,
  record: async (index) => toRecord(index),
  async *records(from, to = ENTRIES) {
    for (let index = from; index < to; index++) yield { index, record: toRecord(index) };
  },
  blob: async (doc) => new TextEncoder().encode(doc),
};

function toRecord(index) {
  const image = index % IMAGES;
  const at = writeTime(timeOf(index));
  const seq = Math.floor(index / IMAGES) + 1;
  const rest = { len: 1, c14n: '', sig: 'rsa-sha256', signer: digest(`s${personOf(image)}`), act: 'valid', ev: '' };
  return { v: 1, t: 'endorse', id: identifierOf(image), seq, prev: -1, doc: String(index), created: at, at, ...rest };
}

async function readDocument(record) {
  const index = Number(record.doc);
  const image = index % IMAGES;
  const person = personOf(image);
  const endorsement = {
    createdAt: timeOf(index),
    email: `p${person}@bench.test`,
    subject: `CN=p${person}`,
    issuers: ['CN=CA'],
  };
  const entry = {
    identifier: identifierOf(image),
    sizeBytes: 1,
    checksums: [{ algorithm: 'SHA-1', value: digest(String(image)).slice(0, 40) }],
    locations: [],
    inboundPorts: [],
    outboundPorts: [],
    icmp: [],
    title: `Image ${image}`,
    os: ['debian', 'ubuntu', 'alpine'][image % 3],
    tag: 'stable',
    ...(image % 50 === 7 ? { deprecated: 'old' } : {}),
    endorsement,
  };
  return { entry, endorserKey: digest(`k${person}`), triples: [] };
}

const AT = timeOf(ENTRIES);
const ASKED = {
  'valid, first page of 50': (reader) => reader.list({ statuses: ['valid'] }, AT, { limit: 50 }),
  'valid of one system': (reader) => reader.list({ statuses: ['valid'], os: 'debian' }, AT, { limit: 50 }),
  'valid of one endorser': (reader) => reader.list({ statuses: ['valid'], email: 'p7@bench.test' }, AT, { limit: 50 }),
  'deprecated, first page': (reader) => reader.list({ statuses: ['deprecated'] }, AT, { limit: 50 }),
  'every status, first page': (reader) => reader.list({}, AT, { limit: 50 }),
  'valid, last page of 50': (reader) =>
    reader.list({ statuses: ['valid'] }, AT, { limit: 50, after: reader.lastCursor }),
  'one image': (reader) => reader.history(identifierOf(17)),
  'tags of an endorser': (reader) => reader.tags('p7@bench.test'),
  endorsers: (reader) => reader.endorsers(),
  counts: (reader) => reader.counts(),
};

/** Where the page of the last 50 valid entries starts. */
async function findLastCursor(reader) {
  let after;
  let before;
  for (;;) {
    const page = await reader.list({ statuses: ['valid'] }, AT, {
      limit: 1000,
      ...(after === undefined ? {} : { after }),
    });
    if (page.next === undefined) return before ?? after;
    before = after;
    after = page.next;
  }
}

export async function benchAsOf() {
  const directory = mkdtempSync(join(tmpdir(), 'vouch-as-of-'));
  const catalog = await openLevelCatalog({ directory, log, readDocument, baseUrl: 'http://bench.test' });
  await catalog.waitFor(ENTRIES);
  const sizes = [ENTRIES - 3, ENTRIES / 2, ENTRIES / 100];
  const readers = [catalog, ...sizes.map((size) => catalog.asOf(size))];
  for (const reader of readers) reader.lastCursor = await findLastCursor(reader);
  const rows = [];
  for (const [name, ask] of Object.entries(ASKED)) {
    const times = readers.map(() => []);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [place, reader] of readers.entries()) {
        const start = process.hrtime.bigint();
        await ask(reader);
        times[place].push(Number(process.hrtime.bigint() - start) / 1e6);
      }
    }
    const [now, ...then] = times.map(median);
    rows.push([name, now.toFixed(1), ...then.map((ms) => `${ms.toFixed(1)} (${(ms / now).toFixed(1)})`)]);
  }
  const sizeAt = [];
  for (let turn = 0; turn < 200; turn++) {
    const start = process.hrtime.bigint();
    await catalog.sizeAt(timeOf(turn * 499));
    sizeAt.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  await catalog.close();
  rmSync(directory, { recursive: true });
  const heading = ['answer', 'now, ms', ...sizes.map((size) => `as of ${size}, ms (of now)`)];
  const title = `As of: ${ENTRIES} entries of ${IMAGES} images; medians of ${TURNS}; the size of a time in ${median(sizeAt).toFixed(2)} ms`;
  return { title, rows: [heading, ...rows] };
}
