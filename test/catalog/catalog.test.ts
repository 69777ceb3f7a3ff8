import { cp, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Catalog, EntryFilter, EntryStatus } from '../../src/catalog/catalog.ts';
import { openLevelCatalog, openMemoryCatalog } from '../../src/catalog/level-catalog.ts';
import { MemoryStore } from '../../src/catalog/memory-store.ts';
import type { OrderedStore, Write } from '../../src/catalog/ordered-store.ts';
import { StoreCatalog } from '../../src/catalog/store-catalog.ts';
import { VouchError } from '../../src/errors.ts';
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
  toRead,
  toStatement,
} from './history.ts';

const directories: string[] = [];
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'vouch-catalog-'));
  directories.push(directory);
  return directory;
}

const STORY: Told[] = [
  { image: 1, by: 'jane', created: 0, title: 'Ubuntu Server', os: 'ubuntu', tag: 'web', validUntil: 1000 },
  { image: 1, by: 'bob', created: 10, title: 'Ubuntu seen by Bob', os: 'ubuntu', deprecated: 'too old' },
  { image: 2, by: 'jane', created: 20, title: 'Debian', os: 'debian', tag: 'web', validUntil: 500 },
  { image: 1, by: 'jane', created: 30, title: 'Ubuntu Server, patched', os: 'ubuntu', tag: 'base', validUntil: 9000 },
  { image: 3, by: 'jane', created: 40, title: 'Broken', os: 'debian', tag: 'web', deprecated: 'broken' },
];

const KINDS: [string, (log: LogReader) => Promise<StoreCatalog>][] = [
  ['in memory', (log) => openMemoryCatalog({ log, readDocument: readTold, baseUrl: BASE_URL })],
  [
    'in LevelDB',
    async (log) =>
      openLevelCatalog({ directory: await newDirectory(), log, readDocument: readTold, baseUrl: BASE_URL }),
  ],
];

