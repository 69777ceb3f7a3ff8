import type { Description } from '../entry/entry.ts';
import { VouchError } from '../errors.ts';
import type { Remarks } from '../sign/remark-field.ts';
import { toDescription } from '../sign/to-description.ts';
import { type ChecksumOptions, checksumImage, type ImageSource } from './checksum-image.ts';

export type { Remarks } from '../sign/remark-field.ts';

/** Describes an image from one pass over its bytes, as `toDescription` does. */
export async function describeImage(
  source: ImageSource,
  remarks: Remarks,
  options: ChecksumOptions = {},
): Promise<Description> {
  if (options.algorithms?.includes('SHA-1') === false) {
    throw new VouchError('usage', 'SHA-1 must be among the checksums: the identifier of an image is made from it.');
  }
  return toDescription(await checksumImage(source, options), remarks);
}
