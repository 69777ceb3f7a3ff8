// What lists cost over LevelDB at 1,000 and at 100,000 entries: the processor time of each kind of request, and how it grows.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLevelCatalog } from '../dist/catalog/level-catalog.js';
import { writeEntryTime } from '../dist/entry/entry-time.js';

const SIZES = [1_000, 100_000];
const ROUNDS = 60;
const NOW = new Date('2026-06-01T00:00:00Z');
const START = Date.UTC(2020, 0, 1);
const NEWEST = { column: 'created', isDescending: true };
const SYSTEMS = ['debian', 'ubuntu', 'centos', 'fedora', 'opensuse', 'alpine', 'windows'];

const toEmail = (number) => `endorser${number}@example.org`;
const hex = (number, length) => number.toString(16).padStart(length, '0');

/** Entries of a registry that has been used: seven systems, some hundred endorsers, a tenth superseded, some expired or deprecated. */
function toEntry(index) {
  const image = index % 10 === 9 ? index - 9 : index;
  const os = SYSTEMS[image % SYSTEMS.length];
  return {
    identifier: `I${String(image).padStart(26, '0')}`,
    sizeBytes: 1_000_000 + ((index * 7919) % 1_000_003),
    checksums: [{ algorithm: 'SHA-1', value: createHash('sha1').update(String(image)).digest('hex') }],
    title: `${os} image ${(index * 48271) % 100_003}`,
    description: `An image of ${os} for site ${image % 211}`,
    os,
    osVersion: String(image % 13),
    osArch: ['x86_64', 'aarch64', 'i386'][image % 3],
    kind: ['machine', 'disk'][image % 2],
    format: ['qcow2', 'raw', 'vmdk'][image % 3],
    hypervisor: ['kvm', 'xen'][image % 2],
    locations: [`https://images.example.org/${image}`],
    inboundPorts: [],
    outboundPorts: [],
    icmp: [],
    validUntil: new Date(index % 5 === 0 ? START : NOW.getTime() + 1e9),
    ...(index % 17 === 0 ? { deprecated: 'replaced' } : {}),
    endorsement: {
      createdAt: new Date(START + index * 1000),
      email: `endorser${image % 131}@example.org`,
      subject: `CN=Endorser ${image % 131}`,
      issuers: ['CN=CA'],
    },
  };
}

function toLog(size) {
  const record = (index) => {
    const { identifier, endorsement } = toEntry(index);
    const created = writeEntryTime(endorsement.createdAt);
    const fixed = { t: 'endorse', seq: 1, sig: 'rsa-sha256', signer: hex(index, 64), doc: hex(index, 64) };
    return { ...fixed, id: identifier, created, at: created };
  };
  return {
    origin: 'bench.test/log',
    size: () => size,
    record: async (index) => record(index),
    blob: async () => new Uint8Array(),
    async *records(from, to) {
      for (let index = from; index < to; index++) yield { index, record: record(index) };
    },
  };
}

const KINDS = {
  // what the start of a checksum, a number or a word may be; each time another one
  'typed so far': (catalog, round) =>
    catalog.browse({ text: '0a1b2c3d4e5f'.slice(round % 9, (round % 9) + 1 + (round % 4)) }, NOW, { limit: 50 }),
  'words and a number': (catalog, round) =>
    catalog.browse({ text: `${SYSTEMS[round % 5]} image ${round * 37}`, statuses: ['valid'] }, NOW, { limit: 50 }),
  'newest page': (catalog) => catalog.list({ statuses: ['valid'] }, NOW, { limit: 50 }),
  'page of one system': (catalog) => catalog.list({ os: 'debian', statuses: ['valid'] }, NOW, { limit: 50 }),
  'rare word': (catalog, round) => catalog.list({ text: `${round * 37}` }, NOW, { limit: 50 }),
  // a description has it in every entry
  'word of every entry': (catalog, round) => catalog.list({ text: 'image', email: toEmail(round) }, NOW, { limit: 50 }),
  'beginning of a word': (catalog) => catalog.list({ text: 'f', statuses: ['valid'] }, NOW, { limit: 50 }),
  'sorted by status': (catalog) =>
    catalog.browse({}, NOW, { sort: { column: 'status', isDescending: false }, limit: 50 }),
  'frequent word': (catalog) => catalog.list({ text: 'debian', statuses: ['valid'] }, NOW, { limit: 50 }),
  'facets, asked before': (catalog) => catalog.browse({ statuses: ['valid'] }, NOW, { sort: NEWEST, limit: 0 }),
  // a filter that nobody asked for before: nothing of the counts is kept
  'facets, counted anew': (catalog, round) =>
    catalog.browse({ email: toEmail(round) }, NOW, { sort: NEWEST, limit: 0 }),
  'facets of a word, anew': (catalog, round) =>
    catalog.browse({ text: 'debian', email: toEmail(round) }, NOW, { sort: NEWEST, limit: 0 }),
  'sorted by title, anew': (catalog, round) =>
    catalog.browse({ email: toEmail(round) }, NOW, { sort: { column: 'title', isDescending: false }, limit: 50 }),
  'sorted, half way': (catalog, _round, size) =>
    catalog.browse({}, NOW, { sort: { column: 'size', isDescending: true }, limit: 50, offset: size >> 1 }),
  'one entry': (catalog, round, size) => catalog.entry((round * 7919) % size),
  'history of an image': (catalog, round) => catalog.history(toEntry(round * 10).identifier),
};

async function measure(size) {
  const directory = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  const log = toLog(size);
  const readDocument = async (record) => {
    const entry = toEntry(Number.parseInt(record.doc, 16));
    return { entry, endorserKey: hex(Number(entry.endorsement.email.replace(/\D/g, '')), 64), triples: [] };
  };
  const open = () => openLevelCatalog({ directory, log, baseUrl: 'http://bench.test', readDocument });
  const built = await open();
  await built.waitFor(size);
  await built.close();
  const catalog = await open();
  const times = {};
  /** Milliseconds of processor time, so that what else the machine does counts for little. */
  const timed = async (work) => {
    const start = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
  times['first facets after a start'] = [await timed(() => KINDS['facets, asked before'](catalog))];
  times['first order after a start'] = [await timed(() => KINDS['sorted by title, anew'](catalog, 0))];
  for (const [kind, ask] of Object.entries(KINDS)) {
    await ask(catalog, 0, size);
    times[kind] = [];
    for (let round = 0; round < ROUNDS; round++) times[kind].push(await timed(() => ask(catalog, round, size)));
  }
  await catalog.close();
  rmSync(directory, { recursive: true });
  return times;
}

const mean = (times) => times.reduce((sum, one) => sum + one, 0) / times.length;

export async function benchCatalog({ sizes = SIZES } = {}) {
  const measured = [];
  for (const size of sizes) measured.push(await measure(size));
  const rows = Object.keys(measured[0]).map((kind) => {
    const means = measured.map((times) => mean(times[kind]));
    return [kind, ...means.map((ms) => ms.toFixed(2)), (means.at(-1) / means[0]).toFixed(1)];
  });
  const columns = sizes.map((size) => `${size.toLocaleString('en-GB')} entries`);
  const logarithmic = Math.log(sizes.at(-1)) / Math.log(sizes[0]);
  return {
    title: `Lists over LevelDB, ms of processor time (logarithmic growth would be ${logarithmic.toFixed(1)})`,
    rows: [['request', ...columns, 'growth'], ...rows],
  };
}
