// A data directory of a registry with so many entries, without the cost of verifying them: one signed document, and what the program reads in
// it, is the model of all. The program reads each of the documents as it reads any.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLevelCatalog } from '../../dist/catalog/level-catalog.js';
import { toIdentifier } from '../../dist/entry/identifier.js';
import { openLevelLog } from '../../dist/log/level-log.js';
import { openLogKey } from '../../dist/log/log-key.js';
import { openRegistry } from '../../dist/registry/open-registry.js';
import { AT, makeEntries } from '../entries.mjs';

const BASE_URL = 'http://bench.test';
const ORIGIN = 'bench.test/log';
const SYSTEMS = ['debian', 'ubuntu', 'fedora', 'alpine', 'rocky'];
const START = Date.UTC(2020, 0, 1);
const AT_ONCE = 256;

const hash = (algorithm, text) => createHash(algorithm).update(text).digest('hex');
const writeTime = (ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const checksumsOf = (image) => ['md5', 'sha1', 'sha256', 'sha512'].map((name) => hash(name, `image ${image}`));

/** What is written in place of what is in the model. Every tenth entry replaces the one five before it, every seventh has expired. */
function toReplaced(model, number) {
  const image = number % 10 === 9 ? number - 5 : number;
  const createdMs = START + number * 60_000;
  return [
    [model.identifier, toIdentifier(hash('sha1', `image ${image}`))],
    [model.created, writeTime(createdMs)],
    [model.valid, writeTime(createdMs + (number % 7 === 0 ? 30 : 36_000) * 86_400_000)],
    [model.email, `endorser${image % 97}@example.org`],
    [model.title, `${SYSTEMS[image % 5]} image number ${number}`],
    [model.os, SYSTEMS[image % 5]],
    [model.version, `1.${number}`],
    [model.location, `https://images.example.org/${number}.qcow2`],
    [model.bytes, String(1_000_000 + image)],
    ...checksumsOf(image).map((checksum, place) => [model.checksums[place], checksum]),
  ];
}

async function toModel(signer, verifier) {
  const number = 1_000_000_001;
  const [bytes] = await makeEntries(signer, 1, number);
  return {
    text: Buffer.from(bytes).toString(),
    read: await verifier.read(bytes, 'current'),
    identifier: toIdentifier(hash('sha1', `image ${number}`)),
    created: writeTime(AT.getTime()),
    valid: '2098-11-21T00:00:00Z',
    email: 'bench@example.org',
    title: `${SYSTEMS[number % 5]} image number ${number}`,
    os: SYSTEMS[number % 5],
    version: `1.${number}`,
    location: `https://images.example.org/${number}.qcow2`,
    bytes: String(1_000_000 + number),
    checksums: checksumsOf(number),
  };
}

/** The document of an entry; a value is the whole of its element. */
function toDocument(model, number) {
  const replaced = toReplaced(model, number);
  const text = replaced.reduce((before, [from, to]) => before.replaceAll(`>${from}<`, `>${to}<`), model.text);
  return Buffer.from(text.replaceAll(model.identifier, replaced[0][1]));
}

/** What the program reads in the document of an entry. */
function toRead({ read, identifier }, replaced) {
  const values = new Map(replaced);
  const valueNow = (value) => values.get(value) ?? value;
  const term = (node) => ({ ...node, value: valueNow(node.value).replace(identifier, values.get(identifier)) });
  const { entry } = read;
  const timeOf = (date) => new Date(valueNow(writeTime(date.getTime())));
  return {
    ...read,
    entry: {
      ...Object.fromEntries(
        Object.entries(entry).map(([name, value]) => [name, typeof value === 'string' ? valueNow(value) : value]),
      ),
      sizeBytes: Number(valueNow(String(entry.sizeBytes))),
      checksums: entry.checksums.map((checksum) => ({ ...checksum, value: valueNow(checksum.value) })),
      locations: entry.locations.map(valueNow),
      validUntil: timeOf(entry.validUntil),
      endorsement: {
        ...entry.endorsement,
        email: valueNow(entry.endorsement.email),
        createdAt: timeOf(entry.endorsement.createdAt),
      },
    },
    triples: read.triples.map((triple) => ({ ...triple, subject: term(triple.subject), object: term(triple.object) })),
  };
}

/** Makes `root/data`, `root/trust` and `root/vouch.yaml`, for a registry on `port`; tells one of its entries. */
export async function fillRegistry(root, count, signer, port) {
  mkdirSync(join(root, 'trust'));
  writeFileSync(join(root, 'trust', 'ca.pem'), signer.authority.certificatePem);
  const directory = join(root, 'data');
  const most = 10_000_000;
  const settings = {
    baseUrl: BASE_URL,
    dataDirectory: directory,
    listen: { host: '127.0.0.1', port },
    trust: { mode: 'anchors', directory: join(root, 'trust') },
    limits: {
      entriesPerEndorser: most,
      requestsPerMinute: 1_000_000,
      uploadsPerMinute: 1_000_000,
      queriesPerMinute: 1_000_000,
    },
  };
  // JSON is YAML
  writeFileSync(join(root, 'vouch.yaml'), JSON.stringify(settings));
  // Its first record is of before the entries: else all of them would count as accepted now, and a start reads those of the last day.
  const now = () => new Date(START - 60_000);
  const registry = await openRegistry({ directory, baseUrl: BASE_URL, trust: settings.trust, now });
  const model = await toModel(signer, registry.verifier);
  await registry.close();
  const key = await openLogKey(join(directory, 'log.key'), ORIGIN);
  const log = await openLevelLog({ directory: join(directory, 'log'), origin: ORIGIN, key });
  const numbers = new Map();
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, place) => from + place);
    const statements = some.map((number) =>
      toStatement(toDocument(model, number), toRead(model, toReplaced(model, number)).entry),
    );
    some.forEach((number, place) => {
      numbers.set(statements[place].verified.documentSha256, number);
    });
    await Promise.all(statements.map((statement) => log.append(statement)));
  }
  const readDocument = async ({ doc }) => toRead(model, toReplaced(model, numbers.get(doc)));
  const catalog = await openLevelCatalog({
    directory: join(directory, 'catalog'),
    log,
    baseUrl: BASE_URL,
    readDocument,
  });
  await catalog.waitFor(log.size());
  await catalog.close();
  await log.close();
  const { identifier, endorsement } = toRead(model, toReplaced(model, 0)).entry;
  return { identifier, email: endorsement.email, created: writeTime(endorsement.createdAt.getTime()) };
}

function toStatement(bytes, entry) {
  const documentSha256 = hash('sha256', bytes);
  const verified = {
    entry,
    bytes,
    documentSha256,
    canonicalSha256: documentSha256,
    signatureAlgorithm: 'rsa-sha256',
    signerSha256: hash('sha256', 'signer'),
  };
  const at = new Date(entry.endorsement.createdAt.getTime() + 5_000);
  return { verified, t: 'endorse', evidence: new Uint8Array(0), attachments: [], at };
}
