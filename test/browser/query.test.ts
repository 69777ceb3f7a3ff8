import type { Browser, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isMissing } from '../program.ts';
import { findViolations } from './axe.ts';
import { type Marketplace, openMarketplace, publishExamples } from './marketplace.ts';
import { LOOKS, openChromium, PATIENCE_MS, type Visitor, visit } from './visitor.ts';

const SIZES = `PREFIX slreq: <http://mp.stratuslab.eu/slreq#>
PREFIX slterms: <http://mp.stratuslab.eu/slterms#>
SELECT ?os (COUNT(?x) AS ?images) WHERE { ?x slterms:os ?os } GROUP BY ?os ORDER BY ?os`;
const WRONG = `PREFIX slterms: <http://mp.stratuslab.eu/slterms#>
SELECT ?os WHERE {
  ?x slterms:os ?os
  FILTER ?os = "debian"
}`;

describe.skipIf(isMissing('chromium'))('somebody who asks in SPARQL', { timeout: PATIENCE_MS }, () => {
  let marketplace: Marketplace;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    marketplace = await openMarketplace();
    await publishExamples(marketplace);
    await marketplace.registry.sparql.waitFor(marketplace.registry.log.size());
    browser = await openChromium();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await marketplace?.close();
  }, PATIENCE_MS);
  beforeEach(async () => {
    visitor = await visit(browser, marketplace.url);
  }, PATIENCE_MS);
  afterEach(() => visitor.leave(), PATIENCE_MS);

  function editor(): Locator {
    return visitor.page.getByRole('textbox', { name: 'SPARQL query' });
  }

  function toColour(element: Locator): Promise<string> {
    return element.evaluate((shown) => {
      const { getComputedStyle } = globalThis as unknown as { getComputedStyle(of: unknown): { color: string } };
      return getComputedStyle(shown).color;
    });
  }

  function open(query: string): Promise<number> {
    return visitor.open(`/query?${new URLSearchParams({ query })}`);
  }

  test('writes with colours and completion, which declares the prefix, and runs it by keyboard', async () => {
    const { page } = visitor;
    await visitor.open('/query');
    expect(await page.locator('main').innerText()).toContain('A query may take 10 seconds and give 200,000 rows');
    await editor().click();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.keyboard.type('SELECT ?system WHERE { ?x slterms:o', { delay: 20 });
    await page.getByRole('option', { name: 'slterms:os', exact: true }).waitFor();
    await visitor.shoot('query-completion-light');
    await page.keyboard.press('Control+Space');
    await page.getByRole('option', { name: 'slterms:os', exact: true }).click();
    await page.keyboard.type(' ?sys', { delay: 20 });
    await page.getByRole('option', { name: '?system' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.type('tem ', { delay: 20 });
    expect((await editor().innerText()).split('\n')[0]).toBe('PREFIX slterms: <http://mp.stratuslab.eu/slterms#>');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL('**/query?query=*');
    expect(await page.locator('thead th').innerText()).toBe('system');
    const keyword = page.locator('.editor').getByText('SELECT', { exact: true });
    const plain = await toColour(editor());
    expect(await toColour(keyword)).not.toBe(plain);
    expect(await visitor.complaints()).toEqual([]);
  });

  test('writes over everything at once, as often as wanted, and the policy of the page has nothing to refuse', async () => {
    await visitor.open('/query');
    await visitor.page.locator('textarea[name=query]').waitFor({ state: 'hidden' });
    for (const query of [SIZES, WRONG, 'ASK {}', SIZES, 'ASK {}', WRONG]) {
      await editor().fill(query);
      expect(await visitor.page.locator('textarea[name=query]').inputValue()).toBe(query);
    }
    expect(await visitor.complaints()).toEqual([]);
  });

  test('sees the answer as table, chart and raw, and shares its address', async () => {
    const { page } = visitor;
    await open(SIZES);
    const shown = await page.locator('[data-answer] tbody').innerText();
    await page.getByRole('button', { name: 'Chart' }).click();
    expect(await page.locator('.chart rect').count()).toBe(3);
    expect(await page.locator('.chart svg > title').textContent()).toBe('images by os');
    await visitor.shoot('query-chart-light');
    await page.getByLabel('Length').selectOption('number of rows');
    expect(await page.locator('.chart svg > title').textContent()).toBe('number of rows by os');
    await page.getByRole('button', { name: 'Raw' }).click();
    const raw = page.getByLabel('Answer as JSON');
    await raw.getByText('bindings').waitFor();
    expect(JSON.parse((await raw.textContent()) ?? '').results.bindings).toHaveLength(3);
    await page.getByRole('button', { name: 'Table' }).click();
    expect(await page.locator('[data-answer] tbody').innerText()).toBe(shown);
    for (const name of ['JSON', 'XML', 'CSV', 'TSV']) expect(await page.getByRole('link', { name }).count()).toBe(1);
    expect(await findViolations(page)).toEqual([]);
    expect(await visitor.complaints()).toEqual([]);
  });

  test('sees an error at its line', async () => {
    const { page } = visitor;
    expect(await open(WRONG)).toBe(400);
    expect(await page.locator('#query-error').innerText()).toContain('line 4');
    const line = page.locator('.editor .cm-lintRange-error');
    expect(await line.innerText()).toContain('FILTER');
    await visitor.shoot('query-error-light');
    await visitor.leave();
    visitor = await visit(browser, marketplace.url, LOOKS.dark);
    await open(WRONG);
    await visitor.page.locator('.editor .cm-lintRange-error').waitFor();
    expect(await findViolations(visitor.page)).toEqual([]);
    await visitor.shoot('query-error-dark');
  });

  test('keeps a query in the browser, takes it again and drops it', async () => {
    const { page } = visitor;
    await open(SIZES);
    await page.getByText('Keep queries').click();
    await page.getByLabel('Name').fill('Systems <b>counted</b>');
    await page.getByRole('button', { name: 'Keep this query' }).click();
    await visitor.open('/query');
    await page.getByText('Queries you kept (1)').click();
    await page.getByRole('button', { name: 'Systems <b>counted</b>', exact: true }).click();
    expect(await editor().innerText()).toContain('COUNT(?x)');
    await page.getByRole('button', { name: 'Drop Systems <b>counted</b>' }).click();
    await page.getByText('Keep queries').waitFor();
    expect(await visitor.complaints()).toEqual([]);
  });

  test('does it on a phone, too', async () => {
    await visitor.leave();
    visitor = await visit(browser, marketplace.url, LOOKS.phone);
    await open(SIZES);
    await visitor.page.getByRole('button', { name: 'Chart' }).click();
    expect(await visitor.overflows()).toBe(false);
    await visitor.shoot('query-chart-phone');
    expect(await visitor.complaints()).toEqual([]);
  });

  test('without scripts has the plain field, and the wrong line below it', async () => {
    await visitor.leave();
    visitor = await visit(browser, marketplace.url, { ...LOOKS.light, javaScriptEnabled: false });
    const { page } = visitor;
    await open(WRONG);
    expect(await page.locator('textarea').inputValue()).toBe(WRONG);
    expect(await page.locator('li.wrong').innerText()).toContain('FILTER');
    await visitor.shoot('query-error-plain');
    await page.locator('textarea').fill(SIZES);
    await page.getByRole('button', { name: 'Run' }).click();
    expect(await page.locator('tbody tr').count()).toBe(3);
  });
});
