// Entries to ask about: a log whose statements say what documents would, 35 triples an entry, without the cost of signing
// a hundred thousand of them. Everything behind the log is the program's own. The same number always gives the same entry.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { toEntryGraph } from '../../dist/catalog/entry-graph.js';
import { writeEntryTime } from '../../dist/entry/entry-time.js';
import { toIdentifier } from '../../dist/entry/identifier.js';
import { openLevelLog } from '../../dist/log/level-log.js';
import { openLogKey } from '../../dist/log/log-key.js';
import { DCTERMS, IMAGE_BASE, SLREQ, SLTERMS, XSD } from '../../dist/rdf/vocabulary.js';

export const BASE_URL = 'http://bench.test';
const SYSTEMS = ['debian', 'ubuntu', 'fedora', 'alpine', 'rocky', 'arch', 'suse', 'centos'];
const START = Date.UTC(2020, 0, 1);
const hash = (algorithm, text) => createHash(algorithm).update(text).digest('hex');

/** Every tenth entry replaces one of the entries before it: the same endorser, the same image. */
function imageOf(number) {
  return number % 10 === 9 ? number - 5 : number;
}

export function endorserOf(number) {
  return imageOf(number) % 97;
}

export function identifierOf(number) {
  return toIdentifier(hash('sha1', `image ${imageOf(number)}`));
}

export function toEntry(number) {
  const image = imageOf(number);
  const createdAt = new Date(START + number * 600_000);
  const os = SYSTEMS[image % SYSTEMS.length];
  return {
    identifier: identifierOf(number),
    sizeBytes: 1_000_000 + image,
    checksums: ['MD5', 'SHA-1', 'SHA-256', 'SHA-512'].map((algorithm) => ({
      algorithm,
      value: hash(algorithm.toLowerCase().replace('-', ''), `image ${image}`),
    })),
    type: 'machine',
    kind: 'machine',
    validUntil: new Date(createdAt.getTime() + (number % 7 === 0 ? 30 : 4_000) * 86_400_000),
    title: `${os} image number ${number}`,
    description: `An image described as people do, with what is installed in it${number % 50 === 0 ? ': BLAST 2' : ''} and how to log in.`,
    creator: `Endorser ${endorserOf(number)}`,
    publisher: 'Vouch',
    format: 'qcow2',
    os,
    osVersion: String(image % 20),
    osArch: 'x86_64',
    hypervisor: 'kvm',
    version: `1.${number}`,
    locations: [`https://images.example.org/${number}.qcow2`],
    inboundPorts: [22],
    outboundPorts: [0],
    icmp: [8],
    ...(number % 20 === 3 ? { deprecated: 'A newer one is out' } : {}),
    endorsement: {
      createdAt,
      email: `endorser${endorserOf(number)}@example.org`,
      subject: `CN=Endorser ${endorserOf(number)},O=Bench`,
      issuers: ['CN=Bench CA,O=Vouch'],
    },
  };
}

function toTriples(entry) {
  const iri = (value) => ({ termType: 'NamedNode', value });
  const plain = (value) => ({ termType: 'Literal', value, language: '', datatype: XSD.string });
  const subject = iri(`${IMAGE_BASE}#${entry.identifier}`);
  const triples = [];
  let blanks = 0;
  const blank = () => ({ termType: 'BlankNode', value: `b${blanks++}` });
  const say = (about, predicate, object) => triples.push({ subject: about, predicate, object });
  const tell = (predicate, value) => value !== undefined && say(subject, predicate, plain(String(value)));
  tell(DCTERMS.identifier, entry.identifier);
  tell(`${SLREQ.ns}bytes`, entry.sizeBytes);
  for (const { algorithm, value } of entry.checksums) {
    const checksum = blank();
    say(subject, `${SLREQ.ns}checksum`, checksum);
    say(checksum, `${SLREQ.ns}algorithm`, plain(algorithm));
    say(checksum, `${SLREQ.ns}value`, plain(value));
  }
  const [endorsement, endorser] = [blank(), blank()];
  say(subject, SLREQ.endorsement, endorsement);
  say(endorsement, DCTERMS.created, plain(writeEntryTime(entry.endorsement.createdAt)));
  say(endorsement, SLREQ.endorser, endorser);
  say(endorser, SLREQ.email, plain(entry.endorsement.email));
  say(endorser, `${SLREQ.ns}subject`, plain(entry.endorsement.subject));
  say(endorser, `${SLREQ.ns}issuer`, plain(entry.endorsement.issuers[0]));
  tell(`${DCTERMS.ns}type`, entry.type);
  tell(DCTERMS.valid, writeEntryTime(entry.validUntil));
  for (const name of ['title', 'description', 'creator', 'publisher', 'format']) tell(DCTERMS.ns + name, entry[name]);
  for (const name of ['kind', 'os', 'hypervisor', 'version', 'deprecated']) tell(SLTERMS.ns + name, entry[name]);
  tell(`${SLTERMS.ns}os-version`, entry.osVersion);
  tell(`${SLTERMS.ns}os-arch`, entry.osArch);
  tell(`${SLTERMS.ns}location`, entry.locations[0]);
  return triples;
}

function toStatement(number) {
  const entry = toEntry(number);
  const bytes = new TextEncoder().encode(String(number));
  const verified = {
    entry,
    bytes,
    documentSha256: createHash('sha256').update(bytes).digest('hex'),
    canonicalSha256: hash('sha256', `canonical ${number}`),
    signatureAlgorithm: 'rsa-sha256',
    signerSha256: hash('sha256', `certificate ${endorserOf(number)}`),
    endorserKey: hash('sha256', `endorser ${endorserOf(number)}`),
  };
  const at = new Date(entry.endorsement.createdAt.getTime() + 5_000);
  return { verified, t: 'endorse', evidence: new Uint8Array(0), attachments: [], at };
}

/** What the catalog's reader gives for a document of `openLog`. */
export async function readDocument(_record, bytes) {
  const number = Number(new TextDecoder().decode(bytes));
  const entry = toEntry(number);
  return { entry, endorserKey: hash('sha256', `endorser ${endorserOf(number)}`), triples: toTriples(entry) };
}

/** On disk, as the program has it: one in memory fills the heap of the process that is measured. */
export async function openLog(directory) {
  const key = await openLogKey(join(directory, 'log.key'), 'bench.test/log');
  return openLevelLog({ directory: join(directory, 'log'), origin: key.name, key });
}

/** Appends the entries `from` to `to` (exclusive). */
export async function appendEntries(log, from, to) {
  for (let start = from; start < to; start += 256) {
    const numbers = Array.from({ length: Math.min(256, to - start) }, (_, place) => start + place);
    await Promise.all(numbers.map((number) => log.append(toStatement(number))));
  }
}

/** The quads of a catalog's entries, as the registry holds them: what peers are given. */
export async function* readQuads(catalog, size) {
  for (let index = 0; index < size; index++) {
    const entry = await catalog.entry(index);
    const { triples } = await readDocument(undefined, new TextEncoder().encode(String(index)));
    yield toEntryGraph(entry, triples, BASE_URL, new Date());
  }
}
