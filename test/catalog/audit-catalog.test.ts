import { describe, expect, it } from 'vitest';
import { auditCatalog, type CatalogAudit } from '../../src/catalog/audit-catalog.ts';
import { MemoryStore } from '../../src/catalog/memory-store.ts';
import { StoreCatalog } from '../../src/catalog/store-catalog.ts';
import { CURSOR_KEY, STAMP_KEY, toFieldPrefix, toRowKey, toTriplesKey } from '../../src/catalog/store-key.ts';
import type { Log } from '../../src/log/log.ts';
import { appendAll, BASE_URL, openLogOf, readTold, type Told } from './history.ts';

const STORY: Told[] = [
  { image: 1, by: 'jane', created: 0, title: 'Ubuntu', os: 'ubuntu', tag: 'web' },
  { image: 1, by: 'bob', created: 10, deprecated: 'too old' },
  { image: 1, by: 'jane', created: 30, title: 'Ubuntu, patched', os: 'ubuntu', tag: 'base' },
  { image: 2, by: 'jane', created: 40, os: 'debian' },
];

/** A catalog's store that stays readable when the catalog over it is closed. */
class KeptStore extends MemoryStore {
  override async close(): Promise<void> {}
}

async function follow(log: Log): Promise<MemoryStore> {
  const store = new KeptStore();
  const catalog = await StoreCatalog.open(store, { log, readDocument: readTold, baseUrl: BASE_URL });
  await catalog.waitFor(log.size());
  await catalog.close();
  return store;
}

function audit(log: Log, store: MemoryStore): Promise<CatalogAudit> {
  return auditCatalog({ log, store, scratch: new MemoryStore(), readDocument: readTold });
}

describe('auditCatalog', () => {
  it('finds nothing in a catalog that followed its log, whole or not yet to the end', async () => {
    const log = await openLogOf(STORY);
    const store = await follow(log);
    expect(await audit(log, store)).toEqual({ problems: [], position: 4 });
    await appendAll(log, [{ image: 2, by: 'bob', created: 50 }]);
    expect(await audit(log, store)).toEqual({ problems: [], position: 4 });
  });

  it('finds a row that says other than its document, and triples that do', async () => {
    const log = await openLogOf(STORY);
    const store = await follow(log);
    const row = (await store.view().get(toRowKey(1)))!;
    await store.write([
      { key: toRowKey(1), value: row.replace('too old', 'fine') },
      { key: toTriplesKey(3), value: '' },
    ]);
    expect((await audit(log, store)).problems).toEqual([
      'the catalog has the row of entry 1 other than the log makes it',
      'the catalog has the triples of entry 3 other than the log makes it',
    ]);
  });

  it('finds an entry that is hidden, and one that nobody signed', async () => {
    const log = await openLogOf(STORY);
    const store = await follow(log);
    await store.write([
      { key: toRowKey(3), value: undefined },
      { key: toRowKey(9), value: '{}' },
      { key: `${toFieldPrefix('os', 'debian')}zz`, value: '' },
    ]);
    expect((await audit(log, store)).problems).toEqual([
      'the catalog lacks the row of entry 3',
      'the catalog has the row of entry 9, which the log does not make',
      'the catalog has the index key f/os/debian/zz, which the log does not make',
    ]);
  });

  it('finds that the log was taken back behind it, or is of another history', async () => {
    const store = await follow(await openLogOf(STORY));
    expect((await audit(await openLogOf(STORY.slice(0, 2)), store)).problems).toEqual([
      'the catalog has taken in 4 records, but the log has 2: the log was taken back',
    ]);
    const other = await openLogOf([...STORY.slice(0, 3), { image: 3, by: 'eve', created: 40 }]);
    expect((await audit(other, store)).problems).toEqual([
      'the catalog has taken in another record 3 than the log has: it is of another history',
    ]);
  });

  it('has nothing to say of a catalog that is made anew anyway', async () => {
    const log = await openLogOf(STORY);
    expect(await audit(log, new MemoryStore())).toEqual({ problems: [], position: undefined });
    const store = await follow(log);
    const stamp = JSON.stringify({ format: 0, baseUrl: BASE_URL, origin: log.origin });
    await store.write([{ key: STAMP_KEY, value: stamp }]);
    expect(await audit(log, store)).toEqual({ problems: [], position: undefined });
  });

  it.each(['', 'null', '{}', '{"position":-1,"last":""}', '{"position":1.5}', '{"position":1e300}'])(
    'says so where the catalog does not know how far it is: %s',
    async (cursor) => {
      const log = await openLogOf(STORY);
      const store = await follow(log);
      await store.write([{ key: CURSOR_KEY, value: cursor }]);
      expect((await audit(log, store)).problems).toEqual(['the catalog does not say how far in the log it is']);
      await store.write([{ key: STAMP_KEY, value: cursor }]);
      expect(await audit(log, store)).toEqual({ problems: [], position: undefined });
    },
  );

  it('audits a catalog that has taken in nothing', async () => {
    const log = await openLogOf(STORY);
    const store = await follow(await openLogOf([]));
    expect(await store.view().get(CURSOR_KEY)).toBeUndefined();
    expect(await audit(log, store)).toEqual({ problems: [], position: 0 });
  });
});
