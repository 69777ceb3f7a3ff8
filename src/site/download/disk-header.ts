import { recogniseFormat } from '../../sign/recognise-format.ts';

/** Bytes of the start of an image that are looked at. */
export const DISK_HEAD_BYTES = 64 * 1024;

const QCOW2_EXTERNAL_DATA = 1n << 2n;

/**
 * Why an image must not be handed to what opens disks, or undefined: a disk can name other files, which whoever opens it would read with
 * his own rights, and a disk of one format that is taken for another is read by other rules. `head` are its first bytes, `tail` its
 * last 512; `format` is what the statement says.
 */
export function findDiskDanger(head: Uint8Array, tail: Uint8Array, format: string | undefined): string | undefined {
  const found = recogniseFormat(head, tail).format;
  const stated = format?.toLowerCase();
  if (stated !== undefined && found !== undefined && found !== 'raw' && !isSameFormat(stated, found)) {
    return `it is a ${found} disk, but the statement says ${stated}`;
  }
  // Those who are not told the format take it for what it looks like.
  if (isQed(head)) return stated === 'qed' ? findQedDanger(head) : 'it is a qed disk, which the statement does not say';
  // What reads a VMDK takes a list of other files that begins in any of several ways.
  if (stated === 'vmdk' && found !== 'vmdk') return 'it does not begin as the vmdk disk that the statement says it is';
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  switch (found) {
    case 'qcow2':
      return findQcow2Danger(view);
    case 'vmdk':
      return findVmdkDanger(head, view);
    case 'vdi':
      return view.byteLength >= 80 && view.getUint32(76, true) > 2 ? 'it is the difference to another disk' : undefined;
    case 'vhd':
      // Some read the copy at the start and some the footer.
      return [head, tail].some(isVhdDifference) ? 'it is the difference to another disk' : undefined;
    default:
      return undefined;
  }
}

function isSameFormat(stated: string, found: string): boolean {
  return stated === found || (stated === 'vpc' && found === 'vhd') || (stated === 'raw' && found === 'iso');
}

function findQcow2Danger(view: DataView): string | undefined {
  if (view.byteLength < 104) return 'its header is cut off';
  const version = view.getUint32(4);
  if (version < 2 || version > 3) return `it is qcow2 of the unknown version ${version}`;
  if (view.getBigUint64(8) !== 0n) return 'it names a backing file';
  if (version === 3 && (view.getBigUint64(72) & QCOW2_EXTERNAL_DATA) !== 0n) return 'it names an external data file';
  return undefined;
}

function isQed(head: Uint8Array): boolean {
  return head.length >= 4 && Buffer.from(head.subarray(0, 4)).toString('latin1') === 'QED\0';
}

const QED_BACKING_FILE = 1n;

function findQedDanger(head: Uint8Array): string | undefined {
  if (head.length < 64) return 'its header is cut off';
  const features = new DataView(head.buffer, head.byteOffset, head.byteLength).getBigUint64(16, true);
  return (features & QED_BACKING_FILE) === 0n ? undefined : 'it names a backing file';
}

function isVhdDifference(footer: Uint8Array): boolean {
  if (footer.length < 64 || Buffer.from(footer.subarray(0, 8)).toString('latin1') !== 'conectix') return false;
  return new DataView(footer.buffer, footer.byteOffset).getUint32(60) === 4;
}

const SECTOR_BYTES = 512n;

function findVmdkDanger(head: Uint8Array, view: DataView): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  if (text.startsWith('# Disk DescriptorFile')) return 'it is a list of other files';
  if (view.byteLength < 64) return 'its header is cut off';
  // Without a capacity it is nothing but the list that is inside of it.
  if (view.getBigUint64(12, true) === 0n) return 'it names other files';
  const descriptorEnd = (view.getBigUint64(28, true) + view.getBigUint64(36, true)) * SECTOR_BYTES;
  if (descriptorEnd > BigInt(DISK_HEAD_BYTES)) return 'its descriptor lies too far in to be looked at';
  const extents = [...text.matchAll(/^(?:RW|RDONLY|NOACCESS) \d+ ([A-Z0-9]+)(?: "([^"\n]*)")?/gm)];
  const outside = extents.find(([, type = '', name = '']) => type !== 'SPARSE' || /[/\\]/.test(name));
  if (outside !== undefined || extents.length > 1) return 'it names other files';
  if (/parentFileNameHint/i.test(text)) return 'it is the difference to another disk';
  return undefined;
}
