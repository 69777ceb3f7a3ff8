import { type Finding, hasError, toWarning } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { toLabel } from '../x509/certificate-label.ts';
import { judgeRevocation, type Revocation } from '../x509/crl-judge.ts';
import type { ProvenTime } from './conditions.ts';
import type { Profile } from './verdict.ts';

/** What is to be said of a signer's path at one time, by the rules, anchors and lists of today. */
export interface PathJudgement {
  /** Everything but revocations: the path, the names, and whether the lists suffice. */
  readonly findings: readonly Finding[];
  /** Certificates of the path that were revoked, whenever that was. */
  readonly revocations: readonly Revocation[];
  /** Signer first. */
  readonly chain: readonly Certificate[];
}

export interface LaterFacts<Judgement extends PathJudgement> {
  readonly profile: Profile;
  /** Now. */
  readonly at: Date;
  /** When the signature provably existed. */
  readonly proven: ProvenTime | undefined;
  /** The path as it is judged now. */
  readonly now: Judgement;
  /** The path as it is judged at the proven time; needed only where the path has expired since. */
  readonly earlier: Judgement | undefined;
}

/**
 * Table A4: what stands of a path once time has passed.
 *
 * | now | signature proven to have existed while the path held | without such a proof |
 * |---|---|---|
 * | valid, not revoked | good | good |
 * | expired | good, with the warning `signer-expired-after-poe` | `expired` |
 * | revoked later, and nobody else had the key | good, with the warning `revoked-after-poe` | `revoked` |
 * | revoked for a compromise, or without a reason | `revoked` | `revoked` |
 * | anything else, such as an algorithm that became weak | as it is | as it is |
 *
 * A proof from after `at` is none. Originals are judged at the time they were made, so a proof changes nothing about them. Where a proof
 * does not help, the findings say what stood against the path even then.
 */
export function judgeLater<Judgement extends PathJudgement>(
  facts: LaterFacts<Judgement>,
): { readonly findings: readonly Finding[]; readonly standing: Judgement } {
  const { now, earlier, at } = facts;
  const proof = findProof(facts);
  if (proof === undefined || earlier === undefined || !hasExpired(now))
    return { findings: conclude(now, proof), standing: now };
  if (hasError(earlier.findings)) {
    const told = new Set(now.findings.map(({ message }) => message));
    const further = earlier.findings.filter((finding) => hasError([finding]) && !told.has(finding.message));
    return { findings: [...conclude(now, proof), ...further], standing: now };
  }
  return { findings: [...noteExpiries(earlier.chain, at, proof), ...conclude(earlier, proof)], standing: earlier };
}

/** Everything about a path, its revocations weighed. */
function conclude({ findings, revocations }: PathJudgement, proof: ProvenTime | undefined): Finding[] {
  return [...findings, ...revocations.flatMap((revocation) => judgeRevocation(revocation, proof?.at))];
}

/** The proof that counts, if there is one. */
export function findProof({
  profile,
  at,
  proven,
}: Pick<LaterFacts<never>, 'profile' | 'at' | 'proven'>): ProvenTime | undefined {
  return profile === 'current' && proven !== undefined && proven.at <= at ? proven : undefined;
}

/** True if time is among what speaks against a path. */
export function hasExpired({ findings }: Pick<PathJudgement, 'findings'>): boolean {
  return findings.some(({ code }) => code === 'expired');
}

const PROOFS: Readonly<Record<ProvenTime['source'], string>> = {
  tsa: 'a time-stamp proves',
  witnesses: 'its witnesses prove',
};

function noteExpiries(chain: readonly Certificate[], at: Date, proof: ProvenTime): Finding[] {
  return chain
    .filter(({ notAfter }) => notAfter < at)
    .map((certificate) => {
      const expired = `The certificate ${toLabel(certificate)} expired on ${certificate.notAfter.toISOString()}`;
      const existed = `${PROOFS[proof.source]} that the signature existed at ${proof.at.toISOString()}, before that`;
      return toWarning('signer-expired-after-poe', `${expired}; ${existed}.`);
    });
}
