import { type Finding, toFinding } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { EXTENSION, hasExtension, readExtensions } from './extension.ts';
import { isSameName } from './name.ts';

const COMMON_NAME = '2.5.4.3';

/** What a certificate is used for here. */
export type Purpose = 'endorsing' | 'timestamping';

/** Key purposes that fit someone who endorses, or who stamps the time. */
const PURPOSES: Readonly<Record<Purpose, ReadonlySet<string>>> = {
  endorsing: new Set([
    '1.3.6.1.5.5.7.3.2', // clientAuth
    '1.3.6.1.5.5.7.3.3', // codeSigning
    '1.3.6.1.5.5.7.3.4', // emailProtection
    '2.5.29.37.0', // any
  ]),
  timestamping: new Set([
    '1.3.6.1.5.5.7.3.8', // timeStamping
    '2.5.29.37.0', // any
  ]),
};

const HOST_PURPOSE = '1.3.6.1.5.5.7.3.1';

/** What speaks against signing entries with this certificate, whoever vouches for it: authorities, proxies, hosts, and keys for other uses. */
export function verifySigner(signer: Certificate): Finding[] {
  const { basicConstraints, keyUsage, extendedKeyUsage } = readExtensions(signer);
  const findings: Finding[] = [];
  if (isProxy(signer)) {
    const message =
      'The signer is a proxy certificate, which anyone who copied the proxy file can use. Sign with the user certificate it was made from.';
    findings.push(toFinding('proxy-signer', message));
  }
  if (basicConstraints?.isAuthority === true) {
    const message =
      "The signer's certificate is that of a certification authority. Sign with a personal certificate issued by it.";
    findings.push(toFinding('ku-signer', message));
  } else if (keyUsage !== undefined && !keyUsage.has('digitalSignature') && !keyUsage.has('nonRepudiation')) {
    const message = `The key usage of the signer's certificate (${[...keyUsage].join(', ')}) does not allow it to sign.`;
    findings.push(toFinding('ku-signer', message));
  }
  if (extendedKeyUsage !== undefined && !fitsPurpose(extendedKeyUsage, 'endorsing')) {
    const isHost = extendedKeyUsage.includes(HOST_PURPOSE);
    const message = isHost
      ? "The signer's certificate is that of a host (serverAuth). Sign with a personal certificate."
      : `The signer's certificate is for other purposes (${extendedKeyUsage.join(', ')}) than clientAuth, emailProtection or codeSigning.`;
    findings.push(toFinding('eku', message));
  }
  return findings;
}

/** True if one of the key purposes of a certificate fits what it is used for. */
export function fitsPurpose(purposes: readonly string[], use: Purpose): boolean {
  return purposes.some((purpose) => PURPOSES[use].has(purpose));
}

/** True for a proxy certificate: RFC 3820, the draft of it in Globus Toolkit 3, or the form of Globus Toolkit 2. */
export function isProxy(certificate: Certificate): boolean {
  return (
    hasExtension(certificate, EXTENSION.proxyCertInfo) ||
    hasExtension(certificate, EXTENSION.draftProxyCertInfo) ||
    isGlobus2Proxy(certificate)
  );
}

/** Globus Toolkit 2: the subject is the issuer and one more common name, `proxy` or `limited proxy`. */
function isGlobus2Proxy({ issuer, subject }: Certificate): boolean {
  const last = subject.rdns.at(-1)?.[0];
  if (last?.type !== COMMON_NAME || !/^(?:limited )?proxy$/i.test(last.value)) return false;
  return isSameName({ der: subject.der, rdns: subject.rdns.slice(0, -1) }, issuer);
}
