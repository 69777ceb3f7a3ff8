import { VouchError } from '../errors.ts';
import type { PublicKey } from './certificate.ts';
import type { DigestAlgorithm, SignatureScheme } from './crypto.ts';
import { DerReader, refuse, TAG } from './der.ts';
import { isEqual } from './octets.ts';
import { readPublicKey } from './public-key.ts';

type Hash = Exclude<DigestAlgorithm, 'SHA-1'>;

/** An acceptable signature algorithm as a certificate names it; the key says the rest. */
export type SignatureAlgorithm =
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: Hash }
  | { readonly name: 'RSA-PSS'; readonly hash: Hash; readonly saltLength: number }
  | { readonly name: 'ECDSA'; readonly hash: Hash }
  | { readonly name: 'Ed25519' };

const RSA_PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';

const PLAIN: Readonly<Record<string, SignatureAlgorithm>> = {
  '1.2.840.113549.1.1.11': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  '1.2.840.113549.1.1.12': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  '1.2.840.113549.1.1.13': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
  '1.2.840.10045.4.3.2': { name: 'ECDSA', hash: 'SHA-256' },
  '1.2.840.10045.4.3.3': { name: 'ECDSA', hash: 'SHA-384' },
  '1.2.840.10045.4.3.4': { name: 'ECDSA', hash: 'SHA-512' },
  '1.3.101.112': { name: 'Ed25519' },
};

const HASHES: Readonly<Record<string, Hash>> = {
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
};

/** Names for the algorithms people meet and that are not accepted. */
const REFUSED: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2 with RSA',
  '1.2.840.113549.1.1.4': 'MD5 with RSA',
  '1.2.840.113549.1.1.5': 'SHA-1 with RSA',
  '1.2.840.113549.1.1.14': 'SHA-224 with RSA',
  '1.2.840.113549.1.1.10': 'RSA-PSS with parameters other than one SHA-2 hash throughout',
  '1.2.840.10045.4.1': 'SHA-1 with ECDSA',
  '1.2.840.10045.4.3.1': 'SHA-224 with ECDSA',
  '1.2.840.10040.4.3': 'SHA-1 with DSA',
  '1.3.14.3.2.29': 'SHA-1 with RSA',
};

/**
 * The signature algorithm in the DER of an AlgorithmIdentifier, or undefined if it is not one of those accepted: RSA (PKCS #1
 * v1.5 and PSS) and ECDSA with SHA-256, SHA-384 or SHA-512, and Ed25519.
 */
export function readSignatureAlgorithm(der: Uint8Array): SignatureAlgorithm | undefined {
  try {
    const sequence = new DerReader(der).enter(TAG.sequence, 'The algorithm');
    const oid = sequence.oid('The algorithm');
    if (oid === RSA_PSS) return readPssParameters(sequence);
    const algorithm = PLAIN[oid];
    // RFC 4055 writes NULL for RSA, and asks readers to take nothing as well; the others have no parameters.
    if (algorithm?.name === 'RSASSA-PKCS1-v1_5' && !sequence.isAtEnd) sequence.content(TAG.null, 'The parameters');
    sequence.end('the parameters');
    return algorithm;
  } catch {
    // Parameters that are not what the algorithm has make it another algorithm.
    return undefined;
  }
}

/** The scheme for verifying with this key, or undefined if the key is of another kind than the algorithm. */
export function toScheme(algorithm: SignatureAlgorithm, key: PublicKey): SignatureScheme | undefined {
  switch (algorithm.name) {
    case 'RSASSA-PKCS1-v1_5':
    case 'RSA-PSS':
      return key.kind === 'rsa' ? algorithm : undefined;
    case 'ECDSA':
      return key.kind === 'ec' ? { ...algorithm, curve: key.curve } : undefined;
    case 'Ed25519':
      return key.kind === 'ed25519' ? algorithm : undefined;
  }
}

/** A name for an algorithm that is not accepted. */
export function nameRefusedAlgorithm(oid: string): string {
  return REFUSED[oid] ?? `the algorithm ${oid}`;
}

/**
 * What is wrong with the strength of a key, as the end of a sentence, or undefined: RSA has 2048 to 8192 bits and an odd
 * exponent from 3 to 2^64, EC is on a named NIST curve, or it is Ed25519.
 */
export function toKeyWeakness(key: PublicKey): string | undefined {
  switch (key.kind) {
    case 'rsa':
      if (key.bits < 2048 || key.bits > 8192) return `is RSA of ${key.bits} bits; 2048 to 8192 are accepted`;
      if (key.exponent < 3n || key.exponent % 2n === 0n || key.exponent >> 64n !== 0n) return 'has a bad RSA exponent';
      return undefined;
    case 'unsupported':
      return `is of a kind that is not accepted (${key.oid}); RSA, P-256, P-384, P-521 and Ed25519 are`;
    default:
      return undefined;
  }
}

/** The scheme an endorser with this key signs with; throws `key` for a kind of key that cannot sign entries. */
export function defaultScheme(spki: Uint8Array): SignatureScheme {
  const key = readPublicKey(spki);
  switch (key.kind) {
    case 'rsa':
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    case 'ec': {
      const hash = ({ 'P-256': 'SHA-256', 'P-384': 'SHA-384', 'P-521': 'SHA-512' } as const)[key.curve];
      return { name: 'ECDSA', hash, curve: key.curve };
    }
    case 'ed25519':
      return { name: 'Ed25519' };
    case 'unsupported':
      throw new VouchError('key', `The key ${toKeyWeakness(key)}.`);
  }
}

/** RSASSA-PSS-params (RFC 4055 section 3.1): SHA-2, MGF1 with the same hash, and the only trailer there is. */
function readPssParameters(sequence: DerReader): SignatureAlgorithm | undefined {
  const parameters = sequence.enter(TAG.sequence, 'The parameters');
  sequence.end('the parameters');
  const hashed = parameters.enter(0xa0, 'The hash');
  const hash = readHash(hashed);
  hashed.end('the hash');
  const generator = parameters.enter(0xa1, 'The mask generator').enter(TAG.sequence, 'The mask generator');
  const isMgf1 = generator.oid('The mask generator') === MGF1;
  const maskHash = readHash(generator);
  generator.end('the hash of the mask generator');
  const salt = parameters.tag === 0xa2 ? parameters.enter(0xa2, 'The salt length') : undefined;
  const saltLength = salt?.smallInteger('The salt length') ?? 20;
  const trailer = parameters.tag === 0xa3 ? parameters.enter(0xa3, 'The trailer').smallInteger('The trailer') : 1;
  parameters.end('the trailer');
  const isOneHash = hash !== undefined && hash === maskHash;
  return isOneHash && isMgf1 && trailer === 1 && saltLength <= 512 ? { name: 'RSA-PSS', hash, saltLength } : undefined;
}

/** The AlgorithmIdentifier of a hash as the next value of the reader; undefined for one that is not SHA-256, SHA-384 or SHA-512. */
export function readHash(reader: DerReader): Hash | undefined {
  const sequence = reader.enter(TAG.sequence, 'The hash');
  const oid = sequence.oid('The hash');
  if (!sequence.isAtEnd && !isEqual(sequence.take('The parameters'), Uint8Array.of(5, 0)))
    refuse('The hash has parameters.');
  sequence.end('the hash');
  return HASHES[oid];
}
