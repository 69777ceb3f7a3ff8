import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** For tests that drive a page: two shared cores may be slow, and nothing else waits. */
export const PATIENCE_MS = 120_000;

const SCREENSHOTS = new URL('../../test-output', import.meta.url).pathname;

/** The ways a page is looked at. */
export const LOOKS = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light', isMobile: true, hasTouch: true },
} as const satisfies Record<string, BrowserContextOptions>;
export type Look = keyof typeof LOOKS;

/** Someone who looks at the registry, and what the browser complained about meanwhile. */
export interface Visitor {
  readonly page: Page;
  /** Opens a path of the registry; the status of the reply. */
  open(path: string): Promise<number>;
  /**
   * Everything that must not happen, since the last call: console errors and warnings (violations of the content security policy are
   * such), script errors, dialogs, replies of 500, requests to any other host.
   */
  complaints(): Promise<readonly string[]>;
  /** True if something is wider than the screen, so that the page moves sideways. */
  overflows(): Promise<boolean>;
  /** Writes the whole page to test-output/<name>.png. */
  shoot(name: string): Promise<void>;
  /** The text of a page that is not HTML, as an HTTP client that shares nothing with the page gets it. */
  fetchBytes(path: string): Promise<Buffer>;
  leave(): Promise<void>;
}

/** Starts Chromium with a new, empty profile. Names outside this machine do not resolve: a page that asks for one fails. */
export function openChromium(): Promise<Browser> {
  const found = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).stdout.trim();
  return chromium.launch({
    executablePath: found,
    headless: true,
    timeout: PATIENCE_MS,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

/** Opens a window of its own, without cookies and cache, that knows the registry at `url` (no slash at the end). */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = LOOKS.light,
): Promise<Visitor> {
  const context = await browser.newContext({ locale: 'en-GB', acceptDownloads: true, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const heard: string[] = [];
  const hear = (line: string): void => {
    heard.push(line);
  };
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== url) hear(`request to ${request.url()}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 500) hear(`${response.status()} from ${response.url()}`);
  });
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) hear(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => hear(`script: ${error.error().message}`));
  context.on('dialog', (dialog) => {
    hear(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('page', (other) => hear(`window: ${other.url()}`));
  return {
    page,
    open: async (path) => (await page.goto(`${url}${path}`))!.status(),
    async complaints() {
      // What the page has caused so far arrives before the answer to this.
      await page.evaluate('0');
      return heard.splice(0);
    },
    overflows: () =>
      page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth'),
    async shoot(name) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
    },
    fetchBytes: async (path) => Buffer.from(await (await fetch(`${url}${path}`)).arrayBuffer()),
    leave: () => context.close(),
  };
}
