const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const IDENTIFIER = /^[A-P][A-Za-z0-9_-]{26}$/;

/** True for 27 base-64 digits that stand for a number below 2^160. */
export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}

/**
 * The identifier of an image from the hex SHA-1 of its bytes: the digest as one 160-bit big-endian number in 27 base-64
 * digits, most significant first (two leading zero bits; not RFC 4648 base64 of the 20 bytes).
 */
export function toIdentifier(sha1Hex: string): string {
  // With two zero bits in front the first hex digit is the first digit; after it every three hex digits are two digits.
  let digits = DIGITS[Number.parseInt(sha1Hex.slice(0, 1), 16)]!;
  for (let at = 1; at < sha1Hex.length; at += 3) {
    const bits = Number.parseInt(sha1Hex.slice(at, at + 3), 16);
    digits += DIGITS[bits >> 6]! + DIGITS[bits & 63]!;
  }
  return digits;
}
