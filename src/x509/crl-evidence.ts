import { type Finding, toFinding } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { toLabel } from './certificate-label.ts';
import { findCandidates } from './crl-candidates.ts';
import { assessRevocation, findRevocations, type RevocationAnswer, type RevocationRequest } from './crl-check.ts';
import type { Revocation } from './crl-judge.ts';
import type { RevocationList } from './crl-list.ts';

/**
 * What the lists tell of a chain some of whose certificates have expired by `at`, for a signature that existed at `provenAt` (table
 * A4). Findings are about the lists only: `crl-missing`, `crl-stale` and `crl-unusable`; revocations are facts, yet to be judged. Of a
 * certificate that is still valid the lists must be those of `at`. One that has expired, or whose issuer has, disappears from the
 * lists, so for it one is needed that was in force at the proven time, or later, and issued before the end.
 */
export async function checkRevocationEvidence(
  request: RevocationRequest & { readonly provenAt: Date },
): Promise<RevocationAnswer> {
  const { chain, mode, at } = request;
  const findings: Finding[] = [];
  const revocations: Revocation[] = [];
  const lists = new Set<RevocationList>();
  if (mode === 'off') return { findings, revocations, lists: [] };
  for (const [index, issuer] of chain.slice(1).entries()) {
    const certificate = chain[index]!;
    const end = new Date(Math.min(...chain.slice(index).map(({ notAfter }) => notAfter.getTime())));
    const answer =
      end < at
        ? await assessExpired(certificate, issuer, end, request)
        : await assessRevocation({ ...request, chain: [certificate, issuer] });
    findings.push(...answer.findings.filter(({ code }) => code.startsWith('crl-')));
    revocations.push(...answer.revocations);
    for (const list of answer.lists) lists.add(list);
  }
  return { findings, revocations, lists: [...lists] };
}

async function assessExpired(
  certificate: Certificate,
  issuer: Certificate,
  end: Date,
  request: RevocationRequest & { readonly provenAt: Date },
): Promise<RevocationAnswer> {
  const { lists, mode, provenAt, graceMs } = request;
  const link = [certificate, issuer];
  const before = lists.filter(({ thisUpdate }) => thisUpdate <= end);
  // A list from after the end may still tell of a revocation; that it does not says nothing, not even that a hold was lifted.
  const revoked = await findRevocations(link, lists, request);
  const revocations = revoked.length > 0 ? revoked : await findRevocations(link, before, request);
  const telling = before.filter(({ nextUpdate }) => {
    const until = nextUpdate === undefined ? Number.NEGATIVE_INFINITY : nextUpdate.getTime() + graceMs;
    return provenAt.getTime() <= until;
  });
  const { good, faults } = await findCandidates(certificate, issuer, telling, request);
  if (good.length > 0) return { findings: [], revocations, lists: good };
  const which = `of the authority ${toLabel(issuer)} from between ${provenAt.toISOString()} and ${end.toISOString()}`;
  const why = `It would tell whether ${toLabel(certificate)} was revoked by then`;
  if (faults.length > 0) {
    const message = `No revocation list ${which} can be used. One ${faults.slice(0, 3).join('; one ')}. ${why}.`;
    return { findings: [toFinding('crl-unusable', message)], revocations, lists: [] };
  }
  if (mode === 'if-present') return { findings: [], revocations, lists: [] };
  const message = `There is no revocation list ${which}, and one is required. ${why}.`;
  return { findings: [toFinding('crl-missing', message)], revocations, lists: [] };
}