for (const [kind, open] of KINDS) {
  describe(`the catalog ${kind}`, () => {
    async function openStory(history: readonly Told[] = STORY): Promise<StoreCatalog> {
      const log = await openLogOf(history);
      const catalog = await open(log);
      await catalog.waitFor(log.size());
      return catalog;
    }
    const indexes = async (catalog: Catalog, filter: EntryFilter, now: Date) =>
      (await catalog.list(filter, now, { limit: 100 })).entries.map((entry) => entry.index);

    it('gives every entry as the record and the document say it', async () => {
      const catalog = await openStory();
      const expected = new Expected(STORY);
      for (const entry of expected.entries) expect(await catalog.entry(entry.index)).toEqual(entry);
      expect(await catalog.entry(STORY.length)).toBeUndefined();
      expect(await catalog.entry(-1)).toBeUndefined();
      expect(await catalog.entry(0.5)).toBeUndefined();
      await catalog.close();
    });

    it('lists by status as of the time asked for', async () => {
      const catalog = await openStory();
      expect(await indexes(catalog, { statuses: ['valid'] }, at(100))).toEqual([3, 2]);
      expect(await indexes(catalog, { statuses: ['valid'] }, at(501))).toEqual([3]);
      expect(await indexes(catalog, { statuses: ['expired'] }, at(501))).toEqual([2]);
      expect(await indexes(catalog, { statuses: ['deprecated'] }, at(0))).toEqual([4, 1]);
      expect(await indexes(catalog, { statuses: ['superseded'] }, at(0))).toEqual([0]);
      expect(await indexes(catalog, { statuses: [] }, at(0))).toEqual([]);
      expect(await indexes(catalog, {}, at(0))).toEqual([4, 3, 2, 1, 0]);
      await catalog.close();
    });

    it('finds by the beginnings of words, whatever their case', async () => {
      const catalog = await openStory();
      expect(await indexes(catalog, { text: 'UBU patch' }, at(0))).toEqual([3]);
      expect(await indexes(catalog, { text: 'bob@example.org' }, at(0))).toEqual([1]);
      expect(await indexes(catalog, { text: identifierOf(2) }, at(0))).toEqual([2]);
      expect(await indexes(catalog, { text: 'buntu' }, at(0))).toEqual([]);
      expect(await indexes(catalog, { text: '"; DROP / %2F \u0000 \ud800' }, at(0))).toEqual([]);
      await catalog.close();
    });

    it('resolves a tag to the newest current, undeprecated entry of that endorser', async () => {
      const catalog = await openStory();
      // entry 0 had the tag until entry 3 superseded it; entry 4 has it and is deprecated
      expect((await catalog.tagged(emailOf('jane'), 'web'))?.index).toBe(2);
      expect(await catalog.tagged(emailOf('bob'), 'web')).toBeUndefined();
      const tags = await catalog.tags(emailOf('jane'));
      expect(tags.map(({ tag, email, entry }) => [tag, email, entry.index])).toEqual([
        ['base', emailOf('jane'), 3],
        ['web', emailOf('jane'), 2],
      ]);
      await catalog.close();
    });

    it('knows history, current entries, endorsers and counts', async () => {
      const catalog = await openStory();
      expect((await catalog.history(identifierOf(1))).map((entry) => entry.index)).toEqual([0, 1, 3]);
      expect((await catalog.current(identifierOf(1), keyOf('jane')))?.index).toBe(3);
      expect(await catalog.current(identifierOf(2), keyOf('bob'))).toBeUndefined();
      expect(await catalog.endorsers()).toEqual([
        {
          endorserKey: keyOf('bob'),
          email: emailOf('bob'),
          subject: 'CN=bob',
          issuers: ['CN=Example CA'],
          entries: 1,
          firstAt: at(10),
          lastAt: at(10),
        },
        {
          endorserKey: keyOf('jane'),
          email: emailOf('jane'),
          subject: 'CN=jane',
          issuers: ['CN=Example CA'],
          entries: 4,
          firstAt: at(0),
          lastAt: at(40),
        },
      ]);
      expect(await catalog.counts()).toEqual({ entries: 5, images: 3, endorsers: 2 });
      await catalog.close();
    });

    it('pages stably while newer entries arrive', async () => {
      const log = await openLogOf(STORY);
      const catalog = await open(log);
      await catalog.waitFor(log.size());
      const first = await catalog.list({}, at(0), { limit: 2 });
      expect(first.entries.map((entry) => entry.index)).toEqual([4, 3]);
      expect(first).toMatchObject({ total: 5, logSize: 5 });
      await appendAll(log, [{ image: 9, by: 'bob', created: 99 }]);
      await catalog.waitFor(log.size());
      const second = await catalog.list({}, at(0), { limit: 2, after: first.next! });
      expect(second.entries.map((entry) => entry.index)).toEqual([2, 1]);
      const third = await catalog.list({}, at(0), { limit: 2, after: second.next! });
      expect(third.entries.map((entry) => entry.index)).toEqual([0]);
      expect(third.next).toBeUndefined();
      expect(third).toMatchObject({ total: 6, logSize: 6 });
      await catalog.close();
    });

    it('refuses hostile cursors, limits and searches', async () => {
      const catalog = await openStory();
      for (const after of ['', '../..', 'f'.repeat(22), 'F'.repeat(23), 'g'.repeat(23), '\u0000'.repeat(23), 'a/']) {
        await expect(catalog.list({}, at(0), { limit: 2, after })).rejects.toMatchObject({ code: 'usage' });
      }
      expect((await catalog.list({}, at(0), { limit: 2, after: 'f'.repeat(23) })).entries).toEqual([]);
      for (const limit of [0, -1, 1001, 1.5, Number.NaN]) {
        await expect(catalog.list({}, at(0), { limit })).rejects.toMatchObject({ code: 'usage' });
      }
      const manyWords = Array.from({ length: 17 }, (_, word) => `word${word}x`).join(' ');
      await expect(catalog.list({ text: manyWords }, at(0), { limit: 1 })).rejects.toMatchObject({ code: 'usage' });
      await catalog.close();
    });

    it('keeps values apart whatever characters and length they have', async () => {
      const values = ['a', 'a/', 'a/b', 'A', 'ä', '%2F', '', '~', 'x'.repeat(5000), `${'x'.repeat(5000)}y`];
      const catalog = await openStory(values.map((os, image) => ({ image, by: 'jane', created: image, os, tag: os })));
      for (const [index, os] of values.entries()) {
        expect(await indexes(catalog, { os }, at(0))).toEqual([index]);
        expect((await catalog.tagged(emailOf('jane'), os))?.index).toBe(index);
      }
      expect((await catalog.tags(emailOf('jane'))).map(({ tag }) => tag).sort()).toEqual([...values].sort());
      await catalog.close();
    });

    it('uses an offered document instead of reading it', async () => {
      const log = await openLogOf([]);
      const catalog = await open(log);
      const told: Told = { image: 1, by: 'jane', created: 1, title: 'as read' };
      const statement = toStatement(told);
      catalog.offer(statement.verified.documentSha256, toRead({ ...told, title: 'as offered' }));
      await log.append(statement);
      await catalog.waitFor(1);
      expect((await catalog.entry(0))?.title).toBe('as offered');
      await catalog.close();
    });

    it('takes in an import that is older than what the endorser has already', async () => {
      const history = [
        { image: 1, by: 'jane', created: 30, tag: 'web' },
        { image: 1, by: 'jane', created: 10, tag: 'web' },
        { image: 1, by: 'jane', created: 20, tag: 'web' },
      ];
      const catalog = await openStory(history);
      const supersededBy = await Promise.all(
        [0, 1, 2].map(async (index) => (await catalog.entry(index))?.supersededBy),
      );
      expect(supersededBy).toEqual([undefined, 2, 0]);
      expect((await catalog.tagged(emailOf('jane'), 'web'))?.index).toBe(0);
      await catalog.close();
    });

    it('tells everyone who waits why it stopped, and skips nothing', async () => {
      const log = await openLogOf(STORY);
      const failing: StoreCatalog = await StoreCatalog.open(new MemoryStore(), {
        log,
        baseUrl: BASE_URL,
        readDocument: async () => {
          throw new VouchError('corrupt', 'not a document');
        },
      });
      await expect(failing.waitFor(5)).rejects.toMatchObject({ code: 'corrupt', message: /not a document/ });
      await expect(failing.waitFor(1)).rejects.toMatchObject({ code: 'corrupt' });
      await expect(failing.waitFor(0)).resolves.toBeUndefined();
      expect(failing.position()).toBe(0);
      await failing.close();
    });

    it('skips trust records', async () => {
      const log = await openLogOf(STORY.slice(0, 1));
      await log.appendTrust(new Uint8Array([1]), at(1));
      await appendAll(log, [{ image: 1, by: 'jane', created: 50 }]);
      const catalog = await open(log);
      await catalog.waitFor(3);
      expect(await indexes(catalog, {}, at(0))).toEqual([2, 0]);
      expect((await catalog.entry(0))?.supersededBy).toBe(2);
      await catalog.close();
    });
  });
}

