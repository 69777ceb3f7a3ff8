/**
 * The same bytes in a buffer that holds nothing else. A view that is sent to a thread takes its whole buffer along: one document out of an
 * answer with 256 would be copied together with the other 255. Bytes that own their buffer are given back as they are.
 */
export function toOwnBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
