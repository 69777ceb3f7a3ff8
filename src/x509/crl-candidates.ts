import type { Certificate } from './certificate.ts';
import type { RevocationList } from './crl-list.ts';
import { toNewestFirst } from './crl-newer.ts';
import { pointsOf } from './crl-scope.ts';
import type { Crypto } from './crypto.ts';
import { readEcdsaSignature } from './ecdsa-signature.ts';
import { readExtensions } from './extension.ts';
import type { Memo } from './issuer-check.ts';
import { isSameName } from './name.ts';
import { toHex } from './octets.ts';
import { nameRefusedAlgorithm, readSignatureAlgorithm, toKeyWeakness, toScheme } from './scheme.ts';

/** How signatures of lists are checked. */
export interface SignatureCheck {
  readonly crypto: Crypto;
  /** Signatures already checked, those of certificates too; the caller owns it and bounds its size. */
  readonly checked?: Memo;
}

/** The lists that bear the name of a certificate's issuer. */
export interface Candidates {
  /** Those that tell about the certificate, newest first: signed by the issuer's key, complete for it, understood wholly. */
  readonly good: readonly RevocationList[];
  /** Why the others do not, newest first, each the end of a sentence that starts with a list of the issuer. */
  readonly faults: readonly string[];
}

/** Looks through lists of any issuers for those about a certificate; when they were issued is not looked at. */
export async function findCandidates(
  certificate: Certificate,
  issuer: Certificate,
  lists: readonly RevocationList[],
  check: SignatureCheck,
): Promise<Candidates> {
  const good: RevocationList[] = [];
  const faults = new Set<string>();
  for (const list of toNewestFirst(lists.filter((one) => isSameName(one.issuer, certificate.issuer)))) {
    const fault =
      list.faults[0] ??
      scopeFault(list, certificate) ??
      signerFault(issuer) ??
      (await signatureFault(list, issuer, check));
    if (fault === undefined) good.push(list);
    else faults.add(`of ${list.thisUpdate.toISOString()} ${fault}`);
  }
  return { good, faults: [...faults] };
}

function scopeFault({ points }: RevocationList, certificate: Certificate): string | undefined {
  if (points === undefined) return undefined;
  const covered = pointsOf(certificate);
  const isCovered = [...points].some((point) => covered.has(point));
  return isCovered ? undefined : 'covers the certificates of another distribution point';
}

function signerFault(issuer: Certificate): string | undefined {
  const { keyUsage } = readExtensions(issuer);
  return keyUsage !== undefined && !keyUsage.has('cRLSign')
    ? "is signed with the issuer's key, whose certificate does not allow it to sign lists"
    : undefined;
}

async function signatureFault(
  list: RevocationList,
  issuer: Certificate,
  { crypto, checked }: SignatureCheck,
): Promise<string | undefined> {
  const algorithm = readSignatureAlgorithm(list.signature.algorithmDer);
  if (algorithm === undefined) {
    return `is signed with ${nameRefusedAlgorithm(list.signature.oid)}, which is not accepted`;
  }
  const weakness = toKeyWeakness(issuer.publicKey);
  if (weakness !== undefined) return `is signed with a key that ${weakness}`;
  const scheme = toScheme(algorithm, issuer.publicKey);
  const { bytes } = list.signature;
  const signature = scheme?.name === 'ECDSA' ? readEcdsaSignature(bytes, scheme.curve) : bytes;
  let isGood: boolean | undefined = false;
  if (scheme !== undefined && signature !== undefined) {
    const key = checked && `${await digestOf(list, crypto)}:${toHex(await crypto.digest('SHA-256', issuer.spki))}`;
    isGood = key === undefined ? undefined : checked?.get(key);
    if (isGood === undefined) {
      isGood = await crypto.verify(scheme, issuer.spki, signature, list.tbs);
      if (key !== undefined) checked?.set(key, isGood);
    }
  }
  return isGood ? undefined : "has a signature that does not verify with the issuer's key";
}

/** Hashing a long list takes as long as checking its signature, so it is done once for each list object. */
const digests = new WeakMap<RevocationList, string>();

async function digestOf(list: RevocationList, crypto: Crypto): Promise<string> {
  let digest = digests.get(list);
  if (digest === undefined) {
    digest = toHex(await crypto.digest('SHA-256', list.der));
    digests.set(list, digest);
  }
  return digest;
}
