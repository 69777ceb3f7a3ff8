import type { Catalog } from '../catalog/catalog.ts';
import type { SparqlEngine } from '../catalog/sparql/sparql.ts';
import type { Confirmation } from '../confirm/confirmation.ts';
import type { Finding } from '../errors.ts';
import type { LogReader, Receipt } from '../log/log.ts';
import type { Copyable } from '../log/log-copy.ts';
import type { Witness } from '../log/witness.ts';
import type { Profile, Verdict, VerifiedEntry } from '../verify/verdict.ts';
import type { Following } from './follow-log.ts';
import type { OpenOverlay } from './open-overlay.ts';
import type { Reindex } from './open-readers.ts';
import type { Overlay } from './overlay.ts';
import type { Standing } from './standing.ts';
import type { TrustNews } from './trust-watch.ts';
import type { Verifier } from './verifier.ts';

/** What became of an upload. */
export type Submission =
  /** Appended now. */
  | {
      readonly outcome: 'accepted';
      readonly receipt: Receipt;
      readonly path: string;
      readonly findings: readonly Finding[];
    }
  /** The same bytes were accepted before: the first acceptance. */
  | {
      readonly outcome: 'known';
      readonly receipt: Receipt;
      readonly path: string;
      readonly findings: readonly Finding[];
    }
  /** Appended, as durable as any, but its witnesses have not seen it yet, and neither do readers: that comes by itself. */
  | {
      readonly outcome: 'pending';
      readonly receipt: Receipt;
      readonly path: string;
      readonly findings: readonly Finding[];
    }
  /** Durable, but in no list, index or log: it waits for the owner of the address to confirm it. */
  | {
      readonly outcome: 'unconfirmed';
      readonly documentSha256: string;
      /** When it is dropped. */
      readonly expiresAt: Date;
      readonly findings: readonly Finding[];
    }
  /** Not newer than the endorser's latest entry for the image (`stale-created`). */
  | { readonly outcome: 'stale'; readonly findings: readonly Finding[] }
  | { readonly outcome: 'invalid'; readonly findings: readonly Finding[] };

/** What became of an entry that has to wait for nobody's word. */
export type Appending = Exclude<Submission, { readonly outcome: 'unconfirmed' }>;

/** The registry that a mirror copies. */
export interface Mirrored {
  /** Base URL of the registry that takes uploads. */
  readonly writerUrl: string;
  following(): Following;
}

/** One registry: the only write path, and the readers that answer. */
export interface Registry {
  /** The public base URL without a trailing slash, e.g. `https://marketplace.example.org`. */
  readonly baseUrl: string;
  readonly title: string;
  readonly log: LogReader;
  /** Of the registry's own log. */
  readonly catalog: Catalog;
  /** Over everything that is shown. */
  readonly sparql: SparqlEngine;
  /** What is shown where the registry follows others; absent where its own entries are all there is. */
  readonly overlay?: Overlay | undefined;
  readonly isReadOnly: boolean;
  /** Says how this copy stands to the log it follows; absent for a registry with a log of its own. */
  readonly mirrored?: Mirrored | undefined;
  /** The copies of other logs that this registry keeps. */
  readonly mirrors?: readonly LogReader[];
  /** Why, where it is not the operator's wish: a sentence for everyone. */
  readonly readOnlyReason?: string | undefined;
  /** Cosigns checkpoints of other logs; absent where none is to be looked at. */
  readonly witness?: Witness | undefined;
  /** Where submissions wait for their endorsers' word; absent where nobody is asked. */
  readonly confirmation?: Confirmation | undefined;
  /** Largest document accepted, in bytes. */
  readonly documentBytesLimit: number;
  /**
   * verify → confirm → append → index. Throws faults only (`busy`, `quota`, `timeout`, `storage`, `closed`, `read-only`); findings are
   * values.
   */
  submit(bytes: Uint8Array): Promise<Submission>;
  /** The log index of a document that waits for its witnesses. Absent where nothing ever does. */
  findPending?(sha256: string): Promise<number | undefined>;
  /** The same verification that uploads get, without appending. */
  verify(bytes: Uint8Array, profile?: Profile): Promise<Verdict>;
  /** How it does, for its operator. Absent where nothing but the log and its followers can go wrong. */
  standing?(): Standing;
  close(): Promise<void>;
}

/** A registry with what `vouch import` needs besides. */
export interface OpenRegistry extends Registry {
  readonly log: LogReader & Copyable;
  readonly reindex: Reindex;
  readonly overlay: OpenOverlay | undefined;
  readonly verifier: Verifier;
  /** Trust files that are passed over, and why. */
  readonly trustWarnings: readonly string[];
  /** One sentence on what is trusted, and how strictly. */
  readonly trustSummary: string;
  /** Reads the trust directory now: the new snapshot is recorded in the log, then everything verified is held against it. */
  refreshTrust(): Promise<TrustNews>;
  now(): Date;
  /** Appends a verified entry, if it is newer than its endorser's latest for the image. */
  accept(verified: VerifiedEntry, t: 'endorse' | 'import', findings: readonly Finding[]): Promise<Appending>;
}
