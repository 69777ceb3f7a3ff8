import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/catalog/memory-store.ts';
import type { OrderedStore, Write } from '../../src/catalog/ordered-store.ts';
import { VouchError } from '../../src/errors.ts';
import { openUsage } from '../../src/usage/open-usage.ts';
import { Usage } from '../../src/usage/usage.ts';
import { NO_USE } from '../../src/usage/use-count.ts';
import { toUseDay } from '../../src/usage/use-day.ts';
import type { SiteUse, UseReceipt } from '../../src/usage/use-receipt.ts';
import { NOW, openTwin, type RegistryTwin, toIdentifier } from '../server/registry-twin.ts';

const DAY_MS = 86_400_000;
const TODAY = toUseDay(NOW);
const [debian, centos, ubuntu] = [toIdentifier(1), toIdentifier(2), toIdentifier(3)];

let twin: RegistryTwin;
let at: Date;
let store: MemoryStore;
let news: string[];
let opened: Usage[];

beforeEach(async () => {
  twin = await openTwin();
  at = NOW;
  store = new MemoryStore();
  news = [];
  opened = [];
  for (const identifier of [debian, centos, ubuntu]) await twin.put({ identifier, title: identifier });
});
afterEach(async () => {
  for (const usage of opened) await usage.close();
  await twin.close();
});

async function open(over: OrderedStore = store): Promise<Usage> {
  const usage = await Usage.open({
    store: over,
    catalog: twin.catalog,
    catalogName: 'own',
    now: () => at,
    keepDays: 365,
    onNews: (sentence) => news.push(sentence),
    writeMs: 3_600_000,
  });
  opened.push(usage);
  await usage.follow();
  return usage;
}

function toReceipt(images: Readonly<Record<string, Partial<SiteUse>>>, more: Partial<UseReceipt> = {}): UseReceipt {
  const uses = Object.entries(images).map(
    ([image, use]) => [image, { allowed: 0, denied: 0, downloaded: 0, ...use }] as const,
  );
  return { reporter: 'A'.repeat(22), day: toUseDay(at), images: new Map(uses), ...more };
}

async function useOf(usage: Usage, image: string) {
  return (await usage.ofImages([image])).get(image);
}

