import type { LogReader } from '../log/log.ts';

/** Records one reply proves: each costs a walk through the tree. */
const RECORDS_LIMIT = 100;

/** The records about one image, each with its place under one signed checkpoint. */
export interface HistoryJson {
  readonly identifier: string;
  /** Records in the tree that the proofs are for. */
  readonly size: number;
  /** The signed checkpoint of that tree, as text. */
  readonly checkpoint: string;
  /** Oldest first; `proof` is tlog-proof text that carries the record. */
  readonly records: readonly { readonly index: number; readonly proof: string }[];
  /** Value of `from` for the records after these; absent where there are none. */
  readonly next?: number;
}

/** Proves at most a hundred records about an image, from the `from`th (1-based) on, in the tree of `size` (default now). */
export async function toHistoryJson(
  log: LogReader,
  identifier: string,
  from: number,
  size = log.size(),
): Promise<HistoryJson> {
  const checkpoint = await log.checkpointOf(size);
  const indexes = await log.history(identifier, { from, limit: RECORDS_LIMIT + 1 }, size);
  const records: HistoryJson['records'][number][] = [];
  for (const index of indexes.slice(0, RECORDS_LIMIT)) records.push({ index, proof: await log.proof(index, size) });
  const next = indexes.length > RECORDS_LIMIT ? { next: from + RECORDS_LIMIT } : {};
  return { identifier, size, checkpoint, records, ...next };
}
