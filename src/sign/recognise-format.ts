/** What the first and last bytes of an image say about it. Absent fields could not be told. */
export interface ImageFormat {
  /** `qcow2`, `vmdk`, `vdi`, `vhd`, `vhdx`, `iso` or `raw`. */
  readonly format?: string;
  /** `gz`, `xz`, `bz2`, `zst`. */
  readonly compression?: string;
}

interface Mark {
  readonly offset: number;
  readonly bytes: string;
  readonly means: ImageFormat;
}

/** Compression first: what lies inside a compressed file cannot be seen. Bytes are Latin-1 text. */
const MARKS: readonly Mark[] = [
  { offset: 0, bytes: '\x1f\x8b', means: { compression: 'gz' } },
  { offset: 0, bytes: '\xfd7zXZ\x00', means: { compression: 'xz' } },
  { offset: 0, bytes: 'BZh', means: { compression: 'bz2' } },
  { offset: 0, bytes: '\x28\xb5\x2f\xfd', means: { compression: 'zst' } },
  { offset: 0, bytes: 'QFI\xfb', means: { format: 'qcow2' } },
  { offset: 0, bytes: 'KDMV', means: { format: 'vmdk' } },
  { offset: 0, bytes: '# Disk DescriptorFile', means: { format: 'vmdk' } },
  { offset: 64, bytes: '\x7f\x10\xda\xbe', means: { format: 'vdi' } },
  { offset: 0, bytes: 'vhdxfile', means: { format: 'vhdx' } },
  { offset: 0, bytes: 'conectix', means: { format: 'vhd' } },
  { offset: 0x8001, bytes: 'CD001', means: { format: 'iso' } },
  // A boot sector, or an ext2/3/4 superblock with no partition table before it. After ISO: hybrid images have both.
  { offset: 510, bytes: '\x55\xaa', means: { format: 'raw' } },
  { offset: 1080, bytes: '\x53\xef', means: { format: 'raw' } },
];

/** Recognises disk formats and compressions by their marks; the name of the file plays no part. */
export function recogniseFormat(head: Uint8Array, tail: Uint8Array): ImageFormat {
  // A fixed-size VHD is a raw disk with a footer: the end is more specific than the boot sector at the start.
  if (tail.length === 512 && has(tail, 0, 'conectix')) return { format: 'vhd' };
  return MARKS.find((mark) => has(head, mark.offset, mark.bytes))?.means ?? {};
}

function has(bytes: Uint8Array, offset: number, mark: string): boolean {
  if (bytes.length < offset + mark.length) return false;
  return Array.from(mark).every((char, nth) => bytes[offset + nth] === char.charCodeAt(0));
}
