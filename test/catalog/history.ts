import { createHash } from 'node:crypto';
import { type CatalogEntry, type EntryFilter, statusOf } from '../../src/catalog/catalog.ts';
import type { ReadDocument, ReadEntry } from '../../src/catalog/follower.ts';
import { toWords } from '../../src/catalog/search-word.ts';
import type { Entry } from '../../src/entry/entry.ts';
import type { Log, Statement } from '../../src/log/log.ts';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import type { Quad, Term } from '../../src/rdf/quad.ts';
import { DCTERMS, IMAGE_BASE, SLREQ, SLTERMS, XSD } from '../../src/rdf/vocabulary.ts';
import type { VerifiedEntry } from '../../src/verify/verdict.ts';

export const BASE_URL = 'https://m.example.org';

/** What a test says about an entry; everything else follows from it. */
export interface Told {
  /** Number of the image. */
  readonly image: number;
  /** Name of the endorser: key and e-mail follow from it. */
  readonly by: string;
  /** Seconds after 2024-01-01. */
  readonly created: number;
  readonly title?: string;
  readonly description?: string;
  readonly os?: string;
  readonly format?: string;
  readonly tag?: string;
  readonly deprecated?: string;
  /** Number of the image it replaces. */
  readonly replaces?: number;
  /** Seconds after 2024-01-01. */
  readonly validUntil?: number;
  /** Seconds after 2024-01-01; five after `created` where not given. */
  readonly accepted?: number;
  /** Further triples of the document. */
  readonly triples?: readonly Quad[];
}

export function at(seconds: number): Date {
  return new Date(Date.UTC(2024, 0, 1) + seconds * 1000);
}

export function identifierOf(image: number): string {
  return `I${String(image).padStart(26, 'x')}`;
}

export function emailOf(by: string): string {
  return `${by}@example.org`;
}

export function keyOf(by: string): string {
  return createHash('sha256').update(by).digest('hex');
}

export function toEntry(told: Told): Entry {
  const { title, description, os, format, tag, deprecated } = told;
  return {
    identifier: identifierOf(told.image),
    sizeBytes: told.image,
    checksums: [{ algorithm: 'SHA-1', value: createHash('sha1').update(String(told.image)).digest('hex') }],
    locations: [`http://images.example.org/${told.image}`],
    inboundPorts: [],
    outboundPorts: [],
    icmp: [],
    endorsement: {
      createdAt: at(told.created),
      email: emailOf(told.by),
      subject: `CN=${told.by}`,
      issuers: ['CN=Example CA'],
    },
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(os === undefined ? {} : { os }),
    ...(format === undefined ? {} : { format }),
    ...(tag === undefined ? {} : { tag }),
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(told.replaces === undefined ? {} : { replaces: identifierOf(told.replaces) }),
    ...(told.validUntil === undefined ? {} : { validUntil: at(told.validUntil) }),
  };
}

export function plain(value: string): Term {
  return { termType: 'Literal', value, language: '', datatype: XSD.string };
}

export function iri(value: string): Term {
  return { termType: 'NamedNode', value };
}

function toTriples(told: Told, entry: Entry): Quad[] {
  const subject = iri(`${IMAGE_BASE}#${entry.identifier}`);
  const [endorsement, endorser]: Term[] = [
    { termType: 'BlankNode', value: 'b0' },
    { termType: 'BlankNode', value: 'b1' },
  ];
  const triples: Quad[] = [
    { subject, predicate: DCTERMS.identifier, object: plain(entry.identifier) },
    { subject, predicate: SLREQ.endorsement, object: endorsement! },
    {
      subject: endorsement!,
      predicate: DCTERMS.created,
      object: plain(`${entry.endorsement.createdAt.toISOString().slice(0, 19)}Z`),
    },
    { subject: endorsement!, predicate: SLREQ.endorser, object: endorser! },
    { subject: endorser!, predicate: SLREQ.email, object: plain(entry.endorsement.email) },
  ];
  const say = (predicate: string, value: string | undefined) => {
    if (value !== undefined) triples.push({ subject, predicate, object: plain(value) });
  };
  say(DCTERMS.title, entry.title);
  say(`${SLTERMS.ns}os`, entry.os);
  say(SLTERMS.deprecated, entry.deprecated);
  return [...triples, ...(told.triples ?? [])];
}

