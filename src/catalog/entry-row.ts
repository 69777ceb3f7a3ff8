import { writeEntryTime } from '../entry/entry-time.ts';
import { VouchError } from '../errors.ts';
import type { CatalogEntry } from './catalog.ts';
import type { ReadEntry } from './follower.ts';
import type { StoreView } from './ordered-store.ts';
import type { NumberedRecord, Provenance } from './record-source.ts';
import { toRowKey } from './store-key.ts';

const TIMES = ['createdAt', 'acceptedAt', 'validUntil', 'draftedAt'] as const;

/** An entry as the catalog keeps it: as it is now, with what it takes to say how it was. Here `index` and `supersededBy` are places. */
export interface EntryRow extends Omit<CatalogEntry, 'origin' | 'place' | 'isFollowed' | 'learnedAt'> {
  /**
   * Places of the entries that superseded this one before `supersededBy` did, ascending; absent where there are none, which is
   * usual: only an entry that comes late and is older than its endorser's newest makes one.
   */
  readonly supersededBefore?: readonly number[];
  /** Given in a catalog of several logs. */
  readonly provenance?: Provenance;
  /** In a catalog of several logs, the log index of each of these entries, which is in the same log, by its place. */
  readonly numbers?: Readonly<Record<string, number>>;
}

/** What the catalog keeps of a record and its document. Throws `corrupt` where the two contradict each other. */
export function toEntryRow({ index, record, provenance }: NumberedRecord, read: ReadEntry): EntryRow {
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
    ...(provenance === undefined ? {} : { provenance }),
  };
}

/** The row of an entry that is superseded by another one of its log. */
export function toSuperseded(row: EntryRow, by: Pick<EntryRow, 'index' | 'provenance'>): EntryRow {
  const { supersededBy: before, supersededBefore = [], numbers } = row;
  const number = by.provenance === undefined ? {} : { numbers: { ...numbers, [by.index]: by.provenance.index } };
  const earlier = before === undefined ? {} : { supersededBefore: [...supersededBefore, before] };
  return { ...row, supersededBy: by.index, ...earlier, ...number };
}

/** The entry as the first `size` records say it is, of which it is one; as it is now where not given. */
export function toEntryAsOf(row: EntryRow, size = Number.POSITIVE_INFINITY): CatalogEntry {
  const { supersededBefore, supersededBy: last, provenance, numbers, ...rest } = row;
  const by = last === undefined || last < size ? last : supersededBefore?.findLast((place) => place < size);
  const number = by === undefined || provenance === undefined ? by : numbers?.[by];
  const entry = number === undefined ? rest : { ...rest, supersededBy: number };
  if (provenance === undefined) return entry;
  const { origin, index, isFollowed, learnedAt } = provenance;
  return {
    ...entry,
    index,
    place: row.index,
    origin,
    ...(isFollowed ? { isFollowed, learnedAt } : {}),
  };
}

export function writeRow(row: EntryRow): string {
  return JSON.stringify(row);
}

/** Reads what `writeRow` wrote; anything else means the catalog's store is damaged. */
export function readRow(stored: string): EntryRow {
  const fields = JSON.parse(stored) as Record<string, unknown>;
  for (const name of TIMES) {
    if (typeof fields[name] === 'string') fields[name] = new Date(fields[name]);
  }
  const row = fields as unknown as EntryRow;
  if (row.provenance === undefined) return row;
  return { ...row, provenance: { ...row.provenance, learnedAt: new Date(row.provenance.learnedAt) } };
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
