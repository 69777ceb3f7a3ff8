const SHAPE = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes of padded standard base64, or undefined for any other spelling (`Buffer.from` alone skips what it does not know). */
export function readBase64(text: string): Uint8Array | undefined {
  if (!SHAPE.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  // The last digit can carry bits that belong to no byte; only one spelling of them is right.
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** Padded standard base64. */
export function writeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
