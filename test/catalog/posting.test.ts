import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/catalog/memory-store.ts';
import { addToPosting, findText, toPostingKey } from '../../src/catalog/posting.ts';

async function storeOf(texts: readonly (readonly string[])[]): Promise<MemoryStore> {
  const postings = new Map<string, string>();
  texts.forEach((words, index) => {
    for (const word of new Set(words)) {
      const key = toPostingKey(word, index);
      postings.set(key, addToPosting(postings.get(key), index));
    }
  });
  const store = new MemoryStore();
  await store.write([...postings].map(([key, value]) => ({ key, value })));
  return store;
}

describe('findText', () => {
  it('finds by the beginnings of words, over many blocks and as of every size', async () => {
    const word = fc.constantFrom('galaxy', 'gamma', 'gx1', 'gx12', 'ß', '東京', 'abc%2F');
    const texts = fc.array(fc.array(word, { maxLength: 3 }), { minLength: 1, maxLength: 700, size: 'max' });
    const text = fc.constantFrom('ga', 'galaxy', 'gx1', 'gx12 ga', 'ß', '東', 'nothing', 'g gam');
    await fc.assert(
      fc.asyncProperty(texts, text, fc.nat({ max: 700 }), async (all, asked, cut) => {
        const size = Math.min(cut, all.length);
        const found = await findText((await storeOf(all)).view(), asked, size);
        const expected = all
          .slice(0, size)
          .map((words) => asked.split(' ').every((term) => words.some((one) => one.startsWith(term))));
        expect([...found!]).toEqual(expected.map(Number));
      }),
      { numRuns: 60 },
    );
  });

  it('leaves out nothing where the text has no words', async () => {
    expect(await findText(new MemoryStore().view(), ' … ', 3)).toBeUndefined();
  });

  it('reads four keys for every thousand entries of a word that each of them has', async () => {
    const store = await storeOf(Array.from({ length: 2_000 }, () => ['debian']));
    const view = store.view();
    expect(await view.cursor('w/', 'x').next(100)).toHaveLength(8);
    expect((await findText(view, 'deb', 2_000))!.every((one) => one === 1)).toBe(true);
  });
});
