import type { Description } from '../entry/entry.ts';
import { toIdentifier } from '../entry/identifier.ts';
import { VouchError } from '../errors.ts';
import { recogniseFormat } from '../sign/recognise-format.ts';
import { type ChecksumOptions, checksumImage, type ImageSource, ORIGINAL_ALGORITHMS } from './checksum-image.ts';

/** What the endorser says that the bytes cannot say: a description without what is computed. */
export type Remarks = Partial<Omit<Description, 'identifier' | 'sizeBytes' | 'checksums'>>;

/**
 * Describes an image from one pass over its bytes: identifier, size and checksums computed, format and compression recognised
 * where the remarks do not state them, `type` machine (disk for an ISO image) where they do not either.
 */
export async function describeImage(
  source: ImageSource,
  remarks: Remarks,
  options: ChecksumOptions = {},
): Promise<Description> {
  const algorithms = options.algorithms ?? ORIGINAL_ALGORITHMS;
  if (!algorithms.includes('SHA-1')) {
    throw new VouchError('usage', 'SHA-1 must be among the checksums: the identifier of an image is made from it.');
  }
  const image = await checksumImage(source, options);
  const seen = recogniseFormat(image.head, image.tail);
  const sha1 = image.checksums.find((checksum) => checksum.algorithm === 'SHA-1')!;
  return {
    locations: [],
    inboundPorts: [],
    outboundPorts: [],
    icmp: [],
    type: seen.format === 'iso' ? 'disk' : 'machine',
    ...seen,
    ...remarks,
    identifier: toIdentifier(sha1.value),
    sizeBytes: image.sizeBytes,
    checksums: image.checksums,
  };
}
