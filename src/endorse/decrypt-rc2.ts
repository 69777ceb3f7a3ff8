/**
 * Decrypts RC2-CBC (RFC 2268), which OpenSSL 3 no longer does by itself but PKCS #12 files of the last decades are encrypted with;
 * undefined if the padding is wrong. The length of the key is also its effective length. The library is loaded only here.
 */
export async function decryptRc2(
  key: Uint8Array,
  iv: Uint8Array,
  bytes: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (bytes.length === 0 || bytes.length % 8 !== 0) return undefined;
  const { default: forge } = await import('node-forge');
  const cipher = forge.rc2.createDecryptionCipher(toBinary(key), key.length * 8);
  cipher.start(toBinary(iv));
  cipher.update(forge.util.createBuffer(toBinary(bytes)));
  const isWhole = cipher.finish();
  const text = cipher.output.getBytes();
  // The library takes any last byte up to its length for padding, as long as it fits.
  return isWhole && text.length < bytes.length && text.length >= bytes.length - 8
    ? new Uint8Array(Buffer.from(text, 'latin1'))
    : undefined;
}

function toBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
