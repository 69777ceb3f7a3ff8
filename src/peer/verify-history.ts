import { toMessage, VouchError } from '../errors.ts';
import type { Placed } from '../log/batch.ts';
import type { VerifierKey } from '../log/note-key.ts';
import { type ProvenRecord, readRecordProof } from '../log/record-proof.ts';
import { areEqualBytes } from '../log/sha256.ts';
import { toTrieKey, toTrieLeaf } from '../log/trie-hash.ts';
import { judgeTrieProof, type TrieFinding } from '../log/trie-proof.ts';
import { isEntryRecord, readRecord } from '../proof/record.ts';
import { verifyGrowth } from './growth.ts';
import { type HistoryPage, type HistoryProof, readHistoryPage, readHistoryProof } from './history-proof.ts';
import { type HeadDemands, judgeHead } from './judge-head.ts';
import { LogBreach } from './log-breach.ts';
import { type LogHead, readLogHead } from './log-head.ts';
import type { LogSource } from './log-source.ts';
import { readPages } from './verified-page.ts';

/** A log that says what it has about one image, with proofs. */
export interface HistorySource extends LogSource {
  /** The answer to `/log/history/<identifier>/proof`; `not-found` for a log without an index. */
  historyProof(identifier: string): Promise<Uint8Array>;
  /** The answer to `/log/history/<identifier>`, from that record on (1-based), in the tree of `size`. */
  historyPage(identifier: string, from: number, size: number): Promise<Uint8Array>;
}

export interface HistoryDemands extends HeadDemands {
  readonly log: VerifierKey;
  /** The newest checkpoint that was believed before; this one must go on from it. */
  readonly last?: LogHead | undefined;
  /** Records after the index that are looked through, at most; 16,384 where absent. */
  readonly mostBehind?: number;
}

/** All there is about an image as of a checkpoint, by proof. */
export interface ProvenHistory {
  readonly head: LogHead;
  /** The record that states the index: it speaks for everything before it. */
  readonly index: number;
  /** Oldest first. */
  readonly records: readonly Placed[];
}

const MOST_BEHIND = 16_384;

/**
 * Everything a log has about an image, without all the rest of it (design L6, level B): what is before the newest index by a proof from
 * that, what is after it by looking through. Breaches: `incomplete` if the log hides a record, `index` if its index contradicts what it
 * shows or is too old to be of use, `receipt` for a record that is not proven, and those of `watchLog`. That the index is what the
 * records make is the word of the log, and of each mirror that cosigned the checkpoint: mirrors make it anew.
 */
export async function verifyHistory(
  source: HistorySource,
  identifier: string,
  demands: HistoryDemands,
): Promise<ProvenHistory> {
  const { log, last, policy, mostBehind = MOST_BEHIND } = demands;
  const proof = toAnswer(source, readHistoryProof, await askForProof(source, identifier));
  const witnesses = policy?.witnesses.map(({ key }) => key) ?? [];
  const head = readLogHead(Buffer.from(proof.checkpoint), { log, witnesses });
  if (last !== undefined) await verifyGrowth(source, last, head, demands.now);
  judgeHead(head, demands);
  const index = readIndex(source, proof, head, log);
  const behind = head.size - index.index - 1;
  if (behind > mostBehind) {
    const message = `${source.name} stated its newest index ${behind} records before its end; at most ${mostBehind} are looked through`;
    throw toWrongIndex(`${message}.`);
  }
  const found = judgeTrieProof(Buffer.from(index.record.doc, 'hex'), toTrieKey(identifier), proof.trie);
  if (found === undefined) {
    throw toWrongIndex(
      `what ${source.name} says of ${identifier} is not in the index that record ${index.index} states.`,
    );
  }
  const records = await readShown(source, identifier, proof, head, log);
  assertIndexed(source, identifier, records, index.index, found);
  await assertNoneAfter(source, identifier, records, index.index, head);
  return { head, index: index.index, records };
}

async function askForProof(source: HistorySource, identifier: string): Promise<Uint8Array> {
  return source.historyProof(identifier).catch((cause: unknown) => {
    if (!(cause instanceof VouchError) || cause.code !== 'not-found') throw cause;
    const message = `The log at ${source.name} gives no index: prove it by all records of the log instead, without --prove.`;
    throw new VouchError('not-found', message, { cause });
  });
}

function readIndex({ name }: LogSource, proof: HistoryProof, head: LogHead, log: VerifierKey): ProvenRecord {
  const index = toProven(
    () => readUnder(proof.index, head, log),
    (why, options) => toWrongIndex(`that of ${name}: ${why}`, options),
  );
  if (index.record.t === 'index' && index.record.len === index.index) return index;
  throw toWrongIndex(`record ${index.index} of ${name} does not state the index of the records before it.`);
}

