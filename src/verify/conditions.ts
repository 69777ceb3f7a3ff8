import type { Certificate } from '../x509/certificate.ts';
import type { RevocationMode } from '../x509/crl-check.ts';
import type { RevocationList } from '../x509/crl-list.ts';
import type { Crypto } from '../x509/crypto.ts';
import type { NamePolicy } from '../x509/name-policy.ts';
import type { DocumentLimits } from '../xml/gate.ts';
import type { Xml } from '../xml/open-xml.ts';
import type { SignerCache } from './signer.ts';
import type { Profile } from './verdict.ts';

/** An e-mail address that the operator bound to exactly one (issuer, subject), as RFC 2253 text. */
export interface EndorserBinding {
  readonly email: string;
  readonly subject: string;
  readonly issuer: string;
}

/** What a trust directory says besides its anchors, and how it is applied to entries in the profile of today. */
export interface AuthorityRules {
  /** What the authorities may name their subjects; where there is no such list nothing is asked (trust A3.11). */
  readonly policies?: readonly NamePolicy[];
  /** Revocation lists of any issuers. */
  readonly lists: readonly RevocationList[];
  readonly crl: RevocationMode;
  /** How long a list is still taken after the time of its next update. */
  readonly crlGraceMs: number;
}

/** Whom to believe; an argument, so that verification is the same everywhere. */
export type Trust =
  /** Certificates with a path to one of the anchors. */
  | {
      readonly mode: 'anchors';
      readonly anchors: readonly Certificate[];
      /** Without rules only the paths are looked at. */
      readonly rules?: AuthorityRules;
      /** SHA-256 hex of the snapshot of all this. */
      readonly digest: string;
      readonly bindings: readonly EndorserBinding[];
      /** True where the registry has addresses confirmed by mail: one that nothing binds yet is then no finding. */
      readonly isConfirmed?: boolean;
    }
  /** Certificates whose SHA-256 (hex) is listed. */
  | {
      readonly mode: 'pinned';
      readonly fingerprints: ReadonlySet<string>;
      readonly digest: string;
      readonly bindings: readonly EndorserBinding[];
      readonly isConfirmed?: boolean;
    }
  /** Any certificate, also one that somebody made for himself: the address is confirmed by mail, and the endorser is his key. */
  | { readonly mode: 'open'; readonly digest: string }
  /** Documents whose SHA-256 (hex) is in a signed import manifest; legacy profile only. */
  | { readonly mode: 'manifest'; readonly documents: ReadonlySet<string>; readonly digest: string }
  /** Any signer at all; the verdict says so with a warning. Never for a registry. */
  | { readonly mode: 'any' };

/**
 * When the signature provably existed, and who proves it: a time-stamping authority, or a quorum of witnesses. Never the entry's own
 * `created`, the registry's clock, or a checkpoint that only the log signed.
 */
export interface ProvenTime {
  readonly at: Date;
  readonly source: 'tsa' | 'witnesses';
}

/** Everything a verdict depends on besides the bytes. */
export interface Conditions {
  readonly profile: Profile;
  /** The time to judge at. */
  readonly at: Date;
  readonly trust: Trust;
  /** For judging after the fact (table A4). A registry never gives it: what is uploaded is judged now. */
  readonly provenAt?: ProvenTime;
  /** Default: DEFAULT_DOCUMENT_LIMITS. */
  readonly limits?: DocumentLimits;
}

/** What verification borrows from where it runs. */
export interface World {
  readonly xml: Xml;
  readonly crypto: Crypto;
  /** Remembers certificates already read; without one each is read anew. */
  readonly signers?: SignerCache;
}
