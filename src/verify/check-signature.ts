import { type Finding, toFinding } from '../errors.ts';
import type { Certificate, PublicKey } from '../x509/certificate.ts';
import type { Crypto, SignatureScheme } from '../x509/crypto.ts';
import type { SignatureMethod } from '../xml/signature-algorithm.ts';
import type { DocumentContent } from './read-document.ts';

const HASH_BYTES = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 } as const;

const encoder = new TextEncoder();

/** The mathematics: digest over the signed octets, signature over SignedInfo with the first certificate's key and no other. */
export async function checkSignature(
  signature: NonNullable<DocumentContent['signature']>,
  signed: { readonly octets: Uint8Array; readonly sha256: Uint8Array },
  certificate: Certificate | undefined,
  crypto: Crypto,
): Promise<Finding[]> {
  const { claim, signedInfoText } = signature;
  const findings: Finding[] = [];
  const digest = claim.digest === 'SHA-256' ? signed.sha256 : await crypto.digest(claim.digest, signed.octets);
  if (!areEqual(digest, claim.digestValue)) {
    findings.push(
      toFinding('digest', 'The document was changed after it was signed: its digest is not the signed one.'),
    );
  }
  if (certificate === undefined) return findings;
  const scheme = toScheme(claim.method, certificate.publicKey);
  if (scheme === undefined) {
    const kind = certificate.publicKey.kind;
    findings.push(
      toFinding(
        'alg-key-mismatch',
        `The signature method ${claim.method.uri} does not fit the certificate's ${kind} key.`,
      ),
    );
    return findings;
  }
  const isGenuine = await crypto.verify(scheme, certificate.spki, claim.signatureValue, encoder.encode(signedInfoText));
  if (!isGenuine) {
    findings.push(toFinding('sig', 'The signature does not verify with the key of the first certificate.'));
  }
  return findings;
}

/** The scheme a method means with this key; undefined where they do not belong together. */
export function toScheme(method: SignatureMethod, key: PublicKey): SignatureScheme | undefined {
  const { family, hash } = method;
  if (family === 'rsa' && key.kind === 'rsa' && hash !== undefined) return { name: 'RSASSA-PKCS1-v1_5', hash };
  if (family === 'rsa-pss' && key.kind === 'rsa' && hash !== undefined) {
    return { name: 'RSA-PSS', hash, saltLength: method.saltLength ?? HASH_BYTES[hash] };
  }
  if (family === 'ecdsa' && key.kind === 'ec' && hash !== undefined) return { name: 'ECDSA', hash, curve: key.curve };
  if (family === 'ed25519' && key.kind === 'ed25519') return { name: 'Ed25519' };
  return undefined;
}

/** True if both are the same bytes; takes the same time wherever they differ. */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ b[at]!;
  return difference === 0;
}
