import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LevelStore } from '../../src/catalog/level-store.ts';
import { take } from '../../src/catalog/list-entries.ts';
import { MemoryStore } from '../../src/catalog/memory-store.ts';
import type { OrderedStore, StoreView, Write } from '../../src/catalog/ordered-store.ts';
import { readRank, toIndex, toRank } from '../../src/catalog/rank.ts';
import { ArrayRun, intersect, type Run, StoreRun, UnionRun } from '../../src/catalog/run.ts';
import { openTextRun } from '../../src/catalog/text-run.ts';
import { at } from './history.ts';

const rankOf = (place: number) => toRank(at(-place), place);
const put = (key: string, value = ''): Write => ({ key, value });

async function ranksOf(runs: readonly Run[], from = '', end = '~'): Promise<number[]> {
  const ranks = await take(intersect(runs, from, end), 1_000_000);
  await Promise.all(runs.map((run) => run.close()));
  return ranks.map(toIndex);
}

describe('ranks', () => {
  it('order as entries do, newest first, for any time and index', () => {
    const times = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    const places = fc.tuple(times, fc.nat());
    fc.assert(
      fc.property(places, places, ([time, index], [otherTime, otherIndex]) => {
        const [rank, other] = [toRank(time, index), toRank(otherTime, otherIndex)];
        expect(readRank(rank)).toBe(rank);
        expect(toIndex(rank)).toBe(index);
        const expected = Math.sign(otherTime.getTime() - time.getTime() || otherIndex - index);
        expect(rank < other ? -1 : Number(rank > other)).toBe(expected === 0 ? 0 : expected);
      }),
    );
  });
});

describe('intersect', () => {
  it('gives what is in every run, in order, whatever the runs are made of', async () => {
    const sets = fc.array(fc.tuple(fc.integer({ min: 1, max: 97 }), fc.nat({ max: 50 })), {
      minLength: 1,
      maxLength: 4,
    });
    const kinds = fc.array(fc.constantFrom('store', 'array', 'union'), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(sets, kinds, fc.nat({ max: 3000 }), async (steps, kind, from) => {
        const members = steps.map(([step, first]) => {
          const places: number[] = [];
          for (let place = first; place < 3000; place += step) places.push(place);
          return places;
        });
        const store = new MemoryStore();
        await store.write(members.flatMap((places, set) => places.map((place) => put(`${set}/${rankOf(place)}`))));
        const view = store.view();
        const runs = members.map((places, set): Run => {
          if (kind[set] === 'array') return new ArrayRun(places.map(rankOf));
          const run = new StoreRun(view, `${set}/`);
          return kind[set] === 'store' ? run : new UnionRun([run, new ArrayRun([]), new StoreRun(view, `${set}/`)]);
        });
        const [first, ...others] = members;
        const common = first!.filter((place) => place >= from && others.every((places) => places.includes(place)));
        expect(await ranksOf(runs, rankOf(from))).toEqual(common);
      }),
      { numRuns: 60 },
    );
  });

  it('passes over what a run does not accept', async () => {
    const store = new MemoryStore();
    await store.write(Array.from({ length: 3000 }, (_, place) => put(`s/${rankOf(place)}`, String(place % 1000))));
    const run = new StoreRun(store.view(), 's/', (value) => value === '7');
    expect(await ranksOf([run])).toEqual([7, 1007, 2007]);
  });
});

describe('openTextRun', () => {
  let view: StoreView;
  const wordOf = (place: number) => ['galaxy', 'gamma', `gx${place % 1000}`][place % 3]!;
  beforeAll(async () => {
    const store = new MemoryStore();
    const writes: Write[] = [];
    for (let place = 0; place < 15_000; place++) {
      writes.push(put(`w/${wordOf(place)}/${rankOf(place)}`));
      for (let letter = 0; letter < 3; letter++) writes.push(put(`w/h${place}x${letter}/${rankOf(place)}`));
    }
    await store.write(writes);
    view = store.view();
  });
  const expected = (term: string) =>
    Array.from({ length: 15_000 }, (_, place) => place).filter((place) => wordOf(place).startsWith(term));

  it.each([
    ['few entries', 'gx12'],
    ['many entries of one word', 'galaxy'],
    ['many entries of few words', 'ga'],
    ['many entries of many words', 'g'],
    ['no entries', 'gu'],
  ])('finds %s', async (_what, term) => {
    const run = await openTextRun(view, term);
    expect(await ranksOf([run!])).toEqual(expected(term));
  });

  it('leaves a term that nearly everything has to be tested', async () => {
    expect(await openTextRun(view, 'h')).toBeUndefined();
    expect(await ranksOf([(await openTextRun(view, 'h77x'))!])).toEqual([77]);
  });
});

describe('the two stores', () => {
  let level: LevelStore;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vouch-store-'));
    level = await LevelStore.open(directory);
  });
  afterAll(async () => {
    await level.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('read the same after the same writes, and a view does not change', async () => {
    const keys = fc.constantFrom('a', 'a/', 'a/b', 'a0', 'b', 'b/%C3', 'c~', 'd');
    const writes = fc.array(fc.record({ key: keys, value: fc.option(fc.string(), { nil: undefined }) }), {
      maxLength: 12,
    });
    const reading = async (view: StoreView, seek: string) => {
      const cursor = view.cursor('a/', 'c');
      const first = await cursor.next(2);
      cursor.seek(seek);
      const rest = [...(await cursor.next(3)), ...(await cursor.next(100)), ...(await cursor.next(1))];
      await cursor.close();
      return { first, rest, one: await view.get('a/b'), some: await view.getMany(['d', 'a', 'zz']) };
    };
    await fc.assert(
      fc.asyncProperty(fc.array(writes, { maxLength: 5 }), keys, async (batches, seek) => {
        const stores: OrderedStore[] = [level, new MemoryStore()];
        await level.clear();
        const views = stores.map((store) => store.view());
        const empty = await reading(views[0]!, seek);
        for (const batch of batches) {
          for (const store of stores) await store.write(batch);
          const [one, other] = await Promise.all(
            stores.map(async (store) => {
              const view = store.view();
              const read = await reading(view, seek);
              await view.close();
              return read;
            }),
          );
          expect(other).toEqual(one);
        }
        for (const view of views) {
          expect(await reading(view, seek)).toEqual(empty);
          await view.close();
        }
      }),
      { numRuns: 50 },
    );
  });
});
