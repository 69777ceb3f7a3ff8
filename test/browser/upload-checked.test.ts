import type { Browser, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningServer, serveRegistry } from '../../src/server/listen.ts';
import { type AskingRegistry, openAskingRegistry } from '../confirm/asking-registry.ts';
import { describeImage, makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { toToken } from '../mail/smtp-sink.ts';
import { isMissing } from '../program.ts';
import { type Marketplace, openMarketplace } from './marketplace.ts';
import { LOOKS, openChromium, PATIENCE_MS, type Visitor, visit } from './visitor.ts';

describe.skipIf(isMissing('chromium'))(
  'an endorser whose browser checks before it sends',
  {
    timeout: PATIENCE_MS,
  },
  () => {
    let marketplace: Marketplace;
    let browser: Browser;
    let visitor: Visitor;
    let posts: string[];

    beforeAll(async () => {
      marketplace = await openMarketplace();
      browser = await openChromium();
    }, PATIENCE_MS);
    afterAll(async () => {
      await browser?.close();
      await marketplace?.close();
    }, PATIENCE_MS);
    beforeEach(async () => {
      visitor = await visit(browser, marketplace.url);
      await open();
    }, PATIENCE_MS);
    afterEach(() => visitor.leave(), PATIENCE_MS);

    async function open(): Promise<void> {
      await visitor.page.clock.setFixedTime(NOW);
      posts = [];
      visitor.page.on('request', (request) => {
        if (request.method() === 'POST') posts.push(request.url());
      });
      await visitor.open('/upload');
      await visitor.page.getByText('Or drop files here').waitFor();
    }

    async function choose(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
      const chosen = Object.entries(files).map(([name, bytes]) => ({
        ...{ name, mimeType: 'application/rdf+xml' },
        buffer: Buffer.from(bytes),
      }));
      await visitor.page.locator('input[type=file]').setInputFiles(chosen);
    }

    function sheet(name: string): Locator {
      return visitor.page.locator('.sheet').filter({ hasText: name });
    }

    async function sign(title: string): Promise<Uint8Array> {
      return await makeEntry(marketplace.ada, describeImage(title, { title }));
    }

    function altered(bytes: Uint8Array, from: string, to: string): Uint8Array {
      const text = Buffer.from(bytes).toString();
      expect(text).toContain(from);
      return Buffer.from(text.replace(from, to));
    }

    test('sees that a good one holds, sends it, and goes on to the entry', async () => {
      await choose({ 'entry.xml': await sign('Checked first') });
      await sheet('entry.xml').getByText('Form, signature and times hold.').waitFor();
      expect(posts).toEqual([]);
      await visitor.page.getByRole('button', { name: 'Upload 1 file' }).click();
      await sheet('entry.xml').getByText('The entry was accepted.').waitFor();
      expect(await sheet('entry.xml').innerText()).toContain('Recorded as number');
      await visitor.shoot('upload-checked-accepted-light');
      expect(await visitor.complaints()).toEqual([]);
      await visitor.page.getByRole('link', { name: 'See the entry' }).click();
      expect(await visitor.page.locator('h1').innerText()).toBe('Checked first');
    });

    test('sees every finding at its line before anything is sent, the same ones the registry has', async () => {
      const size = '<slreq:bytes>1048576</slreq:bytes>';
      const signed = await sign('Broken');
      const broken = altered(
        altered(signed, size, '<slreq:bytes>-1</slreq:bytes>'),
        '<dcterms:valid>2098',
        '<dcterms:valid>2025',
      );
      const line = Buffer.from(signed).toString().split(size)[0]!.split('\n').length;
      await choose({ 'broken.xml': broken });
      await sheet('broken.xml').getByText('The registry would refuse it').waitFor();
      const shown = await sheet('broken.xml').innerText();
      const { findings } = await marketplace.registry.verify(broken);
      expect(findings.length).toBeGreaterThan(2);
      for (const { code, message } of findings) {
        expect(shown).toContain(code);
        expect(shown).toContain(message.slice(0, 30));
      }
      const wrong = sheet('broken.xml').locator(`li.wrong[value="${line}"]`);
      expect(await wrong.locator('code').first().innerText()).toContain('<slreq:bytes>-1</slreq:bytes>');
      expect(await wrong.locator('p').count()).toBeGreaterThan(0);
      await visitor.shoot('upload-checked-broken-light');
      await visitor.page.setViewportSize(LOOKS.phone.viewport);
      expect(await visitor.overflows()).toBe(false);
      await visitor.shoot('upload-checked-broken-phone');
      expect(posts).toEqual([]);
      expect(await visitor.page.getByRole('button', { name: 'Upload' }).isDisabled()).toBe(true);
      await visitor.page.getByLabel('Send it all the same').check();
      await visitor.page.getByRole('button', { name: 'Upload 1 file' }).click();
      await sheet('broken.xml').getByText('The registry refused it. Nothing of it was kept.').waitFor();
      expect(await visitor.complaints()).toEqual([expect.stringContaining('status of 422')]);
    });

    test('sends only the good ones of several, unless told otherwise', async () => {
      const bad = altered(await sign('The bad one'), 'The bad one', 'The worse one');
      await choose({
        'good.xml': await sign('The good one'),
        'bad.xml': bad,
        'letter.xml': Buffer.from('Dear registry,'),
      });
      await sheet('letter.xml').getByText('would refuse it').waitFor();
      await visitor.page.getByRole('button', { name: 'Upload 1 file' }).click();
      await sheet('good.xml').getByText('The entry was accepted.').waitFor();
      expect(posts).toHaveLength(1);
      await visitor.shoot('upload-checked-mixed-light');
      expect(await visitor.complaints()).toEqual([]);
    });

    test('drops a file as well as choosing it', async () => {
      const text = Buffer.from(await sign('Dropped')).toString();
      const drop = `(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([${JSON.stringify(text)}], 'dropped.xml', { type: 'text/xml' }));
      const form = document.querySelector('form[data-upload]');
      for (const type of ['dragenter', 'dragover', 'drop'])
        form.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    })()`;
      await visitor.page.evaluate(drop);
      await sheet('dropped.xml').getByText('Form, signature and times hold.').waitFor();
      await visitor.page.getByRole('button', { name: 'Upload 1 file' }).click();
      await sheet('dropped.xml').getByText('The entry was accepted.').waitFor();
      expect(await visitor.complaints()).toEqual([]);
    });

    test('is told that the registry cannot be reached, and that nothing is lost', async () => {
      await choose({ 'entry.xml': await sign('Lost') });
      await sheet('entry.xml').getByText('hold.').waitFor();
      await visitor.page.route('**/metadata', (route) => route.abort());
      await visitor.page.getByRole('button', { name: 'Upload 1 file' }).click();
      await sheet('entry.xml').getByText('the registry could not be reached').waitFor();
    });

    test('sees it in the dark, too', async () => {
      await visitor.leave();
      visitor = await visit(browser, marketplace.url, LOOKS.dark);
      await open();
      await choose({ 'bad.xml': altered(await sign('Night'), 'Night', 'Knight') });
      await sheet('bad.xml').getByText('would refuse it').waitFor();
      await visitor.shoot('upload-checked-broken-dark');
      expect(await visitor.complaints()).toEqual([]);
    });
  },
);

describe.skipIf(isMissing('chromium'))('an endorser who waits on the upload page', { timeout: PATIENCE_MS }, () => {
  let asking: AskingRegistry;
  let server: RunningServer;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    asking = await openAskingRegistry();
    server = await serveRegistry(asking.app, { host: '127.0.0.1', port: 0 });
    browser = await openChromium();
    visitor = await visit(browser, server.url);
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await server?.close(0);
    await asking?.close();
  }, PATIENCE_MS);

  test('sees there that the entry waits for the mail, and then that it is recorded', async () => {
    const { page } = visitor;
    const ada = await makeEndorser(asking.place.authority, 'ada');
    const buffer = Buffer.from(await makeEntry(ada, describeImage('followed', { title: 'Followed' })));
    await visitor.open('/upload');
    await page.locator('input[type=file]').setInputFiles({ name: 'entry.xml', mimeType: 'text/xml', buffer });
    await page.getByRole('button', { name: 'Upload 1 file' }).click();
    await page.getByText('The entry waits for its endorser').waitFor();
    const [mail] = await asking.sink.waitFor(1);
    const other = await visit(browser, server.url);
    await other.open(`/confirm/${toToken(mail!)}`);
    await other.page.getByRole('button', { name: 'Confirm' }).click();
    await other.page.getByText('The entry was confirmed').waitFor();
    await other.leave();
    await page.getByText('The entry is in the log, and shown.').waitFor();
    await visitor.shoot('upload-followed-light');
    await page.getByRole('link', { name: 'See the entry' }).click();
    expect(await page.locator('h1').innerText()).toBe('Followed');
    expect(await visitor.complaints()).toEqual([]);
  });
});
