import { AuditReport } from '../log/audit-report.ts';
import type { LogReader } from '../log/log.ts';
import type { ReadDocument } from './follower.ts';
import type { OrderedStore, StoreView } from './ordered-store.ts';
import { CATALOG_FORMAT } from './store-catalog.ts';
import { CURSOR_KEY, STAMP_KEY } from './store-key.ts';
import { takeRecords, toRecordMark } from './take-records.ts';

export interface CatalogAuditOptions {
  readonly log: LogReader;
  /** What is audited; it is only read. */
  readonly store: OrderedStore;
  /** An empty store, in which the catalog is made once more. */
  readonly scratch: OrderedStore;
  readonly readDocument: ReadDocument;
  /** Hears how many records of how many are taken in. */
  readonly onProgress?: (done: number, size: number) => void;
}

export interface CatalogAudit {
  /** In words; none for a catalog that says what the log says. */
  readonly problems: readonly string[];
  /** Records the catalog has taken in; undefined where the next start makes it anew anyway, and there is nothing to audit. */
  readonly position: number | undefined;
}

const PAGE = 256;
/** Sorts after every key. */
const AFTER_ALL = '\u007f';

/** Makes the catalog once more from the log, up to where it is, and holds every row and index key of the two against each other. */
export async function auditCatalog(options: CatalogAuditOptions): Promise<CatalogAudit> {
  const { log, store, scratch } = options;
  const view = store.view();
  try {
    const stamp = await view.get(STAMP_KEY);
    const baseUrl = readBaseUrl(stamp, log.origin);
    if (stamp === undefined || baseUrl === undefined) return { problems: [], position: undefined };
    const cursor = await view.get(CURSOR_KEY);
    const position = cursor === undefined ? 0 : readPosition(cursor);
    if (position === undefined) return { problems: ['the catalog does not say how far in the log it is'], position };
    const problem = await findOtherHistory(log, position, cursor);
    if (problem !== undefined) return { problems: [problem], position };
    await scratch.write([{ key: STAMP_KEY, value: stamp }]);
    await replay(options, baseUrl, position);
    return { problems: await compare(view, scratch), position };
  } finally {
    await view.close();
  }
}

function readPosition(cursor: string): number | undefined {
  const position = readJson(cursor).position;
  return Number.isSafeInteger(position) && (position as number) > 0 ? (position as number) : undefined;
}

/** Why a catalog that is so far cannot be one of this log; undefined if it can. */
async function findOtherHistory(log: LogReader, position: number, cursor = ''): Promise<string | undefined> {
  if (position > log.size()) {
    return `the catalog has taken in ${position} records, but the log has ${log.size()}: the log was taken back`;
  }
  if (position === 0 || toRecordMark(await log.record(position - 1)) === readJson(cursor).last) return undefined;
  return `the catalog has taken in another record ${position - 1} than the log has: it is of another history`;
}

/** The base URL the catalog was made for; undefined if a registry of this log would not go on with it. */
function readBaseUrl(stamp: string | undefined, origin: string): string | undefined {
  const { format, origin: told, baseUrl } = readJson(stamp ?? '');
  return format === CATALOG_FORMAT && told === origin && typeof baseUrl === 'string' ? baseUrl : undefined;
}

/** The members of a JSON object; none where the text is anything else. */
function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

async function replay(options: CatalogAuditOptions, baseUrl: string, size: number): Promise<void> {
  const { log, scratch, readDocument, onProgress } = options;
  const read: Parameters<typeof takeRecords>[0]['read'] = async (record) =>
    readDocument(record, await log.blob(record.doc));
  for (let position = 0; position < size; onProgress?.(position, size)) {
    position = await takeRecords({ log, store: scratch, baseUrl, read }, position, size);
  }
}

async function compare(view: StoreView, scratch: OrderedStore): Promise<string[]> {
  const report = new AuditReport();
  const made = scratch.view();
  const [theirs, ours] = [readPairs(view), readPairs(made)];
  try {
    let [found, due] = [await theirs.next(), await ours.next()];
    while (!found.done || !due.done) {
      const [key = AFTER_ALL, value] = found.value ?? [];
      const [dueKey = AFTER_ALL, dueValue] = due.value ?? [];
      if (key < dueKey) report.add(`the catalog has ${toWords(key)}, which the log does not make`);
      else if (dueKey < key) report.add(`the catalog lacks ${toWords(dueKey)}`);
      else if (value !== dueValue) report.add(`the catalog has ${toWords(key)} other than the log makes it`);
      if (key <= dueKey) found = await theirs.next();
      if (dueKey <= key) due = await ours.next();
    }
    return report.problems();
  } finally {
    await Promise.all([theirs.return(undefined), ours.return(undefined)]);
    await made.close();
  }
}

async function* readPairs(view: StoreView): AsyncGenerator<[string, string], undefined> {
  const cursor = view.cursor('', AFTER_ALL);
  try {
    for (let pairs = await cursor.next(PAGE); pairs.length > 0; pairs = await cursor.next(PAGE)) yield* pairs;
    return undefined;
  } finally {
    await cursor.close();
  }
}

/** What a key is, for a person: rows are of an entry, whose log index they end with. */
function toWords(key: string): string {
  const [, kind = '', hex = ''] = /^([eqd])\/([0-9a-f]+)$/.exec(key) ?? [];
  const names: Readonly<Record<string, string>> = {
    e: 'the row',
    q: 'the triples',
    d: 'the effects',
  };
  const name = names[kind];
  return name === undefined ? `the index key ${key}` : `${name} of entry ${Number.parseInt(hex, 16)}`;
}
