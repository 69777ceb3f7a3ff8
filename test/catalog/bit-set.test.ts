import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitSet } from '../../src/catalog/bit-set.ts';

const indexes = fc.uniqueArray(fc.nat({ max: 200 }), { maxLength: 80 });

function toSet(members: readonly number[]): BitSet {
  const set = new BitSet();
  for (const index of members) set.add(index);
  return set;
}

function toMembers(set: BitSet): number[] {
  const members: number[] = [];
  set.forEach((index) => {
    members.push(index);
  });
  expect(set.count()).toBe(members.length);
  return members;
}

const sorted = (members: Iterable<number>): number[] => [...members].sort((one, other) => one - other);

describe('BitSet', () => {
  it('does what sets of numbers do', () => {
    fc.assert(
      fc.property(indexes, indexes, fc.nat({ max: 220 }), (one, other, size) => {
        const [left, right] = [toSet(one), toSet(other)];
        expect(toMembers(left.with(right))).toEqual(sorted(one.filter((index) => other.includes(index))));
        expect(left.countWith(right)).toBe(one.filter((index) => other.includes(index)).length);
        expect(toMembers(left.without(right))).toEqual(sorted(one.filter((index) => !other.includes(index))));
        const below = left.below(size);
        expect(toMembers(below)).toEqual(sorted(one.filter((index) => index < size)));
        below.join(right.below(size));
        expect(toMembers(below)).toEqual(sorted(new Set([...one, ...other].filter((index) => index < size))));
        for (const index of other) left.delete(index);
        expect(toMembers(left)).toEqual(toMembers(toSet(one).without(right)));
        for (const index of one) expect(left.has(index)).toBe(!other.includes(index));
        expect(left.has(100_000)).toBe(false);
      }),
    );
  });

  it('takes in neighbouring bits at any place, as far as there is room', () => {
    fc.assert(
      fc.property(fc.nat({ max: 130 }), fc.nat({ max: 63 }), (first, bits) => {
        const set = new BitSet(128);
        set.addBits(first, bits);
        const expected = [0, 1, 2, 3, 4, 5].filter((bit) => (bits >> bit) % 2 === 1).map((bit) => first + bit);
        expect(toMembers(set)).toEqual(expected.filter((index) => index < 128));
      }),
    );
  });
});
