import { writeEntryTime } from '../entry/entry-time.ts';
import { VouchError } from '../errors.ts';
import { assertRecord } from '../proof/record.ts';
import type { LogRecord, Statement } from './log.ts';
import { sha256Hex } from './sha256.ts';

/** Bytes by their SHA-256 hex. */
export type Blobs = ReadonlyMap<string, Uint8Array>;

/** A record that lacks its place in the log, with the blobs that go beside it. */
export interface Draft {
  readonly record: Omit<LogRecord, 'seq' | 'prev'>;
  /** The document and its evidence. */
  readonly blobs: Blobs;
  /** What other records share with this one. */
  readonly attachments: Blobs;
  /** Sum over all blobs. */
  readonly bytes: number;
}

/**
 * The draft of an endorsement; throws, before anything is queued, if it could not be written as a record. The bytes are
 * copied: what the caller does with its arrays while the draft waits must not reach the log.
 */
export function toDraft({ verified, t, evidence, attachments, at }: Statement): Draft {
  const { entry } = verified;
  const bytes = new Uint8Array(verified.bytes);
  const doc = sha256Hex(bytes);
  if (doc !== verified.documentSha256) {
    throw new VouchError('internal', 'A verified entry came with the digest of other bytes.');
  }
  const proof = new Uint8Array(evidence);
  const ev = proof.length === 0 ? '' : sha256Hex(proof);
  const record = {
    v: 1,
    t,
    id: entry.identifier,
    doc,
    len: bytes.length,
    c14n: verified.canonicalSha256,
    sig: verified.signatureAlgorithm,
    signer: verified.signerSha256,
    created: writeEntryTime(entry.endorsement.createdAt),
    act: entry.deprecated === undefined ? 'valid' : 'deprecated',
    ev,
    at: writeEntryTime(at),
  } as const;
  assertRecord({ ...record, seq: 1, prev: -1 });
  const blobs = new Map([[doc, bytes]]);
  if (ev !== '') blobs.set(ev, proof);
  const shared = toShared(attachments);
  return { record, blobs, attachments: shared, bytes: countBytes(blobs) + countBytes(shared) };
}

/** The draft of a `trust` record. */
export function toTrustDraft(snapshot: Uint8Array, at: Date, attachments: readonly Uint8Array[] = []): Draft {
  const bytes = new Uint8Array(snapshot);
  const doc = sha256Hex(bytes);
  const blank = { id: '', c14n: '', sig: '', signer: '', created: '', act: '', ev: '' } as const;
  const record = { v: 1, t: 'trust', ...blank, doc, len: bytes.length, at: writeEntryTime(at) } as const;
  assertRecord({ ...record, seq: 0, prev: -1 });
  const shared = toShared(attachments);
  return { record, blobs: new Map([[doc, bytes]]), attachments: shared, bytes: bytes.length + countBytes(shared) };
}

/** Copies by SHA-256: whoever gave them may change them. */
function toShared(attachments: readonly Uint8Array[]): Map<string, Uint8Array> {
  return new Map(attachments.map((attachment) => new Uint8Array(attachment)).map((copy) => [sha256Hex(copy), copy]));
}

function countBytes(blobs: Blobs): number {
  return [...blobs.values()].reduce((sum, blob) => sum + blob.length, 0);
}
