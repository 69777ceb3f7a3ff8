import type { Checksum, Description } from '../entry/entry.ts';
import { toIdentifier } from '../entry/identifier.ts';
import { VouchError } from '../errors.ts';
import { recogniseFormat } from './recognise-format.ts';
import type { Remarks } from './remark-field.ts';

/** What one pass over the bytes of an image gives. */
export interface ImageFacts {
  readonly sizeBytes: number;
  readonly checksums: readonly Checksum[];
  /** The first bytes of the image, up to `HEAD_BYTES`: enough to recognise its format. */
  readonly head: Uint8Array;
  /** The last bytes, up to `TAIL_BYTES`: some disk formats sign at the end. */
  readonly tail: Uint8Array;
}

/** The checksums the original's tools wrote, which its clients expect. */
export const ORIGINAL_ALGORITHMS = ['MD5', 'SHA-1', 'SHA-256', 'SHA-512'] as const;

/** An ISO 9660 volume descriptor, the deepest mark looked for, begins at 32 KiB. */
export const HEAD_BYTES = 34 * 1024;
export const TAIL_BYTES = 512;

/**
 * Identifier, size and checksums of the bytes with what the endorser says: format and compression recognised where the remarks do
 * not state them, `type` machine (disk for an ISO image) where they do not either. Throws `usage` without a SHA-1.
 */
export function toDescription(image: ImageFacts, remarks: Remarks): Description {
  const seen = recogniseFormat(image.head, image.tail);
  const sha1 = image.checksums.find((checksum) => checksum.algorithm === 'SHA-1');
  if (sha1 === undefined) {
    throw new VouchError('usage', 'SHA-1 must be among the checksums: the identifier of an image is made from it.');
  }
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

/** What is different between an image and what an entry says of it, as the parts of a sentence; empty where it is that image. */
export function compareImage(image: ImageFacts, said: Pick<Description, 'sizeBytes' | 'checksums'>): readonly string[] {
  const wrong = said.checksums.filter(
    ({ algorithm, value }) => !image.checksums.some((own) => own.algorithm === algorithm && own.value === value),
  );
  return [
    ...(image.sizeBytes === said.sizeBytes ? [] : [`its size is ${image.sizeBytes}, not ${said.sizeBytes}`]),
    ...wrong.map(({ algorithm }) => `its ${algorithm} checksum differs`),
  ];
}
