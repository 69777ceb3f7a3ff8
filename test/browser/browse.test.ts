import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isMissing } from '../program.ts';
import { type Marketplace, openMarketplace, publishExamples } from './marketplace.ts';
import { LOOKS, openChromium, PATIENCE_MS, type Visitor, visit } from './visitor.ts';

describe.skipIf(isMissing('chromium'))('who searches as they type', () => {
  let marketplace: Marketplace;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    marketplace = await openMarketplace();
    await publishExamples(marketplace);
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

  const place = (): string => {
    const { pathname, search } = new URL(visitor.page.url());
    return pathname + search;
  };
  const count = () => visitor.page.locator('#count');

  test('sees the list, its address and its title follow, and hears how many there are', async () => {
    const { page } = visitor;
    await page.getByRole('searchbox').pressSequentially('deb', { delay: 30 });
    await page.waitForURL('**/metadata?q=deb');
    expect(await count().innerText()).toBe('2 valid entries for “deb”');
    expect(await page.locator('form [role=status]').innerText()).toBe('2 valid entries for “deb”.');
    expect(await page.title()).toBe('deb · Entries · Test marketplace');
    expect(await page.locator('tbody tr').count()).toBe(2);
    expect(await page.evaluate<string>('document.activeElement.name')).toBe('q');
    await visitor.shoot('typed-light');
    await page.reload();
    expect(await page.getByRole('searchbox').inputValue()).toBe('deb');
    expect(await count().innerText()).toBe('2 valid entries for “deb”');
  });

  test('goes back to where the search began, not letter by letter, and forth again', async () => {
    const { page } = visitor;
    const box = page.getByRole('searchbox');
    await box.fill('d');
    await page.waitForURL('**?q=d');
    await box.fill('de');
    await page.waitForURL('**?q=de');
    await page.goBack();
    await expect.poll(() => count().innerText()).toBe('3 valid entries');
    expect([place(), await box.inputValue()]).toEqual(['/', '']);
    await page.goForward();
    await expect.poll(() => count().innerText()).toBe('2 valid entries for “de”');
    expect([place(), await box.inputValue()]).toEqual(['/metadata?q=de', 'de']);
  });

  test('is never shown what an earlier, slower answer found', async () => {
    const { page } = visitor;
    await page.route('**/metadata?q=c', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await route.continue().catch(() => undefined);
    });
    const box = page.getByRole('searchbox');
    const slow = page.waitForRequest('**/metadata?q=c');
    await box.fill('c');
    await slow;
    await box.fill('debian');
    await page.waitForURL('**?q=debian');
    await page.waitForTimeout(1_500);
    expect([place(), await count().innerText()]).toEqual(['/metadata?q=debian', '2 valid entries for “debian”']);
  });

  test('keeps filters, order and view through new words, and changes the order without a button', async () => {
    const { page } = visitor;
    await visitor.open('/metadata?status=all&view=cards');
    await page.getByLabel('Order').focus();
    await page.getByLabel('Order').selectOption('by title, A to Z');
    await page.waitForURL('**sort=title**');
    expect(await page.evaluate<string>('document.activeElement.name')).toBe('sort');
    expect(await page.locator('.deck h3').first().innerText()).toBe('CentOS 7 legacy node');
    await page.getByRole('searchbox').fill('ada');
    await page.waitForURL('**q=ada**');
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      q: 'ada',
      status: 'all',
      view: 'cards',
      sort: 'title',
    });
    expect(await page.locator('.deck > li').count()).toBe(3);
  });

  test('walks into the entries and back with the arrow keys', async () => {
    const { page } = visitor;
    await page.getByRole('searchbox').fill('debian');
    await page.waitForURL('**?q=debian');
    const focused = () => page.evaluate<string>('document.activeElement.textContent || document.activeElement.name');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('Debian 13 base system');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await focused()).toBe('q');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/metadata/*/*/*');
  });

  test('is told in words what the registry refuses, and goes on', async () => {
    const { page } = visitor;
    const box = page.getByRole('searchbox');
    await box.fill('a b c d e f g h i j k l m n o p q');
    await page.getByText('A search has at most 16 words, not 17.').first().waitFor();
    expect(await visitor.complaints()).toEqual([expect.stringContaining('status of 400')]);
    await box.fill('ubuntu');
    await page.getByText('No entry fits').waitFor();
    await page.getByRole('link', { name: 'Look in every status' }).click();
    await page.waitForURL('**status=all');
    expect(await count().innerText()).toBe('1 entry for “ubuntu”');
  });

  test('is led from a misspelt word to the one that was meant', async () => {
    const { page } = visitor;
    await page.getByRole('searchbox').fill('debain base');
    await page.getByText('No entry fits').waitFor();
    await page.getByRole('link', { name: 'debian base' }).click();
    await page.waitForURL('**q=debian+base');
    expect(await count().innerText()).toMatch(/^\d+ valid entr(y|ies) for “debian base”$/);
    expect(await page.getByRole('searchbox').inputValue()).toBe('debian base');
  });

  test('is told when nothing answers', async () => {
    const { page } = visitor;
    await page.route('**/metadata?q=*', (route) => route.abort());
    await page.getByRole('searchbox').fill('debian');
    await page.getByText('The registry did not answer.').first().waitFor();
    expect(await visitor.complaints()).toEqual([expect.stringContaining('Failed to load')]);
    await page.unroute('**/metadata?q=*');
    await page.keyboard.press('Enter');
    await page.waitForURL('**?q=debian');
    expect(await count().innerText()).toBe('2 valid entries for “debian”');
  });

  test('unfolds on a phone what narrows the list', async () => {
    const phone = await visit(browser, marketplace.url, LOOKS.phone);
    await phone.open('/metadata?status=all');
    const narrow = phone.page.getByRole('navigation', { name: 'Narrow the list' });
    expect(await narrow.isVisible()).toBe(false);
    await phone.page.getByText('Narrow the list (1 choice made)').click();
    await phone.shoot('list-narrow-phone');
    await narrow.getByRole('link', { name: 'centos' }).click();
    await phone.page.waitForURL('**os=centos');
    expect(await phone.page.locator('#count').innerText()).toBe('2 entries');
    expect(await phone.complaints()).toEqual([]);
    await phone.leave();
  });
});
