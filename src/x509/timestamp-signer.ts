import { type Finding, toFinding } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { EXTENSION, readExtensions } from './extension.ts';

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

/** What speaks against signing time-stamps with this certificate, whoever vouches for it (RFC 3161 section 2.3). */
export function verifyTimestampSigner(signer: Certificate): Finding[] {
  const { basicConstraints, keyUsage, extendedKeyUsage = [] } = readExtensions(signer);
  const findings: Finding[] = [];
  if (basicConstraints?.isAuthority === true) {
    findings.push(toFinding('ku-signer', 'The certificate is that of a certification authority.'));
  }
  const others = [...(keyUsage ?? [])].filter((usage) => usage !== 'digitalSignature' && usage !== 'nonRepudiation');
  if (others.length > 0) {
    findings.push(
      toFinding('ku-signer', `The key usage of the certificate allows more than to sign: ${others.join(', ')}.`),
    );
  }
  const isCritical = signer.extensions.some((one) => one.oid === EXTENSION.extendedKeyUsage && one.isCritical);
  const isSole = extendedKeyUsage.length === 1 && extendedKeyUsage[0] === TIME_STAMPING;
  if (!isCritical || !isSole) {
    const message =
      'The certificate is not for time-stamping alone: timeStamping must be its only key purpose, and critical.';
    findings.push(toFinding('eku', message));
  }
  return findings;
}