describe('the catalog in LevelDB, opened again', () => {
  it('resumes at its cursor without reading any document again', async () => {
    const directory = await newDirectory();
    const log = await openLogOf(STORY);
    const first = await openLevelCatalog({ directory, log, readDocument: readTold, baseUrl: BASE_URL });
    await first.waitFor(5);
    await first.close();
    await expect(first.list({}, at(0), { limit: 1 })).rejects.toMatchObject({ code: 'closed' });
    const read: number[] = [];
    const second = await openLevelCatalog({
      directory,
      log,
      baseUrl: BASE_URL,
      readDocument: (record, bytes) => {
        read.push(record.seq);
        return readTold(record, bytes);
      },
    });
    expect(second.position()).toBe(5);
    expect(read).toEqual([]);
    await second.close();
  });

  it('is rebuilt if one of its files is cut off, empty or gone', async () => {
    const directory = await newDirectory();
    const log = await openLogOf(STORY);
    const options = { directory, log, readDocument: readTold, baseUrl: BASE_URL };
    // opened twice, so that what it holds is in a table and not only in the journal
    for (let times = 0; times < 2; times++) {
      const catalog = await openLevelCatalog(options);
      await catalog.waitFor(log.size());
      await catalog.close();
    }
    const sound = await newDirectory();
    await cp(directory, sound, { recursive: true });
    const names = (await readdir(sound)).filter((name) => !name.startsWith('LO'));
    expect(names).toEqual(expect.arrayContaining(['CURRENT', expect.stringMatching(/\.ldb$/)]));
    for (const name of names) {
      const { size } = await stat(join(sound, name));
      for (const left of [undefined, 0, Math.floor(size / 2), size - 1]) {
        await rm(directory, { recursive: true });
        await cp(sound, directory, { recursive: true });
        if (left === undefined) await rm(join(directory, name));
        else await truncate(join(directory, name), Math.max(0, left));
        const catalog = await openLevelCatalog(options);
        await catalog.waitFor(log.size());
        expect(await catalog.counts()).toEqual({ entries: 5, images: 3, endorsers: 2 });
        expect(await catalog.history(identifierOf(1))).toHaveLength(3);
        await catalog.close();
      }
    }
  });

  it('says why it cannot be opened', async () => {
    const directory = join(await newDirectory(), 'catalog');
    await writeFile(directory, 'not a directory');
    const options = { directory, log: await openLogOf(STORY), readDocument: readTold, baseUrl: BASE_URL };
    await expect(openLevelCatalog(options)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(/^The catalog in .* cannot be opened: E(?:EXIST|NOTDIR): .*/),
    });
  });

  it('is rebuilt for another base URL, another log, and a log that was set back', async () => {
    const directory = await newDirectory();
    const options = { directory, readDocument: readTold, baseUrl: BASE_URL };
    const open = async (log: LogReader, baseUrl = BASE_URL) => {
      const catalog = await openLevelCatalog({ ...options, log, baseUrl });
      const positionAtStart = catalog.position();
      await catalog.waitFor(log.size());
      const { entries } = await catalog.counts();
      await catalog.close();
      return { positionAtStart, entries };
    };
    const log = await openLogOf(STORY);
    expect(await open(log)).toEqual({ positionAtStart: 0, entries: 5 });
    expect(await open(log)).toEqual({ positionAtStart: 5, entries: 5 });
    expect(await open(log, 'https://elsewhere.example.org')).toEqual({ positionAtStart: 0, entries: 5 });
    expect(await open(log)).toEqual({ positionAtStart: 0, entries: 5 });
    expect(await open(await openLogOf(STORY.slice(0, 3)))).toEqual({ positionAtStart: 0, entries: 3 });
    const otherPast = await openLogOf([...STORY.slice(0, 2), { image: 7, by: 'eve', created: 7 }]);
    expect(await open(otherPast)).toEqual({ positionAtStart: 0, entries: 3 });
  });

  it('says that another process has it open', async () => {
    const directory = await newDirectory();
    const options = { directory, log: await openLogOf([]), readDocument: readTold, baseUrl: BASE_URL };
    const first = await openLevelCatalog(options);
    await expect(openLevelCatalog(options)).rejects.toMatchObject({ code: 'storage-locked' });
    await first.close();
  });
});

