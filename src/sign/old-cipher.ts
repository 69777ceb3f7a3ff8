/*
 * The library of broken ciphers is loaded here only, and only when a file needs it.
 */

/**
 * Decrypts RC2-CBC (RFC 2268), which OpenSSL 3 no longer does by itself but PKCS #12 files of the last decades are encrypted with;
 * undefined if the padding is wrong. The length of the key is also its effective length.
 */
export async function decryptRc2(
  key: Uint8Array,
  iv: Uint8Array,
  bytes: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { default: rc2 } = await import('node-forge/lib/rc2.js');
  return await decrypt(rc2.createDecryptionCipher(toBinary(key), key.length * 8), iv, bytes, 8);
}

/** Decrypts 3DES-CBC with a key of 24 octets, which pages cannot do by themselves; undefined if the padding is wrong. */
export async function decryptTripleDes(
  key: Uint8Array,
  iv: Uint8Array,
  bytes: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { default: des } = await import('node-forge/lib/des.js');
  return await decrypt(des.createDecryptionCipher(toBinary(key)), iv, bytes, 8);
}

/** Decrypts AES-CBC, which some browsers cannot do with 192 bits; undefined if the padding is wrong. */
export async function decryptAes(
  key: Uint8Array,
  iv: Uint8Array,
  bytes: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { default: aes } = await import('node-forge/lib/aes.js');
  return await decrypt(aes.createDecryptionCipher(toBinary(key)), iv, bytes, 16);
}

/** What of a cipher of the library is used here. */
export interface Cipher {
  /** One character per byte. */
  readonly output: { getBytes(): string };
  start(iv: string): void;
  update(input: object): void;
  /** Takes off the padding; false if there is none. */
  finish(): boolean;
}

async function decrypt(
  cipher: Cipher,
  iv: Uint8Array,
  bytes: Uint8Array,
  blockOctets: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (bytes.length === 0 || bytes.length % blockOctets !== 0) return undefined;
  const { default: util } = await import('node-forge/lib/util.js');
  cipher.start(toBinary(iv));
  cipher.update(util.createBuffer(toBinary(bytes)));
  const isWhole = cipher.finish();
  const text = cipher.output.getBytes();
  // The library takes any last byte up to its length for padding, as long as it fits.
  return isWhole && text.length < bytes.length && text.length >= bytes.length - blockOctets
    ? Uint8Array.from(text, (character) => character.charCodeAt(0))
    : undefined;
}

/** One character per octet. */
function toBinary(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => String.fromCharCode(octet)).join('');
}
