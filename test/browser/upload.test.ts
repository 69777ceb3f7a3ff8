import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { describeImage, makeEntry } from '../endorser.ts';
import { isMissing } from '../program.ts';
import { type Marketplace, openMarketplace } from './marketplace.ts';
import { LOOKS, openChromium, PATIENCE_MS, type Visitor, visit } from './visitor.ts';

describe.skipIf(isMissing('chromium'))('an endorser with a browser that runs no scripts', () => {
  let marketplace: Marketplace;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    marketplace = await openMarketplace();
    browser = await openChromium();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await marketplace?.close();
  }, PATIENCE_MS);
  beforeEach(async () => {
    visitor = await visit(browser, marketplace.url, { ...LOOKS.light, javaScriptEnabled: false });
  }, PATIENCE_MS);
  afterEach(() => visitor.leave(), PATIENCE_MS);

  /** Chooses the files in the form of the upload page and sends them; the status of the reply. */
  async function upload(files: Readonly<Record<string, Uint8Array>>): Promise<number> {
    const { page } = visitor;
    await page.goto(marketplace.url);
    await page.getByRole('navigation').getByRole('link', { name: 'Upload' }).click();
    const chosen = Object.entries(files).map(([name, bytes]) => ({
      ...{ name, mimeType: 'application/rdf+xml' },
      buffer: Buffer.from(bytes),
    }));
    await page.locator('input[type=file]').setInputFiles(chosen);
    const replied = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Upload' }).click();
    const status = (await replied).status();
    await page.waitForLoadState();
    return status;
  }

  async function sign(title: string): Promise<Uint8Array> {
    return await makeEntry(marketplace.ada, describeImage(title, { title }));
  }

  function altered(bytes: Uint8Array, from: string, to: string): Uint8Array {
    const text = Buffer.from(bytes).toString();
    expect(text).toContain(from);
    return Buffer.from(text.replace(from, to));
  }

  test('uploads a signed entry, goes on to it, and finds it in the list', { timeout: PATIENCE_MS }, async () => {
    const { page } = visitor;
    expect(await upload({ 'entry.xml': await sign('A fresh image') })).toBe(201);
    expect(await page.locator('h1').innerText()).toBe('Accepted');
    const notes = await page.locator('.note.good').allInnerTexts();
    expect(notes).toEqual([
      expect.stringContaining('The entry was accepted.'),
      expect.stringContaining('Recorded as number'),
    ]);
    await visitor.shoot('upload-accepted-light');
    await page.getByRole('link', { name: 'See the entry' }).click();
    expect(await page.locator('h1').innerText()).toBe('A fresh image');
    expect(await page.locator('.status').first().innerText()).toBe('valid');
    await page.getByRole('navigation').getByRole('link', { name: 'Entries' }).click();
    expect(await page.getByRole('row', { name: 'A fresh image' }).count()).toBe(1);
    expect(await visitor.complaints()).toEqual([]);
  });

  test('is told that the same file was accepted before', { timeout: PATIENCE_MS }, async () => {
    const bytes = await sign('Twice');
    expect(await upload({ 'entry.xml': bytes })).toBe(201);
    expect(await upload({ 'entry.xml': bytes })).toBe(200);
    const notes = await visitor.page.locator('.note.good').allInnerTexts();
    expect(notes).toEqual([expect.stringContaining('accepted before'), expect.stringContaining('Recorded as number')]);
    expect(await visitor.complaints()).toEqual([]);
  });

  test('sees every finding of a broken one with code and line, and can go on to what it means', {
    timeout: PATIENCE_MS,
  }, async () => {
    const { page } = visitor;
    const signed = await sign('Broken');
    const size = '<slreq:bytes>1048576</slreq:bytes>';
    const broken = altered(
      altered(signed, size, '<slreq:bytes>-1</slreq:bytes>'),
      '<dcterms:valid>2098',
      '<dcterms:valid>2025',
    );
    const line = Buffer.from(signed).toString().split(size)[0]!.split('\n').length;
    expect(await upload({ 'broken.xml': broken })).toBe(422);
    expect(await page.locator('h1').innerText()).toBe('Refused');
    const verdict = await marketplace.registry.verify(broken);
    const rows = page.locator('tbody tr');
    expect(await rows.count()).toBe(verdict.findings.length);
    expect(verdict.findings.length).toBeGreaterThan(2);
    const shown = await rows.allInnerTexts();
    for (const { code, message } of verdict.findings) {
      expect(
        shown.find((row) => row.includes(code) && row.includes(message.slice(0, 30))),
        code,
      ).toBeDefined();
    }
    expect(await rows.filter({ hasText: `line ${line}` }).count()).toBeGreaterThan(0);
    await visitor.shoot('upload-refused-light');
    await page.setViewportSize(LOOKS.phone.viewport);
    expect(await visitor.overflows()).toBe(false);
    await visitor.shoot('upload-refused-phone');
    await page.getByRole('link', { name: 'digest', exact: true }).click();
    expect(page.url()).toBe(`${marketplace.url}/docs/findings#digest`);
    expect(await page.locator('h3:target').innerText()).toBe('digest');
    expect(await visitor.complaints()).toEqual([expect.stringContaining('status of 422')]);
    expect(await (await fetch(`${marketplace.url}/metadata?status=all&q=Broken&format=json`)).json()).toMatchObject({
      entries: [],
    });
  });

  test('uploads several files at once: the good are taken, the bad named', { timeout: PATIENCE_MS }, async () => {
    const { page } = visitor;
    const good = await sign('The good one');
    const bad = altered(await sign('The bad one'), 'The bad one', 'The worse one');
    expect(await upload({ 'good.xml': good, 'bad.xml': bad })).toBe(422);
    const accepted = page.locator('.note.good').filter({ hasText: 'The entry was accepted' });
    expect(await accepted.count()).toBe(1);
    expect(await page.locator('tbody tr').allInnerTexts()).toEqual([expect.stringContaining('bad.xml')]);
    await visitor.shoot('upload-mixed-light');
    await page.getByRole('link', { name: 'See the entry' }).click();
    expect(await page.locator('h1').innerText()).toBe('The good one');
    expect(await visitor.complaints()).toEqual([expect.stringContaining('status of 422')]);
  });

  test('is told that a file is no entry at all', { timeout: PATIENCE_MS }, async () => {
    expect(await upload({ 'letter.xml': Buffer.from('Dear registry,') })).toBe(422);
    expect(await visitor.page.locator('tbody').innerText()).toContain('wellformed');
    expect(await visitor.complaints()).toEqual([expect.stringContaining('status of 422')]);
  });

  test('is asked for a file before anything is sent', { timeout: PATIENCE_MS }, async () => {
    const { page } = visitor;
    await visitor.open('/upload');
    await page.getByRole('button', { name: 'Upload' }).click();
    expect(await page.locator('input[type=file]:invalid').count()).toBe(1);
    expect(new URL(page.url()).pathname).toBe('/upload');
    expect(await visitor.complaints()).toEqual([]);
  });
});
