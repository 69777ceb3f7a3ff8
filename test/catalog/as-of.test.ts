import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { CatalogReader, EntryStatus } from '../../src/catalog/catalog.ts';
import { openLevelCatalog, openMemoryCatalog } from '../../src/catalog/level-catalog.ts';
import type { StoreCatalog } from '../../src/catalog/store-catalog.ts';
import type { Log, LogReader } from '../../src/log/log.ts';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import { at, BASE_URL, emailOf, identifierOf, keyOf, openLogOf, readTold, type Told, toStatement } from './history.ts';

const directories: string[] = [];
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

const KINDS: [string, (log: LogReader) => Promise<StoreCatalog>][] = [
  ['in memory', (log) => openMemoryCatalog({ log, readDocument: readTold, baseUrl: BASE_URL })],
  [
    'in LevelDB',
    async (log) => {
      const directory = await mkdtemp(join(tmpdir(), 'vouch-as-of-'));
      directories.push(directory);
      return openLevelCatalog({ directory, log, readDocument: readTold, baseUrl: BASE_URL });
    },
  ],
];

const STORY: Told[] = [
  { image: 1, by: 'jane', created: 0, title: 'First', tag: 'web', validUntil: 1000 },
  { image: 1, by: 'jane', created: 10, title: 'Second', tag: 'web' },
  { image: 2, by: 'bob', created: 20, title: 'Of Bob' },
  { image: 1, by: 'jane', created: 30, title: 'Third', deprecated: 'broken' },
  // older than what its endorser has: it comes superseded, and supersedes the first anew
  { image: 1, by: 'jane', created: 5, title: 'Late', tag: 'web', accepted: 50 },
];
const STATUSES: EntryStatus[] = ['valid', 'expired', 'deprecated', 'superseded'];
const BY = ['jane', 'bob', 'eve'];
const TAGS = ['web', 'base'];

/** Everything a catalog can be asked about a small history. */
async function answersOf(catalog: CatalogReader, records: number, now: Date): Promise<unknown> {
  const answers: Record<string, unknown> = { counts: await catalog.counts(), endorsers: await catalog.endorsers() };
  const filters = [
    {},
    { text: 'ser' },
    { os: 'debian' },
    { createdAt: at(1) },
    ...BY.map((by) => ({ email: emailOf(by) })),
    ...TAGS.map((tag) => ({ tag })),
  ];
  const choices = [
    undefined,
    ...STATUSES.map((status) => [status]),
    ['valid', 'superseded'],
    ['expired', 'deprecated'],
  ];
  for (const filter of filters) {
    for (const statuses of choices as (EntryStatus[] | undefined)[]) {
      const narrowed = statuses === undefined ? filter : { ...filter, statuses };
      const first = await catalog.list(narrowed, now, { limit: 2 });
      const pages = [first];
      for (let { next } = first; next !== undefined; { next } = pages.at(-1)!) {
        pages.push(await catalog.list(narrowed, now, { limit: 2, after: next }));
      }
      answers[`list ${JSON.stringify(narrowed)}`] = pages;
    }
  }
  for (const image of [1, 2, 3]) {
    answers[`history ${image}`] = await catalog.history(identifierOf(image));
    answers[`image ${image}`] = await catalog.image(identifierOf(image), now);
    for (const by of BY) answers[`current ${image} ${by}`] = await catalog.current(identifierOf(image), keyOf(by));
  }
  for (const by of BY) {
    answers[`activity ${by}`] = await catalog.activity(emailOf(by), now);
    answers[`tags ${by}`] = await catalog.tags(emailOf(by));
    for (const tag of TAGS) answers[`tagged ${by} ${tag}`] = await catalog.tagged(emailOf(by), tag);
  }
  for (let index = 0; index < records; index++) {
    const entry = await catalog.entry(index);
    answers[`entry ${index}`] = entry;
    answers[`before ${index}`] = entry && (await catalog.previous(entry));
  }
  return answers;
}

