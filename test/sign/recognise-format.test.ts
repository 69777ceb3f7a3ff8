import { expect, test } from 'vitest';
import { recogniseFormat } from '../../src/sign/recognise-format.ts';

function headWith(offset: number, text: string, length = 34 * 1024): Uint8Array {
  const head = new Uint8Array(length);
  head.set(Buffer.from(text, 'latin1'), offset);
  return head;
}

const NO_TAIL = new Uint8Array(512);

test.each([
  ['qcow2', 0, 'QFI\xfb', { format: 'qcow2' }],
  ['sparse VMDK', 0, 'KDMV', { format: 'vmdk' }],
  ['VDI', 64, '\x7f\x10\xda\xbe', { format: 'vdi' }],
  ['VHDX', 0, 'vhdxfile', { format: 'vhdx' }],
  ['dynamic VHD', 0, 'conectix', { format: 'vhd' }],
  ['ISO 9660', 0x8001, 'CD001', { format: 'iso' }],
  ['a disk with a boot sector', 510, '\x55\xaa', { format: 'raw' }],
  ['an ext4 file system', 1080, '\x53\xef', { format: 'raw' }],
  ['gzip', 0, '\x1f\x8b', { compression: 'gz' }],
  ['xz', 0, '\xfd7zXZ\x00', { compression: 'xz' }],
  ['bzip2', 0, 'BZh9', { compression: 'bz2' }],
  ['zstd', 0, '\x28\xb5\x2f\xfd', { compression: 'zst' }],
])('%s is recognised by its mark', (_, offset, mark, means) => {
  expect(recogniseFormat(headWith(offset, mark), NO_TAIL)).toEqual(means);
});

test('a fixed-size VHD is recognised by its footer, though it starts like a raw disk', () => {
  const tail = new Uint8Array(512);
  tail.set(Buffer.from('conectix'));
  expect(recogniseFormat(headWith(510, '\x55\xaa'), tail)).toEqual({ format: 'vhd' });
});

test('a hybrid ISO image is an ISO image', () => {
  const head = headWith(0x8001, 'CD001');
  head.set([0x55, 0xaa], 510);
  expect(recogniseFormat(head, NO_TAIL)).toEqual({ format: 'iso' });
});

test('nothing is claimed of bytes without a mark, nor of an empty image', () => {
  expect(recogniseFormat(new Uint8Array(34 * 1024), NO_TAIL)).toEqual({});
  expect(recogniseFormat(new Uint8Array(0), new Uint8Array(0))).toEqual({});
});
