import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BrowseRequest, FACETS, type Facets, SORT_COLUMNS, type SortColumn } from '../../src/catalog/browse.ts';
import { type CatalogEntry, type CatalogReader, type EntryFilter, statusOf } from '../../src/catalog/catalog.ts';
import { openMemoryCatalog } from '../../src/catalog/level-catalog.ts';
import type { StoreCatalog } from '../../src/catalog/store-catalog.ts';
import type { LogReader } from '../../src/log/log.ts';
import {
  appendAll,
  at,
  BASE_URL,
  Expected,
  emailOf,
  identifierOf,
  keyOf,
  openLogOf,
  readTold,
  type Told,
} from './history.ts';

const NOW = at(100);
const open = (log: LogReader): Promise<StoreCatalog> =>
  openMemoryCatalog({ log, readDocument: readTold, baseUrl: BASE_URL });

const told: fc.Arbitrary<Told> = fc.record(
  {
    image: fc.integer({ min: 1, max: 4 }),
    by: fc.constantFrom('jane', 'bob'),
    created: fc.integer({ min: 0, max: 12 }),
    title: fc.constantFrom('Alpha', 'beta', 'alpha two', 'Ärger'),
    os: fc.constantFrom('debian', 'Debian', 'ubuntu'),
    format: fc.constantFrom('qcow2', 'raw'),
    tag: fc.constantFrom('web', 'base'),
    deprecated: fc.constantFrom('old'),
    validUntil: fc.integer({ min: 50, max: 150 }),
  },
  { requiredKeys: ['image', 'by', 'created'] },
);
const histories = fc.uniqueArray(told, {
  maxLength: 14,
  selector: ({ image, by, created }) => `${image} ${by} ${created}`,
});
const filters: fc.Arbitrary<EntryFilter> = fc.record(
  {
    os: fc.constantFrom('debian', 'nowhere'),
    format: fc.constantFrom('qcow2'),
    email: fc.constantFrom(emailOf('jane')),
    identifier: fc.constantFrom(identifierOf(1)),
    tag: fc.constantFrom('web'),
    createdAt: fc.constantFrom(at(3)),
    text: fc.constantFrom('alpha', 'a t', '…'),
    statuses: fc.constantFrom(['valid'], ['deprecated', 'expired'], ['superseded', 'valid']),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<EntryFilter>;
const sorts = fc.record({ column: fc.constantFrom(...SORT_COLUMNS), isDescending: fc.boolean() });

const VALUES: Record<SortColumn, (entry: CatalogEntry) => string | number | undefined> = {
  created: ({ createdAt }) => createdAt.getTime(),
  valid: ({ validUntil }) => validUntil?.getTime(),
  size: ({ sizeBytes }) => sizeBytes,
  title: ({ title }) => title?.toLowerCase(),
  os: ({ os }) => os?.toLowerCase(),
  version: ({ osVersion }) => osVersion,
  arch: ({ osArch }) => osArch,
  kind: ({ kind }) => kind,
  format: ({ format }) => format,
  hypervisor: ({ hypervisor }) => hypervisor,
  email: ({ email }) => email,
  identifier: ({ identifier }) => identifier.toLowerCase(),
  tag: ({ tag }) => tag,
  status: (entry) => ['valid', 'expired', 'deprecated', 'superseded'].indexOf(statusOf(entry, NOW)),
};

/** The order by its definition. */
function sorted(
  newestFirst: readonly CatalogEntry[],
  { column, isDescending }: NonNullable<BrowseRequest['sort']>,
): number[] {
  const pick = VALUES[column];
  const order = newestFirst.toSorted((one, other) => {
    const [left, right] = [pick(one), pick(other)];
    if (left === right) return 0;
    if (left === undefined || right === undefined) return left === undefined ? 1 : -1;
    return left < right ? -1 : 1;
  });
  return (isDescending ? order.reverse() : order).map(({ index }) => index);
}

/** Many entries: values that most have, values that hardly any has, and images that are endorsed again and again. */
const crowds = fc.uniqueArray(
  fc.record(
    {
      image: fc.nat({ max: 60 }),
      by: fc.oneof(
        fc.constantFrom('jane', 'bob'),
        fc.nat({ max: 90 }).map((one) => `e${one}`),
      ),
      created: fc.nat({ max: 90 }),
      os: fc.oneof(
        fc.constantFrom('debian', 'ubuntu'),
        fc.nat({ max: 150 }).map((one) => `os${one}`),
      ),
      format: fc.constantFrom('qcow2', 'raw'),
      tag: fc.constantFrom('web', 'base'),
      title: fc.constantFrom('Alpha', 'beta'),
      deprecated: fc.constantFrom('old'),
      validUntil: fc.integer({ min: 0, max: 200 }),
    },
    { requiredKeys: ['image', 'by', 'created'] },
  ),
  { minLength: 100, maxLength: 260, size: 'max', selector: ({ image, by, created }) => `${image} ${by} ${created}` },
);
const crowdFilters: fc.Arbitrary<EntryFilter> = fc.record(
  {
    os: fc.constantFrom('debian', 'os7', 'os50'),
    format: fc.constantFrom('raw'),
    email: fc.constantFrom(emailOf('jane'), emailOf('e5')),
    endorserKey: fc.constantFrom(keyOf('bob')),
    tag: fc.constantFrom('base'),
    createdAt: fc.constantFrom(at(40)),
    text: fc.constantFrom('alpha', 'b'),
    statuses: fc.constantFrom(['valid'], ['deprecated', 'expired'], ['superseded']),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<EntryFilter>;

/** The facets by their definition: a list for each, without the filter of its own. */
function facetsOf(expected: Expected, filter: EntryFilter, now = NOW): Record<string, Record<string, number>> {
  const told = FACETS.map(({ name, field }) => {
    const { [field ?? 'statuses']: _own, ...rest } = filter;
    const counts: Record<string, number> = {};
    for (const entry of expected.list(rest, now)) {
      const value = field === undefined ? statusOf(entry, now) : entry[field];
      if (value !== undefined) counts[value] = (counts[value] ?? 0) + 1;
    }
    return [name, counts];
  });
  return Object.fromEntries(told);
}

function toCounts(facets: Facets): Record<string, Record<string, number>> {
  const toRecord = (values: Facets['os']) => Object.fromEntries(values.map(({ value, count }) => [value, count]));
  return Object.fromEntries(Object.entries(facets).map(([name, values]) => [name, toRecord(values)]));
}

async function pagesOf(
  catalog: CatalogReader,
  filter: EntryFilter,
  order: Pick<BrowseRequest, 'sort'>,
): Promise<number[]> {
  const indexes: number[] = [];
  for (let after: string | undefined; ; ) {
    const page = await catalog.browse(filter, NOW, { ...order, limit: 2, ...(after === undefined ? {} : { after }) });
    expect(page.before).toBe(indexes.length);
    if (indexes.length > 0) {
      const back = page.previous === undefined ? {} : { after: page.previous };
      const previous = await catalog.browse(filter, NOW, { ...order, limit: 2, ...back });
      expect(previous.entries.map(({ index }) => index)).toEqual(indexes.slice(-2));
    }
    indexes.push(...page.entries.map(({ index }) => index));
    if (page.next === undefined) return indexes;
    after = page.next;
  }
}

/** Who endorses an image, by definition. */
function endorsingOf(expected: Expected, identifier: string): string[] {
  const entries = expected.list({ identifier, statuses: ['valid'] }, NOW);
  return [...new Set(entries.map(({ email }) => email))].sort();
}

describe('browsing', () => {
  it('orders, pages and counts as the definition says, while the log grows, and as of every size it had', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(14), filters, sorts, async (history, cut, filter, sort) => {
        const log = await openLogOf(history.slice(0, cut));
        const catalog = await open(log);
        await catalog.waitFor(log.size());
        await catalog.browse(filter, NOW, { sort, limit: 1 });
        await appendAll(log, history.slice(cut));
        await catalog.waitFor(log.size());
        for (const size of new Set([history.length, cut])) {
          const expected = new Expected(history.slice(0, size));
          const reader = size < history.length ? catalog.asOf(size) : catalog;
          const list = expected.list(filter, NOW);
          const { total, facets } = await reader.browse(filter, NOW, { sort, limit: 0 });
          expect(total).toBe(list.length);
          expect(toCounts(facets)).toEqual(facetsOf(expected, filter));
          expect(await pagesOf(reader, filter, { sort })).toEqual(sorted(list, sort));
          expect(await pagesOf(reader, filter, {})).toEqual(list.map(({ index }) => index));
          const images = [1, 2, 9].map(identifierOf);
          const told = images.map((identifier) => [identifier, endorsingOf(expected, identifier)]);
          expect([...(await reader.endorsing(images, NOW))]).toEqual(told);
        }
        await catalog.close();
      }),
      { numRuns: 150 },
    );
  });

  it('counts among many entries as the definition says, at times that come in any order, as of now and before', async () => {
    const asked = fc.array(fc.tuple(crowdFilters, fc.nat({ max: 220 }), fc.nat({ max: 260 })), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(crowds, fc.nat({ max: 260 }), asked, async (crowd, cut, questions) => {
        const log = await openLogOf(crowd.slice(0, cut));
        const catalog = await open(log);
        await catalog.waitFor(log.size());
        await catalog.browse({}, NOW, { limit: 0 });
        await appendAll(log, crowd.slice(cut));
        await catalog.waitFor(log.size());
        for (const [filter, seconds, before] of questions) {
          const size = Math.min(before, crowd.length);
          const reader = size < crowd.length ? catalog.asOf(size) : catalog;
          const expected = new Expected(crowd.slice(0, size));
          const { total, facets, entries } = await reader.browse(filter, at(seconds), { limit: 1_000 });
          const list = expected.list(filter, at(seconds)).map(({ index }) => index);
          expect(total).toBe(list.length);
          expect(entries.map(({ index }) => index)).toEqual(list);
          const counts = Object.entries(facetsOf(expected, filter, at(seconds))).map(([name, of]) => {
            const told = Object.entries(of).sort(([one, few], [other, more]) => more - few || (one < other ? -1 : 1));
            return [name, told.slice(0, 100).map(([value, count]) => ({ value, count }))];
          });
          expect(facets).toEqual(Object.fromEntries(counts));
        }
        await catalog.close();
      }),
      { numRuns: 25 },
    );
  });

  it('shows on later pages what they would have shown, whatever comes in between', async () => {
    const history: Told[] = ['b', 'd', 'f', 'h'].map((title, image) => ({ image, by: 'jane', created: image, title }));
    const log = await openLogOf(history);
    const catalog = await open(log);
    await catalog.waitFor(log.size());
    const sort = { column: 'title', isDescending: false } as const;
    const first = await catalog.browse({}, NOW, { sort, limit: 2 });
    await appendAll(
      log,
      ['a', 'e', 'z'].map((title, place) => ({ image: 9 + place, by: 'bob', created: 20, title })),
    );
    await catalog.waitFor(log.size());
    const second = await catalog.browse({}, NOW, { sort, limit: 9, after: first.next! });
    expect(second.entries.map(({ title }) => title)).toEqual(['e', 'f', 'h', 'z']);
    expect(second.before).toBe(3);
    const skipped = await catalog.browse({}, NOW, { sort, limit: 2, offset: 3 });
    expect(skipped.before).toBe(3);
    expect(skipped.entries.map(({ title }) => title)).toEqual(['e', 'f']);
    await catalog.close();
  });

  it('counts anew when an entry expires, and when the clock goes back', async () => {
    const log = await openLogOf([{ image: 1, by: 'jane', created: 0, validUntil: 100 }]);
    const catalog = await open(log);
    await catalog.waitFor(1);
    const request = { sort: { column: 'os', isDescending: false }, limit: 9 } as const;
    const totalAt = async (seconds: number) =>
      (await catalog.browse({ statuses: ['valid'] }, at(seconds), request)).total;
    expect(await totalAt(50)).toBe(1);
    expect(await totalAt(100)).toBe(1);
    expect(await totalAt(101)).toBe(0);
    expect(await totalAt(99)).toBe(1);
    await catalog.close();
  });

  it.each(['created', 'title-', 'title-ffff', 'os-0', 'title-0x', '../..'])('refuses the cursor %j', async (after) => {
    const catalog = await open(await openLogOf([{ image: 1, by: 'jane', created: 0 }]));
    await catalog.waitFor(1);
    const request = { sort: { column: 'title', isDescending: false }, limit: 2, after } as const;
    await expect(catalog.browse({}, NOW, request)).rejects.toMatchObject({ code: 'usage' });
    await catalog.close();
  });

  it('refuses pages that are too long', async () => {
    const catalog = await open(await openLogOf([]));
    for (const limit of [-1, 1.5, 1001]) {
      const request = { sort: { column: 'os', isDescending: false }, limit } as const;
      await expect(catalog.browse({}, NOW, request)).rejects.toMatchObject({ code: 'usage' });
    }
    await catalog.close();
  });
});
