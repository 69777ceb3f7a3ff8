import { afterAll, describe, expect, it } from 'vitest';
import { EMPTY_ROOT, hashChildren, hashLeaf, isConsistent, isIncluded } from '../../src/log/merkle.ts';
import { proveConsistency, proveInclusion } from '../../src/log/tile-tree.ts';
import { growTree } from './vectors.ts';

const LARGEST = 70;

function leafHash(index: number): Uint8Array {
  return hashLeaf(Buffer.from(`entry-${index}`));
}

/** The definition of RFC 6962 2.1, as slow as it is plain. */
function rootOf(start: number, end: number): Uint8Array {
  if (end === start) return EMPTY_ROOT;
  if (end - start === 1) return leafHash(start);
  let split = 1;
  while (split * 2 < end - start) split *= 2;
  return hashChildren(rootOf(start, start + split), rootOf(start + split, end));
}

describe('isIncluded', () => {
  it('accepts the proof of every leaf in every tree, and for no other index', async () => {
    const { tiles } = await growTree(LARGEST);
    for (let size = 1; size <= LARGEST; size += 1) {
      const root = rootOf(0, size);
      for (let index = 0; index < size; index += 1) {
        const proof = await proveInclusion(tiles, index, size);
        const fits = Array.from({ length: size }, (_, at) => isIncluded(leafHash(index), at, size, root, proof));
        expect(fits.flatMap((isFit, at) => (isFit ? [at] : []))).toEqual([index]);
      }
    }
  });
});

describe('isConsistent', () => {
  it('accepts the proof of every pair of trees', async () => {
    const { tiles } = await growTree(LARGEST);
    const roots = Array.from({ length: LARGEST + 1 }, (_, size) => rootOf(0, size));
    for (let to = 0; to <= LARGEST; to += 1) {
      for (let from = 0; from <= to; from += 1) {
        const proof = await proveConsistency(tiles, from, to);
        expect(isConsistent(from, roots[from]!, to, roots[to]!, proof)).toBe(true);
        if (from > 0 && from < to) expect(isConsistent(from, roots[from - 1]!, to, roots[to]!, proof)).toBe(false);
      }
    }
  });

  it('takes every tree as the continuation of the empty one, with an empty proof only', () => {
    const root = rootOf(0, 5);
    expect(isConsistent(0, EMPTY_ROOT, 5, root, [])).toBe(true);
    expect(isConsistent(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])).toBe(true);
    expect(isConsistent(0, EMPTY_ROOT, 5, root, [root])).toBe(false);
    expect(isConsistent(0, root, 5, root, [])).toBe(false);
    expect(isConsistent(0, EMPTY_ROOT, 0, root, [])).toBe(false);
    expect(isConsistent(0, root, 0, root, [])).toBe(false);
  });
});

/** Proof lists with something wrong in them (after the list transparency-dev tests its verifiers with). */
function brokenProofs(proof: readonly Uint8Array[], roots: readonly Uint8Array[]): [string, Uint8Array[]][] {
  const garbage = Buffer.alloc(32, 0xab);
  const broken: [string, Uint8Array[]][] = [
    ['trailing garbage', [...proof, garbage]],
    ['preceding garbage', [garbage, ...proof]],
    ['trailing empty component', [...proof, new Uint8Array()]],
    ['preceding empty component', [new Uint8Array(), ...proof]],
    ['64 components', [...proof, ...Array.from({ length: 64 }, () => garbage)]],
    ['root of the empty tree', [...proof, EMPTY_ROOT]],
  ];
  for (const root of roots) broken.push(['trailing root', [...proof, root]], ['preceding root', [root, ...proof]]);
  for (const [at, hash] of proof.entries()) {
    const flipped = Uint8Array.from(hash);
    flipped[at % 32]! ^= 1 << (at % 8);
    broken.push(
      [`component ${at} removed`, proof.toSpliced(at, 1)],
      [`component ${at} twice`, proof.toSpliced(at, 0, hash)],
      [`garbage before component ${at}`, proof.toSpliced(at, 0, garbage)],
      [`component ${at} replaced`, proof.with(at, garbage)],
      [`bit of component ${at} flipped`, proof.with(at, flipped)],
      [`component ${at} shortened`, proof.with(at, hash.subarray(0, 31))],
      [`component ${at} lengthened`, proof.with(at, Buffer.concat([hash, hash.subarray(0, 1)]))],
      [`cut after component ${at}`, proof.slice(0, at)],
    );
    const next = proof[at + 1];
    if (next !== undefined)
      broken.push([`components ${at} and ${at + 1} swapped`, proof.with(at, next).with(at + 1, hash)]);
  }
  return broken;
}

