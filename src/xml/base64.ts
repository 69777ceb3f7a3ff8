const VALUES = new Int8Array(128).fill(-1);
for (const [value, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  VALUES[character.charCodeAt(0)] = value;
}
const WHITE_SPACE = /[\t\n\r ]+/g;

/**
 * Base64 text with XML white space (RFC 4648 section 4, padding required, no stray bits): its bytes; undefined for anything
 * else and for nothing. The platform's own decoders skip or accept what this refuses.
 */
export function base64ToBytes(text: string): Uint8Array | undefined {
  const compact = text.replace(WHITE_SPACE, '');
  const padding = compact.endsWith('==') ? 2 : compact.endsWith('=') ? 1 : 0;
  if (compact === '' || compact.length % 4 !== 0) return undefined;
  const bytes = new Uint8Array((compact.length / 4) * 3 - padding);
  const digits = compact.length - padding;
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let digit = 0; digit < digits; digit++) {
    const value = VALUES[compact.charCodeAt(digit)] ?? -1;
    if (value < 0) return undefined;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  // Stray bits after the last byte would let one value be written in several ways.
  return (held & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** Bytes as base64 with padding and no line ends. */
export function bytesToBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}
