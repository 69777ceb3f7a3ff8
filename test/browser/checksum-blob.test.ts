import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { checksumBlob } from '../../src/browser/checksum-blob.ts';
import type { ChecksumAlgorithm } from '../../src/entry/entry.ts';

const ALGORITHMS = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const satisfies readonly ChecksumAlgorithm[];
const PIECE = 4 << 20;

test.each([0, 1, 511, 512, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 7])(
  'a file of %i bytes is checksummed',
  async (size) => {
    const bytes = randomBytes(size);
    const progress: number[] = [];
    const facts = await checksumBlob(new Blob([bytes]), ALGORITHMS, (done) => progress.push(done));
    expect(facts.sizeBytes).toBe(size);
    expect(facts.checksums).toEqual(
      ALGORITHMS.map((algorithm) => ({
        algorithm,
        value: createHash(algorithm.replace('SHA-', 'sha').toLowerCase()).update(bytes).digest('hex'),
      })),
    );
    expect(Buffer.from(facts.head).equals(bytes.subarray(0, 34 * 1024))).toBe(true);
    expect(Buffer.from(facts.tail).equals(bytes.subarray(Math.max(0, size - 512)))).toBe(true);
    expect(progress.at(-1) ?? 0).toBe(size);
  },
);
