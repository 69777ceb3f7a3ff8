import { base64ToBytes, bytesToBase64 } from '../xml/base64.ts';

const SHAPE = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes of padded standard base64, or undefined for any other spelling: one value has one. */
export function readBase64(text: string): Uint8Array | undefined {
  if (!SHAPE.test(text)) return undefined;
  return text === '' ? new Uint8Array() : base64ToBytes(text);
}

/** Padded standard base64. */
export function writeBase64(bytes: Uint8Array): string {
  return bytesToBase64(bytes);
}
