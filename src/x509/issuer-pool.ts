import type { Certificate } from './certificate.ts';
import { readExtensions } from './extension.ts';
import { toNameKey } from './name.ts';
import { compareOctets, isEqual } from './octets.ts';

/** The certificates that may have issued others: the anchors, and what came along. Each is in it once, whatever order they came in. */
export class IssuerPool {
  readonly #anchors: readonly Certificate[];
  readonly #certificates: readonly Certificate[];
  readonly #at: Date;

  constructor(anchors: readonly Certificate[], intermediates: readonly Certificate[], at: Date) {
    this.#anchors = anchors;
    const strangers = intermediates.filter((certificate) => !isAmong(anchors, certificate));
    this.#certificates = [...anchors, ...strangers];
    this.#at = at;
  }

  /** True if the trust directory holds exactly this certificate. */
  isAnchor(certificate: Certificate): boolean {
    return isAmong(this.#anchors, certificate);
  }

  /** Those whose subject is the certificate's issuer: the most promising first, and then by their octets. */
  issuersOf(certificate: Certificate): Certificate[] {
    const wanted = toNameKey(certificate.issuer);
    const issuers = this.#certificates.filter(({ subject }) => toNameKey(subject) === wanted);
    if (issuers.length < 2) return issuers;
    const ranks = new Map(issuers.map((issuer) => [issuer, this.#rank(certificate, issuer)]));
    issuers.sort((a, b) => ranks.get(a)! - ranks.get(b)! || compareOctets(a.der, b.der));
    return issuers.filter((issuer, index) => index === 0 || !isEqual(issuer.der, issuers[index - 1]!.der));
  }

  /** Those that the authority key identifier points at although their name is not the issuer's. */
  identifiedIssuersOf(certificate: Certificate): Certificate[] {
    const { authorityKeyIdentifier: wanted } = readExtensions(certificate);
    if (wanted === undefined) return [];
    const name = toNameKey(certificate.issuer);
    return this.#certificates
      .filter((one) => readExtensions(one).subjectKeyIdentifier === wanted && toNameKey(one.subject) !== name)
      .sort((a, b) => compareOctets(a.der, b.der));
  }

  /** How unlikely it is that this issuer leads to a path that holds. Hints only: they order the search and decide nothing. */
  #rank(certificate: Certificate, issuer: Certificate): number {
    const { authorityKeyIdentifier } = readExtensions(certificate);
    const { subjectKeyIdentifier } = readExtensions(issuer);
    const isOtherKey = authorityKeyIdentifier !== undefined && authorityKeyIdentifier !== subjectKeyIdentifier;
    const isOutOfDate = this.#at < issuer.notBefore || this.#at > issuer.notAfter;
    return (isOtherKey ? 4 : 0) + (isOutOfDate ? 2 : 0) + (this.isAnchor(issuer) ? 0 : 1);
  }
}

function isAmong(certificates: readonly Certificate[], certificate: Certificate): boolean {
  return certificates.some((one) => one === certificate || isEqual(one.der, certificate.der));
}
