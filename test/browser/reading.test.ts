import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTheme } from '../../src/server/theme.ts';
import { toUseDay } from '../../src/usage/use-day.ts';
import { NOW } from '../endorser.ts';
import { isMissing } from '../program.ts';
import { findViolations } from './axe.ts';
import { type Marketplace, openMarketplace, publishExamples } from './marketplace.ts';
import { LOOKS, type Look, openChromium, PATIENCE_MS, visit } from './visitor.ts';

/** The pages for finding one's way, and every form they have. */
const PAGES: Readonly<Record<string, string>> = {
  home: '/',
  list: '/metadata',
  'list-found': '/metadata?q=debian&sort=-size&status=all&os=debian',
  'list-table': '/metadata?status=all&view=table',
  'list-cards': '/metadata?status=all&view=cards',
  'list-pages': '/metadata?status=all&limit=2',
  'list-nothing': '/metadata?q=solaris&os=centos',
  'list-as-of': '/metadata?asOf=3',
  status: '/status',
};

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="#ffd166"/>
<path d="M9 17l5 5 10-12" fill="none" stroke="#5b1240" stroke-width="4"/></svg>`;

/** What the issue allows. */
const FIRST_PAGE_BYTES = 100_000;
const SCRIPT_BYTES = 30_000;

describe.skipIf(isMissing('chromium'))('the pages for reading', () => {
  let marketplace: Marketplace;
  let empty: Marketplace;
  let themed: Marketplace;
  let logo: string;
  let examples: Awaited<ReturnType<typeof publishExamples>>;
  let browser: Browser;

  beforeAll(async () => {
    marketplace = await openMarketplace({ siteNames: 'readers' });
    examples = await publishExamples(marketplace);
    empty = await openMarketplace();
    logo = join(mkdtempSync(join(tmpdir(), 'vouch-logo-')), 'logo.svg');
    writeFileSync(logo, LOGO);
    const footer = 'Run by the Example Institute, https://example.org/operations';
    themed = await openMarketplace({ theme: openTheme({ logo, accent: '#8a1c5a', header: '#5b1240', footer }) });
    await publishExamples(themed);
    browser = await openChromium();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await marketplace?.close();
    await empty?.close();
    await themed?.close();
    if (logo !== undefined) rmSync(dirname(logo), { recursive: true });
  }, PATIENCE_MS);

  test.each(Object.keys(LOOKS) as Look[])('have nothing that axe-core finds wrong: %s', async (look) => {
    const visitor = await visit(browser, marketplace.url, LOOKS[look]);
    for (const [name, path] of Object.entries(PAGES)) {
      expect(await visitor.open(path), name).toBe(200);
      expect(await visitor.overflows(), `${name} moves sideways`).toBe(false);
      await visitor.shoot(`${name}-${look}`);
      expect(await findViolations(visitor.page), name).toEqual([]);
    }
    await visitor.open('/metadata?status=all');
    if (look === 'phone') await visitor.page.getByText('Narrow the list').click();
    await visitor.page.getByRole('searchbox').fill('solaris');
    await visitor.page.getByText('No entry fits').waitFor();
    expect(await findViolations(visitor.page), 'after typing').toEqual([]);
    expect(await visitor.complaints()).toEqual([]);
    await visitor.leave();
  });

  test.each(Object.keys(LOOKS) as Look[])('nor in pages of one image, entry, endorser or tag: %s', async (look) => {
    const visitor = await visit(browser, marketplace.url, LOOKS[look]);
    const { debian } = examples;
    const pages = {
      image: `/metadata/${debian.description.identifier}`,
      entry: debian.ada.path,
      'entry-superseded': debian.older.path,
      endorsers: '/endorsers',
      endorser: '/endorsers/ada@example.org',
      tag: '/tag/ada@example.org/debian-stable',
      vocabulary: '/vocabulary',
      queries: '/queries',
    };
    for (const [name, path] of Object.entries(pages)) {
      expect(await visitor.open(path), name).toBe(200);
      // What is folded is read too.
      await visitor.page.evaluate(`for (const fold of document.querySelectorAll('details')) fold.open = true`);
      expect(await visitor.overflows(), `${name} moves sideways`).toBe(false);
      await visitor.shoot(`${name}-${look}`);
      expect(await findViolations(visitor.page), name).toEqual([]);
    }
    expect(await visitor.complaints()).toEqual([]);
    await visitor.leave();
  });

  test.each(Object.keys(LOOKS) as Look[])('nor in pages of how images are used: %s', async (look) => {
    const { usage, url } = marketplace;
    const withdrawn = new URL(examples.deprecated.path, url).pathname.split('/')[2]!;
    const uses = new Map([[withdrawn, { allowed: 3, denied: 12_000, downloaded: 1 }]]);
    await usage.follow();
    await usage.take('a', { reporter: 'A'.repeat(22), site: 'Cloud <A>', day: toUseDay(NOW), images: uses });
    await usage.take('b', { reporter: 'B'.repeat(22), day: toUseDay(NOW), images: uses });
    await usage.flush();
    const visitor = await visit(browser, url, LOOKS[look]);
    const pages = {
      usage: '/usage',
      unused: '/usage/unused?days=1',
      'endorser-usage': '/endorsers/ben@example.org/usage?show=withdrawn',
      facts: '/facts',
      'image-usage': `/metadata/${withdrawn}`,
    };
    for (const [name, path] of Object.entries(pages)) {
      expect(await visitor.open(path), name).toBe(200);
      expect(await visitor.overflows(), `${name} moves sideways`).toBe(false);
      await visitor.shoot(`${name}-${look}`);
      expect(await findViolations(visitor.page), name).toEqual([]);
    }
    const { page } = visitor;
    expect(await page.getByText('Sites that report allowed it').innerText()).toContain('denied it 24,000 times');
    await page.getByRole('link', { name: 'Use of all images' }).click();
    const row = page.getByRole('row').filter({ hasText: '24,000' }).first();
    expect(await row.locator('[data-label=Sites]').innerText()).toMatch(/Cloud <A>.*1 site without a name/s);
    await row.getByRole('link', { name: 'CentOS 7 legacy node' }).click();
    expect(await page.locator('h1').innerText()).toBe('CentOS 7 legacy node');
    await visitor.open('/facts');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('heading', { name: 'Answer' }).waitFor();
    expect(await page.locator('[data-answer] tbody').innerText()).toMatch(/CentOS 7 legacy node.*ben@example.org.*6/s);
    await visitor.shoot(`facts-answer-${look}`);
    expect(await visitor.overflows(), 'the answer moves sideways').toBe(false);
    expect(await findViolations(page), 'facts answered').toEqual([]);
    expect(await visitor.complaints()).toEqual([]);
    await visitor.leave();
  });

  test.each(['light', 'phone'] as const)('nor where there is no entry yet: %s', async (look) => {
    const visitor = await visit(browser, empty.url, LOOKS[look]);
    for (const path of ['/', '/metadata', '/status', '/usage']) {
      await visitor.open(path);
      expect(await findViolations(visitor.page), path).toEqual([]);
    }
    await visitor.leave();
  });

  test.each(Object.keys(LOOKS) as Look[])('nor where the operator chose logo and colours: %s', async (look) => {
    const visitor = await visit(browser, themed.url, LOOKS[look]);
    for (const path of ['/', '/metadata?status=all', '/status']) {
      await visitor.open(path);
      await visitor.shoot(`theme${path.split('?')[0]!.replaceAll('/', '-')}-${look}`);
      expect(await visitor.overflows(), path).toBe(false);
      expect(await findViolations(visitor.page), path).toEqual([]);
    }
    const isShown = await visitor.page.evaluate<boolean>(`document.querySelector('.name img').naturalWidth > 0`);
    expect(isShown).toBe(true);
    expect(await visitor.complaints()).toEqual([]);
    await visitor.leave();
  });

  test('and what is wrong would be found', async () => {
    const visitor = await visit(browser, empty.url, LOOKS.light);
    await visitor.open('/status');
    await visitor.page.evaluate(`document.querySelector('h1').style.color = '#ddd';
      document.querySelector('main').append(document.createElement('select'));`);
    const found = (await findViolations(visitor.page)).map((line) => line.split(':', 1)[0]);
    expect(found.sort()).toEqual(['color-contrast', 'select-name']);
    await visitor.leave();
  });

  test('lead from one to the other without scripts', async () => {
    const visitor = await visit(browser, marketplace.url, { ...LOOKS.light, javaScriptEnabled: false });
    const { page } = visitor;
    await visitor.open('/');
    await page.getByRole('searchbox').fill('debian');
    await page.getByRole('button', { name: 'Search' }).click();
    expect(await page.locator('#count').innerText()).toBe('2 valid entries for “debian”');
    await page.getByLabel('Order').selectOption('by endorser, A to Z');
    await page.getByRole('button', { name: 'Apply' }).click();
    expect(await page.locator('tbody [data-label=Endorsers] > a').allInnerTexts()).toEqual([
      'ada@example.org',
      'ben@example.org',
    ]);
    await page.getByRole('link', { name: 'Cards' }).click();
    expect(await page.locator('.deck > li').count()).toBe(2);
    await page.getByRole('navigation', { name: 'Narrow the list' }).getByRole('link', { name: 'ben@' }).click();
    expect(await page.locator('.deck > li').count()).toBe(1);
    await page.getByRole('navigation', { name: 'Chosen' }).getByRole('link').click();
    expect(await page.locator('.deck > li').count()).toBe(2);
    await page.getByRole('link', { name: 'Status', exact: true }).click();
    expect(await page.locator('h1').innerText()).toBe('Status');
    expect(await visitor.complaints()).toEqual([]);
    await visitor.leave();
  });

  test('are light: a first page with all it loads, and scripts of their own', async () => {
    for (const path of ['/', '/metadata?status=all', '/status']) {
      const first = await load(path);
      const links = [...first.text.matchAll(/(?:href|src)="(\/asset\/[^"]+)"/g)].map(([, link]) => link!);
      const files = await Promise.all([...new Set(links)].map(load));
      const scripts = files.filter(({ type }) => type.startsWith('text/javascript'));
      const sum = (loaded: readonly { readonly bytes: number }[]) =>
        loaded.reduce((total, { bytes }) => total + bytes, 0);
      expect(sum([first, ...files]), path).toBeLessThan(FIRST_PAGE_BYTES);
      expect(sum(scripts), path).toBeLessThan(SCRIPT_BYTES);
    }
  });

  /** A reply as it comes over the wire. */
  async function load(path: string): Promise<{ bytes: number; text: string; type: string }> {
    return new Promise((resolve, reject) => {
      const headers = { Accept: 'text/html', 'Accept-Encoding': 'br' };
      request(`${marketplace.url}${path}`, { headers }, (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('error', reject);
        reply.on('end', () => {
          const sent = Buffer.concat(chunks);
          const isSmall = reply.headers['content-encoding'] === 'br';
          const text = (isSmall ? brotliDecompressSync(sent) : sent).toString();
          resolve({ bytes: sent.length, text, type: reply.headers['content-type'] ?? '' });
        });
      })
        .on('error', reject)
        .end();
    });
  }
});
