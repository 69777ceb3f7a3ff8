import type { Finding } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { assessRevocation } from '../x509/crl-check.ts';
import { checkRevocationEvidence } from '../x509/crl-evidence.ts';
import type { Revocation } from '../x509/crl-judge.ts';
import type { RevocationList } from '../x509/crl-list.ts';
import { writeName } from '../x509/name.ts';
import { checkNamespaces } from '../x509/name-policy.ts';
import type { AuthorityRules, World } from './conditions.ts';
import type { ListEvidence } from './verdict.ts';

export interface AppliedRules {
  /** Names, and whether the revocation lists suffice; not what they say. */
  readonly findings: readonly Finding[];
  readonly revocations: readonly Revocation[];
  /** The lists that counted. */
  readonly lists: readonly ListEvidence[];
}

/**
 * What a trust directory says against a chain (signer first) that ends at one of its anchors, and by which revocation lists. With
 * `provenAt` the chain held at that time, and has expired by `at`.
 */
export async function applyAuthorityRules(
  chain: readonly Certificate[],
  rules: AuthorityRules,
  at: Date,
  { crypto, signers }: Pick<World, 'crypto' | 'signers'>,
  provenAt?: Date,
): Promise<AppliedRules> {
  const { policies, lists, crl, crlGraceMs } = rules;
  const names = policies === undefined ? [] : checkNamespaces(chain, policies);
  const checked = signers === undefined ? {} : { checked: signers.checked };
  const request = { chain, lists, mode: crl, at, graceMs: crlGraceMs, crypto, ...checked };
  const answer =
    provenAt === undefined ? await assessRevocation(request) : await checkRevocationEvidence({ ...request, provenAt });
  const findings = answer.findings.filter(({ code }) => code.startsWith('crl-'));
  return { ...answer, findings: [...names, ...findings], lists: answer.lists.map(toListEvidence) };
}

function toListEvidence({ issuer, number, thisUpdate }: RevocationList): ListEvidence {
  return { issuer: writeName(issuer), number: number?.toString() ?? null, thisUpdate };
}
