import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LevelStore } from '../../src/catalog/level-store.ts';
import { MemoryStore } from '../../src/catalog/memory-store.ts';
import type { OrderedStore, StoreView, Write } from '../../src/catalog/ordered-store.ts';
import { readRank, toIndex, toRank } from '../../src/catalog/rank.ts';
import { intersect, StoreRun } from '../../src/catalog/run.ts';
import { at } from './history.ts';

const rankOf = (place: number) => toRank(at(-place), place);
const put = (key: string, value = ''): Write => ({ key, value });

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
  it('gives what is in every run, in order', async () => {
    const sets = fc.array(fc.tuple(fc.integer({ min: 1, max: 97 }), fc.nat({ max: 50 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(sets, async (steps) => {
        const members = steps.map(([step, first]) => {
          const places: number[] = [];
          for (let place = first; place < 3000; place += step) places.push(place);
          return places;
        });
        const store = new MemoryStore();
        await store.write(members.flatMap((places, set) => places.map((place) => put(`${set}/${rankOf(place)}`))));
        const view = store.view();
        const runs = members.map((_, set) => new StoreRun(view, `${set}/`));
        const [first, ...others] = members;
        const common = first!.filter((place) => others.every((places) => places.includes(place)));
        const found: number[] = [];
        for await (const rank of intersect(runs)) found.push(toIndex(rank));
        expect(found).toEqual(common);
      }),
      { numRuns: 60 },
    );
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
