import { createHash } from 'node:crypto';
import type { CatalogEntry } from '../../src/catalog/catalog.ts';
import { toEntryPath } from '../../src/catalog/entry-path.ts';
import { openMemoryCatalog } from '../../src/catalog/level-catalog.ts';
import type { SparqlEngine } from '../../src/catalog/sparql/sparql.ts';
import { openSparqlEngine } from '../../src/catalog/sparql/sparql-engine.ts';
import type { StoreCatalog } from '../../src/catalog/store-catalog.ts';
import { writeEntryTime } from '../../src/entry/entry-time.ts';
import { type Finding, toFinding, VouchError } from '../../src/errors.ts';
import type { Log } from '../../src/log/log.ts';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import type { LogKey } from '../../src/log/note-key.ts';
import type { Witness } from '../../src/log/witness.ts';
import type { Quad, Term } from '../../src/rdf/quad.ts';
import { DCTERMS, IMAGE_BASE, SLREQ, SLTERMS, XSD } from '../../src/rdf/vocabulary.ts';
import type { Registry, Submission } from '../../src/registry/registry.ts';
import type { DocumentReader } from '../../src/server/face.ts';
import type { VerifiedEntry } from '../../src/verify/verdict.ts';

/** What an uploaded text stands for. */
export type Meaning = Partial<CatalogEntry> | { readonly findings: readonly Finding[] } | { readonly fault: unknown };

const DAY = 86_400_000;
export const NOW = new Date('2026-11-20T12:00:00Z');
export const BASE = 'https://vouch.example.org';

