import { toFinding } from '../errors.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { Verdict, VerifiedEntry } from '../verify/verdict.ts';
import { type CertificateRule, fitsRule } from '../x509/certificate-rule.ts';
import { readCertificate } from '../x509/read-certificate.ts';

/** Whose entries the operator takes, of those whom he trusts to be who they say. */
export interface EndorserLists {
  /** Nobody else's, where there is any. */
  readonly allow: readonly CertificateRule[];
  /** Not theirs, whatever else is said. */
  readonly deny: readonly CertificateRule[];
}

/** The verdict, with a finding where the operator takes no entries of this endorser. Deprecations are held to the same. */
export function applyLists(lists: EndorserLists | undefined, verdict: Verdict): Verdict {
  if (lists === undefined || !verdict.valid || isListed(lists, verdict.verified)) return verdict;
  const unlisted = toFinding('not-listed', 'The operator of this registry takes no entries of this endorser.');
  return { valid: false, entry: verdict.verified.entry, findings: [...verdict.findings, unlisted] };
}

function isListed({ allow, deny }: EndorserLists, { evidence }: VerifiedEntry): boolean {
  if (allow.length === 0 && deny.length === 0) return true;
  const [der] = evidence.chain;
  const reading = der === undefined ? undefined : readCertificate(der);
  if (reading?.ok !== true) return false;
  const isMeant = (rule: CertificateRule): boolean => fitsRule(rule, reading.certificate, sha256Hex);
  return !deny.some(isMeant) && (allow.length === 0 || allow.some(isMeant));
}
