import { VouchError } from '../errors.ts';
import { readRecord, writeRecord } from '../proof/record.ts';
import type { Blobs, Draft } from './draft.ts';
import type { LogRecord } from './log.ts';
import type { Pair, Store } from './store.ts';
import {
  type Head,
  readHead,
  readNumber,
  STORE_KEYS,
  toBlobKey,
  toDocumentKey,
  toEntryKey,
  toHeadKey,
  toIdentifierKey,
  toNumberValue,
  writeHead,
} from './store-key.ts';

/** A record at its place. */
export interface Placed {
  readonly index: number;
  readonly record: LogRecord;
}

/** What a batch of drafts comes to. Nothing is written yet; no key occurs twice. */
export interface Batch {
  /** For each draft where it stands: newly, or since its first acceptance. */
  readonly placed: readonly Placed[];
  /** The leaves to append, in order. */
  readonly leaves: readonly Pair[];
  readonly indexes: readonly Pair[];
  /** Documents, evidence, and the attachments the store does not have yet. */
  readonly blobs: Blobs;
  /** The newest `trust` record after the batch. */
  readonly trust: Placed | undefined;
}

/** Gives each draft its place after the first `size` records; reads only. `trust` is the newest `trust` record so far. */
export async function planBatch(
  store: Store,
  drafts: readonly Draft[],
  size: number,
  trust: Placed | undefined,
): Promise<Batch> {
  const known = await readKnown(store, drafts);
  const heads = await readHeads(store, drafts, known);
  const fresh: Draft[] = [];
  const leaves: Pair[] = [];
  const indexes: Pair[] = [];
  const changedHeads = new Set<string>();
  let newestTrust = trust;
  const place = (draft: Draft, seq: number, prev: number): Placed => {
    const { v, t, id, ...rest } = draft.record;
    const placed = { index: size + leaves.length, record: { v, t, id, seq, prev, ...rest } };
    leaves.push([toEntryKey(placed.index), writeRecord(placed.record)]);
    fresh.push(draft);
    return placed;
  };
  const placed = drafts.map((draft) => {
    const { t, id, doc } = draft.record;
    if (t === 'trust') {
      if (newestTrust?.record.doc !== doc) newestTrust = place(draft, 0, -1);
      return newestTrust;
    }
    const first = known.get(doc);
    if (first !== undefined) return first;
    const head = heads.get(id) ?? { seq: 0, index: -1 };
    const next = place(draft, head.seq + 1, head.index);
    const { seq } = next.record;
    const value = toNumberValue(next.index);
    indexes.push([toDocumentKey(doc), value], [toIdentifierKey(id, seq), value]);
    known.set(doc, next);
    heads.set(id, { seq, index: next.index });
    changedHeads.add(id);
    return next;
  });
  for (const id of changedHeads) indexes.push([toHeadKey(id), writeHead(heads.get(id)!)]);
  if (newestTrust !== undefined && newestTrust !== trust) {
    indexes.push([STORE_KEYS.trust, toNumberValue(newestTrust.index)]);
  }
  return { placed, leaves, indexes, blobs: await readMissingBlobs(store, fresh), trust: newestTrust };
}

/** Reads the record at an index that the store itself names. */
export async function readPlaced(store: Pick<Store, 'read'>, indexes: readonly number[]): Promise<Placed[]> {
  const leaves = await store.read(indexes.map(toEntryKey));
  return indexes.map((index, at) => {
    const leaf = leaves[at];
    if (leaf === undefined) throw new VouchError('corrupt', `The log has lost record ${index}.`);
    return { index, record: readRecord(leaf) };
  });
}

/** The first acceptance of those documents that were accepted before, by SHA-256. */
async function readKnown(store: Store, drafts: readonly Draft[]): Promise<Map<string, Placed>> {
  const docs = [...new Set(entryDrafts(drafts).map(({ record }) => record.doc))];
  const indexes = await store.read(docs.map(toDocumentKey));
  const accepted = docs.flatMap((doc, at) =>
    indexes[at] === undefined ? [] : [{ doc, index: readNumber(indexes[at]) }],
  );
  const placed = await readPlaced(
    store,
    accepted.map(({ index }) => index),
  );
  if (placed.some(({ record }, at) => record.doc !== accepted[at]?.doc)) {
    throw new VouchError('corrupt', 'The document index of the log names a record of another document.');
  }
  return new Map(placed.map((found) => [found.record.doc, found]));
}

/** Where the chains end that these drafts continue. */
async function readHeads(
  store: Store,
  drafts: readonly Draft[],
  known: ReadonlyMap<string, Placed>,
): Promise<Map<string, Head>> {
  const fresh = entryDrafts(drafts).filter(({ record }) => !known.has(record.doc));
  const identifiers = [...new Set(fresh.map(({ record }) => record.id))];
  const values = await store.read(identifiers.map(toHeadKey));
  const heads = new Map<string, Head>();
  for (const [at, id] of identifiers.entries()) if (values[at] !== undefined) heads.set(id, readHead(values[at]));
  return heads;
}

/** The blobs of these drafts, without the attachments the store has: certificates are there after a chain's first entry. */
async function readMissingBlobs(store: Store, drafts: readonly Draft[]): Promise<Blobs> {
  const attachments = new Map(drafts.flatMap((draft) => [...draft.attachments]));
  const isThere = await store.has([...attachments.keys()].map(toBlobKey));
  const missing = [...attachments].filter((_, at) => !isThere[at]);
  return new Map([...missing, ...drafts.flatMap(({ blobs }) => [...blobs])]);
}

function entryDrafts(drafts: readonly Draft[]): Draft[] {
  return drafts.filter(({ record }) => record.t !== 'trust');
}