const told: fc.Arbitrary<Told> = fc.record(
  {
    image: fc.integer({ min: 0, max: 4 }),
    by: fc.constantFrom('jane', 'bob', 'eve'),
    created: fc.integer({ min: 0, max: 40 }),
    title: fc.constantFrom('Ubuntu server', 'Ubuntu desktop', 'Debian', 'ubu', 'Ärger/Test'),
    os: fc.constantFrom('ubuntu', 'debian', 'a/b'),
    tag: fc.constantFrom('web', 'base'),
    deprecated: fc.constant('old'),
    validUntil: fc.integer({ min: 0, max: 60 }),
  },
  { requiredKeys: ['image', 'by', 'created'] },
);
const histories = fc.uniqueArray(told, { minLength: 0, maxLength: 30, selector: (one) => JSON.stringify(one) });
const statuses = fc.subarray<EntryStatus>(['valid', 'expired', 'deprecated', 'superseded']);
const filters = fc.record(
  {
    identifier: fc.integer({ min: 0, max: 4 }).map(identifierOf),
    email: fc.constantFrom('jane', 'bob').map(emailOf),
    endorserKey: fc.constantFrom('jane', 'eve').map(keyOf),
    createdAt: fc.integer({ min: 0, max: 40 }).map(at),
    os: fc.constantFrom('ubuntu', 'debian', 'a/b', 'none'),
    tag: fc.constantFrom('web', 'base'),
    text: fc.constantFrom('ubu', 'u s', 'ubuntu desk', 'test', 'example', 'i', ''),
    statuses,
  },
  { requiredKeys: [] },
);

