import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isMissing } from '../program.ts';
import { type Examples, type Marketplace, openMarketplace, publishExamples } from './marketplace.ts';
import { LOOKS, type Look, openChromium, PATIENCE_MS, visit } from './visitor.ts';

const QUERY = 'SELECT ?entry ?title WHERE { ?entry <http://purl.org/dc/terms/title> ?title }';

/** Every page there is: the name of its screenshot, and where it is. */
const PAGES: Readonly<Record<string, (examples: Examples) => string>> = {
  home: () => '/',
  list: () => '/metadata',
  'list-all': () => '/metadata?status=all&os=&tag=',
  'list-filtered': () => '/metadata?status=all&os=centos',
  'list-none': () => '/metadata?q=solaris&kind=disk',
  image: ({ debian }) => `/metadata/${debian.description.identifier}`,
  'image-deprecated': ({ deprecated }) => deprecated.path.split('/').slice(0, 3).join('/'),
  'image-expired': ({ expired }) => expired.path.split('/').slice(0, 3).join('/'),
  entry: ({ debian }) => debian.ada.path,
  'entry-superseded': ({ debian }) => debian.older.path,
  'entry-deprecated': ({ deprecated }) => deprecated.path,
  'entry-expired': ({ expired }) => expired.path,
  'entry-bare': ({ bare }) => bare.path,
  endorsers: () => '/endorsers',
  endorser: () => '/endorsers/ada@example.org',
  'endorser-without-tags': () => '/endorsers/ben@example.org',
  tags: () => '/endorsers/ada@example.org/tags',
  tag: () => '/tag/ada@example.org/debian-stable',
  query: () => '/query',
  'query-answer': () => `/query?${new URLSearchParams({ query: QUERY })}`,
  'query-yes': () => '/query?query=ASK%7B%7D',
  'query-no-rows': () => '/query?query=SELECT+*+WHERE%7B%3Chttp%3A%2F%2Fx%2F%3E+%3Fp+%3Fo%7D',
  'query-graph': () =>
    '/query?query=CONSTRUCT+WHERE+%7B+%3Fs+%3Chttp%3A%2F%2Fpurl.org%2Fdc%2Fterms%2Ftitle%3E+%3Fo+%7D',
  endorse: () => '/endorse',
  upload: () => '/upload',
  status: () => '/status',
  findings: () => '/docs/findings',
  problems: () => '/docs/problems',
};

/** Pages that say what is wrong: their status is an error, and a browser notes that. */
const PROBLEM_PAGES: Readonly<Record<string, { readonly path: string; readonly status: number }>> = {
  'not-found': { path: '/nothing/here', status: 404 },
  'image-not-found': { path: `/metadata/${'A'.repeat(27)}`, status: 404 },
  'wrong-parameter': { path: '/metadata?limit=many', status: 400 },
  'query-wrong': { path: '/query?query=SELECT+%3Fx+WHERE+%7B', status: 400 },
};

describe.skipIf(isMissing('chromium'))('every page in Chromium', () => {
  let marketplace: Marketplace;
  let examples: Examples;
  let empty: Marketplace;
  let browser: Browser;

  beforeAll(async () => {
    marketplace = await openMarketplace();
    examples = await publishExamples(marketplace);
    empty = await openMarketplace();
    browser = await openChromium();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await marketplace?.close();
    await empty?.close();
  }, PATIENCE_MS);

  describe.each(Object.keys(LOOKS) as Look[])('%s', (look) => {
    test('shows its content and nothing goes wrong or sticks out', { timeout: PATIENCE_MS }, async () => {
      const visitor = await visit(browser, marketplace.url, LOOKS[look]);
      for (const [name, pathOf] of Object.entries(PAGES)) {
        expect(await visitor.open(pathOf(examples)), name).toBe(200);
        expect(await visitor.page.locator('h1').count(), name).toBe(1);
        expect(await visitor.overflows(), `${name} moves sideways`).toBe(false);
        await visitor.shoot(`${name}-${look}`);
      }
      expect(await visitor.complaints()).toEqual([]);
      await visitor.leave();
    });

    test('problems are said on a page with a way onward', { timeout: PATIENCE_MS }, async () => {
      const visitor = await visit(browser, marketplace.url, LOOKS[look]);
      for (const [name, { path, status }] of Object.entries(PROBLEM_PAGES)) {
        expect(await visitor.open(path), name).toBe(status);
        expect(await visitor.page.locator('.note.bad').innerText(), name).not.toBe('');
        expect(await visitor.page.locator('form').count(), name).toBeGreaterThan(0);
        expect(await visitor.overflows(), `${name} moves sideways`).toBe(false);
        await visitor.shoot(`${name}-${look}`);
        expect(await visitor.complaints(), name).toEqual([expect.stringContaining(`status of ${status}`)]);
      }
      await visitor.leave();
    });

    test('an empty registry says what to do first', { timeout: PATIENCE_MS }, async () => {
      const visitor = await visit(browser, empty.url, LOOKS[look]);
      for (const [name, path] of [
        ['home', '/'],
        ['list', '/metadata'],
        ['endorsers', '/endorsers'],
      ] as const) {
        expect(await visitor.open(path), name).toBe(200);
        expect(await visitor.page.locator('.note').innerText(), name).not.toBe('');
        expect(await visitor.overflows(), `${name} moves sideways`).toBe(false);
        await visitor.shoot(`empty-${name}-${look}`);
      }
      expect(await visitor.complaints()).toEqual([]);
      await visitor.leave();
    });
  });

  test('dark pages are dark, light pages light', { timeout: PATIENCE_MS }, async () => {
    const lightnessOf = async (look: Look): Promise<number> => {
      const visitor = await visit(browser, marketplace.url, LOOKS[look]);
      await visitor.open('/');
      const color = await visitor.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      await visitor.leave();
      return Math.max(...color.match(/\d+/g)!.map(Number));
    };
    expect(await lightnessOf('light')).toBeGreaterThan(200);
    expect(await lightnessOf('dark')).toBeLessThan(60);
  });

  test('all of it is there with JavaScript switched off', { timeout: PATIENCE_MS }, async () => {
    const options = { ...LOOKS.light, javaScriptEnabled: false };
    const visitor = await visit(browser, marketplace.url, options);
    for (const [name, pathOf] of Object.entries(PAGES)) {
      expect(await visitor.open(pathOf(examples)), name).toBe(200);
      expect(await visitor.page.locator('script:not([src])').count(), name).toBe(0);
      expect(await visitor.page.locator('main h1').innerText(), name).not.toBe('');
    }
    await visitor.open('/');
    await visitor.page.getByRole('searchbox').fill('debian');
    await visitor.page.getByRole('button', { name: 'Search' }).click();
    await visitor.page.getByRole('link', { name: 'Debian 13 base system' }).first().click();
    expect(await visitor.page.locator('.status').first().innerText()).toBe('valid');
    expect(await visitor.complaints()).toEqual([]);
    await visitor.leave();
  });
});
