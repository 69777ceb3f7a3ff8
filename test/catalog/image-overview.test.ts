import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CatalogEntry, statusOf } from '../../src/catalog/catalog.ts';
import { openMemoryCatalog } from '../../src/catalog/level-catalog.ts';
import type { StoreCatalog } from '../../src/catalog/store-catalog.ts';
import { at, BASE_URL, Expected, emailOf, identifierOf, openLogOf, readTold, type Told } from './history.ts';

async function openTold(history: readonly Told[]): Promise<StoreCatalog> {
  const log = await openLogOf(history);
  const catalog = await openMemoryCatalog({ log, readDocument: readTold, baseUrl: BASE_URL });
  await catalog.waitFor(log.size());
  return catalog;
}

const newestFirst = (one: CatalogEntry, other: CatalogEntry) =>
  other.createdAt.getTime() - one.createdAt.getTime() || other.index - one.index;

describe('what is said about one image', () => {
  it('is nothing where nobody said anything', async () => {
    const catalog = await openTold([{ image: 1, by: 'jane', created: 0 }]);
    expect(await catalog.image(identifierOf(2), at(0))).toBeUndefined();
    expect(await catalog.image('../e', at(0))).toBeUndefined();
    await catalog.close();
  });

  it('is what looking at everything would find', async () => {
    const told = fc.record({
      image: fc.integer({ min: 1, max: 2 }),
      by: fc.constantFrom('jane', 'bob', 'eve'),
      created: fc.integer({ min: 0, max: 50 }),
      deprecated: fc.constantFrom(undefined, 'broken'),
      validUntil: fc.constantFrom(undefined, 20, 100),
    }) as fc.Arbitrary<Told>;
    await fc.assert(
      fc.asyncProperty(fc.array(told, { minLength: 1, maxLength: 25 }), async (given) => {
        const history = given.map((one, index) => ({ ...one, title: `Statement ${index}` }));
        const catalog = await openTold(history);
        const now = at(60);
        const all = new Expected(history).entries.filter((entry) => entry.identifier === identifierOf(1));
        const image = await catalog.image(identifierOf(1), now);
        expect(image?.statements ?? 0).toBe(all.length);
        if (image !== undefined) {
          const sorted = all.toSorted(newestFirst);
          const current = sorted.filter((entry) => entry.supersededBy === undefined);
          expect(image.newest).toEqual(sorted);
          expect(image.current).toEqual(current);
          expect(image.endorsers).toBe(new Set(all.map(({ email }) => email)).size);
          expect(image.outlines.map(({ index, status }) => [index, status])).toEqual(
            sorted.map((entry) => [entry.index, statusOf(entry, now)]),
          );
          for (const status of ['valid', 'expired', 'deprecated'] as const) {
            expect(image.standing[status]).toBe(current.filter((entry) => statusOf(entry, now) === status).length);
          }
        }
        await catalog.close();
      }),
      { numRuns: 25 },
    );
  });

  it('is bounded in what it gives and whole in what it counts, and the list goes on where it ends', async () => {
    const history: Told[] = Array.from({ length: 1_200 }, (_, number) => ({
      image: 1,
      by: number < 60 ? 'jane' : `person${number}`,
      created: number,
      ...(number >= 1_100 && number < 1_170 ? { deprecated: 'broken' } : {}),
    }));
    const catalog = await openTold(history);
    const image = (await catalog.image(identifierOf(1), at(2_000)))!;
    expect([image.statements, image.endorsers]).toEqual([1_200, 1_141]);
    expect(image.standing).toEqual({ valid: 1_071, expired: 0, deprecated: 70 });
    expect(image.current.filter(({ deprecated }) => deprecated !== undefined)).toHaveLength(50);
    expect(image.current.filter(({ deprecated }) => deprecated === undefined)).toHaveLength(50);
    expect(image.outlines).toHaveLength(1_059);
    expect(image.newest).toHaveLength(50);
    const rest = await catalog.list({ identifier: identifierOf(1) }, at(2_000), { limit: 1, after: image.next! });
    expect(rest.entries[0]!.index).toBe(image.newest.at(-1)!.index - 1);
    await catalog.close();
  });

  it('names the images that name it while their endorsers stand by that, those of its own endorsers first', async () => {
    const catalog = await openTold([
      { image: 1, by: 'jane', created: 0 },
      { image: 2, by: 'jane', created: 1, replaces: 1 },
      { image: 3, by: 'stranger', created: 2, replaces: 1 },
      { image: 4, by: 'jane', created: 3, replaces: 1 },
      { image: 4, by: 'jane', created: 4, replaces: 1, deprecated: 'broken' },
    ]);
    const { related } = (await catalog.image(identifierOf(1), at(10)))!;
    expect(related.map(({ relation, entry, isByEndorser }) => [relation, entry.index, isByEndorser])).toEqual([
      ['replaces', 1, true],
      ['replaces', 2, false],
    ]);
    expect(related[1]!.entry.email).toBe(emailOf('stranger'));
    const before = (await catalog.asOf(4).image(identifierOf(1), at(10)))!;
    expect(before.related.map(({ entry }) => entry.index)).toEqual([3, 1, 2]);
    await catalog.close();
  });
});
