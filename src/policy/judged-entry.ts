import type { Entry } from '../entry/entry.ts';
import type { Finding } from '../errors.ts';
import type { PublicKey } from '../x509/certificate.ts';

/** One statement about an image as a site holds it: read and verified again on the site's own machine. */
export interface JudgedEntry {
  /** The log it was found in, or where it came from otherwise. */
  readonly origin: string;
  /** Its number in that log. */
  readonly index?: number;
  readonly documentSha256: string;
  readonly entry: Entry;
  /** SHA-256 hex over issuer DER and subject DER of the signer. */
  readonly endorserKey: string;
  /** SHA-256 hex of the signer's certificate. */
  readonly signerSha256: string;
  readonly signerKey?: PublicKey;
  /** Brought in by an import manifest, in the legacy profile. */
  readonly isImported: boolean;
  /** True if a proof places it in the log; unset where nobody looked. */
  readonly isIncluded?: boolean;
  /** When its signature provably existed (trust A4). */
  readonly provenAt?: Date;
  /** What `verify` finds of it at the time of the decision. With an error about anything but the signer's path or address it is unreadable. */
  readonly findings: readonly Finding[];
  /** What the rules that read the graph came to: by position of the rule in the policy. */
  readonly answers?: ReadonlyMap<number, GraphAnswer>;
}

/** A statement that is known to be in a log, but which this site cannot read: nobody can tell what it says. */
export interface UnreadableEntry {
  readonly origin: string;
  readonly index?: number;
  /** One sentence: why not. */
  readonly message: string;
}

/** What a query or shape says of an entry's graph. */
export interface GraphAnswer {
  readonly holds: boolean;
  /** Why not, or why it could not be answered. */
  readonly message?: string;
}

/** How a site stands to one log at the time of a decision. */
export interface LogStanding {
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  readonly completeness: 'synced' | 'index' | 'not-proven';
  /** When the newest checkpoint was fetched and held against what was known. */
  readonly checkedAt: Date;
  /** When the witnesses of a quorum saw that checkpoint; absent where there is none. */
  readonly witnessedAt?: Date;
  /** Why nothing may be decided from this log now: it contradicts itself, or it is out of reach for too long. */
  readonly fault?: string;
  /** Worth saying though it changes nothing: the registry is away, and the copy is used. */
  readonly notice?: string;
}