describe('mutations (TL-12)', () => {
  /** How many were tried: the lists that transparency-dev tests its verifiers with have 98 each. */
  const tried = { inclusion: 0, consistency: 0 };
  afterAll(() => {
    expect(tried.inclusion).toBeGreaterThanOrEqual(98);
    expect(tried.consistency).toBeGreaterThanOrEqual(98);
  });

  const CASES = [
    [0, 1],
    [0, 2],
    [1, 2],
    [2, 3],
    [0, 8],
    [5, 8],
    [2, 7],
    [6, 7],
    [255, 256],
    [256, 257],
    [299, 600],
    [599, 600],
  ] as const;

  it.each(CASES)('of the proof of leaf %i in %i leaves are refused', async (index, size) => {
    const { tiles, tree } = await growTree(size);
    const [leaf, root] = [leafHash(index), tree.root()];
    const proof = await proveInclusion(tiles, index, size);
    const answer = (...given: Parameters<typeof isIncluded>): boolean => isIncluded(...given);
    expect(answer(leaf, index, size, root, proof)).toBe(true);
    const accepted: string[] = [];
    const expectRefused = (name: string, isAccepted: boolean): void => {
      tried.inclusion += 1;
      if (isAccepted) accepted.push(name);
    };
    for (const wrong of [index - 1, index + 1, index ^ 2, index + size, -1, size, 0.5, Number.NaN, 2 ** 53]) {
      expectRefused(`index ${wrong}`, answer(leaf, wrong, size, root, proof));
    }
    for (const wrong of [size * 2, Math.floor(size / 2), 0, -1, Number.NaN, 2 ** 60]) {
      expectRefused(`size ${wrong}`, answer(leaf, index, wrong, root, proof));
    }
    expectRefused('other leaf', answer(hashLeaf(Buffer.from('WrongLeaf')), index, size, root, proof));
    expectRefused('unhashed leaf', answer(Buffer.from(`entry-${index}`), index, size, root, proof));
    expectRefused('empty leaf', answer(new Uint8Array(), index, size, root, proof));
    expectRefused('empty root', answer(leaf, index, size, new Uint8Array(), proof));
    expectRefused('root of the empty tree', answer(leaf, index, size, EMPTY_ROOT, proof));
    if (size > 1) expectRefused('root and leaf swapped', answer(root, index, size, leaf, proof));
    for (const [name, broken] of brokenProofs(proof, [root, leaf])) {
      expectRefused(name, answer(leaf, index, size, root, broken));
    }
    expect(accepted).toEqual([]);
  });

  const PAIRS = [
    [1, 1],
    [1, 2],
    [1, 8],
    [2, 5],
    [4, 8],
    [6, 8],
    [3, 7],
    [4, 7],
    [7, 8],
    [255, 257],
    [256, 600],
    [300, 600],
  ] as const;

  it.each(PAIRS)('of the proof that %i leaves begin %i are refused', async (from, to) => {
    const { tiles, tree } = await growTree(to);
    const [old, root] = [(await growTree(from)).tree.root(), tree.root()];
    const proof = await proveConsistency(tiles, from, to);
    expect(isConsistent(from, old, to, root, proof)).toBe(true);
    const accepted: string[] = [];
    const expectRefused = (name: string, isAccepted: boolean): void => {
      tried.consistency += 1;
      if (isAccepted) accepted.push(name);
    };
    for (const wrong of [from - 1, from + 1, from ^ 2, from * 2, Math.floor(from / 2), -1, Number.NaN]) {
      expectRefused(`old size ${wrong}`, isConsistent(wrong, old, to, root, proof));
    }
    for (const wrong of [to * 2, Math.floor(to / 2), 0, -1, 2 ** 60]) {
      expectRefused(`new size ${wrong}`, isConsistent(from, old, wrong, root, proof));
    }
    expectRefused('sizes swapped', from !== to && isConsistent(to, old, from, root, proof));
    expectRefused('roots swapped', from !== to && isConsistent(from, root, to, old, proof));
    expectRefused('old root of the empty tree', isConsistent(from, EMPTY_ROOT, to, root, proof));
    expectRefused('new root of the empty tree', isConsistent(from, old, to, EMPTY_ROOT, proof));
    expectRefused('empty old root', isConsistent(from, new Uint8Array(), to, root, proof));
    expectRefused('empty new root', isConsistent(from, old, to, new Uint8Array(), proof));
    if (from < to) expectRefused('empty proof', isConsistent(from, old, to, root, []));
    for (const [name, broken] of brokenProofs(proof, [old, root])) {
      expectRefused(name, isConsistent(from, old, to, root, broken));
    }
    expect(accepted).toEqual([]);
  });
});
