import type { Certificate } from '../x509/certificate.ts';
import type { Crypto } from '../x509/crypto.ts';
import { IssuerCheck } from '../x509/issuer-check.ts';
import { isSameName } from '../x509/name.ts';

/** What goes with a signature besides the signer's certificate (design: A2). */
const CHAIN_LIMIT = 7;

/**
 * Those of the certificates that lead from the signer's towards an anchor, in that order. A self-signed one is left out: whoever
 * verifies has the anchors that count.
 */
export async function orderChain(
  signer: Certificate,
  others: readonly Certificate[],
  crypto: Crypto,
): Promise<Certificate[]> {
  const check = new IssuerCheck(crypto);
  const chain: Certificate[] = [];
  let last = signer;
  while (chain.length < CHAIN_LIMIT && !isSameName(last.subject, last.issuer)) {
    const issuer = await findIssuer(last);
    if (issuer === undefined || isSameName(issuer.subject, issuer.issuer) || chain.includes(issuer)) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;

  async function findIssuer(certificate: Certificate): Promise<Certificate | undefined> {
    for (const candidate of others) {
      const isNamed = isSameName(candidate.subject, certificate.issuer);
      if (isNamed && (await check.verdict(certificate, candidate)) !== 'refused') return candidate;
    }
    return undefined;
  }
}
