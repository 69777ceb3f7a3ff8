import { writeEntryTime } from '../entry/entry-time.ts';
import { VouchError } from '../errors.ts';
import type { LogRecord } from '../log/log.ts';
import type { CatalogEntry } from './catalog.ts';
import type { ReadEntry } from './follower.ts';
import type { StoreView } from './ordered-store.ts';
import { toRowKey } from './store-key.ts';

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
    ...(read.trustMode === undefined ? {} : { trustMode: read.trustMode }),
  };
}

/** An entry as the catalog keeps it: as it is now, with what it takes to say how it was. */
export interface EntryRow extends CatalogEntry {
  /**
   * Log indexes of the entries that superseded this one before `supersededBy` did, ascending; absent where there are none, which is
   * usual: only an entry that comes late and is older than its endorser's newest makes one.
   */
  readonly supersededBefore?: readonly number[];
}

/** The row of an entry that is superseded by the record `index`, the newest of all. */
export function toSuperseded(row: EntryRow, index: number): EntryRow {
  if (row.supersededBy === undefined) return { ...row, supersededBy: index };
  return { ...row, supersededBy: index, supersededBefore: [...(row.supersededBefore ?? []), row.supersededBy] };
}

/** The entry as the first `size` records say it is, of which it is one; as it is now where not given. */
export function toEntryAsOf({ supersededBefore, ...entry }: EntryRow, size = Number.POSITIVE_INFINITY): CatalogEntry {
  if (entry.supersededBy === undefined || entry.supersededBy < size) return entry;
  const { supersededBy: later, ...rest } = entry;
  const supersededBy = supersededBefore?.findLast((index) => index < size);
  return supersededBy === undefined ? rest : { ...rest, supersededBy };
}

export function writeRow(row: EntryRow): string {
  return JSON.stringify(row);
}

/** Reads what `writeRow` wrote; anything else means the catalog's store is damaged. */
export function readRow(row: string): EntryRow {
  const fields = JSON.parse(row) as Record<string, unknown>;
  for (const name of TIMES) {
    if (typeof fields[name] === 'string') fields[name] = new Date(fields[name]);
  }
  return fields as unknown as EntryRow;
}

/** The entries of these log indexes, which MUST all be of this view, as the first `size` records say they are. */
export async function readEntries(view: StoreView, indexes: readonly number[], size?: number): Promise<CatalogEntry[]> {
  const rows = await view.getMany(indexes.map(toRowKey));
  return rows.map((row, place) => {
    if (row !== undefined) return toEntryAsOf(readRow(row), size);
    throw new VouchError(
      'corrupt',
      `The catalog's indexes name record ${indexes[place]}, which it does not hold: rebuild it.`,
    );
  });
}
