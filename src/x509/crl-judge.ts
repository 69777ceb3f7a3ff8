import { type Finding, toFinding, toWarning } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { toLabel } from './certificate-label.ts';
import type { RevocationReason, RevokedEntry } from './crl-list.ts';

/** A certificate of a chain that its issuer revoked. */
export interface Revocation extends RevokedEntry {
  readonly certificate: Certificate;
}

const WHY: Readonly<Record<RevocationReason, string>> = {
  unspecified: 'for a reason that is not given',
  keyCompromise: 'because its key was compromised',
  cACompromise: 'because the key of an authority was compromised',
  affiliationChanged: "because its holder's name or affiliation changed",
  superseded: 'because another one superseded it',
  cessationOfOperation: 'because it was no longer needed',
  certificateHold: 'for the time being (it is on hold)',
  removeFromCRL: 'and taken back',
  privilegeWithdrawn: 'because a privilege was withdrawn from its holder',
  aACompromise: 'because the key of an attribute authority was compromised',
};

/** Reasons that say nothing against what was signed before: nobody else ever had the key. */
const HARMLESS: ReadonlySet<RevocationReason> = new Set(['affiliationChanged', 'superseded', 'cessationOfOperation']);

/** Orders what several lists say of one certificate, the gravest first: doubt on the key, then what was invalid first. */
export function byGravity(a: RevokedEntry, b: RevokedEntry): number {
  const difference = Number(HARMLESS.has(a.reason)) - Number(HARMLESS.has(b.reason));
  return difference || invalidSince(a) - invalidSince(b);
}

function invalidSince({ revokedAt, invalidAt = revokedAt }: RevokedEntry): number {
  return Math.min(revokedAt.getTime(), invalidAt.getTime());
}

/**
 * What a revocation means for a signature that provably existed at `provenAt` (undefined if nothing proves a time), by table A4:
 * the warning `revoked-after-poe` where the certificate was revoked later, is not called invalid from earlier on, and the reason
 * casts no doubt on the key; otherwise the error `revoked`.
 */
export function judgeRevocation(revocation: Revocation, provenAt?: Date): Finding[] {
  const { certificate, revokedAt, invalidAt, reason } = revocation;
  const since = invalidAt === undefined ? '' : `; it is not to be relied on since ${invalidAt.toISOString()}`;
  const what = `The certificate ${toLabel(certificate)} was revoked by its issuer at ${revokedAt.toISOString()} ${WHY[reason]}${since}.`;
  if (provenAt === undefined) return [toFinding('revoked', what)];
  const isLater = invalidSince(revocation) > provenAt.getTime();
  const proven = `The signature existed at ${provenAt.toISOString()}`;
  if (isLater && HARMLESS.has(reason)) return [toWarning('revoked-after-poe', `${what} ${proven}, before that.`)];
  const why = isLater
    ? `${proven}, but with this reason nobody can say since when others had the key.`
    : `${proven}, which is not before that.`;
  return [toFinding('revoked', `${what} ${why}`)];
}