/** All records that are shown, each proven to be under the checkpoint and to continue the one before it. */
async function readShown(
  source: HistorySource,
  identifier: string,
  first: HistoryPage,
  head: LogHead,
  log: VerifierKey,
): Promise<Placed[]> {
  const records: Placed[] = [];
  let page = first;
  for (;;) {
    for (const text of page.proofs) {
      const { index, record } = toProven(
        () => readUnder(text, head, log),
        (why, options) =>
          new LogBreach('receipt', `Bad receipt: of a record about ${identifier} at ${source.name}: ${why}`, options),
      );
      const before = records.at(-1)?.index ?? -1;
      const isNext = record.seq === records.length + 1 && record.prev === before && index > before;
      if (!isEntryRecord(record) || record.id !== identifier || !isNext) {
        const what = `after ${records.length} records about ${identifier} it shows record ${index}, which does not continue them`;
        throw new LogBreach('incomplete', `Incomplete: of ${source.name}, ${what}.`);
      }
      records.push({ index, record });
    }
    if (page.next === undefined) return records;
    if (page.proofs.length === 0 || page.next !== records.length + 1) {
      throw new LogBreach('incomplete', `Incomplete: ${source.name} leaves records about ${identifier} out.`);
    }
    page = toAnswer(source, readHistoryPage, await source.historyPage(identifier, page.next, head.size));
  }
}

/** A proof under exactly this checkpoint: under an older one something could be shown that is no longer the whole. */
function readUnder(text: string, head: LogHead, log: VerifierKey): ProvenRecord {
  const proven = readRecordProof(text, log);
  if (proven.checkpoint.size === head.size && areEqualBytes(proven.checkpoint.root, head.root)) return proven;
  throw new VouchError('malformed', `It is under another checkpoint than that of ${head.size} records.`);
}

/** What is shown from before the index must be exactly what the index has. */
function assertIndexed(
  { name }: LogSource,
  identifier: string,
  records: readonly Placed[],
  end: number,
  found: TrieFinding,
): void {
  const shown = records.filter(({ index }) => index < end).map(({ index }) => index);
  const count = found.outcome === 'present' ? found.leaf.count : 0;
  if (shown.length < count) {
    const message = `${name} hides of ${identifier} what its index has: ${count} records, of which it shows ${shown.length}`;
    throw new LogBreach('incomplete', `Incomplete: ${message}.`);
  }
  if (shown.length > count) {
    throw toWrongIndex(`${name} shows ${shown.length} records about ${identifier}, of which its index has ${count}.`);
  }
  if (found.outcome === 'absent') return;
  if (areEqualBytes(toTrieLeaf(found.leaf.key, shown).chain, found.leaf.chain)) return;
  throw new LogBreach('incomplete', `Incomplete: ${name} shows other records about ${identifier} than its index has.`);
}

/** Looks through what came after the index, which says nothing of it. */
async function assertNoneAfter(
  source: LogSource,
  identifier: string,
  records: readonly Placed[],
  last: number,
  head: LogHead,
): Promise<void> {
  const shown = new Set(records.map(({ index }) => index));
  for await (const { first, leaves } of readPages(source, head, { from: last + 1 })) {
    for (const [at, leaf] of leaves.entries()) {
      const index = first + at;
      const record = toProven(
        () => readRecord(leaf),
        (why, options) => new LogBreach('leaf', `Bad leaf: ${source.name}: ${why}`, options),
      );
      if (record.id !== identifier || shown.has(index)) continue;
      const what = `hides of ${identifier} what its log has: record ${index} (${record.act})`;
      throw new LogBreach('incomplete', `Incomplete: ${source.name} ${what}.`);
    }
  }
}

function toAnswer<T>(source: LogSource, read: (bytes: Uint8Array) => T, bytes: Uint8Array): T {
  return toProven(
    () => read(bytes),
    (why, options) =>
      new LogBreach('incomplete', `Incomplete: ${source.name} gives no history that can be read. ${why}`, options),
  );
}

/** What is malformed is what the log is caught at. */
function toProven<T>(read: () => T, toBreach: (why: string, options: { readonly cause: unknown }) => LogBreach): T {
  try {
    return read();
  } catch (cause) {
    throw toBreach(toMessage(cause), { cause });
  }
}

function toWrongIndex(message: string, options: { readonly cause?: unknown } = {}): LogBreach {
  return new LogBreach('index', `Wrong index: ${message}`, options);
}
