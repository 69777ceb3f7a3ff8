import { VouchError } from '../errors.ts';
import type { LogRecord } from '../log/log.ts';
import type { LogCopy, NoteKind, SignedNote } from '../log/log-copy.ts';
import { namedBlobs, readRecord } from '../proof/record.ts';
import { readEvidence, readSnapshotNames } from '../registry/evidence.ts';
import type { SegmentWriter } from './segment.ts';

/** What is copied: records `from` to `to`, and checkpoints of sizes above those that are there already, up to `to`. */
export interface CopyRange {
  readonly from: number;
  readonly to: number;
  readonly published: number;
  readonly pending: number;
}

/** Largest sizes of the checkpoints there are now. */
export interface CopiedNotes {
  readonly published: number;
  readonly pending: number;
}

const PAGE = 256;
const BLOBS_AT_ONCE = 64;

/** The newest checkpoint the log signed, published or not: all records below it are durable. Throws `corrupt` without one. */
export async function readNewest(log: LogCopy): Promise<SignedNote> {
  const [pending, published] = [await log.newest('pending'), await log.newest('published')];
  if (published === undefined) throw new VouchError('corrupt', 'The log has no signed checkpoint.');
  return pending !== undefined && pending.size > published.size ? pending : published;
}

/** Copies a range into a segment, blobs that are not in `known` before the leaves that name them; `known` grows by them. */
export async function copyLog(
  log: LogCopy,
  segment: SegmentWriter,
  { from, to, published, pending }: CopyRange,
  known: Set<string>,
  onProgress: (done: number, size: number) => void,
): Promise<CopiedNotes> {
  const writeBlobs = async (names: readonly string[]): Promise<Uint8Array[]> => {
    const missing = [...new Set(names)].filter((name) => !known.has(name));
    const copied: Uint8Array[] = [];
    for (let at = 0; at < missing.length; at += BLOBS_AT_ONCE) {
      const blobs = await log.blobs(missing.slice(at, at + BLOBS_AT_ONCE));
      await segment.write(blobs.map((bytes) => ({ kind: 'blob', bytes })));
      copied.push(...blobs);
    }
    for (const name of missing) known.add(name);
    return copied;
  };
  for (let start = from; start < to; start += PAGE) {
    const leaves = await log.leaves(start, Math.min(start + PAGE, to));
    const records = leaves.map(readRecord);
    await writeBlobs(records.flatMap(namedBlobs));
    await writeBlobs(await readAttachmentNames(log, records));
    await segment.write(leaves.map((bytes) => ({ kind: 'leaf', bytes })));
    onProgress(start + leaves.length, to);
  }
  return {
    published: await copyNotes(log, segment, 'published', published, to),
    pending: await copyNotes(log, segment, 'pending', pending, to),
  };
}

/** What evidence and trust snapshots name besides: certificates, name policies. */
async function readAttachmentNames(log: LogCopy, records: readonly LogRecord[]): Promise<string[]> {
  const names: string[] = [];
  for (let at = 0; at < records.length; at += BLOBS_AT_ONCE) {
    const some = records.slice(at, at + BLOBS_AT_ONCE);
    const snapshots = some.flatMap(({ t, doc }) => (t === 'trust' ? [doc] : []));
    const evidence = some.flatMap(({ ev }) => (ev === '' ? [] : [ev]));
    for (const bytes of await log.blobs(snapshots)) names.push(...readSnapshotNames(bytes));
    for (const bytes of await log.blobs(evidence)) names.push(...readEvidence(bytes).chain);
  }
  return names;
}

async function copyNotes(
  log: LogCopy,
  segment: SegmentWriter,
  kind: NoteKind,
  after: number,
  to: number,
): Promise<number> {
  // The note of size 0, which every log begins with, is above nothing.
  for (let last = after; ; ) {
    const notes = (await log.notes(kind, last, PAGE)).filter(({ size }) => size <= to);
    if (notes.length === 0) return Math.max(last, 0);
    await segment.write(notes.map(({ note }) => ({ kind, bytes: note })));
    last = notes.at(-1)!.size;
  }
}