describe('the catalog over random histories', () => {
  it('answers every list, page by page, as looking at everything would', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.array(filters, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 60 }),
        async (history, asked, limit, now) => {
          const log = await openLogOf(history);
          const catalog = await openMemoryCatalog({ log, readDocument: readTold, baseUrl: BASE_URL });
          await catalog.waitFor(log.size());
          const expected = new Expected(history);
          for (const filter of asked) {
            const wanted = expected.list(filter, at(now));
            const listed = [];
            let after: string | undefined;
            do {
              const page = await catalog.list(filter, at(now), { limit, ...(after === undefined ? {} : { after }) });
              expect(page.total).toBe(wanted.length);
              listed.push(...page.entries);
              after = page.next;
            } while (after !== undefined);
            expect(listed).toEqual(wanted);
          }
          for (const by of ['jane', 'bob']) {
            for (const tag of ['web', 'base']) {
              expect(await catalog.tagged(emailOf(by), tag)).toEqual(expected.tagged(emailOf(by), tag));
            }
          }
          await catalog.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is the same rebuilt from nothing as followed step by step through crashes', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 12 }),
        fc.array(fc.record({ after: fc.integer({ min: 0, max: 4 }), isPersisted: fc.boolean() }), { maxLength: 6 }),
        async (history, steps, planned) => {
          const crashes = [...planned];
          const log = await openLogOf([]);
          const followed = new MemoryStore();
          let rest = history;
          let catalog = await openOver(followed, log, crashes.shift());
          for (const step of [...steps, history.length]) {
            await appendAll(log, rest.slice(0, step));
            rest = rest.slice(step);
            while (!(await hasCaughtUp(catalog, log.size()))) catalog = await openOver(followed, log, crashes.shift());
          }
          const rebuilt = new MemoryStore();
          const anew = await openOver(rebuilt, log);
          await anew.waitFor(log.size());
          expect(await dump(followed)).toEqual(await dump(rebuilt));
        },
      ),
      { numRuns: 100 },
    );
  });
});

function openOver(inner: MemoryStore, log: LogReader, crash?: Crash): Promise<StoreCatalog> {
  const store = crash === undefined ? inner : new CrashingStore(inner, crash);
  return StoreCatalog.open(store, { log, readDocument: readTold, baseUrl: BASE_URL }).catch(() => openOver(inner, log));
}

async function hasCaughtUp(catalog: StoreCatalog, size: number): Promise<boolean> {
  return catalog.waitFor(size).then(
    () => true,
    () => false,
  );
}

async function dump(store: MemoryStore): Promise<[string, string][]> {
  return store.view().cursor('', '\uffff').next(1_000_000);
}

interface Crash {
  readonly after: number;
  readonly isPersisted: boolean;
}

/** A store whose process dies at one of its writes: before the write is there, or after. */
class CrashingStore implements OrderedStore {
  readonly #inner: MemoryStore;
  readonly #crash: Crash;
  #writes = 0;

  constructor(inner: MemoryStore, crash: Crash) {
    this.#inner = inner;
    this.#crash = crash;
  }

  view() {
    return this.#inner.view();
  }

  async write(writes: readonly Write[]): Promise<void> {
    const isCrash = this.#writes++ >= this.#crash.after;
    if (!isCrash || this.#crash.isPersisted) await this.#inner.write(writes);
    if (isCrash) throw new VouchError('storage', 'the process died');
  }

  clear() {
    return this.#inner.clear();
  }

  async close(): Promise<void> {}
}
