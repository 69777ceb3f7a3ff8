/** The noun everything speaks: one endorser's statement about one image, as values. See docs/entry-format.md. */

export type ChecksumAlgorithm = 'MD5' | 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

/** The checksum algorithms an entry may name, with the number of hex digits each value has. */
export const CHECKSUM_HEX_DIGITS: Readonly<Record<ChecksumAlgorithm, number>> = {
  MD5: 32,
  'SHA-1': 40,
  'SHA-256': 64,
  'SHA-384': 96,
  'SHA-512': 128,
};

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
}

/** Who says so and when, as the entry's text claims it; `verify` holds it against the certificate. */
export interface Endorsement {
  readonly createdAt: Date;
  readonly email: string;
  /** RFC 2253 text, as written. */
  readonly subject: string;
  readonly issuers: readonly string[];
}

/** What an endorser says about an image. Absent fields were not stated. */
export interface Description {
  /** 27 digits over `A-Z a-z 0-9 - _`: the SHA-1 of the image bytes (see identifier.ts). */
  readonly identifier: string;
  readonly sizeBytes: number;
  readonly checksums: readonly Checksum[];
  /** `dcterms:type`: machine, disk, base, … */
  readonly type?: string;
  readonly kind?: string;
  /** `dcterms:valid`: after this the entry is expired. */
  readonly validUntil?: Date;
  readonly title?: string;
  readonly description?: string;
  readonly creator?: string;
  readonly publisher?: string;
  readonly format?: string;
  readonly compression?: string;
  /** `dcterms:created` on the description: when the record was drafted. */
  readonly draftedAt?: Date;
  /** `dcterms:alternative`: the tag. */
  readonly tag?: string;
  readonly replaces?: string;
  readonly isReplacedBy?: string;
  readonly isVersionOf?: string;
  readonly locations: readonly string[];
  readonly serialNumber?: number;
  readonly version?: string;
  readonly hypervisor?: string;
  readonly os?: string;
  readonly osVersion?: string;
  readonly osArch?: string;
  readonly disksBus?: string;
  readonly inboundPorts: readonly number[];
  readonly outboundPorts: readonly number[];
  readonly icmp: readonly number[];
  /** The reason why the endorser withdraws the image; never empty. */
  readonly deprecated?: string;
}

/** A description together with its endorsement: what a document says, not yet whether it is true. */
export interface Entry extends Description {
  readonly endorsement: Endorsement;
}
