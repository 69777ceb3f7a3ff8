import { type Finding, toFinding } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { isSelfIssued, toLabel } from './certificate-label.ts';
import { EXTENSION, readExtensions } from './extension.ts';
import { findConstraintsFault, findNameFault } from './name-constraints.ts';
import { checkPolicies } from './path-policy.ts';
import { nameRefusedAlgorithm, readSignatureAlgorithm, toKeyWeakness } from './scheme.ts';
import { fitsPurpose, isProxy, type Purpose, verifySigner } from './signer-rules.ts';
import { verifyTimestampSigner } from './timestamp-signer.ts';

/** Critical extensions that the rules below and the signer's rules take into account. */
const PROCESSED: ReadonlySet<string> = new Set([
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.subjectKeyIdentifier,
  EXTENSION.authorityKeyIdentifier,
  EXTENSION.certificatePolicies,
  EXTENSION.nameConstraints,
  EXTENSION.policyConstraints,
  EXTENSION.policyMappings,
  EXTENSION.inhibitAnyPolicy,
  // Refused by rules of their own, with a better sentence.
  EXTENSION.proxyCertInfo,
  EXTENSION.draftProxyCertInfo,
]);

/**
 * Everything that can be said against the certificates of a chain, signer first, at one time, apart from whether each signed
 * the one before it. `isAnchored` says that the last one is an anchor, whose own signature does not count.
 */
export function checkChain(
  chain: readonly Certificate[],
  at: Date,
  isAnchored: boolean,
  purpose: Purpose = 'endorsing',
): Finding[] {
  const verifyFirst = purpose === 'endorsing' ? verifySigner : verifyTimestampSigner;
  const findings = chain.flatMap((certificate, index) => {
    const below = chain.slice(0, index);
    const isAnchor = isAnchored && index === chain.length - 1;
    // If the signer is a proxy the path is refused for that, and what its owner lacks as an authority would only confuse.
    const isIssuer = index > 0 && !isProxy(chain[0]!);
    return [
      ...checkForm(certificate, isAnchor),
      ...checkValidity(certificate, at),
      ...checkAlgorithms(certificate, isAnchor),
      ...checkExtensions(certificate),
      ...(index === 0 ? verifyFirst(certificate) : []),
      ...(isIssuer ? checkIssuer(certificate, below, isAnchor, purpose) : []),
      ...checkNames(certificate, chain.slice(index + 1), index === 0),
    ];
  });
  return [...findings, ...checkPolicies(chain, isAnchored)];
}

/** Notes on the validity of one certificate at a time; both ends belong to it (RFC 5280 section 4.1.2.5). */
export function checkValidity(certificate: Certificate, at: Date): Finding[] {
  const { notBefore, notAfter } = certificate;
  if (at < notBefore) {
    const message = `The certificate ${toLabel(certificate)} is not valid before ${notBefore.toISOString()}.`;
    return [toFinding('not-yet-valid', message)];
  }
  if (at > notAfter) {
    return [toFinding('expired', `The certificate ${toLabel(certificate)} expired on ${notAfter.toISOString()}.`)];
  }
  return [];
}

function checkForm(certificate: Certificate, isAnchor: boolean): Finding[] {
  const faults: string[] = [];
  if (certificate.version !== 3) faults.push(`is of version ${certificate.version}; only version 3 is accepted`);
  if (certificate.issuer.rdns.length === 0) faults.push('does not name its issuer');
  if (certificate.subject.rdns.length === 0) faults.push('does not name its subject');
  if (certificate.serial === '00' && !isAnchor) faults.push('has the serial number 0; it must be positive');
  return faults.map((fault) => toFinding('cert-format', `The certificate ${toLabel(certificate)} ${fault}.`));
}

function checkAlgorithms(certificate: Certificate, isAnchor: boolean): Finding[] {
  const findings: Finding[] = [];
  const label = toLabel(certificate);
  const weakness = toKeyWeakness(certificate.publicKey);
  if (weakness !== undefined) findings.push(toFinding('weak-alg', `The key of ${label} ${weakness}.`));
  const { algorithmDer, oid } = certificate.signature;
  if (!isAnchor && readSignatureAlgorithm(algorithmDer) === undefined) {
    const message = `The certificate ${label} is signed with ${nameRefusedAlgorithm(oid)}, which is not accepted.`;
    findings.push(toFinding('weak-alg', message));
  }
  return findings;
}

function checkExtensions(certificate: Certificate): Finding[] {
  const label = toLabel(certificate);
  const findings: Finding[] = [];
  for (const { oid, isCritical } of certificate.extensions) {
    if (isCritical && !PROCESSED.has(oid)) {
      const message = `The certificate ${label} has the critical extension ${oid}, which is not understood here.`;
      findings.push(toFinding('critical-ext', message));
    }
  }
  const fault = findConstraintsFault(certificate);
  if (fault !== undefined) findings.push(toFinding('nc', `The name constraints of ${label} cannot be read: ${fault}`));
  return findings;
}

/**
 * RFC 5280 section 6.1.3 (b) and (c), for the constraints of every authority above, the anchor's among them. A self-issued
 * certificate that is not the signer's is exempt, for an authority may always issue itself another certificate.
 */
function checkNames(certificate: Certificate, above: readonly Certificate[], isSigner: boolean): Finding[] {
  if (!isSigner && isSelfIssued(certificate)) return [];
  return above.flatMap((authority) => {
    const fault = findNameFault(authority, certificate);
    if (fault === undefined) return [];
    const message = `The certificate ${toLabel(certificate)} ${fault}. The authority ${toLabel(authority)} constrains the names below it.`;
    return [toFinding('nc', message)];
  });
}

/** RFC 5280 section 6.1.4 (k) to (n); `below` are the certificates before this one, signer first. */
function checkIssuer(
  certificate: Certificate,
  below: readonly Certificate[],
  isAnchor: boolean,
  purpose: Purpose,
): Finding[] {
  const label = toLabel(certificate);
  const { basicConstraints, keyUsage, extendedKeyUsage } = readExtensions(certificate);
  const findings: Finding[] = [];
  if (isProxy(certificate)) {
    const message = `The certificate ${label} is a proxy certificate, which cannot be the certificate of an authority.`;
    findings.push(toFinding('proxy-signer', message));
  }
  if (basicConstraints?.isAuthority !== true) {
    const message = `The certificate ${label} issued another one, but is not the certificate of an authority.`;
    findings.push(toFinding('not-ca', message));
  } else if (!basicConstraints.isCritical) {
    const message = `The certificate ${label} has basic constraints that are not critical; those of an authority must be.`;
    findings.push(toFinding('not-ca', message));
  }
  if (keyUsage?.has('keyCertSign') !== true) {
    const message = `The key usage of the authority certificate ${label} does not allow it to sign certificates.`;
    findings.push(toFinding('ku-ca', message));
  }
  // RFC 5280 does not say what key purposes of an authority mean; everyone takes them as a limit on what it issues.
  if (!isAnchor && extendedKeyUsage !== undefined && !fitsPurpose(extendedKeyUsage, purpose)) {
    const message = `The authority ${label} issues certificates for other purposes (${extendedKeyUsage.join(', ')}) only.`;
    findings.push(toFinding('eku', message));
  }
  const length = below.slice(1).filter((intermediate) => !isSelfIssued(intermediate)).length;
  const most = basicConstraints?.pathLength;
  if (most !== undefined && length > most) {
    const message = `The authority ${label} allows ${most} authorities below it; this path has ${length}.`;
    findings.push(toFinding('pathlen', message));
  }
  return findings;
}
