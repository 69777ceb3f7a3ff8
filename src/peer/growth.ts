import { isConsistent } from '../log/merkle.ts';
import { areEqualBytes } from '../log/sha256.ts';
import { proveConsistency, readEdge } from '../log/tile-tree.ts';
import { writeForkEvidence, writeSighting } from './evidence.ts';
import { LogBreach } from './log-breach.ts';
import type { LogHead } from './log-head.ts';
import type { LogSource } from './log-source.ts';
import { VerifiedTiles } from './verified-tiles.ts';

/**
 * Establishes, from the log's tiles, that its newest checkpoint goes on from the last one seen. Breaches: `fork`, with evidence that
 * convicts the log, if both cannot be true; `rollback` if the newest is an older one than was seen; `tile` if the tiles
 * prove neither. `last` and `fresh` have verified signatures.
 */
export async function verifyGrowth(source: LogSource, last: LogHead, fresh: LogHead, now = new Date()): Promise<void> {
  if (fresh.size >= last.size) return await verifyPrefix(source, last, fresh);
  const isPrefix = await verifyPrefix(source, fresh, last).then(
    () => true,
    (cause: unknown) => {
      if (cause instanceof LogBreach && cause.breach === 'fork') throw cause;
      // A log that lost its end may have lost the proof too, and is no better for it.
      return false;
    },
  );
  const part = isPrefix ? 'the beginning of what it showed before' : 'without a proof that it is the same one';
  const message = `Rollback: ${source.name} shows a stale history of ${fresh.size} entries where it had ${last.size}, ${part}.`;
  const evidence = writeSighting('rollback', [last.note, fresh.note], now);
  throw new LogBreach('rollback', message, { evidence });
}

/** A breach unless the tree of `older` is what the tree of `newer` begins with. */
async function verifyPrefix(source: LogSource, older: LogHead, newer: LogHead): Promise<void> {
  // Equal sizes need no tile, so a log cannot keep its fork unproven by withholding them.
  if (older.size === newer.size) {
    if (areEqualBytes(older.root, newer.root)) return;
    throw toFork(source, older, newer, newer.root, []);
  }
  const { unverified } = new VerifiedTiles(source, newer);
  const proof = await proveConsistency(unverified, older.size, newer.size);
  if (isConsistent(older.size, older.root, newer.size, newer.root, proof)) return;
  const prefix = (await readEdge(unverified, older.size)).root();
  if (isConsistent(older.size, prefix, newer.size, newer.root, proof))
    throw toFork(source, older, newer, prefix, proof);
  const message = `Bad tile: the tiles of ${source.name} do not lead from ${older.size} entries to the signed root of ${newer.size}.`;
  throw new LogBreach('tile', message);
}

function toFork(
  source: LogSource,
  older: LogHead,
  newer: LogHead,
  prefix: Uint8Array,
  proof: readonly Uint8Array[],
): LogBreach {
  const sizes = older.size === newer.size ? `both of ${older.size}` : `of ${older.size} and of ${newer.size}`;
  const message = `Fork: ${source.name} signed two histories, ${sizes} entries, and only one of them can be true.`;
  const evidence = writeForkEvidence({ older: older.note, newer: newer.note, prefix, proof });
  return new LogBreach('fork', message, { evidence });
}
