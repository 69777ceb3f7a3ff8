import { toMessage } from '../errors.ts';
import type { LogRecord } from '../log/log.ts';
import { readRecord } from '../proof/record.ts';
import { LogBreach } from './log-breach.ts';
import type { VerifiedPage } from './verified-page.ts';

/** The end of an identifier's chain so far. */
export interface ChainHead {
  readonly seq: number;
  readonly index: number;
}

/** The ends of the chains of these identifiers, in the order asked; undefined where there is none yet. */
export type ReadHeads = (identifiers: readonly string[]) => Promise<readonly (ChainHead | undefined)[]>;

/** What a page says once it is read. */
export interface RecordPage {
  readonly records: readonly { readonly index: number; readonly record: LogRecord }[];
  /** The ends that the page moves, by identifier. */
  readonly heads: ReadonlyMap<string, ChainHead>;
}

/**
 * Reads the records of the next page strictly, and holds each against what the log said before about the same image: no gap, no
 * branch, nothing twice. A breach `leaf` otherwise. `readHeads` answers for everything before the page.
 */
export async function readRecordPage(origin: string, page: VerifiedPage, readHeads: ReadHeads): Promise<RecordPage> {
  const records = page.leaves.map((leaf, at) => {
    const index = page.first + at;
    return { index, record: readLeaf(origin, index, leaf) };
  });
  const entries = records.filter(({ record }) => record.t !== 'trust');
  const identifiers = [...new Set(entries.map(({ record }) => record.id))];
  const known = await readHeads(identifiers);
  const before = new Map(identifiers.map((id, at) => [id, known[at]]));
  const heads = new Map<string, ChainHead>();
  for (const { index, record } of entries) {
    const { id, seq, prev, len } = record;
    if (record.t === 'index' && len !== index) {
      throw new LogBreach('leaf', `Bad leaf: record ${index} of ${origin} states the index of ${len} records.`);
    }
    const last = heads.get(id) ?? before.get(id) ?? { seq: 0, index: -1 };
    if (seq !== last.seq + 1 || prev !== last.index) {
      throw new LogBreach(
        'leaf',
        `Bad leaf: record ${index} of ${origin} says it is number ${seq} of ${id || 'the index'} after record ${prev}, but number ${last.seq} is record ${last.index}.`,
      );
    }
    heads.set(id, { seq, index });
  }
  return { records, heads };
}

function readLeaf(origin: string, index: number, leaf: Uint8Array): LogRecord {
  try {
    return readRecord(leaf);
  } catch (cause) {
    throw new LogBreach('leaf', `Bad leaf: record ${index} of ${origin} cannot be read: ${toMessage(cause)}`, {
      cause,
    });
  }
}
