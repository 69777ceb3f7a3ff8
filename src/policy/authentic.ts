import { type Finding, type FindingCode, hasError } from '../errors.ts';
import type { JudgedEntry } from './judged-entry.ts';

/** What time does to a statement or its certificate, or what is not known of it now: it was that person's all the same. */
const LATER: readonly FindingCode[] = [
  'validity',
  'expired',
  'revoked',
  'crl-missing',
  'crl-stale',
  'crl-unusable',
  'crl-rollback',
];

/**
 * True if the names in the statement are those of the person who signed it: a trusted authority once certified them. Anyone can make a
 * certificate with somebody's names in it, so that only such a statement can take the place of an older one or be on a list by name.
 */
export function isAuthentic({ findings }: Pick<JudgedEntry, 'findings'>): boolean {
  return !findings.some((finding) => hasError([finding]) && !isLater(finding) && finding.code !== 'email-unbound');
}

/** True if the address is that person's too. */
export function isAddressBound({ findings }: Pick<JudgedEntry, 'findings'>): boolean {
  return !findings.some((finding) => hasError([finding]) && finding.code === 'email-unbound');
}

/** True if the certificate of the signer was revoked: its key may be in other hands. */
export function isRevoked({ findings }: Pick<JudgedEntry, 'findings'>): boolean {
  return findings.some((finding) => hasError([finding]) && finding.code === 'revoked');
}

function isLater({ code }: Finding): boolean {
  return LATER.includes(code);
}
