import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileDurably } from '../../platform/durable-file.ts';
import type { DemoDirectory } from './demo-directory.ts';

/** A small file that looks like a disk image from outside: the mark of its format, then bytes that compress as badly as real ones. */
export interface DemoImage {
  readonly name: string;
  readonly kibibytes: number;
  /** Marks of the format: Latin-1 text at offsets. */
  readonly marks: readonly (readonly [offset: number, text: string])[];
}

/** Version 3 with an empty header: no backing file and no features, as what opens disks wants to see it. */
const QCOW2 = [[0, `QFI\xfb\x00\x00\x00\x03${'\x00'.repeat(96)}`]] as const;
const BOOT_SECTOR = [[510, '\x55\xaa']] as const;

/** The images of the demo; `mine.qcow2` is for the visitor to endorse. */
export const DEMO_IMAGES = {
  debian: { name: 'debian-12.qcow2', kibibytes: 2048, marks: QCOW2 },
  ubuntuOld: { name: 'ubuntu-22.04.qcow2', kibibytes: 1536, marks: QCOW2 },
  ubuntu: { name: 'ubuntu-24.04.qcow2', kibibytes: 1792, marks: QCOW2 },
  centos: { name: 'centos-7.img', kibibytes: 1024, marks: BOOT_SECTOR },
  alpine: { name: 'alpine-3.20.iso', kibibytes: 640, marks: [[0x8001, 'CD001']] },
  genomes: { name: 'reference-genomes.vmdk', kibibytes: 3072, marks: [[0, 'KDMV\x01\x00\x00\x00']] },
  mine: { name: 'mine.qcow2', kibibytes: 1280, marks: QCOW2 },
} as const satisfies Record<string, DemoImage>;

/** Writes every image; the same bytes on every machine. */
export async function makeDemoImages(directory: DemoDirectory): Promise<void> {
  await mkdir(directory.images, { recursive: true });
  for (const image of Object.values(DEMO_IMAGES)) {
    await writeFileDurably(toImagePath(directory, image), toBytes(image));
  }
}

/** Where an image of the demo lies. */
export function toImagePath(directory: DemoDirectory, image: DemoImage): string {
  return join(directory.images, image.name);
}

function toBytes({ name, kibibytes, marks }: DemoImage): Uint8Array {
  const bytes = createHash('shake256', { outputLength: kibibytes * 1024 })
    .update(name)
    .digest();
  for (const [offset, text] of marks) bytes.write(text, offset, 'latin1');
  return bytes;
}