/** The document is the told entry as JSON; `readTold` is what reads it. */
export function toStatement(told: Told): Statement {
  const bytes = new TextEncoder().encode(JSON.stringify(told));
  const verified = {
    entry: toEntry(told),
    bytes,
    documentSha256: createHash('sha256').update(bytes).digest('hex'),
    canonicalSha256: createHash('sha256').update('canonical').update(bytes).digest('hex'),
    signatureAlgorithm: 'rsa-sha256',
    signerSha256: keyOf(`certificate of ${told.by}`),
    endorserKey: keyOf(told.by),
  } as unknown as VerifiedEntry;
  return {
    verified,
    t: 'endorse',
    evidence: new Uint8Array(0),
    attachments: [],
    at: at(told.accepted ?? told.created + 5),
  };
}

export function toRead(told: Told): ReadEntry {
  const entry = toEntry(told);
  return { entry, endorserKey: keyOf(told.by), triples: toTriples(told, entry) };
}

export const readTold: ReadDocument = async (_record, bytes) => toRead(JSON.parse(new TextDecoder().decode(bytes)));

export async function openLogOf(history: readonly Told[]): Promise<Log> {
  const log = await openMemoryLog({ origin: 'm.example.org/log' });
  await appendAll(log, history);
  return log;
}

export async function appendAll(log: Log, history: readonly Told[]): Promise<void> {
  await Promise.all(history.map((told) => log.append(toStatement(told))));
}

/** What the catalog must answer, found by looking at everything. */
export class Expected {
  readonly entries: readonly CatalogEntry[];

  constructor(history: readonly Told[]) {
    const all = history.map((told, index) => ({ told, index }));
    const isNewer = (one: (typeof all)[number], other: (typeof all)[number]) =>
      one.told.created - other.told.created || one.index - other.index;
    this.entries = all.map(({ told, index }) => {
      const chain = all.filter((other) => other.told.image === told.image && other.told.by === told.by).sort(isNewer);
      const next = chain[chain.findIndex((other) => other.index === index) + 1];
      const { endorsement, ...description } = toEntry(told);
      const { verified } = toStatement(told);
      return {
        ...description,
        index,
        sequence: all.filter((other) => other.told.image === told.image && other.index <= index).length,
        email: endorsement.email,
        subject: endorsement.subject,
        issuers: endorsement.issuers,
        endorserKey: verified.endorserKey,
        signerSha256: verified.signerSha256,
        documentSha256: verified.documentSha256,
        signatureAlgorithm: verified.signatureAlgorithm,
        createdAt: endorsement.createdAt,
        acceptedAt: at(told.accepted ?? told.created + 5),
        isImported: false,
        ...(next === undefined ? {} : { supersededBy: next.index }),
      };
    });
  }

  list(filter: EntryFilter, now: Date): CatalogEntry[] {
    const { statuses, createdAt, text, ...fields } = filter;
    const terms = toWords(text ?? '');
    return this.entries
      .filter((entry) => statuses?.includes(statusOf(entry, now)) ?? true)
      .filter((entry) => createdAt === undefined || entry.createdAt.getTime() === createdAt.getTime())
      .filter((entry) => Object.entries(fields).every(([name, value]) => entry[name as 'os'] === value))
      .filter((entry) => {
        const { title, description, os, tag, email, identifier } = entry;
        const said = [title, description, os, tag, email, identifier, ...entry.checksums.map(({ value }) => value)];
        const words = said.flatMap((value) => toWords(value ?? ''));
        return terms.every((term) => words.some((word) => word.startsWith(term)));
      })
      .sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime() || other.index - one.index);
  }

  tagged(email: string, tag: string): CatalogEntry | undefined {
    return this.list({ email, tag }, at(0)).find(
      (entry) => entry.supersededBy === undefined && entry.deprecated === undefined,
    );
  }
}
