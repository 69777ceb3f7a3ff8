import { namedBlobs } from '../proof/record.ts';
import type { LogReader } from './log.ts';
import { TILE_WIDTH } from './tile.ts';

/** Records whose documents one bundle holds at most, and bytes, unless the first record alone has more. */
export const DOCUMENT_BUNDLE_RECORDS = TILE_WIDTH;
export const DOCUMENT_BUNDLE_BYTES = 4 * 1_048_576;

const LENGTH_BYTES = 4;

/**
 * Documents and evidence of records `from` to `to`, each after its length as u32be, in the order of the log: as many as one answer holds.
 * A convenience for who copies the log: each is known by its SHA-256, and what is not in it is to be had one by one.
 */
export async function writeDocumentBundle(log: LogReader, from: number, to: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const { record } of log.records(from, Math.min(to, from + DOCUMENT_BUNDLE_RECORDS))) {
    const blobs = await Promise.all(namedBlobs(record).map((name) => log.blob(name)));
    bytes += blobs.reduce((sum, blob) => sum + LENGTH_BYTES + blob.length, 0);
    if (bytes > DOCUMENT_BUNDLE_BYTES && parts.length > 0) break;
    for (const blob of blobs) {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(blob.length);
      parts.push(length, blob);
    }
  }
  return Buffer.concat(parts);
}

/** What a bundle holds, whatever that is; what is cut off at its end is left out. */
export function readDocumentBundle(bytes: Uint8Array): Uint8Array[] {
  const blobs: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + LENGTH_BYTES <= bytes.length; ) {
    const end = at + LENGTH_BYTES + view.getUint32(at);
    if (end > bytes.length) break;
    blobs.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return blobs;
}
