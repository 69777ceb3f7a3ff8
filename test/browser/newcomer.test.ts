import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isMissing } from '../program.ts';
import { type Examples, type Marketplace, openMarketplace, publishExamples } from './marketplace.ts';
import { openChromium, PATIENCE_MS, type Visitor, visit } from './visitor.ts';

describe.skipIf(isMissing('chromium'))('a newcomer with a browser', () => {
  let marketplace: Marketplace;
  let examples: Examples;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    marketplace = await openMarketplace();
    examples = await publishExamples(marketplace);
    browser = await openChromium();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await marketplace?.close();
  }, PATIENCE_MS);
  beforeEach(async () => {
    visitor = await visit(browser, marketplace.url);
    await visitor.open('/');
  }, PATIENCE_MS);
  afterEach(async () => {
    expect(await visitor.complaints()).toEqual([]);
    await visitor.leave();
  }, PATIENCE_MS);

  const path = (): string => decodeURIComponent(new URL(visitor.page.url()).pathname);

  test('goes from the list to an image, an entry, its endorser and a tag', { timeout: PATIENCE_MS }, async () => {
    const { page } = visitor;
    const { identifier } = examples.debian.description;
    await page.getByRole('navigation').getByRole('link', { name: 'Entries' }).click();
    await page.locator('tbody').getByRole('link', { name: identifier }).first().click();
    expect(path()).toBe(`/metadata/${identifier}`);
    expect(await page.locator('.note.good').innerText()).toMatch(
      /Endorsed now by\s+ada@example\.org[\s\S]+ben@example\.org/,
    );
    const history = page.getByRole('table', { name: /^Everything said about this image/ });
    expect(await history.locator('.status').allInnerTexts()).toEqual(['valid', 'valid', 'superseded']);
    await history.locator('tbody a').first().click();
    expect(path()).toBe(examples.debian.ada.path);
    await page.getByRole('link', { name: 'ada@example.org' }).first().click();
    expect(path()).toBe('/endorsers/ada@example.org');
    expect(await page.locator('main').innerText()).toContain('CN=ada,O=Vouch Tests');
    await page.getByRole('link', { name: 'debian-stable' }).click();
    expect(path()).toBe('/tag/ada@example.org/debian-stable');
    expect(await page.locator('h1').innerText()).toBe('Debian 13 base system');
  });

  test('learns that an entry was superseded, and goes to the newer one', { timeout: PATIENCE_MS }, async () => {
    const { page } = visitor;
    await visitor.open(examples.debian.older.path);
    expect(await page.locator('.note .status').innerText()).toBe('superseded');
    await page.getByRole('link', { name: 'The newer entry' }).click();
    expect(path()).toBe(examples.debian.ada.path);
    await page.getByRole('link', { name: 'signed 2026-10-12' }).click();
    expect(path()).toBe(examples.debian.older.path);
  });

  test('learns that an image is deprecated, and why', { timeout: PATIENCE_MS }, async () => {
    const { page } = visitor;
    await page.getByRole('navigation').getByRole('link', { name: 'Entries' }).click();
    await page.getByRole('navigation', { name: 'Narrow the list' }).getByRole('link', { name: 'deprecated' }).click();
    await page.getByRole('link', { name: 'CentOS 7 legacy node' }).click();
    expect(await page.locator('.note.bad').innerText()).toContain('CentOS 7 gets no security updates since June 2024');
  });

  test('searches from the home page, narrows, and gets on where nothing fits', { timeout: PATIENCE_MS }, async () => {
    const { page } = visitor;
    await page.getByRole('searchbox').fill('deb');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/metadata?q=deb');
    expect(await page.locator('tbody tr').count()).toBe(2);
    await page.getByRole('link', { name: 'ben@example.org', exact: false }).first().click();
    await page.waitForURL('**/metadata?q=deb&email=ben%40example.org');
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByRole('searchbox').fill('centos');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('No entry fits').waitFor();
    await page.getByRole('link', { name: 'Look in every status' }).click();
    await page.waitForURL('**status=all');
    expect(await page.locator('tbody .status').allInnerTexts()).toEqual(['deprecated', 'superseded']);
  });

  test('asks in SPARQL on the query page and sees the rows', { timeout: PATIENCE_MS }, async () => {
    const { page } = visitor;
    await page.getByRole('navigation').getByRole('link', { name: 'Query' }).click();
    const query = `SELECT DISTINCT ?os WHERE { ?x <http://mp.stratuslab.eu/slterms#os> ?os } ORDER BY ?os`;
    // The editor takes the place of the plain field.
    await page.locator('textarea[name=query]').waitFor({ state: 'hidden' });
    await page.getByRole('textbox', { name: 'SPARQL query' }).fill(query);
    await page.getByRole('button', { name: 'Run' }).click();
    expect(await page.locator('thead th').innerText()).toBe('os');
    expect(await page.locator('tbody td').allInnerTexts()).toEqual(['centos', 'debian', 'ubuntu']);
    expect(await page.getByRole('textbox', { name: 'SPARQL query' }).innerText()).toBe(query);
    await page.getByRole('link', { name: 'Systems and their images' }).click();
    expect(await page.locator('caption').innerText()).toBe('3 rows');
    await page.getByRole('link', { name: 'Deprecated images and why' }).click();
    expect(await page.locator('tbody').innerText()).toContain('no security updates');
    await page.getByRole('link', { name: 'Who endorsed what' }).click();
    expect(await page.locator('tbody tr').count()).toBe(7);
    const answer = await visitor.fetchBytes((await page.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? '');
    expect(answer.toString().trim().split('\r\n')).toHaveLength(8);
  });

  test('downloads the RDF/XML of an entry as exactly the signed bytes', { timeout: PATIENCE_MS }, async () => {
    const { page } = visitor;
    await visitor.open(examples.debian.ada.path);
    const link = page.getByRole('link', { name: 'RDF/XML' });
    await link.evaluate((element) => element.setAttribute('download', 'entry.rdf'));
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const bytes = await readFile(await download.path());
    expect(bytes.equals(Buffer.from(examples.debian.ada.bytes))).toBe(true);
  });

  test('reads every form of an entry that the page offers', { timeout: PATIENCE_MS }, async () => {
    await visitor.open(examples.debian.ada.path);
    const links = await visitor.page.locator('main ul a[type]').all();
    const types: (string | null)[] = [];
    for (const link of links) {
      types.push(await link.getAttribute('type'));
      const text = (await visitor.fetchBytes((await link.getAttribute('href'))!)).toString();
      expect(text).toContain('Debian 13 base system');
    }
    expect(types).toEqual([
      'application/rdf+xml',
      'application/json',
      'application/ld+json',
      'text/turtle',
      'application/n-quads',
    ]);
  });

  test('gets along with the keyboard: skips to the content, finds the focus', { timeout: PATIENCE_MS }, async () => {
    const { page } = visitor;
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('name')).toBe('q');
    const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');
  });
});
