import { readEntryTime } from '../entry/entry-time.ts';
import { isIdentifier } from '../entry/identifier.ts';
import { toMessage, VouchError } from '../errors.ts';
import { isEqual } from '../x509/octets.ts';

/** One line of the history: what the leaf of the transparency log says (design L3; field order is the serialized order). */
export interface LogRecord {
  readonly v: 1;
  /**
   * `endorse` for an upload, `import` for an original StratusLab entry, `trust` when the trust anchors in force change, `index` for the root
   * of the index over all records before it.
   */
  readonly t: 'endorse' | 'import' | 'trust' | 'index';
  /** Image identifier; empty for `trust` and `index`, as are all texts below but `doc` and `at`. */
  readonly id: string;
  /** 1-based position among the entries of this identifier, or among the `index` records; 0 for `trust`. */
  readonly seq: number;
  /** Log index of the identifier's previous entry, or of the previous `index` record; -1 where there is none. */
  readonly prev: number;
  /** SHA-256 hex of the exact bytes received (for `trust`: of the trust snapshot); for `index` the root of its trie, in hex. */
  readonly doc: string;
  /** Length of those bytes; for `index` the number of records before it, which is its own log index. */
  readonly len: number;
  /** SHA-256 hex of the canonical signed octets. */
  readonly c14n: string;
  readonly sig: string;
  /** SHA-256 hex of the signer's certificate. */
  readonly signer: string;
  /** When the endorser signed, `YYYY-MM-DDThh:mm:ssZ`. */
  readonly created: string;
  readonly act: 'valid' | 'deprecated' | '';
  /** SHA-256 hex of the evidence blob; empty where there is none. */
  readonly ev: string;
  /** When the registry accepted it, `YYYY-MM-DDThh:mm:ssZ`. */
  readonly at: string;
}

/** Bytes a leaf may have: a bundle counts them in 16 bits. */
export const LEAF_BYTES_LIMIT = 65_535;

const KINDS: readonly unknown[] = ['endorse', 'import', 'trust', 'index'] satisfies LogRecord['t'][];

/** True for a record that somebody's entry about an image was accepted; false for what the log says of itself. */
export function isEntryRecord({ t }: Pick<LogRecord, 't'>): boolean {
  return t === 'endorse' || t === 'import';
}

/** The blobs that a record names, by SHA-256: its document or snapshot, and its evidence. */
export function namedBlobs({ t, doc, ev }: Pick<LogRecord, 't' | 'doc' | 'ev'>): string[] {
  if (t === 'index') return [];
  return ev === '' ? [doc] : [doc, ev];
}

/** `malformed` if a field of the record is not what the record format says. */
export function assertRecord(record: LogRecord): void {
  const fault = faultOf(record);
  if (fault !== undefined) throw new VouchError('malformed', `This log record cannot be written: ${fault}.`);
}

/** Writes the leaf of a record: JSON in the order of `LogRecord`; `malformed` if a field is not what the record format says. */
export function writeRecord(record: LogRecord): Uint8Array {
  assertRecord(record);
  const leaf = new TextEncoder().encode(serialize(record));
  if (leaf.length > LEAF_BYTES_LIMIT) throw new VouchError('too-large', 'This log record does not fit into a leaf.');
  return leaf;
}

/** Reads a leaf; `corrupt` unless it is, byte for byte, what `writeRecord` writes. */
export function readRecord(leaf: Uint8Array): LogRecord {
  const record = parse(leaf);
  const fault = faultOf(record);
  if (fault !== undefined) throw new VouchError('corrupt', `A log record is malformed: ${fault}.`);
  // Equality refuses what a parser forgives: repeated or extra keys, other orders, blanks, escapes.
  if (leaf.length > LEAF_BYTES_LIMIT || !isEqual(new TextEncoder().encode(serialize(record)), leaf)) {
    throw new VouchError('corrupt', 'A log record is not in its canonical form.');
  }
  return toRecord(record);
}

function parse(leaf: Uint8Array): LogRecord {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(leaf));
    // `faultOf` looks at every field before anyone else does.
    if (typeof value === 'object' && value !== null) return value as LogRecord;
  } catch (cause) {
    throw new VouchError('corrupt', `A log record is not JSON: ${toMessage(cause)}`, { cause });
  }
  throw new VouchError('corrupt', 'A log record is not a JSON object.');
}

function serialize(record: LogRecord): string {
  return JSON.stringify(toRecord(record));
}

function toRecord(record: LogRecord): LogRecord {
  const { v, t, id, seq, prev, doc, len, c14n, sig, signer, created, act, ev, at } = record;
  return { v, t, id, seq, prev, doc, len, c14n, sig, signer, created, act, ev, at };
}

function faultOf(record: LogRecord): string | undefined {
  if (record.v !== 1) return 'v is not 1';
  if (!KINDS.includes(record.t)) return 't is unknown';
  if (!isDigest(record.doc)) return 'doc is not a SHA-256';
  if (!isCount(record.len)) return 'len is not a length';
  if (record.ev !== '' && !isDigest(record.ev)) return 'ev is not a SHA-256';
  if (!isTime(record.at)) return 'at is not a time';
  if (record.t === 'trust') return faultOfTrust(record);
  return record.t === 'index' ? faultOfIndex(record) : faultOfEntry(record);
}

function faultOfTrust(record: LogRecord): string | undefined {
  const { id, seq, prev, c14n, sig, signer, created, act, ev } = record;
  const isBare = seq === 0 && prev === -1 && [id, c14n, sig, signer, created, act, ev].every((text) => text === '');
  return isBare ? undefined : 'a trust record says more than its snapshot';
}

function faultOfIndex({ id, seq, prev, c14n, sig, signer, created, act, ev }: LogRecord): string | undefined {
  const isBare = [id, c14n, sig, signer, created, act, ev].every((text) => text === '');
  return isBare ? faultOfPlace(seq, prev) : 'an index record says more than its root';
}

function faultOfEntry(record: LogRecord): string | undefined {
  if (typeof record.id !== 'string' || !isIdentifier(record.id)) return 'id is not an identifier';
  const misplaced = faultOfPlace(record.seq, record.prev);
  if (misplaced !== undefined) return misplaced;
  if (!isDigest(record.c14n)) return 'c14n is not a SHA-256';
  if (typeof record.sig !== 'string' || !/^[a-z0-9][a-z0-9-]{0,39}$/.test(record.sig)) return 'sig is not an algorithm';
  if (!isDigest(record.signer)) return 'signer is not a SHA-256';
  if (!isTime(record.created)) return 'created is not a time';
  if (record.act !== 'valid' && record.act !== 'deprecated') return 'act is unknown';
  return undefined;
}

function faultOfPlace(seq: unknown, prev: unknown): string | undefined {
  if (!isCount(seq) || seq === 0) return 'seq is not a position';
  if (prev !== -1 && !isCount(prev)) return 'prev is not an index';
  return (seq === 1) === (prev === -1) ? undefined : 'seq and prev contradict each other';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isDigest(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && readEntryTime(value) !== undefined;
}
