import { type Finding, toFinding } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { RevocationList } from '../x509/crl-list.ts';
import { verifyTimestampToken } from '../x509/timestamp-check.ts';
import { readTimestampToken } from '../x509/timestamp-token.ts';
import type { DocumentLimits } from '../xml/gate.ts';
import type { ProvenTime, World } from './conditions.ts';
import { readDocument } from './read-document.ts';
import type { Profile } from './verdict.ts';

/** Whom to believe about the time, and how the entry is read. */
export interface ExistenceConditions {
  readonly profile: Profile;
  /** Now. */
  readonly at: Date;
  /** Certificates of time-stamping authorities, or of who issues those; the operator's. */
  readonly authorities: readonly Certificate[];
  /** Revocation lists of the authorities. */
  readonly lists?: readonly RevocationList[];
  readonly limits?: DocumentLimits;
}

/** What a time-stamp says about an entry: findings of code `tsa`, or when the entry's signature provably existed. */
export interface ExistenceProof {
  readonly findings: readonly Finding[];
  readonly proven?: ProvenTime;
}

/**
 * Does this time-stamp (DER of an RFC 3161 token, or of the reply that brought it) prove when the entry was signed? For `provenAt` of
 * the conditions of `verifyEntry`, which says what is wrong with the entry itself. Never throws for any bytes.
 */
export async function proveExistence(
  entry: Uint8Array,
  timestamp: Uint8Array,
  { profile, at, authorities, lists = [], limits }: ExistenceConditions,
  { xml, crypto }: Pick<World, 'xml' | 'crypto'>,
): Promise<ExistenceProof> {
  const imprint = readSignatureValue(entry, { profile, ...(limits === undefined ? {} : { limits }) }, { xml });
  if (imprint === undefined) {
    return {
      findings: [toFinding('tsa', 'The time-stamp proves nothing: the entry has no signature that can be read.')],
    };
  }
  const reading = readTimestampToken(timestamp);
  if (!reading.ok) return { findings: [toFinding('tsa', reading.message)] };
  const { findings, provenAt } = await verifyTimestampToken(reading.token, { imprint, authorities, lists, at, crypto });
  return provenAt === undefined ? { findings } : { findings, proven: { at: provenAt, source: 'tsa' } };
}

/** The octets of the entry's SignatureValue, which is what a time-stamp is asked for; undefined if there is no one signature to read. */
export function readSignatureValue(
  entry: Uint8Array,
  { profile, limits }: Pick<ExistenceConditions, 'profile' | 'limits'>,
  { xml }: Pick<World, 'xml'>,
): Uint8Array | undefined {
  const options = { signature: 'required', ...(limits === undefined ? {} : { limits }) } as const;
  return readDocument(entry, profile, xml, options).content?.signature?.claim.signatureValue;
}
