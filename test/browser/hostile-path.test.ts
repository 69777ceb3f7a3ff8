import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueAuthority } from '../../src/x509/issue.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { isMissing } from '../program.ts';
import { type Marketplace, openMarketplace } from './marketplace.ts';
import { LOOKS, type Look, openChromium, PATIENCE_MS, visit } from './visitor.ts';

const MARKUP = '\\<script\\>alert(1)\\</script\\>\\<img src=x onerror=alert(2)\\>';
const OVERRIDE = '\u202Eytirohtua detsurt';
/** As long as a name may be before anything else of it is looked at. */
const LONG = 'W'.repeat(2_000);
const FOREIGN = 'script:not([src^="/asset/"]), svg:not([role="img"]), iframe, img, main [onerror], main [onload]';

describe.skipIf(isMissing('chromium'))('certificates by someone who means harm', { timeout: PATIENCE_MS }, () => {
  let marketplace: Marketplace;
  let browser: Browser;
  let path: string;
  let image: string;

  beforeAll(async () => {
    marketplace = await openMarketplace();
    const between = await issueAuthority({
      issuer: marketplace.authority,
      subject: `CN=${MARKUP}${OVERRIDE},O=${LONG}`,
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2099-12-31T00:00:00Z'),
      key: 'p-256',
    });
    const mallory = await makeEndorser(between, 'm'.repeat(60), { subject: `CN=${OVERRIDE}${MARKUP},OU=${LONG}` });
    const description = describeImage('hostile path', { title: 'Path' });
    const submit = async (who: TestEndorser, number: number, deprecated?: string) => {
      const createdAt = new Date(NOW.getTime() - (60 - number) * 60_000);
      const said = deprecated === undefined ? description : { ...description, locations: [], deprecated };
      const submission = await marketplace.registry.submit(
        await makeEntry(who, said, { createdAt, ...(who === mallory ? { chain: [between] } : {}) }),
      );
      if (submission.outcome !== 'accepted') throw new Error(JSON.stringify(submission));
      return submission.path;
    };
    await submit(marketplace.ada, 1);
    for (let number = 2; number < 40; number++) await submit(mallory, number, number % 2 === 0 ? MARKUP : undefined);
    path = await submit(mallory, 40);
    image = `/metadata/${description.identifier}`;
    browser = await openChromium();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await marketplace?.close();
  }, PATIENCE_MS);

  test.each(['light', 'phone'] as Look[])(
    'the drawn path and the timeline hold their names as text (%s)',
    async (look) => {
      const visitor = await visit(browser, marketplace.url, LOOKS[look]);
      for (const page of [path, image]) {
        expect(await visitor.open(page)).toBe(200);
        expect(await visitor.page.locator(FOREIGN).count(), page).toBe(0);
        expect(await visitor.overflows(), `${page} moves sideways`).toBe(false);
        expect(await visitor.page.locator('body').innerText(), page).not.toContain('\u202E');
        await visitor.shoot(`hostile-path-${page === path ? 'entry' : 'image'}-${look}`);
      }
      expect(await visitor.page.locator('figure.timeline svg').count()).toBe(1);
      const height = (await visitor.page.locator('figure.timeline svg').boundingBox())?.height;
      expect(height).toBeLessThan(300);
      await visitor.open(path);
      const drawn = await visitor.page.locator('ol.path').innerText();
      expect(drawn).toContain('⟨U+202E⟩ytirohtua detsurt');
      expect(drawn).toContain('script\\>alert(1)');
      expect(drawn.length).toBeLessThan(2_500);
      expect(await visitor.complaints()).toEqual([]);
      await visitor.leave();
    },
  );

  test('the answer of verifying in the browser holds them as text', async () => {
    const visitor = await visit(browser, marketplace.url, LOOKS.phone);
    const { page } = visitor;
    await page.clock.setFixedTime(NOW);
    await visitor.open(path);
    await page.getByText('Whom do you believe?').click();
    const buffer = Buffer.from(marketplace.authority.certificatePem);
    const input = page.locator('[data-verify] input[type=file]');
    await input.setInputFiles({ name: `${'<b>'.repeat(50)}.pem`, mimeType: 'application/x-pem-file', buffer });
    await page.getByRole('button', { name: 'Verify in this browser' }).click();
    const note = page.locator('[data-verify] .note');
    await note.waitFor();
    const said = await note.innerText();
    expect(said).toContain('Verified in this browser');
    // both names of the path are there, however long the first is
    expect(said).toMatch(/signer first: CN=\ufffdytirohtua detsurt[^←]+… ← CN=[^←]*\ufffdytirohtua/);
    expect(said).toContain('alert(1)');
    expect(said).not.toContain('\u202E');
    expect(await page.locator(`${FOREIGN}, main b`).count()).toBe(0);
    expect(await visitor.overflows()).toBe(false);
    await visitor.shoot('hostile-path-verified-phone');
    expect(await visitor.complaints()).toEqual([]);
    await visitor.leave();
  });
});
