import { join } from 'node:path';
import { VouchError } from '../errors.ts';
import { readSignedCheckpoint } from '../log/checkpoint.ts';
import { hashLeaf } from '../log/merkle.ts';
import { readVerifierKey } from '../log/note-key.ts';
import { areEqualBytes, sha256Hex } from '../log/sha256.ts';
import { TreeEdge } from '../log/tree-edge.ts';
import type { Manifest, Segment } from './manifest.ts';
import { readSegment } from './segment.ts';

/** The log in a backup as it is read: what its leaves come to, and which blobs are there. */
export class SavedLog {
  readonly #directory: string;
  readonly edge = TreeEdge.of(0, []);
  /** SHA-256 hex. */
  readonly blobs = new Set<string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Reads the next segment from the disk; `corrupt` unless it is what was written. */
  async verify(segment: Segment): Promise<void> {
    for await (const { kind, bytes } of readSegment(join(this.#directory, 'log', segment.name), segment)) {
      if (kind === 'leaf') this.edge.append(hashLeaf(bytes));
      else if (kind === 'blob') this.blobs.add(sha256Hex(bytes));
    }
    if (this.edge.size !== segment.to) {
      throw new VouchError('corrupt', `The file ${segment.name} of the backup has other records than it says.`);
    }
  }

  /** `corrupt` unless the key signed exactly what was read. */
  assertSigned({ logKey, checkpoint, size }: Pick<Manifest, 'logKey' | 'checkpoint' | 'size'>): void {
    const { checkpoint: signed } = readSignedCheckpoint(Buffer.from(checkpoint), readVerifierKey(logKey));
    if (signed.size !== size || this.edge.size !== size || !areEqualBytes(signed.root, this.edge.root())) {
      throw new VouchError('corrupt', 'The records in the backup are not those that the log signed.');
    }
  }
}
