import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/catalog/memory-store.ts';
import { addToPosting, findText, toPostingKeys } from '../../src/catalog/posting.ts';

async function storeOf(texts: readonly (readonly string[])[]): Promise<MemoryStore> {
  const postings = new Map<string, string>();
  texts.forEach((words, index) => {
    for (const key of toPostingKeys(words, index)) {
      postings.set(key, addToPosting(postings.get(key), index));
    }
  });
  const store = new MemoryStore();
  await store.write([...postings].map(([key, value]) => ({ key, value })));
  return store;
}

describe('findText', () => {
  it('finds by the beginnings of words, over many blocks and as of every size', async () => {
    const word = fc.constantFrom('galaxy', 'gamma', 'gx1', 'gx12', 'ß', '東京', '東京都心', '𐍈𐌰', 'abc%2F');
    const texts = fc.array(fc.array(word, { maxLength: 3 }), { minLength: 1, maxLength: 700, size: 'max' });
    const text = fc.constantFrom(
      'ga',
      'galaxy',
      'gx1',
      'gx12 ga',
      'ß',
      '東',
      '東京都',
      '𐍈',
      'gala',
      'nothing',
      'g gam',
    );
    await fc.assert(
      fc.asyncProperty(texts, text, fc.nat({ max: 700 }), async (all, asked, cut) => {
        const size = Math.min(cut, all.length);
        const found = await findText((await storeOf(all)).view(), asked, size);
        const expected = all
          .slice(0, size)
          .map((words) => asked.split(' ').every((term) => words.some((one) => one.startsWith(term))));
        expect(expected.map((_, index) => found!.has(index))).toEqual(expected);
        expect(found!.count()).toBe(expected.filter(Boolean).length);
      }),
      { numRuns: 60 },
    );
  });

  it('leaves out nothing where the text has no words', async () => {
    expect(await findText(new MemoryStore().view(), ' … ', 3)).toBeUndefined();
  });

  it('reads one key for every four thousand entries of a word that each of them has', async () => {
    const store = await storeOf(Array.from({ length: 9_000 }, () => ['debian']));
    const view = store.view();
    const pairs = await view.cursor('w/', 'x').next(100);
    expect(pairs.map(([, posting]) => posting.length)).toEqual([684, 684, 136]);
    expect((await findText(view, 'deb', 9_000))!.count()).toBe(9_000);
    expect((await findText(view, 'deb', 5_000))!.count()).toBe(5_000);
  });
});

describe('addToPosting', () => {
  it('holds any entries of a block in at most 684 characters, and in two each where that is less', async () => {
    const places = fc.uniqueArray(fc.nat({ max: 4_095 }), { maxLength: 1_000, size: 'max' });
    const crowded = fc.uniqueArray(fc.nat({ max: 300 }), { maxLength: 300, size: 'max' });
    await fc.assert(
      fc.asyncProperty(fc.oneof(places, crowded), fc.nat({ max: 3 }), async (some, block) => {
        const indexes = some.sort((one, other) => one - other).map((place) => block * 4_096 + place);
        let posting: string | undefined;
        for (const index of indexes) posting = addToPosting(posting, index);
        if (posting === undefined) return;
        expect(posting.length).toBeLessThanOrEqual(Math.min(684, 2 * indexes.length));
        const store = new MemoryStore();
        await store.write([...toPostingKeys(['word'], indexes[0]!)].map((key) => ({ key, value: posting })));
        const found = await findText(store.view(), 'word', (block + 1) * 4_096);
        const told: number[] = [];
        found!.forEach((index) => {
          told.push(index);
        });
        expect(told).toEqual(indexes);
      }),
    );
  });
});