describe('use of images', () => {
  test('is counted by day, image and entry', async () => {
    const usage = await open();
    usage.countLookup(debian, 'ab'.repeat(32));
    usage.countLookup(debian);
    usage.countCheck(debian);
    await usage.flush();
    at = new Date(NOW.getTime() + 10 * DAY_MS);
    usage.countLookup(debian, 'ab'.repeat(32));
    await usage.flush();
    expect(await useOf(usage, debian)).toEqual({
      since: TODAY,
      last: TODAY + 10,
      recent: { ...NO_USE, lookups: 3, checks: 1 },
      total: { ...NO_USE, lookups: 3, checks: 1 },
    });
    expect((await usage.ofEntry('ab'.repeat(32)))?.total.lookups).toBe(2);
    expect(await usage.ofEntry('cd'.repeat(32))).toBeUndefined();
    expect(await useOf(usage, centos)).toEqual({ since: TODAY, recent: NO_USE, total: NO_USE });
    at = new Date(NOW.getTime() + 35 * DAY_MS);
    expect((await useOf(usage, debian))?.recent.lookups).toBe(1);
    expect((await useOf(usage, debian))?.total.lookups).toBe(3);
  });

  test('is there after a restart, less nothing that was written', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'vouch-usage-'));
    try {
      const options = { catalog: twin.catalog, catalogName: 'own', now: () => at, keepDays: 365, onNews: () => {} };
      const first = await openUsage(directory, options);
      await first.follow();
      first.countLookup(debian);
      await first.take('a', toReceipt({ [debian]: { allowed: 2 } }, { site: 'Cloud A' }));
      await first.close();
      at = new Date(NOW.getTime() + DAY_MS);
      const second = await openUsage(directory, options);
      expect(second.begun).toBe(TODAY);
      expect((await useOf(second, debian))?.total).toEqual({ ...NO_USE, lookups: 1, allowed: 2 });
      expect(await second.sitesOf(debian)).toEqual([
        { site: 'Cloud A', last: TODAY, recent: { ...NO_USE, allowed: 2 } },
      ]);
      await expect(openUsage(directory, options)).rejects.toMatchObject({ code: 'storage-locked' });
      await second.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('knows nothing but counts by day: no key or value has anything of who asked', async () => {
    const usage = await open();
    usage.countLookup(debian, 'ab'.repeat(32));
    await usage.take('token-a', toReceipt({ [debian]: { denied: 1 } }, { site: 'Cloud A' }));
    await usage.flush();
    const view = store.view();
    const rows = await view.cursor('', '\u007f').next(1_000);
    const shapes = rows.map(([key, value]) =>
      `${key} ${value}`.replaceAll(/A0{20,25}\d/g, 'ID').replaceAll(String(TODAY), 'DAY'),
    );
    const reporter = 'A'.repeat(22);
    expect(shapes.filter((row) => !/ID \[DAY,-1,-1,\[\],\[\],\[\]\]$|^r\/0DAY\/ID $/.test(row))).toEqual([
      `e/${'ab'.repeat(32)} [DAY,DAY,-1,[[DAY,1]],[],[]]`,
      'i/ID [DAY,DAY,DAY,[[DAY,1,0,0,1]],[],[]]',
      'l/0DAY/ID ',
      'p/begun DAY',
      'p/cursor 3 own',
      `p/site/token-a/${reporter} {"site":"Cloud A","day":DAY}`,
      `s/ID/token-a/${reporter} [DAY,DAY,DAY,[[DAY,0,0,0,1]],[],[]]`,
    ]);
  });

  test('of names that somebody made up takes a bounded part of memory, and says what was dropped', async () => {
    const failing = new FailingStore();
    const usage = await open(failing);
    failing.isFailing = true;
    for (let number = 0; number < 30_000; number++) usage.countLookup(toIdentifier(number));
    usage.countLookup('no identifier at all');
    await usage.flush();
    await usage.flush();
    expect(news[0]).toMatch(/^The use of images cannot be written: .*full/);
    expect(news[1]).toMatch(/^\d+ uses of images were not counted: there was no room for them\.$/);
    failing.isFailing = false;
    await usage.flush();
    expect(news.at(-1)).toBe('The use of images can be written again.');
    const view = failing.view();
    expect((await view.cursor('i/', 'i/~').next(100_000)).length).toBeLessThanOrEqual(20_003);
  });

  test('that could not be written is written later, once', async () => {
    const failing = new FailingStore();
    const usage = await open(failing);
    usage.countLookup(debian);
    failing.isFailing = true;
    await usage.flush();
    expect((await useOf(usage, debian))?.total.lookups).toBe(0);
    usage.countLookup(debian);
    failing.isFailing = false;
    await usage.flush();
    await usage.flush();
    expect((await useOf(usage, debian))?.total.lookups).toBe(2);
    expect(news).toEqual([
      'The use of images cannot be written: The disk is full.',
      'The use of images can be written again.',
    ]);
  });

  test('goes on where the clock went back, and mends what one that ran ahead did', async () => {
    const usage = await open();
    at = new Date(NOW.getTime() + 4_000 * DAY_MS);
    usage.countLookup(debian);
    await usage.take('a', toReceipt({ [centos]: { allowed: 1 } }));
    await usage.flush();
    at = new Date(NOW.getTime() - 2 * DAY_MS);
    usage.countLookup(ubuntu);
    await usage.flush();
    expect((await useOf(usage, debian))?.last).toBe(TODAY - 2);
    expect(await useOf(usage, ubuntu)).toMatchObject({ last: TODAY - 2, total: { lookups: 1 } });
    const again = await open();
    at = new Date(NOW.getTime() + 400 * DAY_MS);
    const { images } = await again.unused(365, { limit: 10 });
    expect(images.map(({ identifier }) => identifier).sort()).toEqual([debian, centos, ubuntu].sort());
  });
});

