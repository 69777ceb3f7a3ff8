import type { LogRecord } from '../log/log.ts';
import { isEntryRecord } from '../proof/record.ts';
import { writeNTriples } from '../rdf/write-n-triples.ts';
import { Draft } from './draft.ts';
import { toEntryIri, toLastingTriples } from './entry-graph.ts';
import { type EntryRow, toEntryAsOf, toEntryRow } from './entry-row.ts';
import type { ReadEntry } from './follower.ts';
import { writeStoredGraph } from './graph-changes.ts';
import type { OrderedStore } from './ordered-store.ts';
import type { NumberedRecord, RecordSource } from './record-source.ts';
import { CURSOR_KEY } from './store-key.ts';

/** Records taken in with one step of the follower. */
const BATCH = 256;
/** Documents read at once. */
const READ_AT_ONCE = 8;

export interface Intake {
  readonly log: RecordSource;
  readonly store: OrderedStore;
  readonly baseUrl: string;
  readonly read: (record: LogRecord) => Promise<ReadEntry>;
}

/** Where the catalog is in the log, and which record it took in last: a log with another history is another log. */
export interface StoredCursor {
  readonly position: number;
  readonly last: string;
}

export function toRecordMark(record: LogRecord): string {
  return [record.t, record.id, record.seq, record.doc, record.at].join(' ');
}

/** Takes in records from `from`, at most up to `to`; every batch holds its changes together with the cursor. */
export async function takeRecords(intake: Intake, from: number, to: number): Promise<number> {
  const batch: NumberedRecord[] = [];
  for await (const numbered of intake.log.records(from, Math.min(to, from + BATCH))) batch.push(numbered);
  const read = await readAll(intake, batch);
  let written = 0;
  while (written < batch.length) written = await writeSome(intake, batch, read, written);
  return from + batch.length;
}

async function readAll(intake: Intake, batch: readonly NumberedRecord[]): Promise<(ReadEntry | undefined)[]> {
  const read: (ReadEntry | undefined)[] = [];
  for (let start = 0; start < batch.length; start += READ_AT_ONCE) {
    const some = batch.slice(start, start + READ_AT_ONCE);
    const readOne = ({ record }: NumberedRecord) => (isEntryRecord(record) ? intake.read(record) : undefined);
    read.push(...(await Promise.all(some.map(readOne))));
  }
  return read;
}

/** Writes records from `start` on, up to one that has to see the earlier ones in the store; resolves to its place. */
async function writeSome(
  intake: Intake,
  batch: readonly NumberedRecord[],
  read: readonly (ReadEntry | undefined)[],
  start: number,
): Promise<number> {
  const view = intake.store.view();
  try {
    const draft = new Draft(view);
    let end = start;
    for (; end < batch.length; end++) {
      const numbered = batch[end]!;
      const { index, record, provenance } = numbered;
      const document = read[end];
      if (document === undefined) {
        await draft.pass(index, provenance?.learnedAt ?? new Date(record.at));
        continue;
      }
      const row = toEntryRow(numbered, document);
      if (!draft.canTake(row)) break;
      await draft.take(row, (taken) => toStoredGraph(taken, document, intake.baseUrl));
    }
    const last = batch[end - 1]!;
    const cursor: StoredCursor = { position: last.index + 1, last: toRecordMark(last.record) };
    await intake.store.write([...draft.writes(), { key: CURSOR_KEY, value: JSON.stringify(cursor) }]);
    return end;
  } finally {
    await view.close();
  }
}

function toStoredGraph(row: EntryRow, document: ReadEntry, baseUrl: string): string {
  const entry = toEntryAsOf(row);
  const triples = writeNTriples(toLastingTriples(entry, document.triples, baseUrl));
  return writeStoredGraph(row, toEntryIri(entry, baseUrl), triples);
}
