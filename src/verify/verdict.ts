import type { Entry } from '../entry/entry.ts';
import type { Finding } from '../errors.ts';
import type { Quad } from '../rdf/quad.ts';

/** `current` is the profile for uploads today; `legacy` is the original StratusLab profile, for imports only (trust A2). */
export type Profile = 'current' | 'legacy';

/** Which revocation list a verdict took into account. */
export interface ListEvidence {
  /** RFC 2253 text. */
  readonly issuer: string;
  /** Decimal; null for a list without a number. */
  readonly number: string | null;
  readonly thisUpdate: Date;
}

/** What binds the e-mail address to the certificate: its own names, the operator's word, or nothing that verification can see. */
export type AddressBinding = 'certificate' | 'operator' | 'none';

/** What the verdict rests on, kept with the entry as evidence so that it can be judged again later. */
export interface Evidence {
  readonly profile: Profile;
  /** The time T the certificate path was judged at. */
  readonly judgedAt: Date;
  /** DER certificates, signer first, anchor last. */
  readonly chain: readonly Uint8Array[];
  readonly trustMode: 'anchors' | 'pinned' | 'open' | 'manifest' | 'any';
  /** SHA-256 hex of the snapshot of what was trusted. */
  readonly trustDigest: string;
  /** The newest revocation list of each authority in the path that was looked at. */
  readonly revocationLists: readonly ListEvidence[];
  readonly address: AddressBinding;
  /** Version of the rules that were applied. */
  readonly rules: string;
}

declare const verifiedBrand: unique symbol;

/**
 * An entry that passed every check. Only this folder makes one (`verifyEntry`, and `reviveVerdict` for one that crossed a
 * thread), and only one of these can be appended to a log. All values were read from the canonical octets that were signed.
 */
export interface VerifiedEntry {
  readonly [verifiedBrand]: true;
  readonly entry: Entry;
  /** The exact bytes received. */
  readonly bytes: Uint8Array;
  /** SHA-256 hex of `bytes`. */
  readonly documentSha256: string;
  /** SHA-256 hex of the canonical octets that were digested. */
  readonly canonicalSha256: string;
  /** For the log leaf: `rsa-sha256`, `ecdsa-p256-sha256`, `ed25519`, `rsa-sha1`, … */
  readonly signatureAlgorithm: string;
  /** SHA-256 hex of the signer's certificate. */
  readonly signerSha256: string;
  /** The endorser's key in every index, as `Signer` explains; the e-mail is a label. */
  readonly endorserKey: string;
  /** The document's own triples, subject `http://mp.stratuslab.eu/#<identifier>`, blank nodes `_:b0`, `_:b1`, … */
  readonly triples: readonly Quad[];
  readonly evidence: Evidence;
}

/** The answer of `verify`: valid with what may now be done with the entry, or not, with every reason established. */
export type Verdict =
  | { readonly valid: true; readonly verified: VerifiedEntry; readonly findings: readonly Finding[] }
  | { readonly valid: false; readonly entry: Entry | null; readonly findings: readonly Finding[] };
