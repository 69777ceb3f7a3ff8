import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toLogKey } from '../../src/log/note-key.ts';
import { describeImage, makeAuthority, NOW } from '../endorser.ts';
import { isMissing } from '../program.ts';
import { type Marketplace, openMarketplace, type Published } from './marketplace.ts';
import { LOOKS, openChromium, PATIENCE_MS, type Visitor, visit } from './visitor.ts';

describe.skipIf(isMissing('chromium'))('a reader who verifies in the browser', { timeout: PATIENCE_MS }, () => {
  let marketplace: Marketplace;
  let entry: Published;
  let other: Published;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    marketplace = await openMarketplace();
    entry = await marketplace.publish(marketplace.ada, describeImage('debian', { title: 'Debian base' }), 2);
    other = await marketplace.publish(marketplace.ben, describeImage('centos'), 1);
    browser = await openChromium();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await marketplace?.close();
  }, PATIENCE_MS);
  beforeEach(async () => {
    visitor = await visit(browser, marketplace.url, LOOKS.phone);
    await visitor.page.clock.setFixedTime(NOW);
  }, PATIENCE_MS);
  afterEach(() => visitor.leave(), PATIENCE_MS);

  /** Opens the page of the entry, believes these certificates, and asks; what the page says. */
  async function verify(anchors?: string, logKey?: string): Promise<string> {
    const { page } = visitor;
    await visitor.open(entry.path);
    await page.getByText('Whom do you believe?').click();
    if (logKey !== undefined) {
      await page.getByRole('textbox', { name: 'A log key from somebody you trust' }).fill(logKey);
    }
    if (anchors === 'offered') await page.getByLabel('The authority offered by this server').check();
    else if (anchors !== undefined) {
      const file = { name: 'ca.pem', mimeType: 'application/x-pem-file', buffer: Buffer.from(anchors) };
      await page.locator('[data-verify] input[type=file]').setInputFiles(file);
    }
    await page.getByRole('button', { name: 'Verify in this browser' }).click();
    const note = page.locator('[data-verify] .note');
    await note.waitFor();
    return note.innerText();
  }

  test('reads the page without loading what verifies', async () => {
    const loaded: string[] = [];
    let bytes = 0;
    visitor.page.on('response', async (reply) => {
      if (reply.request().resourceType() !== 'script') return;
      loaded.push(reply.url());
      bytes += (await reply.body()).length;
    });
    await visitor.open(entry.path);
    await visitor.page.getByRole('button', { name: 'Verify in this browser' }).waitFor();
    expect(loaded.length).toBeGreaterThan(0);
    expect(loaded.filter((url) => url.includes('worker'))).toEqual([]);
    expect(bytes).toBeLessThan(30_000);
  });

  test('sees form, signature, times and path hold by the authority he chose', async () => {
    const said = await verify(marketplace.authority.certificatePem);
    expect(said).toContain(
      'Verified in this browser: form, signature, times and certificate path hold, and it stands in the log.',
    );
    expect(said).toContain('The e-mail address is one the certificate vouches for.');
    expect(said).toMatch(/Record \d+ of registry\.test\/log, which signed for it/);
    expect(said).toContain('Believed because you chose it');
    expect(said).toContain('Not proven here: whether a certificate was revoked');
    expect(await visitor.overflows()).toBe(false);
    await visitor.shoot('entry-verified-phone');
    expect(await visitor.complaints()).toEqual([]);
  });

  test('sees that all of it rests on himself where he brought the key of the log as well', async () => {
    const said = await verify(marketplace.authority.certificatePem, marketplace.registry.log.key.vkey);
    expect(said).toContain('and it stands in the log.');
    expect(said).not.toContain('offers');
    expect(await visitor.page.locator('[data-verify] .note.good').count()).toBe(1);
  });

  test('is told what only this server offers where he takes that', async () => {
    const said = await verify('offered');
    expect(said).toContain('Part of it rests on what this server itself offers.');
    expect(said).toContain('Offered by this server, not by you: CN=Test CA,O=Vouch Tests, SHA-256');
    expect(said).toContain('compare it with one from somewhere else');
    expect(await visitor.page.locator('[data-verify] .note.care').count()).toBe(1);
    await visitor.shoot('entry-verified-offered-phone');
  });

  test('sees a receipt refused that another log signed, and one of another document', async () => {
    const { vkey } = toLogKey('registry.test/log', new Uint8Array(32).fill(3)).verifier;
    expect(await verify(marketplace.authority.certificatePem, vkey)).toContain('is not signed with the key');
    const foreign = await marketplace.registry.log.receipt(marketplace.registry.log.size() - 1);
    await visitor.page.route('**/log/receipt/*', (route) => route.fulfill({ body: foreign }));
    const said = await verify(marketplace.authority.certificatePem);
    expect(said).toContain('Refused: the document verifies, but its receipt does not.');
    expect(said).toContain('The receipt is of another document');
  });

  test('is told that nobody vouches for the signer as long as he chose no authority', async () => {
    expect(await verify()).toContain('Who signed is not proven: choose the certificates you believe.');
  });

  test('sees a signer refused who is vouched for by another authority than his', async () => {
    expect(await verify((await makeAuthority()).certificatePem)).toContain('Refused:');
  });

  test('sees a document refused that the server changed', async () => {
    const changed = Buffer.from(entry.bytes).toString().replace('Debian base', 'Debian b4se');
    await visitor.page.route('**/log/blob/*', (route) => route.fulfill({ body: changed }));
    const said = await verify(marketplace.authority.certificatePem);
    expect(said).toContain('Refused: the document the server sends does not verify.');
    expect(said).toContain('The document was changed after it was signed');
    await visitor.shoot('entry-refused-phone');
  });

  test('sees a genuine document refused that is another entry', async () => {
    await visitor.page.route('**/log/blob/*', (route) => route.fulfill({ body: Buffer.from(other.bytes) }));
    expect(await verify(marketplace.authority.certificatePem)).toContain('it is not the entry this page tells of');
  });
});
