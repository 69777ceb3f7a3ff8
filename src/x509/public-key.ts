import type { PublicKey } from './certificate.ts';
import { checkDer, DerReader, refuse, TAG } from './der.ts';
import { toHex } from './octets.ts';

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const ED25519 = '1.3.101.112';

/** The named curves that are supported, and how many octets a coordinate has. */
const CURVES: Readonly<Record<string, readonly ['P-256' | 'P-384' | 'P-521', number]>> = {
  '1.2.840.10045.3.1.7': ['P-256', 32],
  '1.3.132.0.34': ['P-384', 48],
  '1.3.132.0.35': ['P-521', 66],
};

/**
 * The kind of key in a DER SubjectPublicKeyInfo. A key of another algorithm, on another curve, with explicit curve
 * parameters (CVE-2020-0601) or in a form nobody needs is `unsupported`; throws `malformed` for what is not DER.
 */
export function readPublicKey(spki: Uint8Array): PublicKey {
  const whole = new DerReader(spki);
  const sequence = whole.enter(TAG.sequence, 'The public key');
  whole.end('the public key');
  const algorithm = sequence.enter(TAG.sequence, 'The algorithm of the public key');
  const oid = algorithm.oid('The algorithm of the public key');
  const parameters = algorithm.isAtEnd ? undefined : algorithm.take('The parameters of the public key');
  algorithm.end('the parameters of the public key');
  if (parameters !== undefined) checkDer(parameters, 'The parameters of the public key');
  const key = sequence.octetsOfBitString('The public key');
  sequence.end('the public key');
  switch (oid) {
    case RSA:
      return readRsaKey(key);
    case EC:
      return readEcKey(key, parameters);
    case ED25519:
      return parameters === undefined && key.length === 32 && !isSmallOrderPoint(key)
        ? { kind: 'ed25519' }
        : { kind: 'unsupported', oid };
    default:
      return { kind: 'unsupported', oid };
  }
}

function readRsaKey(key: Uint8Array): PublicKey {
  const whole = new DerReader(key);
  const sequence = whole.enter(TAG.sequence, 'The RSA key');
  whole.end('the RSA key');
  const modulus = sequence.integer('The RSA modulus');
  const exponent = sequence.integer('The RSA exponent');
  sequence.end('the RSA exponent');
  if (modulus[0]! >= 0x80 || exponent[0]! >= 0x80) refuse('The RSA key holds a negative number.');
  const digits = modulus[0] === 0 ? modulus.subarray(1) : modulus;
  const bits = digits.length === 0 ? 0 : digits.length * 8 - (Math.clz32(digits[0]!) - 24);
  return { kind: 'rsa', bits, exponent: BigInt(`0x${toHex(exponent)}`) };
}

function readEcKey(key: Uint8Array, parameters: Uint8Array | undefined): PublicKey {
  if (parameters?.[0] !== TAG.oid) return { kind: 'unsupported', oid: EC };
  const oid = new DerReader(parameters).oid('The curve');
  const [curve, size] = CURVES[oid] ?? [];
  const isPoint = size !== undefined && key.length === 1 + 2 * size && key[0] === 4;
  return curve !== undefined && isPoint ? { kind: 'ec', curve } : { kind: 'unsupported', oid };
}

/** The y coordinates, little-endian, of the points of Ed25519 whose order divides 8; the last two are not reduced. */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** True for an Ed25519 public key under which one signature fits many messages; such a key proves nothing. */
export function isSmallOrderPoint(key: Uint8Array): boolean {
  const y = new Uint8Array(key);
  y[31]! &= 0x7f;
  return SMALL_ORDER.has(toHex(y));
}
