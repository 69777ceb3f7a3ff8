import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { CatalogEntry } from '../../src/catalog/catalog.ts';
import { toEntryIri } from '../../src/catalog/entry-graph.ts';
import { openMemoryCatalog } from '../../src/catalog/level-catalog.ts';
import type { RecordSource } from '../../src/catalog/record-source.ts';
import { openSparqlEngine } from '../../src/catalog/sparql/sparql-engine.ts';
import type { StoreCatalog } from '../../src/catalog/store-catalog.ts';
import type { Log } from '../../src/log/log.ts';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import { PREFIXES } from '../../src/rdf/vocabulary.ts';
import { appendAll, at, BASE_URL, emailOf, identifierOf, keyOf, readTold, type Told } from './history.ts';
import { inOrder } from './several-logs.ts';

const OWN = 'm.example.org/log';
const PUBLIC = 'public.example.net/log';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function openLog(origin: string, told: readonly Told[]): Promise<Log> {
  const log = await openMemoryLog({ origin });
  closing.push(() => log.close());
  await appendAll(log, told);
  return log;
}

async function openCatalog(log: RecordSource): Promise<StoreCatalog> {
  const catalog = await openMemoryCatalog({ log, readDocument: readTold, baseUrl: BASE_URL });
  closing.push(() => catalog.close());
  await catalog.waitFor(log.size());
  return catalog;
}

const NOW = at(50);

/** Jane speaks in both; so does somebody whom the other registry takes for her. */
async function openStory() {
  const own = await openLog(OWN, [
    { image: 1, by: 'jane', created: 0, title: 'Private Ubuntu', os: 'ubuntu', tag: 'base' },
    { image: 2, by: 'jane', created: 5, os: 'debian' },
    { image: 2, by: 'jane', created: 30, os: 'debian' },
  ]);
  const other = await openLog(PUBLIC, [
    { image: 1, by: 'jane', created: 10, title: 'Ubuntu', os: 'ubuntu', tag: 'base', deprecated: 'not mine' },
    { image: 3, by: 'bob', created: 20, os: 'ubuntu' },
    { image: 3, by: 'bob', created: 25, os: 'ubuntu' },
  ]);
  const catalog = await openCatalog(inOrder([own, other], [0, 1, 1, 0, 1, 0]));
  return { own, other, catalog };
}

