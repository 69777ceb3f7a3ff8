import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, serveRegistry } from '../../src/server/listen.ts';
import { type AskingRegistry, openAskingRegistry } from '../confirm/asking-registry.ts';
import { describeImage, makeEndorser, makeEntry } from '../endorser.ts';
import { toToken } from '../mail/smtp-sink.ts';
import { isMissing } from '../program.ts';
import { LOOKS, openChromium, PATIENCE_MS, type Visitor, visit } from './visitor.ts';

describe.skipIf(isMissing('chromium'))('an endorser who is asked by mail', () => {
  let asking: AskingRegistry;
  let server: RunningServer;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    asking = await openAskingRegistry();
    server = await serveRegistry(asking.app, { host: '127.0.0.1', port: 0 });
    browser = await openChromium();
    visitor = await visit(browser, server.url, { ...LOOKS.light, javaScriptEnabled: false });
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await server?.close(0);
    await asking?.close();
  }, PATIENCE_MS);

  test('uploads, reads the mail, presses the button, and sees the entry listed', { timeout: PATIENCE_MS }, async () => {
    const { page } = visitor;
    const ada = await makeEndorser(asking.place.authority, 'ada');
    const title = 'To be <confirmed>';
    const buffer = Buffer.from(await makeEntry(ada, describeImage('walk', { title })));
    await visitor.open('/upload');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'entry.xml', mimeType: 'application/rdf+xml', buffer });
    const replied = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Upload' }).click();
    expect((await replied).status()).toBe(202);
    await page.waitForLoadState();
    expect(await page.locator('h1').innerText()).toBe('Waiting for confirmation');
    await visitor.shoot('confirm-uploaded-light');
    const status = new URL((await page.getByRole('link', { name: 'See how it stands' }).getAttribute('href'))!)
      .pathname;
    await visitor.open('/metadata?status=all');
    expect(await page.getByText(title).count()).toBe(0);

    const [mail] = await asking.sink.waitFor(1);
    await visitor.open(`/confirm/${toToken(mail!)}`);
    expect(await page.locator('main').innerText()).toContain(title);
    await visitor.shoot('confirm-ask-light');
    await page.setViewportSize(LOOKS.phone.viewport);
    expect(await visitor.overflows()).toBe(false);
    await visitor.shoot('confirm-ask-phone');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.waitForLoadState();
    expect(await page.locator('h1').innerText()).toBe('Confirmed');
    await page.getByRole('link', { name: 'See the entry' }).click();
    expect(await page.locator('h1').innerText()).toBe(title);
    await visitor.open('/metadata');
    expect(await page.getByText(title).count()).toBeGreaterThan(0);
    await visitor.open(status);
    expect(await page.locator('h1').innerText()).toBe('Recorded');
    expect(await visitor.complaints()).toEqual([]);
  });
});
