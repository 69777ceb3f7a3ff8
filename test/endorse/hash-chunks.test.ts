import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openHasher, shareOut } from '../../src/endorse/hash-chunks.ts';
import type { ChecksumAlgorithm } from '../../src/entry/entry.ts';

const ALL: readonly ChecksumAlgorithm[] = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
const NAMES = { MD5: 'md5', 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const;

it('shares algorithms out to no more threads than cores, each algorithm once', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...ALL], { minLength: 1 }),
      fc.integer({ min: 1, max: 64 }),
      (algorithms, cores) => {
        const shares = shareOut(algorithms, cores);
        expect(shares).toHaveLength(Math.min(cores, algorithms.length));
        expect(shares.every((positions) => positions.length > 0)).toBe(true);
        expect(shares.flat().sort()).toEqual([...algorithms.keys()]);
      },
    ),
  );
});

it('puts the two costly algorithms of an entry on different cores', () => {
  const algorithms = ['MD5', 'SHA-1', 'SHA-256', 'SHA-512'] as const;
  const named = (cores: number) =>
    shareOut(algorithms, cores).map((positions) => positions.map((one) => algorithms[one]));
  expect(named(2)).toEqual([
    ['MD5', 'SHA-1'],
    ['SHA-512', 'SHA-256'],
  ]);
  expect(named(3)).toEqual([['MD5'], ['SHA-512'], ['SHA-256', 'SHA-1']]);
});

it('gives each checksum under its own name, in the order asked for, however threads share them', async () => {
  const bytes = Buffer.alloc(20 * 1024 * 1024 + 7, 'vouch');
  for (const algorithms of [ALL, ALL.toReversed(), ['SHA-256', 'MD5'] as const]) {
    const hasher = openHasher(algorithms, undefined);
    try {
      for (let from = 0; from < bytes.length; ) {
        const memory = await hasher.chunk();
        const length = Math.min(memory.length, bytes.length - from);
        memory.set(bytes.subarray(from, from + length));
        hasher.add(length);
        from += length;
      }
      const expected = algorithms.map((algorithm) => ({
        algorithm,
        value: createHash(NAMES[algorithm]).update(bytes).digest('hex'),
      }));
      expect(await hasher.finish()).toEqual(expected);
    } finally {
      await hasher.close();
    }
  }
});