for (const [kind, open] of KINDS) {
  describe(`the catalog ${kind}, as of an earlier size`, () => {
    async function openOf(log: LogReader): Promise<StoreCatalog> {
      const catalog = await open(log);
      await catalog.waitFor(log.size());
      return catalog;
    }
    const statusesAt = async (catalog: CatalogReader, status: EntryStatus, now = at(100)) =>
      (await catalog.list({ statuses: [status] }, now, { limit: 100 })).entries.map(({ index }) => index);

    it('sees nothing later, and calls superseded only what was then', async () => {
      const catalog = await openOf(await openLogOf(STORY));
      expect(await statusesAt(catalog.asOf(1), 'valid')).toEqual([0]);
      expect(await statusesAt(catalog.asOf(1), 'valid', at(1001))).toEqual([]);
      expect(await statusesAt(catalog.asOf(1), 'expired', at(1001))).toEqual([0]);
      expect(await statusesAt(catalog.asOf(3), 'valid')).toEqual([2, 1]);
      expect(await statusesAt(catalog.asOf(3), 'superseded')).toEqual([0]);
      expect(await statusesAt(catalog.asOf(4), 'deprecated')).toEqual([3]);
      expect((await catalog.asOf(3).tagged(emailOf('jane'), 'web'))?.index).toBe(1);
      expect(await catalog.asOf(4).tagged(emailOf('jane'), 'web')).toBeUndefined();
      expect(await catalog.asOf(2).entry(2)).toBeUndefined();
      expect((await catalog.asOf(4).entry(0))?.supersededBy).toBe(1);
      expect((await catalog.asOf(5).entry(0))?.supersededBy).toBe(4);
      expect((await catalog.asOf(2).endorsers()).map(({ email, entries }) => [email, entries])).toEqual([
        [emailOf('jane'), 2],
      ]);
      expect(await catalog.asOf(0).counts()).toEqual({ entries: 0, images: 0, endorsers: 0 });
      expect((await catalog.asOf(3).list({}, at(0), { limit: 2 })).logSize).toBe(3);
      await catalog.close();
    });

    it('has no state beyond what it has taken in, nor at what is no size', async () => {
      const catalog = await openOf(await openLogOf(STORY));
      for (const size of [6, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await expect(catalog.asOf(size).counts()).rejects.toMatchObject({ code: 'not-found' });
        await expect(catalog.asOf(size).list({}, at(0), { limit: 1 })).rejects.toMatchObject({ code: 'not-found' });
      }
      await catalog.close();
    });

    it('finds the size of a time, a record never counting as earlier than the one before it', async () => {
      const log = await openMemoryLog({ origin: 'm.example.org/log' });
      await log.appendTrust(new Uint8Array([1]), at(10));
      for (const [image, accepted] of [20, 30, 15, 30, 40].entries()) {
        await log.append(toStatement({ image, by: 'jane', created: image, accepted }));
      }
      await log.appendTrust(new Uint8Array([2]), at(50));
      const catalog = await openOf(log);
      const sizes = await Promise.all([9, 10, 19, 20, 29, 30, 39, 40, 49, 50, 1e9].map((s) => catalog.sizeAt(at(s))));
      expect(sizes).toEqual([0, 1, 1, 2, 2, 5, 5, 6, 6, 7, 7]);
      await catalog.close();
      const empty = await openOf(await openLogOf([]));
      expect(await empty.sizeAt(at(0))).toBe(0);
      await empty.close();
    });

    it('answers everything as the catalog of a log that ends there', async () => {
      const told = fc.record({
        image: fc.integer({ min: 1, max: 3 }),
        by: fc.constantFrom(...BY),
        created: fc.integer({ min: 0, max: 12 }),
        title: fc.constantFrom('Server', 'Desk'),
        os: fc.constantFrom('debian', 'ubuntu'),
        tag: fc.option(fc.constantFrom(...TAGS), { nil: undefined }),
        deprecated: fc.option(fc.constant('old'), { nil: undefined, freq: 2 }),
        validUntil: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
      });
      const property = fc.asyncProperty(
        fc.array(told, { minLength: 1, maxLength: 9 }),
        fc.nat(9),
        fc.integer({ min: 0, max: 20 }),
        async (story, cut, now) => {
          // the description makes each document its own; in every third place stands a record that is no entry
          const history = story.map((one, place) => ({ ...one, description: `serial ${place}` }) as Told);
          const whole = await openOf(await openTrusting(history));
          const size = Math.min(cut, whole.position());
          const part = await openOf(await openTrusting(history, size));
          expect(part.position()).toBe(size);
          const [asOf, fresh] = await Promise.all(
            [whole.asOf(size), part].map((one) => answersOf(one, whole.position() + 1, at(now))),
          );
          expect(asOf).toEqual(fresh);
          await Promise.all([whole.close(), part.close()]);
        },
      );
      await fc.assert(property, { numRuns: kind === 'in memory' ? 60 : 8 });
    }, 120_000);
  });
}

/** A log of the first `size` records of a history with changes of trust in between. */
async function openTrusting(history: readonly Told[], size = Number.POSITIVE_INFINITY): Promise<Log> {
  const log = await openMemoryLog({ origin: 'm.example.org/log' });
  for (const [place, told] of history.entries()) {
    if (place % 3 === 0 && log.size() < size) await log.appendTrust(new Uint8Array([place]), at(place));
    if (log.size() < size) await log.append(toStatement(told));
  }
  return log;
}
