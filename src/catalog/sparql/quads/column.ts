/*
 * The quads of all entries as columns of numbers in shared memory: one thread writes, any number read, nothing is locked.
 *
 *   term       a number for each distinct term, from 1 on; its text lies in `bytes` from the end of the term before to `termEnd`
 *   hash       open addressing: term numbers by the hash of kind, type and text (blank nodes are not in it: nobody asks for one)
 *   row        eight numbers a quad, from row 1 on, see `ROW`
 *   record     one a log record, in log order
 *   predicate  one a distinct predicate, with what a planner needs to know
 *
 * Rows only grow, in log order, so the quads as of log size n are the rows before `rowEnd[n - 1]`, less those whose mark says
 * otherwise. Chains run from the newest row to the oldest: a reader passes over what is newer than its log size. The writer
 * stores the head of a chain after everything behind it, so a reader sees whole chains or older ones.
 */

const COLUMNS = {
  termEnd: Uint32Array,
  termKind: Uint8Array,
  /** The term that is the datatype, or of kind STRING the language, of a literal. */
  termType: Int32Array,
  /** What the literal says, where it is a number, a boolean, or a time in milliseconds. */
  termNumber: Float64Array,
  subjectHead: Int32Array,
  objectHead: Int32Array,
  bytes: Uint8Array,
  hash: Int32Array,
  rows: Int32Array,
  /** The term that names the entry's graph; 0 for records that are no entry. */
  recordGraph: Int32Array,
  rowEnd: Int32Array,
  /** The log size from which the entry is superseded; 0 while it is current. */
  supersededAt: Int32Array,
  isDeprecated: Uint8Array,
  /** Milliseconds; Infinity where an entry says nothing. */
  validUntil: Float64Array,
  predicateTerm: Int32Array,
  predicateHead: Int32Array,
  predicateCount: Int32Array,
  /** Rows whose object, and rows whose subject, was new with the predicate: about how many distinct ones there are. */
  predicateObjects: Int32Array,
  predicateSubjects: Int32Array,
  /** 1 where a row with the predicate says how an entry stands: such rows are not with the other ones of their subject. */
  predicateStands: Uint8Array,
  /** See `SIZE`. */
  sizes: Float64Array,
} as const;

export type ColumnName = keyof typeof COLUMNS;
export type Columns = { readonly [N in ColumnName]: InstanceType<(typeof COLUMNS)[N]> };
/** What crosses threads. */
export type ColumnBuffers = { readonly [N in ColumnName]: SharedArrayBuffer };

/** Places of a row. */
export const ROW = { subject: 0, predicate: 1, object: 2, record: 3, nextS: 4, nextO: 5, nextP: 6, mark: 7 } as const;
export const ROW_WIDTH = 8;

/** Places in `sizes`. */
export const SIZE = { terms: 0, bytes: 1, rows: 2, records: 3, predicates: 4, hashed: 5 } as const;

/** When a row holds: the high bits of its mark. The low bits are a number the rule needs. */
export const RULE = {
  always: 0,
  /** Said of a subject that other entries may speak of, too; the number is the earlier row that says the same, or 0. */
  shared: 1,
  /** Until the log has the size that is the number. */
  until: 2,
  /** While its entry is current. */
  current: 3,
  superseded: 4,
  /** While its entry is current and not expired. */
  unexpired: 5,
  expired: 6,
} as const;
export const RULE_SHIFT = 28;
export const RULE_NUMBER = (1 << RULE_SHIFT) - 1;

/** What a term is: the low bits of `termKind`. */
export const KIND = {
  none: 0,
  iri: 1,
  blank: 2,
  string: 3,
  /** A string with a language. */
  lang: 4,
  integer: 5,
  decimal: 6,
  double: 7,
  float: 8,
  boolean: 9,
  dateTime: 10,
  /** A literal with a datatype that SPARQL knows nothing of, or that is not written as its datatype wants it. */
  opaque: 11,
  /** A literal with a datatype that SPARQL knows, and that is only passed on here. */
  unsure: 12,
} as const;
export const KIND_BITS = 0x0f;
/** The text is printable ASCII that no result format has to escape. */
export const IS_PLAIN = 0x10;
/**
 * The term is the subject of rows in more than one place, not counting how an entry stands. The rows of any other subject lie together, by
 * predicate and object.
 */
export const IS_SCATTERED = 0x20;

export function openColumns(buffers: ColumnBuffers): Columns {
  const names = Object.keys(COLUMNS) as ColumnName[];
  return Object.fromEntries(
    names.map((name) => [name, new COLUMNS[name](buffers[name] as never)]),
  ) as unknown as Columns;
}

/** Elements that each column has room for at first. */
const FIRST: Partial<Record<ColumnName, number>> = { bytes: 1 << 16, hash: 1 << 13, sizes: 8, rows: ROW_WIDTH << 12 };
const FIRST_OTHERS = 1 << 12;

export function makeBuffers(): ColumnBuffers {
  const names = Object.keys(COLUMNS) as ColumnName[];
  return Object.fromEntries(
    names.map((name) => [name, new SharedArrayBuffer((FIRST[name] ?? FIRST_OTHERS) * COLUMNS[name].BYTES_PER_ELEMENT)]),
  ) as ColumnBuffers;
}

/** A column's buffer with room for `length` elements, the old elements in it. Memory that is not written to is not taken. */
export function growBuffer(buffers: ColumnBuffers, name: ColumnName, length: number): SharedArrayBuffer {
  const grown = new SharedArrayBuffer(length * COLUMNS[name].BYTES_PER_ELEMENT);
  new Uint8Array(grown).set(new Uint8Array(buffers[name]));
  return grown;
}
