import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openMemoryCatalog } from '../../src/catalog/level-catalog.ts';
import { MemoryStore } from '../../src/catalog/memory-store.ts';
import { countEdits } from '../../src/catalog/nearest.ts';
import { addToPosting, toPostingKeys } from '../../src/catalog/posting.ts';
import { findRespellings, toSpellingKeys, toSpellingWords } from '../../src/catalog/spelling.ts';
import { appendAll, BASE_URL, openLogOf, readTold } from './history.ts';

async function storeOf(texts: readonly (readonly string[])[]): Promise<MemoryStore> {
  const writes = new Map<string, string>();
  texts.forEach((words, index) => {
    for (const key of toPostingKeys(words, index)) writes.set(key, addToPosting(writes.get(key), index));
    for (const word of toSpellingWords(words)) for (const key of toSpellingKeys(word)) writes.set(key, '');
  });
  const store = new MemoryStore();
  await store.write([...writes].map(([key, value]) => ({ key, value })));
  return store;
}

const letters = (minLength: number) =>
  fc.array(fc.constantFrom('a', 'b', 'n', 'é'), { minLength, maxLength: 10 }).map((all) => all.join(''));

describe('findRespellings', () => {
  it('finds every word within the edits, the nearest and then the most frequent first', async () => {
    const texts = fc.array(fc.array(letters(3), { maxLength: 3 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(texts, letters(3), async (all, term) => {
        const words = [...new Set(all.flat())];
        const isFound = words.some((word) => word.startsWith(term));
        const edits = term.length <= 4 ? 1 : 2;
        const entriesOf = (word: string) => all.filter((text) => text.includes(word)).length;
        const near = words
          .map((word) => ({ word, edits: countEdits(term, word) }))
          .filter((one) => one.edits <= edits)
          .map((one) => ({ ...one, entries: entriesOf(one.word) }));
        const found = await findRespellings((await storeOf(all)).view(), term, all.length);
        expect(found).toHaveLength(isFound ? 0 : Math.min(3, near.length));
        const rank = ({ edits: far, entries }: { edits: number; entries: number }) => far * 100 - entries;
        const ranks = near.map(rank).sort((one, other) => one - other);
        const foundRanks = found.map((word) => rank(near.find((one) => one.word === word)!));
        expect(foundRanks).toEqual(ranks.slice(0, found.length));
      }),
      { numRuns: 400 },
    );
  });

  it('changes only the words that nothing has, and offers nothing where one of them is like no word', async () => {
    const store = await storeOf([
      ['debian', 'server', 'bookworm'],
      ['debian', 'desktop'],
      ['fedora', 'server'],
    ]);
    const respell = (text: string) => findRespellings(store.view(), text, 3);
    expect(await respell('Debain serv')).toEqual(['debian serv']);
    expect(await respell('debain SREVER')).toEqual(['debian server']);
    expect(await respell('debian server')).toEqual([]);
    expect(await respell('debian fedora')).toEqual([]);
    expect(await respell('debain qqqqqq')).toEqual([]);
    expect(await respell('12345')).toEqual([]);
    expect(await respell(' … ')).toEqual([]);
    expect(await findRespellings(store.view(), 'fedroa', 2)).toEqual([]);
  });

  it('has at most 29 keys for a word, and leads to 64 words of an entry', () => {
    expect(toSpellingKeys('abcdefghijklmnopqrstuvwx')).toHaveLength(29);
    const words = Array.from(
      { length: 200 },
      (_, one) => `w${'abcdefghij'[one % 10]}${'abcdefghijklmnopqrst'[one % 20]}`,
    );
    expect(toSpellingWords(words)).toHaveLength(64);
    expect(toSpellingWords(['da39a3ee5e6b4b0d3255bfef95601890afd80709', '12', 'x1', 'ok'])).toEqual([]);
  });
});

describe('CatalogReader.respell', () => {
  it('knows the words of every entry, and as of a size those that were there', async () => {
    const log = await openLogOf([{ image: 1, by: 'jane', created: 0, title: 'Debian server' }]);
    const catalog = await openMemoryCatalog({ log, readDocument: readTold, baseUrl: BASE_URL });
    await appendAll(log, [{ image: 2, by: 'jane', created: 1, title: 'Ubuntu' }]);
    await catalog.waitFor(2);
    expect(await catalog.respell('sevrer')).toEqual(['server']);
    expect(await catalog.respell('ubunut')).toEqual(['ubuntu']);
    expect(await catalog.asOf(1).respell('ubunut')).toEqual([]);
    await catalog.close();
  });
});
