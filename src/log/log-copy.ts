import { assertBlob, readLeaves } from './read-back.ts';
import type { Store } from './store.ts';
import { readNumber, toBlobKey, toCheckpointKey, toKeyBounds, toPendingKey } from './store-key.ts';

/** A checkpoint the log signed, for a size: `published`, or `pending` while its witnesses had not seen it. */
export interface SignedNote {
  readonly kind: NoteKind;
  readonly size: number;
  readonly note: Uint8Array;
}

export type NoteKind = 'published' | 'pending';

/**
 * All that a copy of a log is made of: leaves, blobs by SHA-256, and every checkpoint it signed; the rest of its store follows from these.
 * Nothing in it ever changes, so that it is copied while the log grows: first the notes, then everything below the largest.
 */
export interface LogCopy {
  /** Notes of sizes above `after`, in order, at most `limit`. */
  notes(kind: NoteKind, after: number, limit: number): Promise<SignedNote[]>;
  /** The newest note of a kind; undefined where there is none. */
  newest(kind: NoteKind): Promise<SignedNote | undefined>;
  /** The leaves `from` to `to`; `corrupt` if one is missing. */
  leaves(from: number, to: number): Promise<Uint8Array[]>;
  /** The blobs of these names in their order, rehashed; `corrupt` if one is missing. */
  blobs(sha256s: readonly string[]): Promise<Uint8Array[]>;
}

/** Has a log in its store that can be copied. */
export interface Copyable {
  copy(): LogCopy;
}

const KINDS = {
  published: { key: toCheckpointKey, bounds: toKeyBounds('c') },
  pending: { key: toPendingKey, bounds: toKeyBounds('p') },
} as const;

/** The copy of the log in a store. */
export function toLogCopy(store: Store): LogCopy {
  return {
    async notes(kind, after, limit) {
      const { key, bounds } = KINDS[kind];
      const pairs = await store.range(key(after + 1), bounds[1], limit);
      return pairs.map(([name, note]) => ({ kind, size: readNumber(name), note }));
    },
    async newest(kind) {
      const [pair] = await store.range(...KINDS[kind].bounds, 1, 'last');
      return pair === undefined ? undefined : { kind, size: readNumber(pair[0]), note: pair[1] };
    },
    async leaves(from, to) {
      const leaves: Uint8Array[] = [];
      for await (const { leaf } of readLeaves(store, from, to)) leaves.push(leaf);
      return leaves;
    },
    async blobs(sha256s) {
      const blobs = await store.read(sha256s.map(toBlobKey));
      for (const [at, sha256] of sha256s.entries()) assertBlob(sha256, blobs[at]);
      return blobs as Uint8Array[];
    },
  };
}