export function toDigest(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function toIdentifier(number: number): string {
  return `A${String(number).padStart(26, '0')}`;
}

/** A whole entry from the few fields a test is about. */
export function toCatalogEntry(fields: Partial<CatalogEntry>): CatalogEntry {
  return {
    index: 0,
    sequence: 1,
    identifier: toIdentifier(1),
    email: 'jane@example.org',
    subject: 'CN=Jane',
    issuers: ['CN=CA'],
    endorserKey: toDigest(fields.subject ?? 'CN=Jane'),
    signerSha256: 'bb'.repeat(32),
    documentSha256: 'cc'.repeat(32),
    signatureAlgorithm: 'rsa-sha256',
    createdAt: new Date(NOW.getTime() - DAY),
    acceptedAt: NOW,
    isImported: false,
    sizeBytes: 1000,
    checksums: [{ algorithm: 'SHA-1', value: 'c3'.repeat(20) }],
    locations: [],
    inboundPorts: [],
    outboundPorts: [],
    icmp: [],
    ...fields,
  };
}

/**
 * A registry in memory: log, catalog and SPARQL are the real ones over memory; only verification is a look-up by the text of
 * the document, so that a test can have any entry and any outcome without making keys.
 */
export class RegistryTwin implements Registry {
  readonly baseUrl = BASE;
  readonly title = 'Test <registry>';
  readonly documentBytesLimit = 4096;
  isReadOnly = false;
  witness?: Witness;
  readonly log: Log;
  readonly catalog: StoreCatalog;
  sparql: SparqlEngine;
  readonly documents: DocumentReader = {
    read: async (bytes) => ({ triples: toTriples(this.#known.get(toDigest(bytes))!) }),
  };
  readonly #meanings = new Map<string, Meaning>();
  readonly #known: Map<string, CatalogEntry>;

  constructor(log: Log, catalog: StoreCatalog, sparql: SparqlEngine, known: Map<string, CatalogEntry>) {
    this.log = log;
    this.catalog = catalog;
    this.sparql = sparql;
    this.#known = known;
  }

  /** Says what a text stands for when it is uploaded. */
  mean(text: string, meaning: Meaning): void {
    this.#meanings.set(text, meaning);
  }

  /** Puts an entry in whose document is `text`. */
  async put(fields: Partial<CatalogEntry>, text = `<entry n="${this.log.size()}"/>`): Promise<CatalogEntry> {
    this.mean(text, fields);
    const submission = await this.submit(new TextEncoder().encode(text));
    if (submission.outcome !== 'accepted') throw new Error(`The entry was ${submission.outcome}.`);
    return (await this.catalog.entry(submission.receipt.index))!;
  }

  async submit(bytes: Uint8Array): Promise<Submission> {
    const documentSha256 = toDigest(bytes);
    const index = await this.log.findDocument(documentSha256);
    if (index !== undefined) {
      const receipt = { index, record: await this.log.record(index), size: this.log.size() };
      return { outcome: 'known', receipt, path: toPath((await this.catalog.entry(index))!), findings: [] };
    }
    const meaning = this.#meanings.get(Buffer.from(bytes).toString()) ?? {
      findings: [
        toFinding('schema', 'The element <x> is not expected.', { line: 7, element: 'slreq:bytes' }),
        toFinding('sig', 'The signature does not verify.'),
      ],
    };
    if ('fault' in meaning) throw meaning.fault;
    if ('findings' in meaning) {
      const isStale = meaning.findings.every(({ code }) => code === 'stale-created');
      return { outcome: isStale ? 'stale' : 'invalid', findings: meaning.findings };
    }
    const entry = toCatalogEntry({ ...meaning, documentSha256 });
    this.#known.set(documentSha256, entry);
    const evidence = new TextEncoder().encode('{}');
    const verified = toVerified(entry, bytes);
    const receipt = await this.log.append({ verified, t: 'endorse', evidence, attachments: [], at: NOW });
    await this.catalog.waitFor(receipt.index + 1);
    return { outcome: 'accepted', receipt, path: toPath(entry), findings: [] };
  }

  async verify(): Promise<never> {
    throw new VouchError('internal', 'The twin does not verify.');
  }

  async close(): Promise<void> {
    await this.sparql.close();
    await this.catalog.close();
    await this.log.close();
  }
}

export async function openTwin(key?: LogKey): Promise<RegistryTwin> {
  const known = new Map<string, CatalogEntry>();
  const log = await openMemoryLog({ origin: 'vouch.example.org/log', ...(key === undefined ? {} : { key }) });
  const catalog = await openMemoryCatalog({
    log,
    baseUrl: BASE,
    readDocument: async (record) => {
      const entry = known.get(record.doc)!;
      return { entry: toDescribed(entry), endorserKey: entry.endorserKey, triples: toTriples(entry) };
    },
  });
  const limits = { rows: 500, timeoutMs: 5000 };
  const sparql = await openSparqlEngine({ catalog, baseUrl: BASE, workers: 1, limits });
  return new RegistryTwin(log, catalog, sparql, known);
}

function toPath(entry: CatalogEntry): string {
  return toEntryPath(entry.identifier, entry.email, entry.createdAt);
}

/** The description and endorsement alone: what a document says, without what the registry adds. */
function toDescribed(entry: CatalogEntry): VerifiedEntry['entry'] {
  const { index, sequence, email, subject, issuers, endorserKey, signerSha256, ...rest } = entry;
  const { documentSha256, signatureAlgorithm, createdAt, acceptedAt, isImported, ...description } = rest;
  return { ...description, endorsement: { createdAt, email, subject, issuers } };
}

function toVerified(entry: CatalogEntry, bytes: Uint8Array): VerifiedEntry {
  const { documentSha256, signatureAlgorithm, signerSha256, endorserKey } = entry;
  const known = { documentSha256, signatureAlgorithm, signerSha256, endorserKey };
  return {
    ...known,
    entry: toDescribed(entry),
    bytes,
    canonicalSha256: documentSha256,
    triples: [],
  } as unknown as VerifiedEntry;
}

function toTriples(entry: CatalogEntry): Quad[] {
  const subject: Term = { termType: 'NamedNode', value: `${IMAGE_BASE}#${entry.identifier}` };
  const endorsement: Term = { termType: 'BlankNode', value: 'b0' };
  const endorser: Term = { termType: 'BlankNode', value: 'b1' };
  const text = (value: string): Term => ({ termType: 'Literal', value, language: '', datatype: XSD.string });
  const optional = (predicate: string, value: string | undefined) =>
    value === undefined ? [] : [{ subject, predicate, object: text(value) }];
  return [
    { subject, predicate: DCTERMS.identifier, object: text(entry.identifier) },
    { subject, predicate: SLREQ.endorsement, object: endorsement },
    { subject: endorsement, predicate: SLREQ.endorser, object: endorser },
    { subject: endorsement, predicate: DCTERMS.created, object: text(writeEntryTime(entry.createdAt)) },
    { subject: endorser, predicate: SLREQ.email, object: text(entry.email) },
    ...optional(DCTERMS.title, entry.title),
    ...optional(`${SLTERMS.ns}os`, entry.os),
    ...optional(SLTERMS.deprecated, entry.deprecated),
  ];
}
