import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeImage, makeEndorser } from '../endorser.ts';
import { isMissing } from '../program.ts';
import { type Marketplace, openMarketplace, type Published } from './marketplace.ts';
import { LOOKS, type Look, openChromium, PATIENCE_MS, visit } from './visitor.ts';

const SCRIPT = `<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>`;
const BREAK_OUT = `"'></title></textarea></bdi></a><iframe srcdoc="<script>parent.alert(4)</script>"></iframe>`;
/** Turns the text after it around, so that what is read is not what is written. */
const OVERRIDE = '\u202Egpj.elif';
/** Scripts and pictures that are none of the page's own: ours have a source, and a picture of ours has a name for those who do not see it. */
const FOREIGN = 'script:not([src^="/asset/"]), svg:not([role="img"])';
const LOCATIONS = [
  'javascript:alert(5)',
  'JaVaScRiPt:alert(6)//https://images.example.org/',
  'data:text/html,<script>alert(7)</script>'.replace(/[<>]/g, (sign) => encodeURIComponent(sign)),
  'vbscript:alert(8)',
  `https://images.example.org/${'very-long-name-without-any-place-to-break'.repeat(8)}.qcow2`,
  'https://images.example.org/?a=1&quot;onmouseover=alert(9)',
];

describe.skipIf(isMissing('chromium'))('an entry by someone who means harm', () => {
  let marketplace: Marketplace;
  let browser: Browser;
  let published: Published;
  let pages: readonly string[];

  beforeAll(async () => {
    marketplace = await openMarketplace();
    const description = describeImage('hostile', {
      title: `${SCRIPT}${BREAK_OUT}${OVERRIDE}`,
      description: `${BREAK_OUT} ${'x'.repeat(3000)} ${SCRIPT}`,
      os: SCRIPT.slice(0, 60),
      creator: BREAK_OUT,
      publisher: `${'W'.repeat(500)}`,
      tag: `"><script>alert(10)</script>/../..`,
      locations: LOCATIONS,
    });
    published = await marketplace.publish(marketplace.ada, description);
    await marketplace.publish(marketplace.ben, { ...description, deprecated: `${BREAK_OUT}${SCRIPT}` });
    const { identifier } = description;
    const query = 'SELECT * WHERE { ?s ?p ?o FILTER isLiteral(?o) }';
    const graph = 'CONSTRUCT WHERE { ?s <http://purl.org/dc/terms/title> ?title }';
    pages = [
      ...['/', '/metadata?status=all', `/metadata/${identifier}`, published.path],
      ...['/endorsers', '/endorsers/ada@example.org', '/endorsers/ben@example.org'],
      ...[query, graph, `${BREAK_OUT}${SCRIPT}`].map((text) => `/query?${new URLSearchParams({ query: text })}`),
      `/metadata?${new URLSearchParams({ q: `${BREAK_OUT}${SCRIPT}`, os: SCRIPT })}`,
      `/metadata?${new URLSearchParams({ limit: BREAK_OUT })}`,
      `/${encodeURIComponent(SCRIPT)}`,
    ];
    browser = await openChromium();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await marketplace?.close();
  }, PATIENCE_MS);

  test.each(['light', 'phone'] as Look[])(
    'runs nothing and breaks no page (%s)',
    { timeout: PATIENCE_MS },
    async (look) => {
      const visitor = await visit(browser, marketplace.url, LOOKS[look]);
      for (const [index, path] of pages.entries()) {
        const status = await visitor.open(path);
        expect(status, path).toBeLessThan(500);
        expect(await visitor.page.locator(`${FOREIGN}, iframe, img, main [onerror], main [onload]`).count(), path).toBe(
          0,
        );
        expect(await visitor.page.locator('html > body > main').count(), path).toBe(1);
        expect(await visitor.overflows(), `${path} moves sideways`).toBe(false);
        await visitor.shoot(`hostile-${index}-${look}`);
        expect(await visitor.complaints(), path).toEqual(
          status === 200 ? [] : [expect.stringContaining(`status of ${status}`)],
        );
      }
      await visitor.leave();
    },
  );

  test('its locations are links only where a link fetches bytes', { timeout: PATIENCE_MS }, async () => {
    const visitor = await visit(browser, marketplace.url);
    for (const path of pages) {
      await visitor.open(path);
      const schemes = await visitor.page.evaluate<string[]>('Array.from(document.links, (link) => link.protocol)');
      expect(
        schemes.filter((scheme) => !/^https?:$/.test(scheme)),
        path,
      ).toEqual([]);
      expect(schemes, path).not.toEqual([]);
    }
    await visitor.open(published.path);
    const shown = await visitor.page.locator('main').innerText();
    for (const uri of LOCATIONS) expect(shown).toContain(uri);
    const links = visitor.page.locator('main a[href^="https://images.example.org/"]');
    expect(await links.count()).toBe(2);
    expect(await links.first().getAttribute('rel')).toContain('noreferrer');
    await visitor.leave();
  });

  test('what acts unseen in its title is shown as its code point', { timeout: PATIENCE_MS }, async () => {
    const visitor = await visit(browser, marketplace.url);
    await visitor.open(published.path);
    const text = await visitor.page.locator('body').innerText();
    expect(text).toContain('⟨U+202E⟩gpj.elif');
    expect(text).not.toContain('\u202E');
    await visitor.leave();
  });

  test('its document and other forms, opened in the browser, run nothing', { timeout: PATIENCE_MS }, async () => {
    const visitor = await visit(browser, marketplace.url);
    for (const format of ['rdf', 'json', 'jsonld', 'ttl', 'nq']) {
      await visitor.page.goto(`${marketplace.url}${published.path}?format=${format}`).catch((thrown: Error) => {
        // What Chromium does not show it downloads instead.
        expect(thrown.message).toMatch(/Download is starting|ERR_ABORTED/);
      });
    }
    expect(await (await visitor.complaints()).filter((line) => !line.startsWith('console:'))).toEqual([]);
    await visitor.leave();
  });

  test('a certificate with a hostile name does no more', { timeout: PATIENCE_MS }, async () => {
    const authority = marketplace.authority;
    const mallory = await makeEndorser(authority, 'mallory', {
      subject: 'CN=\\<script\\>alert(11)\\</script\\>,O=\\<b\\>Bold\\</b\\>',
    });
    const { path } = await marketplace.publish(mallory, describeImage('mallory'));
    const visitor = await visit(browser, marketplace.url);
    for (const page of [path, '/endorsers', '/endorsers/mallory@example.org']) {
      await visitor.open(page);
      expect(await visitor.page.locator(`${FOREIGN}, main b`).count(), page).toBe(0);
      expect(await visitor.page.locator('main').innerText(), page).toContain('script\\>alert(11)');
    }
    expect(await visitor.complaints()).toEqual([]);
    await visitor.leave();
  });
});
