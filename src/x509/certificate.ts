import type { Finding } from '../errors.ts';

/** One attribute of a distinguished name. */
export interface NameAttribute {
  /** Dotted OID of the attribute type. */
  readonly type: string;
  /** The decoded text; for a value that is not a string type, `#` and the hex of its DER. */
  readonly value: string;
  /** The value's DER, tag included. */
  readonly der: Uint8Array;
}

/** A distinguished name: relative names in certificate order (most general first), each with one or more attributes. */
export interface Name {
  readonly der: Uint8Array;
  readonly rdns: readonly (readonly NameAttribute[])[];
}

export type PublicKey =
  | { readonly kind: 'rsa'; readonly bits: number; readonly exponent: bigint }
  | { readonly kind: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'unsupported'; readonly oid: string };

export interface Extension {
  readonly oid: string;
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** A certificate as read from strict DER. */
export interface Certificate {
  readonly der: Uint8Array;
  /** The signed part, as it lies in `der`. */
  readonly tbs: Uint8Array;
  readonly version: number;
  /** Hex, no leading `00`. */
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DER SubjectPublicKeyInfo; always the same array for one certificate object, so it serves as a cache key. */
  readonly spki: Uint8Array;
  readonly publicKey: PublicKey;
  readonly extensions: readonly Extension[];
  /** Outer signature: dotted OID, DER of the AlgorithmIdentifier, and the signature bytes. */
  readonly signature: { readonly oid: string; readonly algorithmDer: Uint8Array; readonly bytes: Uint8Array };
  /** E-mail addresses the issuer vouches for: SAN rfc822Name, and emailAddress attributes of the subject. */
  readonly emails: readonly string[];
}

export type CertificateReading =
  | { readonly ok: true; readonly certificate: Certificate }
  | { readonly ok: false; readonly findings: readonly Finding[] };
