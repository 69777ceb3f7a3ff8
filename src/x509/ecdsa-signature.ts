import { DerReader, TAG } from './der.ts';

/** How many octets each half of a raw ECDSA signature has. */
export const COORDINATE_OCTETS = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const;

/**
 * The raw `r || s` of an ECDSA signature as certificates hold it, strict DER SEQUENCE { r, s }; undefined if it is not that, or
 * r or s is negative, zero or too long for the curve.
 */
export function readEcdsaSignature(der: Uint8Array, curve: keyof typeof COORDINATE_OCTETS): Uint8Array | undefined {
  const octets = COORDINATE_OCTETS[curve];
  const raw = new Uint8Array(2 * octets);
  try {
    const whole = new DerReader(der);
    const sequence = whole.enter(TAG.sequence, 'The signature');
    whole.end('the signature');
    for (const end of [octets, 2 * octets]) {
      const integer = sequence.integer('A half of the signature');
      const digits = integer[0] === 0 ? integer.subarray(1) : integer;
      if (integer[0]! >= 0x80 || digits.length === 0 || digits.length > octets) return undefined;
      raw.set(digits, end - digits.length);
    }
    sequence.end('the signature');
    return raw;
  } catch {
    return undefined;
  }
}
