import { toMessage } from '../errors.ts';
import { isEntryRecord, readRecord } from '../proof/record.ts';
import type { AuditReport } from './audit-report.ts';
import type { Placed } from './batch.ts';
import { sha256Hex } from './sha256.ts';
import { readPairs, type Store } from './store.ts';
import {
  readHead,
  readNumber,
  STORE_KEYS,
  toBlobKey,
  toDocumentKey,
  toIdentifierKey,
  toKeyBounds,
} from './store-key.ts';

/** Few at a time: a blob may be large. */
const BLOBS_PAGE = 16;
const INDEX_PAGE = 256;

/** Holds the records of a log, in order, against its indexes and blobs. */
export class RecordAudit {
  readonly #store: Store;
  readonly #report: AuditReport;
  /** Records that documents point at, and those that identifiers point at. */
  #entries = 0;
  #chained = 0;
  #identifiers = 0;
  #newestTrust: number | undefined;

  constructor(store: Store, report: AuditReport) {
    this.#store = store;
    this.#report = report;
  }

  /** Checks the next leaves, and gives what they say. */
  async take(leaves: readonly { readonly index: number; readonly leaf: Uint8Array }[]): Promise<Placed[]> {
    const placed = leaves.flatMap(({ index, leaf }) => this.#read(index, leaf));
    for (let at = 0; at < placed.length; at += BLOBS_PAGE) await this.#checkBlobs(placed.slice(at, at + BLOBS_PAGE));
    // Those of the index are in a chain as those of an image are, but are about no document.
    const chained = placed.filter(({ record }) => record.t !== 'trust');
    this.#chained += chained.length;
    this.#entries += chained.filter(({ record }) => isEntryRecord(record)).length;
    this.#identifiers += chained.filter(({ record }) => record.seq === 1).length;
    this.#newestTrust = placed.findLast(({ record }) => record.t === 'trust')?.index ?? this.#newestTrust;
    await this.#checkIndexes(chained);
    return placed;
  }

  /** After the last leaf: what only the whole shows. */
  async finish(): Promise<void> {
    const [trust] = await this.#store.read([STORE_KEYS.trust]);
    if (toIndex(trust) !== this.#newestTrust) this.#report.add('the newest trust record is indexed as another');
    // Every record was found in each index, so equal numbers mean that nothing else is there.
    await this.#checkCount('d', 'documents in the index', this.#entries);
    await this.#checkCount('i', 'places in the identifier index', this.#chained);
    await this.#checkHeads();
    for await (const [name, bytes] of readPairs(this.#store, ...toKeyBounds('b'), BLOBS_PAGE)) {
      const sha256 = Buffer.from(name.subarray(2)).toString('latin1');
      if (sha256Hex(bytes) !== sha256) this.#report.add(`blob ${sha256} is not what it was`);
    }
  }

  #read(index: number, leaf: Uint8Array): Placed[] {
    try {
      return [{ index, record: readRecord(leaf) }];
    } catch (fault) {
      this.#report.add(`record ${index}: ${toMessage(fault)}`);
      return [];
    }
  }

  async #checkBlobs(given: readonly Placed[]): Promise<void> {
    const placed = given.filter(({ record }) => record.t !== 'index');
    const documents = await this.#store.read(placed.map(({ record }) => toBlobKey(record.doc)));
    const hasEvidence = await this.#store.has(placed.map(({ record }) => toBlobKey(record.ev)));
    for (const [at, { index, record }] of placed.entries()) {
      const document = documents[at];
      if (document === undefined) this.#report.add(`record ${index}: its document is missing`);
      else if (document.length !== record.len) this.#report.add(`record ${index}: its document has another length`);
      if (record.ev !== '' && !hasEvidence[at]) this.#report.add(`record ${index}: its evidence is missing`);
    }
  }

  async #checkIndexes(placed: readonly Placed[]): Promise<void> {
    const keys = placed.flatMap(({ record: { doc, id, seq } }) => {
      return [toDocumentKey(doc), toIdentifierKey(id, seq), toIdentifierKey(id, seq - 1)];
    });
    const indexes = (await this.#store.read(keys)).map(toIndex);
    for (const [at, { index, record }] of placed.entries()) {
      const { id, seq, prev } = record;
      const [ofDocument, ofPlace, ofPrevious = -1] = indexes.slice(3 * at, 3 * at + 3);
      if (isEntryRecord(record) && ofDocument !== index) {
        this.#report.add(`record ${index}: its document is indexed as of record ${ofDocument}`);
      }
      if (ofPlace !== index)
        this.#report.add(`record ${index}: number ${seq} of ${id} is indexed as record ${ofPlace}`);
      if (ofPrevious !== prev || prev >= index) {
        this.#report.add(`record ${index}: continues record ${prev}, but number ${seq - 1} of ${id} is ${ofPrevious}`);
      }
    }
  }

  async #checkHeads(): Promise<void> {
    let found = 0;
    for await (const [key, value] of readPairs(this.#store, ...toKeyBounds('h'), INDEX_PAGE)) {
      const id = Buffer.from(key.subarray(2)).toString('latin1');
      const { seq, index } = readHead(value);
      const [last, next] = await this.#store.read([toIdentifierKey(id, seq), toIdentifierKey(id, seq + 1)]);
      found += 1;
      if (toIndex(last) !== index || next !== undefined)
        this.#report.add(`the newest entry of ${id || 'the index'} is indexed as another`);
    }
    if (found !== this.#identifiers) {
      this.#report.add(`there are ${found} newest entries for ${this.#identifiers} identifiers`);
    }
  }

  async #checkCount(kind: 'd' | 'i', words: string, expected: number): Promise<void> {
    let found = 0;
    for await (const _ of readPairs(this.#store, ...toKeyBounds(kind), INDEX_PAGE)) found += 1;
    if (found !== expected) this.#report.add(`there are ${found} ${words} for ${expected} entries`);
  }
}

function toIndex(value: Uint8Array | undefined): number | undefined {
  return value === undefined ? undefined : readNumber(value);
}
