import type { LogReader } from '../log/log.ts';
import { writeBase64 } from '../proof/base64.ts';
import { type HistoryJson, toHistoryJson } from './history-json.ts';

/** The records about one image, with what proves that there are no others as of the newest index of the log. */
export interface HistoryProofJson extends HistoryJson {
  /** The record that states the root of the index over all records before it; `proof` is tlog-proof text that carries it. */
  readonly index: { readonly index: number; readonly proof: string };
  /** What lies in the index where the way of the image ends, and the hashes beside that way, in base64 from the root down. */
  readonly trie: {
    readonly siblings: readonly string[];
    /** Absent where nothing lies there; of another key where that is all there is on the way. `key` and `chain` are hex. */
    readonly leaf?: { readonly key: string; readonly count: number; readonly chain: string };
  };
}

/** Undefined for a log that has no index. Records after the index are among the others; that none is missing its reader sees in the log. */
export async function toHistoryProofJson(log: LogReader, identifier: string): Promise<HistoryProofJson | undefined> {
  const indexed = await log.indexed(identifier);
  if (indexed === undefined) return undefined;
  const { size, index, trie } = indexed;
  const { leaf } = trie;
  const end = leaf && { key: toHex(leaf.key), count: leaf.count, chain: toHex(leaf.chain) };
  return {
    ...(await toHistoryJson(log, identifier, 1, size)),
    index: { index, proof: await log.proof(index, size) },
    trie: { siblings: trie.siblings.map(writeBase64), ...(end && { leaf: end }) },
  };
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
