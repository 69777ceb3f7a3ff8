import type { Extension, Name } from './certificate.ts';

/** The reasons of RFC 5280 section 5.3.1 at the place of their number; 7 is not used. */
export const REVOCATION_REASONS = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  undefined,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;

export type RevocationReason = NonNullable<(typeof REVOCATION_REASONS)[number]>;

/** What a list says of one certificate. */
export interface RevokedEntry {
  readonly revokedAt: Date;
  /** Since when the key is, or may be, in wrong hands; may lie before `revokedAt`. */
  readonly invalidAt?: Date;
  /** `unspecified` where the list gives none, or one that RFC 5280 does not know. */
  readonly reason: RevocationReason;
}

/** A certificate revocation list (RFC 5280 section 5) as read from strict DER; nobody has looked at its signature yet. */
export interface RevocationList {
  readonly der: Uint8Array;
  /** The signed part, as it lies in `der`. */
  readonly tbs: Uint8Array;
  readonly version: 1 | 2;
  readonly issuer: Name;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly number: bigint | undefined;
  /** Hex; a hint, never proof. */
  readonly authorityKeyIdentifier: string | undefined;
  /** True for a list of changes only. */
  readonly isDelta: boolean;
  /** The distribution points it is restricted to, in the writing of `pointsOf`; undefined if it covers every certificate. */
  readonly points: ReadonlySet<string> | undefined;
  readonly extensions: readonly Extension[];
  readonly signature: { readonly oid: string; readonly algorithmDer: Uint8Array; readonly bytes: Uint8Array };
  /** How many certificates are on it. */
  readonly size: number;
  /** Why it tells nothing about any certificate, each the end of a sentence that starts with the list; empty if it does. */
  readonly faults: readonly string[];
  /** What it says of the certificate with this serial number (hex, as in `Certificate.serial`), in constant time. */
  find(serial: string): RevokedEntry | undefined;
}

export type RevocationListReading =
  | { readonly ok: true; readonly list: RevocationList }
  | { readonly ok: false; readonly message: string };
