import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isMissing } from '../program.ts';
import { LOOKS, openChromium, PATIENCE_MS, visit } from './visitor.ts';

const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'";
/** Pages that do what ours must not; the second half of a name says what is expected to be noticed. */
const PAGES: Readonly<Record<string, { readonly body: string; readonly policy?: string; readonly complaint: RegExp }>> =
  {
    '/script': { body: '<script>alert(1)</script>', policy: POLICY, complaint: /Content Security Policy/ },
    '/style': { body: '<p style="color: red">x', policy: POLICY, complaint: /Content Security Policy/ },
    '/foreign': { body: '<img src="http://elsewhere.example/x.png">', complaint: /^request to http:\/\/elsewhere/ },
    '/dialog': { body: '<script>alert(1)</script>', complaint: /^dialog: 1/ },
    '/error': { body: '<script>throw new Error("oops")</script>', complaint: /^script: oops/ },
    '/missing': { body: '<img src="/nothing.png">', complaint: /status of 404/ },
  };

// The other browser tests expect to hear nothing; here it is shown that they would.
describe.skipIf(isMissing('chromium'))('a visitor notices', () => {
  let browser: Browser;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, reply) => {
      const path = request.url!;
      const page = PAGES[path];
      const head = '<!doctype html><meta name="viewport" content="width=device-width">';
      const body = page?.body ?? '<div style="width: 800px">wide</div>';
      reply.writeHead(page === undefined && path !== '/wide' ? 404 : 200, {
        'Content-Type': 'text/html',
        ...(page?.policy === undefined ? {} : { 'Content-Security-Policy': page.policy }),
      });
      reply.end(`${head}${body}`);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await openChromium();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  }, PATIENCE_MS);

  test.each(Object.keys(PAGES))('what %s does', { timeout: PATIENCE_MS }, async (path) => {
    const visitor = await visit(browser, url);
    await visitor.open(path);
    const { complaint } = PAGES[path]!;
    await expect
      .poll(async () => (await visitor.complaints()).some((line) => complaint.test(line)), { timeout: PATIENCE_MS / 2 })
      .toBe(true);
    await visitor.leave();
  });

  test('what is wider than a phone', { timeout: PATIENCE_MS }, async () => {
    const visitor = await visit(browser, url, LOOKS.phone);
    expect(await visitor.open('/wide')).toBe(200);
    expect(await visitor.overflows()).toBe(true);
    await visitor.leave();
  });
});