describe('a catalog of several logs', () => {
  it('says of each entry which log it is in, its number there, and when it was learned', async () => {
    const { catalog } = await openStory();
    const { entries } = await catalog.list({}, NOW, { limit: 10 });
    expect(
      entries.map(({ place, origin, index, isFollowed, supersededBy }) => [
        place,
        origin,
        index,
        isFollowed,
        supersededBy,
      ]),
    ).toEqual([
      [5, OWN, 2, undefined, undefined],
      [4, PUBLIC, 2, true, undefined],
      [2, PUBLIC, 1, true, 2],
      [1, PUBLIC, 0, true, undefined],
      [3, OWN, 1, undefined, 2],
      [0, OWN, 0, undefined, undefined],
    ]);
    expect(entries[3]?.learnedAt).toEqual(at(100_001));
    expect(entries[3]?.acceptedAt).toEqual(at(15));
    expect(entries[0]?.learnedAt).toBeUndefined();
  });

  it('lets an endorser of another registry supersede nothing here, whoever that registry takes him for', async () => {
    const { catalog } = await openStory();
    expect(await catalog.entry(0)).toMatchObject({ title: 'Private Ubuntu' });
    expect((await catalog.entry(0))?.supersededBy).toBeUndefined();
    const { entries } = await catalog.list({ identifier: identifierOf(1), statuses: ['valid'] }, NOW, { limit: 10 });
    expect(entries.map(({ origin }) => origin)).toEqual([OWN]);
    expect((await catalog.current(identifierOf(1), keyOf('jane')))?.origin).toBe(OWN);
  });

  it('narrows and counts by origin, and leaves other registries out of tags', async () => {
    const { catalog } = await openStory();
    const sort = { column: 'created', isDescending: true } as const;
    const page = await catalog.browse({ origin: PUBLIC }, NOW, { sort, limit: 10 });
    expect(page.total).toBe(3);
    expect(page.facets.origin).toEqual([
      { value: OWN, count: 3 },
      { value: PUBLIC, count: 3 },
    ]);
    expect((await catalog.list({ origin: 'nowhere' }, NOW, { limit: 10 })).total).toBe(0);
    expect((await catalog.tagged(emailOf('jane'), 'base'))?.origin).toBe(OWN);
    expect((await catalog.asOf(6).tags(emailOf('jane'))).map(({ entry }) => entry.origin)).toEqual([OWN]);
  });

  it('keeps endorsers of two registries apart, and counts what it shows', async () => {
    const { catalog } = await openStory();
    const endorsers = (await catalog.endorsers()).map(({ email, origin, entries }) => [email, origin, entries]);
    expect(endorsers).toHaveLength(3);
    expect(endorsers).toEqual(
      expect.arrayContaining([
        [emailOf('bob'), PUBLIC, 2],
        [emailOf('jane'), OWN, 3],
        [emailOf('jane'), PUBLIC, 1],
      ]),
    );
    expect(await catalog.counts()).toEqual({ entries: 6, images: 3, endorsers: 3 });
  });

  it('answers as of a time by when a record was learned, not by what another registry says', async () => {
    const { catalog } = await openStory();
    expect(await catalog.sizeAt(at(100_001))).toBe(2);
    const then = await catalog.asOf(2).list({}, NOW, { limit: 10 });
    expect(then.entries.map(({ origin, index }) => [origin, index])).toEqual([
      [PUBLIC, 0],
      [OWN, 0],
    ]);
  });

  it('says the origin in SPARQL, and numbers as the log of the entry has them', async () => {
    const { catalog } = await openStory();
    const engine = await openSparqlEngine({ catalog, baseUrl: BASE_URL, workers: 1 });
    closing.push(() => engine.close());
    await engine.waitFor(6);
    const text = `PREFIX vouch: <${PREFIXES.vouch}>
      SELECT ?old ?new ?origin { ?old vouch:supersededBy ?n ; vouch:origin ?origin . ?new vouch:logIndex ?n ; vouch:origin ?origin }`;
    const answer = await engine.query({ text, view: 'history' }, ['text/tab-separated-values']);
    const iri = async (place: number) => `<${toEntryIri((await catalog.entry(place))!, BASE_URL)}>`;
    expect(await iri(2)).toMatch(/\?origin=public\.example\.net%2Flog>$/);
    expect(answer.body.trimEnd().split('\n').slice(1).sort()).toEqual(
      [
        [await iri(2), await iri(4), `"${PUBLIC}"`].join('\t'),
        [await iri(3), await iri(5), `"${OWN}"`].join('\t'),
      ].sort(),
    );
  });

  it('shows each log, at every size, exactly as the catalog of that log alone does', async () => {
    const told = fc.record({
      image: fc.integer({ min: 1, max: 2 }),
      by: fc.constantFrom('jane', 'bob'),
      created: fc.integer({ min: 0, max: 20 }),
      tag: fc.constantFrom(undefined, 'base'),
      deprecated: fc.constantFrom(undefined, 'broken'),
    });
    const story = fc.tuple(
      fc.uniqueArray(told, { minLength: 1, maxLength: 6, selector: JSON.stringify }),
      fc.uniqueArray(told, { minLength: 1, maxLength: 6, selector: JSON.stringify }),
      fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    );
    const toPlain = ({ place, origin, isFollowed, learnedAt, ...entry }: CatalogEntry) => entry;
    await fc.assert(
      fc.asyncProperty(story, async ([first, second, turns]) => {
        const logs = [await openLog(OWN, first as Told[]), await openLog(PUBLIC, second as Told[])];
        const order: number[] = [];
        const left = [first.length, second.length];
        for (const turn of [...turns, ...turns.map((one) => !one)]) {
          const of = turn ? 1 : 0;
          if (left[of]! > 0) order.push(of);
          left[of]! -= 1;
        }
        const catalog = await openCatalog(inOrder(logs, order));
        const alone = [await openCatalog(logs[0]!), await openCatalog(logs[1]!)];
        for (let size = 0; size <= order.length; size++) {
          for (const [of, log] of logs.entries()) {
            const known = order.slice(0, size).filter((one) => one === of).length;
            const shown = await catalog.asOf(size).list({ origin: log.origin }, NOW, { limit: 100 });
            const due = await alone[of]!.asOf(known).list({}, NOW, { limit: 100 });
            expect(shown.entries.map(toPlain)).toEqual(due.entries);
          }
          const tags = await catalog.asOf(size).tags(emailOf('jane'));
          const known = order.slice(0, size).filter((of) => of === 0).length;
          const due = await alone[0]!.asOf(known).tags(emailOf('jane'));
          expect(tags.map(({ entry }) => toPlain(entry))).toEqual(due.map(({ entry }) => entry));
        }
      }),
      { numRuns: 20 },
    );
  });
});
