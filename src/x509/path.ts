import { type Finding, hasError, toFinding } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { isSelfIssued, toLabel } from './certificate-label.ts';
import type { Crypto } from './crypto.ts';
import { IssuerCheck, type Memo } from './issuer-check.ts';
import { IssuerPool } from './issuer-pool.ts';
import { isEqual } from './octets.ts';
import { checkChain } from './path-rules.ts';
import type { Purpose } from './signer-rules.ts';

/** Certificates in a path, signer and anchor included. */
export const PATH_LIMIT = 6;

/** Paths looked at before the search gives up. */
const VISIT_LIMIT = 300;

export interface PathRequest {
  readonly signer: Certificate;
  /** Certificates from an untrusted source that may help; their order does not matter. */
  readonly intermediates: readonly Certificate[];
  /** The trust directory. A path ends at one of these, compared by DER. */
  readonly anchors: readonly Certificate[];
  /** The time everything is judged at. */
  readonly at: Date;
  readonly crypto: Crypto;
  /** Signatures already checked; the caller owns it and bounds its size. */
  readonly checked?: Memo;
  /** What the signer signs: entries (the default), or time-stamps. */
  readonly purpose?: Purpose;
}

export interface PathResult {
  /** Everything that speaks against the best path found; empty if it holds. */
  readonly findings: readonly Finding[];
  /** Signer first; the anchor last if there are no findings, else as far as the best path came. */
  readonly chain: readonly Certificate[];
}

/**
 * Looks for a path from the signer to an anchor (RFC 5280 section 6.1, trust rules A3), trying alternative issuers with bounded
 * work, and judges every certificate of it. Revocation and namespaces are not looked at. The answer does not depend on the order of
 * the certificates given.
 */
export async function verifyPath(request: PathRequest): Promise<PathResult> {
  return new PathSearch(request).run();
}

interface Candidate extends PathResult {
  readonly isAnchored: boolean;
}

class PathSearch {
  readonly #request: PathRequest;
  readonly #pool: IssuerPool;
  readonly #check: IssuerCheck;
  #best: Candidate | undefined;
  #visits = 0;
  #isTooLong = false;

  constructor(request: PathRequest) {
    this.#request = request;
    this.#pool = new IssuerPool(request.anchors, request.intermediates, request.at);
    this.#check = new IssuerCheck(request.crypto, request.checked);
  }

  async run(): Promise<PathResult> {
    const { signer } = this.#request;
    await this.#extend([signer]);
    const { findings, chain, isAnchored } = this.#best ?? { findings: [], chain: [signer], isAnchored: false };
    const isExhausted = this.#isExhausted();
    if (!isExhausted && (isAnchored || !this.#isTooLong)) return { findings, chain };
    const message = isExhausted
      ? 'So many certificates may have issued each other that not every path was tried.'
      : `No path of at most ${PATH_LIMIT} certificates leads to a trusted authority, and longer ones are not tried.`;
    // A path that holds ends the search, so findings are never empty where a limit was reached.
    return { findings: [...findings, toFinding('path-limit', message)], chain };
  }

  #isExhausted(): boolean {
    return this.#visits > VISIT_LIMIT || this.#check.isExhausted;
  }

  /** Follows every way on from the end of the chain; answers true as soon as one path holds. */
  async #extend(chain: readonly Certificate[]): Promise<boolean> {
    this.#visits += 1;
    const end = chain[chain.length - 1]!;
    if (this.#pool.isAnchor(end)) return this.#consider(chain, [], true);
    const issuers = this.#pool.issuersOf(end).filter((issuer) => !isIn(chain, issuer));
    let hasIssuer = false;
    for (const issuer of issuers) {
      if (this.#isExhausted()) return false;
      if ((await this.#check.verdict(end, issuer)) === 'refused') continue;
      hasIssuer = true;
      if (chain.length === PATH_LIMIT) this.#isTooLong = true;
      else if (await this.#extend([...chain, issuer])) return true;
    }
    if (hasIssuer && chain.length < PATH_LIMIT) return false;
    return this.#consider(chain, await this.#explainEnd(end, issuers), false);
  }

  /** Why the path ends at a certificate that is no anchor. */
  async #explainEnd(end: Certificate, namesakes: readonly Certificate[]): Promise<Finding[]> {
    const label = toLabel(end);
    if (end === this.#request.signer && isSelfIssued(end) && (await this.#check.verdict(end, end)) !== 'refused') {
      const message = `The certificate ${label} signed itself: nobody vouches for it. Use one issued by an authority this registry trusts, or ask its operator to list this one.`;
      return [toFinding('self-signed', message)];
    }
    const findings = [
      toFinding(
        'no-anchor',
        `No path leads to a trusted authority: nobody trusted here is found to have issued ${label}.`,
      ),
    ];
    if (namesakes.length > 0) {
      const message = `The signature of the certificate ${label} does not verify with the key of the authority it names as its issuer.`;
      if (!(await this.#isIssuedByAny(end, namesakes))) findings.push(toFinding('cert-sig', message));
    }
    for (const other of this.#pool.identifiedIssuersOf(end)) {
      if ((await this.#check.verdict(end, other)) !== 'signed') continue;
      const message = `The certificate ${label} was signed by ${toLabel(other)}, but names another issuer.`;
      findings.push(toFinding('name-chain', message));
    }
    return findings;
  }

  async #isIssuedByAny(certificate: Certificate, issuers: readonly Certificate[]): Promise<boolean> {
    for (const issuer of issuers) if ((await this.#check.verdict(certificate, issuer)) !== 'refused') return true;
    return false;
  }

  /** Keeps the chain if it is better than the best so far; true if it holds. */
  #consider(chain: readonly Certificate[], ending: readonly Finding[], isAnchored: boolean): boolean {
    const findings = [...ending, ...checkChain(chain, this.#request.at, isAnchored, this.#request.purpose)];
    const candidate = { chain, findings, isAnchored };
    if (this.#best === undefined || isBetter(candidate, this.#best)) this.#best = candidate;
    return isAnchored && !hasError(findings);
  }
}

/** One that reaches an anchor, then the one with the least against it, then the one that came further. */
function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.isAnchored !== b.isAnchored) return a.isAnchored;
  if (a.findings.length !== b.findings.length) return a.findings.length < b.findings.length;
  return a.chain.length > b.chain.length;
}

/** The same name with the same key again can only lead round in a circle (RFC 4158 section 2.4.1). */
function isIn(chain: readonly Certificate[], issuer: Certificate): boolean {
  return chain.some(({ spki, subject }) => isEqual(spki, issuer.spki) && isEqual(subject.der, issuer.subject.der));
}
