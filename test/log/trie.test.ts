import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { proveKey } from '../../src/log/prove-key.ts';
import { sha256 } from '../../src/log/sha256.ts';
import { toPageKey } from '../../src/log/store-key.ts';
import { TrieChange } from '../../src/log/trie-change.ts';
import {
  bitOf,
  EMPTY_TRIE,
  hashTrieLeaf,
  hashTrieNode,
  type TrieLeaf,
  toTrieKey,
  toTrieLeaf,
} from '../../src/log/trie-hash.ts';
import { judgeTrieProof, type TrieProof } from '../../src/log/trie-proof.ts';

/** The trie as the design says it, without pages: what is under a range of bits is nothing, one leaf, or two halves. */
function rootOf(leaves: readonly TrieLeaf[], depth = 0): Uint8Array {
  const [only, ...others] = leaves;
  if (only === undefined) return EMPTY_TRIE;
  if (others.length === 0) return hashTrieLeaf(only);
  const [left, right] = [0, 1].map((bit) => leaves.filter(({ key }) => bitOf(key, depth) === bit));
  return hashTrieNode(rootOf(left!, depth + 1), rootOf(right!, depth + 1));
}

function toLeaves(records: ReadonlyMap<string, number[]>): TrieLeaf[] {
  return [...records].map(([hex, numbers]) => toTrieLeaf(Buffer.from(hex, 'hex'), numbers));
}

/** Keys of which many begin alike, down to the last bit: what somebody could make on purpose. */
const key = fc.oneof(
  fc.nat({ max: 40 }).map((number) => Buffer.from(sha256(Buffer.from(String(number))))),
  fc.record({ at: fc.nat({ max: 31 }), byte: fc.nat({ max: 255 }) }).map(({ at, byte }) => {
    const bytes = Buffer.alloc(32, 0xaa);
    bytes[at] = byte;
    return bytes;
  }),
);
const rounds = fc.array(fc.array(fc.record({ key, count: fc.integer({ min: 1, max: 3 }) }), { maxLength: 12 }), {
  minLength: 1,
  maxLength: 6,
});

interface Grown {
  readonly store: MemoryStore;
  readonly records: Map<string, number[]>;
  readonly roots: Uint8Array[];
}

/** A round is what one index number adds; the store is written after each. */
async function grow(
  given: readonly (readonly { readonly key: Buffer; readonly count: number }[])[],
  onRound: (grown: Grown, generation: number) => Promise<void> = async () => undefined,
): Promise<Grown> {
  const grown: Grown = { store: new MemoryStore(), records: new Map(), roots: [] };
  let next = 0;
  for (const [at, round] of given.entries()) {
    const change = new TrieChange(grown.store);
    const added = new Map<string, number[]>();
    for (const { key: bytes, count } of round) {
      const hex = bytes.toString('hex');
      for (let more = 0; more < count; more += 1) added.set(hex, [...(added.get(hex) ?? []), next++]);
    }
    for (const [hex, numbers] of added) grown.records.set(hex, [...(grown.records.get(hex) ?? []), ...numbers]);
    const additions = [...added].map(([hex, numbers]) => ({ key: Buffer.from(hex, 'hex'), records: numbers }));
    // In two steps: what is added on the way to one number is one version.
    const middle = Math.floor(additions.length / 2);
    await change.add(additions.slice(0, middle), at + 1);
    await change.add(additions.slice(middle), at + 1);
    grown.roots.push(await change.root());
    await grown.store.write(change.pairs());
    await onRound(grown, at + 1);
  }
  return grown;
}