describe('what a site tells', () => {
  test('of a day takes the place of what it told of that day before', async () => {
    const usage = await open();
    await usage.take('a', toReceipt({ [debian]: { allowed: 3, denied: 1 } }));
    await usage.take('a', toReceipt({ [debian]: { allowed: 3, denied: 1 } }));
    expect((await useOf(usage, debian))?.total).toEqual({ ...NO_USE, allowed: 3, denied: 1 });
    await usage.take('a', toReceipt({ [debian]: { allowed: 5, downloaded: 1 } }));
    await usage.take('b', toReceipt({ [debian]: { allowed: 1 } }));
    await usage.take('a', toReceipt({ [debian]: { allowed: 10 } }, { reporter: 'B'.repeat(22) }));
    expect((await useOf(usage, debian))?.total).toEqual({ ...NO_USE, allowed: 16, downloaded: 1 });
    const sites = await usage.sitesOf(debian);
    expect(sites.map(({ recent }) => recent.allowed)).toEqual([15, 1]);
    expect(usage.countSites(30)).toBe(2);
  });

  test('of images that are not here is passed over, and how many they were is answered', async () => {
    const usage = await open();
    const taking = await usage.take('a', toReceipt({ [debian]: { allowed: 1 }, [toIdentifier(9)]: { allowed: 1 } }));
    expect(taking).toEqual({ outcome: 'taken', images: 1, unknown: 1 });
    expect(await useOf(usage, toIdentifier(9))).toBeUndefined();
  });

  test('names the site as it did last, or not at all', async () => {
    const usage = await open();
    await usage.take('a', toReceipt({ [debian]: { allowed: 1 } }, { site: 'Cloud A' }));
    expect((await usage.sitesOf(debian))[0]?.site).toBe('Cloud A');
    await usage.take('a', toReceipt({ [debian]: { allowed: 2 } }));
    expect((await usage.sitesOf(debian))[0]).not.toHaveProperty('site');
  });

  test('comes from a bounded number of reporters, of whom the silent make room', async () => {
    const usage = await open();
    const tell = (number: number) =>
      usage.take('a', toReceipt({ [debian]: { allowed: 1 } }, { reporter: String(number).padStart(22, '0') }));
    for (let number = 0; number < 100; number++) await tell(number);
    await expect(tell(100)).rejects.toMatchObject({ code: 'quota' });
    await usage.take('b', toReceipt({ [debian]: { allowed: 1 } }));
    at = new Date(NOW.getTime() + 40 * DAY_MS);
    expect((await tell(100)).images).toBe(1);
    expect((await useOf(usage, debian))?.total.allowed).toBe(102);
  });
});

describe('the lists of use', () => {
  test('name what nobody used for so long, the longest unused first, page by page', async () => {
    const usage = await open();
    at = new Date(NOW.getTime() + 100 * DAY_MS);
    usage.countLookup(centos);
    await usage.flush();
    expect((await usage.unused(365, { limit: 10 })).images).toEqual([]);
    at = new Date(NOW.getTime() + 400 * DAY_MS);
    const first = await usage.unused(365, { limit: 1 });
    expect(first.images).toMatchObject([{ identifier: debian, entry: { title: debian }, use: { since: TODAY } }]);
    const second = await usage.unused(365, { limit: 5, after: first.next! });
    expect(second.images.map(({ identifier }) => identifier)).toEqual([ubuntu]);
    expect(second.next).toBeUndefined();
    const shorter = await usage.unused(300, { limit: 5 });
    expect(shorter.images.map(({ identifier, use }) => [identifier, use.last])).toEqual([
      [debian, undefined],
      [ubuntu, undefined],
      [centos, TODAY + 100],
    ]);
  });

  test('name what is used most, and what was withdrawn and is launched all the same', async () => {
    const usage = await open();
    for (let time = 0; time < 5; time++) usage.countLookup(ubuntu);
    usage.countLookup(debian);
    await twin.put({ identifier: centos, title: 'CentOS', deprecated: 'no updates', createdAt: NOW });
    await twin.put({ identifier: debian, title: 'Debian', createdAt: NOW });
    await usage.take(
      'a',
      toReceipt({ [debian]: { allowed: 2 }, [centos]: { allowed: 1, denied: 4 } }, { site: 'Cloud A' }),
    );
    await usage.take('b', toReceipt({ [centos]: { downloaded: 1 } }));
    await usage.flush();
    const { top, withdrawn, isWhole } = await usage.report();
    expect(top.map(({ identifier, entry }) => [identifier, entry?.title])).toEqual([
      [centos, 'CentOS'],
      [debian, 'Debian'],
      [ubuntu, ubuntu],
    ]);
    expect(withdrawn).toMatchObject([
      {
        identifier: centos,
        entry: { deprecated: 'no updates' },
        sites: [{ site: 'Cloud A', recent: { allowed: 1, denied: 4 } }, { recent: { downloaded: 1 } }],
      },
    ]);
    expect(withdrawn[0]?.sites[1]).not.toHaveProperty('site');
    expect(isWhole).toBe(true);
  });

  test('know an image that came while counting went on', async () => {
    const usage = await open();
    await twin.put({ identifier: toIdentifier(7) });
    await usage.follow();
    expect(await useOf(usage, toIdentifier(7))).toMatchObject({ recent: NO_USE });
  });
});

/** A disk that is full for a while. */
class FailingStore implements OrderedStore {
  readonly #store = new MemoryStore();
  isFailing = false;

  view() {
    return this.#store.view();
  }

  async write(writes: readonly Write[]): Promise<void> {
    if (this.isFailing) throw new VouchError('storage', 'The disk is full.');
    await this.#store.write(writes);
  }

  clear(): Promise<void> {
    return this.#store.clear();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
