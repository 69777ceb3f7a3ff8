import { writeEntryTime } from '../entry/entry-time.ts';
import { VouchError } from '../errors.ts';
import type { LogRecord } from '../log/log.ts';
import type { CatalogEntry } from './catalog.ts';
import type { ReadEntry } from './follower.ts';

const TIMES = ['createdAt', 'acceptedAt', 'validUntil', 'draftedAt'] as const;

/** The catalog's view of a record and its document. Throws `corrupt` where the two contradict each other. */
export function toCatalogEntry(index: number, record: LogRecord, read: ReadEntry): CatalogEntry {
  const { endorsement, ...description } = read.entry;
  if (record.id !== description.identifier || record.created !== writeEntryTime(endorsement.createdAt)) {
    const said = `${description.identifier} of ${writeEntryTime(endorsement.createdAt)}`;
    throw new VouchError('corrupt', `Record ${index} is ${record.id} of ${record.created}, its document ${said}.`);
  }
  return {
    ...description,
    index,
    sequence: record.seq,
    email: endorsement.email,
    subject: endorsement.subject,
    issuers: endorsement.issuers,
    endorserKey: read.endorserKey,
    signerSha256: record.signer,
    documentSha256: record.doc,
    signatureAlgorithm: record.sig,
    createdAt: endorsement.createdAt,
    acceptedAt: new Date(record.at),
    isImported: record.t === 'import',
  };
}

export function writeRow(entry: CatalogEntry): string {
  return JSON.stringify(entry);
}

/** Reads what `writeRow` wrote; anything else means the catalog's store is damaged. */
export function readRow(row: string): CatalogEntry {
  const fields = JSON.parse(row) as Record<string, unknown>;
  for (const name of TIMES) {
    if (typeof fields[name] === 'string') fields[name] = new Date(fields[name]);
  }
  return fields as unknown as CatalogEntry;
}