describe('the trie of the index', () => {
  it('has the root that its leaves make it, however they came', async () => {
    await fc.assert(
      fc.asyncProperty(rounds, async (given) => {
        await grow(given, async ({ records, roots }) => {
          expect(roots.at(-1)).toEqual(rootOf(toLeaves(records)));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('proves of every key what it has, as of this index number and the one before', async () => {
    await fc.assert(
      fc.asyncProperty(rounds, key, async (given, stranger) => {
        const histories: Map<string, number[]>[] = [];
        await grow(given, async ({ store, records, roots }, generation) => {
          histories.push(new Map(records));
          for (const back of [0, 1]) {
            const [root, then] = [roots.at(-1 - back), histories.at(-1 - back)];
            if (root === undefined || then === undefined) continue;
            for (const hex of [...records.keys(), stranger.toString('hex')]) {
              const bytes = Buffer.from(hex, 'hex');
              const proof = await proveKey(store, bytes, generation - back);
              const numbers = then.get(hex);
              const expected =
                numbers === undefined
                  ? { outcome: 'absent' }
                  : { outcome: 'present', leaf: { count: numbers.length, chain: toTrieLeaf(bytes, numbers).chain } };
              expect(judgeTrieProof(root, bytes, proof!)).toMatchObject(expected);
            }
          }
        });
      }),
      { numRuns: 25 },
    );
  });

  it('says of an index number that it no longer keeps that it does not, and proves nothing wrong', async () => {
    const [one, other] = [toTrieKey('one'), toTrieKey('other')].map((bytes) => Buffer.from(bytes)) as [Buffer, Buffer];
    const { store, roots } = await grow([1, 2, 3].map(() => [{ key: one, count: 1 }]));
    expect(await proveKey(store, one, 1)).toBeUndefined();
    expect(judgeTrieProof(roots[1]!, one, (await proveKey(store, one, 2))!)).toMatchObject({ outcome: 'present' });
    expect(judgeTrieProof(roots[2]!, other, (await proveKey(store, other, 3))!)).toEqual({ outcome: 'absent' });
  });

  it('reads and writes for one more image of five thousand a handful of pages', async () => {
    const store = new MemoryStore();
    const additions = Array.from({ length: 5000 }, (_, at) => ({ key: toTrieKey(String(at)), records: [at] }));
    const first = new TrieChange(store);
    await first.add(additions, 1);
    await store.write(first.pairs());
    const read: number[] = [];
    const counting = {
      read: (keys: readonly Uint8Array[]) => {
        read.push(keys.length);
        return store.read(keys);
      },
    };
    for (let number = 5000; number < 5050; number += 1) {
      const change = new TrieChange(counting);
      await change.add([{ key: toTrieKey(String(number)), records: [number] }], 2);
      expect(change.pairs().length).toBeLessThanOrEqual(7);
    }
    expect(Math.max(...read)).toBe(1);
    expect(read.length / 50).toBeLessThan(6);
  });

  it('is corrupt where a page is missing or damaged, and never another trie', async () => {
    const numbers = Array.from({ length: 60 }, (_, at) => ({ key: Buffer.from(toTrieKey(String(at))), count: 1 }));
    const { store, roots } = await grow([numbers]);
    const pairs = await store.range(toPageKey(''), Buffer.from('x0'), 99);
    expect(pairs.length).toBeGreaterThan(5);
    for (const [name, value] of pairs) {
      for (const spoiled of [
        value.subarray(0, value.length - 1),
        value.subarray(0, 20),
        value.with(30, value[30]! ^ 1),
      ]) {
        const bad = new MemoryStore();
        await bad.write(pairs.map(([key, bytes]) => [key, Buffer.compare(key, name) === 0 ? spoiled : bytes]));
        for (const { key: bytes } of numbers) {
          const found = await proveKey(bad, bytes, 1).then(
            (proof) => proof && judgeTrieProof(roots[0]!, bytes, proof)?.outcome,
            (fault: { code?: string }) => fault.code,
          );
          expect(['present', 'corrupt', undefined]).toContain(found);
        }
      }
    }
  });
});

describe('a proof of the trie', () => {
  const strangers = ['a', 'b', 'c', 'd'].map((name) => Buffer.from(toTrieKey(`no ${name}`)));

  it('proves nothing once anything of it is changed', async () => {
    const keys = Array.from({ length: 40 }, (_, at) => Buffer.from(toTrieKey(String(at))));
    const { store, roots, records } = await grow([keys.map((bytes, at) => ({ key: bytes, count: 1 + (at % 3) }))]);
    const root = roots[0]!;
    const flip = (bytes: Uint8Array): Uint8Array => bytes.with(5, bytes[5]! ^ 0x10);
    let tried = 0;
    for (const bytes of [...keys, ...strangers]) {
      const proof = (await proveKey(store, bytes, 1))!;
      const { siblings, leaf } = proof;
      const isThere = records.has(bytes.toString('hex'));
      expect(judgeTrieProof(root, bytes, proof)?.outcome).toBe(isThere ? 'present' : 'absent');
      const bad: TrieProof[] = [
        ...siblings.map((hash, at) => ({ ...proof, siblings: siblings.with(at, flip(hash)) })),
        ...siblings.map((_, at) => ({ ...proof, siblings: siblings.toSpliced(at, 1) })),
        ...siblings.map((hash, at) => ({ ...proof, siblings: siblings.toSpliced(at, 0, hash) })),
        { ...proof, siblings: siblings.toReversed().with(0, EMPTY_TRIE) },
        { ...proof, siblings: [...siblings, EMPTY_TRIE] },
        { ...proof, siblings: siblings.map((hash) => hash.subarray(1)) },
        { ...proof, siblings: Array.from({ length: 257 }, () => EMPTY_TRIE) },
        ...(leaf === undefined
          ? [{ siblings, leaf: toTrieLeaf(bytes, [1]) }]
          : [
              { siblings },
              { siblings, leaf: { ...leaf, count: leaf.count + 1 } },
              { siblings, leaf: { ...leaf, count: 0 } },
              { siblings, leaf: { ...leaf, count: 1.5 } },
              { siblings, leaf: { ...leaf, chain: flip(leaf.chain) } },
              { siblings, leaf: { ...leaf, key: flip(leaf.key) } },
              { siblings, leaf: { ...leaf, chain: leaf.chain.subarray(1) } },
            ]),
      ];
      for (const changed of bad) expect(judgeTrieProof(root, bytes, changed)).toBeUndefined();
      tried += bad.length;
    }
    expect(tried).toBeGreaterThan(600);
  });

  it('of one image says nothing about another', async () => {
    const keys = Array.from({ length: 40 }, (_, at) => Buffer.from(toTrieKey(String(at))));
    const { store, roots } = await grow([keys.map((bytes) => ({ key: bytes, count: 1 }))]);
    for (const one of keys) {
      const proof = (await proveKey(store, one, 1))!;
      for (const other of keys.filter((bytes) => bytes !== one)) {
        expect(judgeTrieProof(roots[0]!, other, proof)).toBeUndefined();
      }
    }
  });

  it('of the empty trie proves that there is nothing', async () => {
    const proof = (await proveKey(new MemoryStore(), strangers[0]!, 1))!;
    expect(judgeTrieProof(EMPTY_TRIE, strangers[0]!, proof)).toEqual({ outcome: 'absent' });
    expect(judgeTrieProof(hashTrieLeaf(toTrieLeaf(strangers[0]!, [1])), strangers[0]!, proof)).toBeUndefined();
  });
});
