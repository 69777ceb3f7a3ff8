import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toIdentifier } from '../../src/entry/identifier.ts';
import { runCommand } from '../cli/run-command.ts';
import { describeImage, makeEndorser, NOW, type TestEndorser } from '../endorser.ts';
import { isMissing } from '../program.ts';
import { hasOpenssl, Workshop } from '../x509/programs.ts';
import { findViolations } from './axe.ts';
import { type Marketplace, openMarketplace, type Published } from './marketplace.ts';
import { LOOKS, openChromium, PATIENCE_MS, type Visitor, visit } from './visitor.ts';

const SECRET = 'open sesame';
/** Longer than one piece that the worker reads, and no multiple of it. */
const IMAGE = Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), randomBytes(9_000_001)]);

describe.skipIf(isMissing('chromium') || !hasOpenssl)(
  'an endorser who signs in the browser',
  {
    timeout: PATIENCE_MS,
  },
  () => {
    let marketplace: Marketplace;
    let browser: Browser;
    let visitor: Visitor;
    let workshop: Workshop;
    let folder: string;
    let image: string;
    let cleo: TestEndorser;
    let asked: Request[];

    beforeAll(async () => {
      workshop = new Workshop();
      folder = mkdtempSync(join(tmpdir(), 'vouch-endorse-'));
      image = join(folder, 'image.qcow2');
      writeFileSync(image, IMAGE);
      marketplace = await openMarketplace();
      cleo = await makeEndorser(marketplace.authority, 'cleo', { key: 'rsa-2048' });
      writeFileSync(join(folder, 'ca.pem'), marketplace.authority.certificatePem);
      browser = await openChromium();
    }, PATIENCE_MS);
    afterAll(async () => {
      await browser?.close();
      await marketplace?.close();
      workshop?.dispose();
      rmSync(folder, { recursive: true, force: true });
    }, PATIENCE_MS);
    beforeEach(async () => {
      visitor = await visit(browser, marketplace.url);
      await visitor.page.clock.setFixedTime(NOW);
      asked = [];
      visitor.page.context().on('request', (request) => asked.push(request));
    }, PATIENCE_MS);
    afterEach(() => visitor.leave(), PATIENCE_MS);

    /** The key and certificate as a file that openssl made. */
    function toPkcs12({ issued }: TestEndorser, flags: readonly string[] = []): string {
      const pem = workshop.write('pair.pem', issued.certificatePem + issued.privateKeyPem);
      const path = join(workshop.directory, 'me.p12');
      workshop.openssl('pkcs12', '-export', ...flags, '-in', pem, '-passout', `pass:${SECRET}`, '-out', path);
      return path;
    }

    function said(step: string): Locator {
      return visitor.page.locator(`[data-say=${step}]`);
    }

    async function loadKey(files: readonly string[], passphrase = ''): Promise<void> {
      const { page } = visitor;
      await page.locator('[data-field=key]').setInputFiles([...files]);
      await page.locator('[data-field=passphrase]').fill(passphrase);
      await page.getByRole('button', { name: 'Load the key' }).click();
      await said('key').locator('.note').waitFor();
    }

    async function chooseImage(path = image): Promise<void> {
      await visitor.page.locator('[data-field=image]').setInputFiles(path);
      await said('image').locator('.note, dl').first().waitFor();
    }

    async function signIt(): Promise<string> {
      await visitor.page.getByRole('button', { name: 'Sign and verify' }).click();
      await said('sign').locator('.note').waitFor();
      return said('sign').innerText();
    }

    async function submitIt(): Promise<void> {
      await visitor.page.getByRole('button', { name: 'Submit to this registry' }).click();
      await said('sign').getByText('The entry was accepted.').waitFor();
    }

    async function toDocument(published: Published): Promise<string> {
      return createHash('sha256').update(published.bytes).digest('hex');
    }

    test('describes an image, signs with a PKCS #12 file, and registry and command line accept it', async () => {
      const { page } = visitor;
      await visitor.open('/endorse');
      await chooseImage();
      expect(await said('image').innerText()).toContain(createHash('sha512').update(IMAGE).digest('hex'));
      await page.getByLabel('Title').fill('Made in a <browser> & signed');
      await page.getByLabel('Operating system').fill('debian');
      await page.getByLabel('Locations').fill('https://images.example.org/a.qcow2\nhttps://mirror.example.org/a.qcow2');
      await page.getByText('More: format').click();
      await page.getByLabel('Inbound ports').fill('22\n443');
      await loadKey([toPkcs12(cleo)], SECRET);
      expect(await said('key').innerText()).toContain('CN=cleo');
      const before = asked.length;
      expect(await signIt()).toContain('Signed, and verified');
      expect(asked.slice(before).filter((request) => request.method() !== 'GET')).toEqual([]);
      await visitor.shoot('endorse-signed-light');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download it' }).click(),
      ]);
      const entry = join(folder, 'entry.xml');
      await download.saveAs(entry);
      const verified = await runCommand([
        'verify',
        entry,
        '--trust',
        folder,
        '--at',
        NOW.toISOString().replace('.000', ''),
      ]);
      expect(`${verified.out}${verified.err}`).toContain('valid');
      expect(verified.code).toBe(0);
      await submitIt();
      await visitor.shoot('endorse-submitted-light');
      expect(await visitor.complaints()).toEqual([]);
      await page.getByRole('link', { name: 'See the entry' }).click();
      expect(await page.locator('h1').innerText()).toBe('Made in a <browser> & signed');
      const identifier = toIdentifier(createHash('sha1').update(IMAGE).digest('hex'));
      const [listed] = await marketplace.registry.catalog.history(identifier);
      expect(listed).toMatchObject({
        email: 'cleo@example.org',
        sizeBytes: IMAGE.length,
        format: 'qcow2',
        inboundPorts: [22, 443],
        locations: ['https://images.example.org/a.qcow2', 'https://mirror.example.org/a.qcow2'],
        checksums: [
          { algorithm: 'MD5', value: createHash('md5').update(IMAGE).digest('hex') },
          { algorithm: 'SHA-1', value: createHash('sha1').update(IMAGE).digest('hex') },
          { algorithm: 'SHA-256', value: createHash('sha256').update(IMAGE).digest('hex') },
          { algorithm: 'SHA-512', value: createHash('sha512').update(IMAGE).digest('hex') },
        ],
      });
      const sent = await marketplace.registry.log.blob(listed!.documentSha256);
      expect(Buffer.from(sent).equals(readFileSync(entry))).toBe(true);
    });

    test('keeps the key in the page: nothing of it is asked for or sent, and forgetting it is final', async () => {
      await visitor.open('/endorse');
      await loadKey([toPkcs12(cleo, ['-legacy'])], 'wrong');
      expect(await said('key').innerText()).toBe('The passphrase of the PKCS #12 file is wrong.');
      await loadKey([toPkcs12(cleo, ['-legacy'])], SECRET);
      expect(await said('key').innerText()).toContain('The key is loaded.');
      expect(await visitor.page.locator('[data-field=passphrase]').inputValue()).toBe('');
      expect(await visitor.page.locator('[data-field=key]').inputValue()).toBe('');
      expect(asked.filter((request) => request.method() !== 'GET')).toEqual([]);
      expect(asked.filter((request) => /[?#]/.test(request.url()))).toEqual([]);
      await visitor.page.getByRole('button', { name: 'Forget the key' }).click();
      await said('key').getByText('The key is forgotten').waitFor();
      await chooseImage();
      await visitor.page.getByLabel('Locations').fill('https://images.example.org/a.qcow2');
      expect(await signIt()).toContain('No key is loaded');
      const policies = asked.filter((request) => request.url().includes('endorse-worker'));
      expect(policies.length).toBeGreaterThan(0);
      for (const request of policies) {
        expect((await (await request.response())!.allHeaders())['content-security-policy']).toBe(
          "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'",
        );
      }
    });

    test('is told at each field what is wrong before anything is signed', async () => {
      const { page } = visitor;
      await visitor.open('/endorse');
      expect(await signIt()).toContain('Choose the image first');
      await chooseImage();
      await page.getByLabel('Locations').fill('not a place');
      await page.getByText('More: format').click();
      await page.getByLabel('Inbound ports').fill('99999');
      await page.getByRole('button', { name: 'Sign and verify' }).click();
      await page.locator('p.wrong').first().waitFor();
      expect(await page.locator('p.wrong').allInnerTexts()).toEqual([
        expect.stringContaining('not an absolute URI'),
        expect.stringContaining('not an absolute URI'),
        expect.stringContaining('not an absolute URI'),
        expect.stringContaining('65535'),
      ]);
      expect(await page.locator(':focus').getAttribute('name')).toBe('location');
      await page.setViewportSize(LOOKS.phone.viewport);
      expect(await visitor.overflows()).toBe(false);
      await visitor.shoot('endorse-wrong-phone');
      expect(await visitor.complaints()).toEqual([]);
    });

    test('renews and then withdraws an entry with a PEM key under a passphrase, but not that of somebody else', async () => {
      const { page } = visitor;
      const own = await marketplace.publish(marketplace.ada, describeImage('own', { title: 'Own' }), 5);
      const others = await marketplace.publish(marketplace.ben, describeImage('others'), 5);
      const { issued } = marketplace.ada;
      const plain = workshop.write('ada.key', issued.privateKeyPem);
      const key = join(workshop.directory, 'ada-locked.key');
      workshop.openssl('pkcs8', '-topk8', '-in', plain, '-passout', `pass:${SECRET}`, '-out', key);
      // as authorities often hand certificates out
      const certificate = join(workshop.directory, 'ada.cer');
      const written = workshop.write('ada.pem', issued.certificatePem);
      workshop.openssl('x509', '-in', written, '-outform', 'DER', '-out', certificate);
      const pair = [certificate, key];
      await visitor.open(`/endorse?act=renew&document=${await toDocument(others)}`);
      await loadKey(pair);
      expect(await said('key').innerText()).toContain('type its passphrase');
      await loadKey(pair, SECRET);
      expect(await signIt()).toContain('This entry is somebody else’s');
      await visitor.open(`/endorse?act=renew&document=${await toDocument(own)}`);
      await loadKey(pair, SECRET);
      await page.getByLabel('Last day on which it holds').fill('2027-05-31');
      expect(await signIt()).toContain('Signed, and verified');
      await submitIt();
      const { identifier } = describeImage('own');
      const renewed = (await marketplace.registry.catalog.history(identifier)).find(
        (entry) => entry.supersededBy === undefined,
      );
      expect(renewed).toMatchObject({ title: 'Own', validUntil: new Date('2027-05-31T23:59:59Z'), createdAt: NOW });
      await visitor.leave();
      visitor = await visit(browser, marketplace.url, LOOKS.dark);
      await visitor.page.clock.setFixedTime(new Date(NOW.getTime() + 60_000));
      await visitor.open(`/endorse?act=deprecate&document=${renewed!.documentSha256}`);
      await loadKey(pair, SECRET);
      await visitor.page.getByRole('button', { name: 'Sign and verify' }).click();
      expect(await visitor.page.locator('p.wrong').innerText()).toContain('The reason is empty');
      await visitor.page.getByLabel('Why the image').fill('A hole: use the next one.');
      expect(await signIt()).toContain('Signed, and verified');
      await submitIt();
      await visitor.shoot('endorse-withdrawn-dark');
      const history = await marketplace.registry.catalog.history(identifier);
      expect(history.find((entry) => entry.supersededBy === undefined)?.deprecated).toBe('A hole: use the next one.');
      expect(await visitor.complaints()).toEqual([]);
    });

    test('seconds an endorsement with a copy of the image, and not with another file', async () => {
      const hash = (algorithm: string) => createHash(algorithm).update(IMAGE).digest('hex');
      const description = describeImage('seconded', {
        identifier: toIdentifier(hash('sha1')),
        sizeBytes: IMAGE.length,
        checksums: [
          { algorithm: 'SHA-1', value: hash('sha1') },
          { algorithm: 'SHA-384', value: hash('sha384') },
        ],
      });
      const first = await marketplace.publish(marketplace.ada, description, 3);
      await visitor.open(`/endorse?act=second&document=${await toDocument(first)}`);
      await loadKey([toPkcs12(marketplace.ben)], SECRET);
      const other = join(folder, 'other.img');
      writeFileSync(other, IMAGE.subarray(1));
      await chooseImage(other);
      expect(await said('image').innerText()).toContain('its SHA-384 checksum differs');
      expect(await signIt()).toContain('Your file is not the image of the entry');
      await chooseImage();
      expect(await said('image').innerText()).toContain('size and every checksum agree');
      expect(await signIt()).toContain('Signed, and verified');
      await submitIt();
      const history = await marketplace.registry.catalog.history(description.identifier);
      expect(history.map(({ email }) => email)).toContain('ben@example.org');
      expect(await visitor.complaints()).toEqual([]);
    });

    test('meets nothing that axe-core finds wrong, by day and by night', async () => {
      const published = await marketplace.publish(marketplace.ada, describeImage('seen'), 4);
      const document = await toDocument(published);
      for (const look of [LOOKS.light, LOOKS.dark]) {
        await visitor.leave();
        visitor = await visit(browser, marketplace.url, look);
        await visitor.page.clock.setFixedTime(NOW);
        await visitor.open(published.path);
        await visitor.page.getByRole('link', { name: 'withdraw the image' }).click();
        await visitor.page.getByRole('button', { name: 'Sign and verify' }).waitFor();
        expect(new URL(visitor.page.url()).searchParams.get('document')).toBe(document);
        expect(await findViolations(visitor.page)).toEqual([]);
        await visitor.open('/endorse');
        await visitor.page.getByText('More: format').click();
        await loadKey([toPkcs12(cleo)], SECRET);
        expect(await findViolations(visitor.page)).toEqual([]);
        await visitor.open('/upload');
        const file = { name: 'bad.xml', mimeType: 'text/xml', buffer: Buffer.from('<a>\n<b>\n</a>') };
        await visitor.page.locator('input[type=file]').setInputFiles(file);
        await visitor.page.getByText('would refuse it').waitFor();
        expect(await findViolations(visitor.page)).toEqual([]);
      }
    });

    test('without scripts is told why, and what to do instead', async () => {
      await visitor.leave();
      visitor = await visit(browser, marketplace.url, { ...LOOKS.phone, javaScriptEnabled: false });
      expect(await visitor.open('/endorse')).toBe(200);
      expect(await visitor.page.locator('main').innerText()).toContain('Signing here needs scripts');
      expect(await visitor.page.getByRole('button', { name: 'Sign and verify' }).isVisible()).toBe(false);
      expect(await visitor.open('/endorse?act=renew')).toBe(400);
      expect(await visitor.open(`/endorse?act=renew&document=${'0'.repeat(64)}`)).toBe(404);
      expect(await visitor.open('/endorse?act=forge')).toBe(400);
    });
  },
);
