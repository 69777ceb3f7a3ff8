import type { PublicKey } from './certificate.ts';
import type { SignatureScheme } from './crypto.ts';
import { COORDINATE_OCTETS } from './ecdsa-signature.ts';

/** True if the key is of the kind, and on the curve, that the scheme needs. */
export function fitsKey(scheme: SignatureScheme, key: PublicKey): boolean {
  switch (scheme.name) {
    case 'ECDSA':
      return key.kind === 'ec' && key.curve === scheme.curve;
    case 'Ed25519':
      return key.kind === 'ed25519';
    default:
      return key.kind === 'rsa';
  }
}

/** True if key and scheme fit each other, and the signature has the one length that this key's signatures have. */
export function fitsSignature(scheme: SignatureScheme, key: PublicKey, signature: Uint8Array): boolean {
  return fitsKey(scheme, key) && signature.length === signatureOctets(key);
}

function signatureOctets(key: PublicKey): number | undefined {
  switch (key.kind) {
    case 'rsa':
      return Math.ceil(key.bits / 8);
    case 'ec':
      return 2 * COORDINATE_OCTETS[key.curve];
    case 'ed25519':
      return 64;
    case 'unsupported':
      return undefined;
  }
}
