import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { createApp } from '../../src/server/app.ts';
import { readConfiguration } from '../../src/server/configuration/configuration.ts';
import { toContrast, toInk, toLowestContrast, toReadable } from '../../src/server/contrast.ts';
import { DARK_GROUNDS, LIGHT_GROUNDS } from '../../src/server/pages/palette.ts';
import { openTheme } from '../../src/server/theme.ts';
import { NOW, openTwin, type RegistryTwin } from './registry-twin.ts';

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>';
const LEAST = {
  VOUCH_BASE_URL: 'https://vouch.example.org/',
  VOUCH_DATA_DIRECTORY: '/data',
  VOUCH_TRUST_DIRECTORY: '/trust',
};
const color = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);

let directory: string;
let twin: RegistryTwin;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vouch-theme-'));
  twin = await openTwin();
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await twin.close();
});

const themeOf = (env: Record<string, string>) => readConfiguration({ env: { ...LEAST, ...env } }).theme;

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(VouchError);
    return (thrown as VouchError).message.replaceAll(`${directory}/`, '');
  }
  throw new Error('It was accepted.');
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

describe('contrast', () => {
  test('is what WCAG says', () => {
    expect(toContrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(toContrast('#ffffff', '#777777')).toBeCloseTo(4.48, 2);
    expect(toContrast('#0b5c8a', '#0b5c8a')).toBe(1);
  });

  test('of text that is put on a colour, and of a colour that is made readable, always is enough', () => {
    fc.assert(
      fc.property(color, (one) => {
        expect(toContrast(toInk(one), one)).toBeGreaterThanOrEqual(4.5);
        expect(toLowestContrast(toReadable(one, LIGHT_GROUNDS, 'black'), LIGHT_GROUNDS)).toBeGreaterThanOrEqual(4.5);
        expect(toLowestContrast(toReadable(one, DARK_GROUNDS, 'white'), DARK_GROUNDS)).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });
});

describe('the colours of a theme', () => {
  test('are refused where nobody could read them, with the nearest that can be', () => {
    const said = refusal(() => themeOf({ VOUCH_THEME_ACCENT: '#FF9900' }));
    expect(said).toMatch(
      /^The setting theme\.accent is #ff9900, whose contrast on light pages is 1\.8 to 1; links and buttons need 4\.5 to 1 to be read: choose a darker colour, as #[0-9a-f]{6}\.$/,
    );
    const offered = /as (#[0-9a-f]{6})\.$/.exec(said)![1]!;
    expect(themeOf({ VOUCH_THEME_ACCENT: offered })).toEqual({ accent: offered });
    expect(refusal(() => themeOf({ VOUCH_THEME_ACCENT_DARK: '#000088' }))).toContain('choose a lighter colour, as #');
  });

  test('are hex digits and nothing else, so that no rule can be written into them', () => {
    for (const wrong of ['red', '#fff', '#0b5c8a;}', 'var(--x)']) {
      expect(
        refusal(() => themeOf({ VOUCH_THEME_HEADER: wrong })),
        wrong,
      ).toContain('it must be a colour as in #0b5c8a.');
    }
  });

  test('given for light pages alone are made readable on dark ones', () => {
    const { style } = openTheme({ accent: '#0b5c8a', header: '#ffd400' });
    const text = Buffer.from(style!.bytes).toString();
    const [light, dark] = text.split('@media (prefers-color-scheme: dark)') as [string, string];
    expect(light).toContain(':root { --accent: #0b5c8a; --link: #0b5c8a; --on-accent: #ffffff; }');
    expect(light).toMatch(/\.top .*\{ color: #000000; \}/);
    const accent = /--accent: (#[0-9a-f]{6})/.exec(dark)![1]!;
    expect(toLowestContrast(accent, DARK_GROUNDS)).toBeGreaterThanOrEqual(4.5);
    expect(dark).toContain('.top { background: #ffd400;');
  });
});

describe('the logo of a theme', () => {
  test.each([
    ['a picture with another ending', file0('logo.txt', SVG), 'svg'],
    ['a picture after a declaration', file0('declared.svg', `<?xml version="1.0"?>\n<!-- ours -->\n${SVG}`), 'svg'],
    ['a PNG', file0('logo.png', Buffer.from('89504e470d0a1a0a0000', 'hex')), 'png'],
  ])('is %s', (_, write, kind) => {
    expect(openTheme({ logo: write() }).logo?.path).toMatch(new RegExp(`^/asset/logo-[0-9a-f]{12}\\.${kind}$`));
  });

  test('is refused in whole sentences where it is none', () => {
    const said = (logo: string) => refusal(() => openTheme({ logo }));
    expect(said(file('page.svg', '<html><svg/></html>'))).toBe(
      'The file page.svg of the setting theme.logo is no SVG, PNG or WebP picture.',
    );
    expect(said(file('large.png', Buffer.alloc(65_537)))).toBe(
      'The file large.png of the setting theme.logo is larger than 64 KiB: make it smaller.',
    );
    expect(said(join(directory, 'nowhere.svg'))).toContain('cannot be read: ENOENT');
  });

  /** Written when the test runs: the directory is not there before. */
  function file0(name: string, content: string | Uint8Array): () => string {
    return () => file(name, content);
  }
});

describe('pages with a theme', () => {
  test('load it after their own rules, show the logo, and end with what the operator says', async () => {
    const footer = 'Run by <b>the institute</b>. Write to https://example.org/help?a=1&b=2.';
    const theme = openTheme({ logo: file('logo.svg', SVG), accent: '#7a1fa2', footer });
    const app = createApp(twin, { documents: twin.documents, now: () => NOW, theme });
    const page = await (await app.request('/', { headers: { Accept: 'text/html' } })).text();
    const styles = [...page.matchAll(/rel="stylesheet" href="([^"]*)"/g)].map(([, href]) => href!);
    expect(styles.at(-1)).toBe(theme.style!.path);
    expect(page).toContain(`<img src="${theme.logo!.path}" alt="" height="32">`);
    expect(page).toContain(`<link rel="icon" type="image/svg+xml" href="${theme.logo!.path}">`);
    expect(page).toContain(
      '<p>Run by &lt;b&gt;the institute&lt;/b&gt;. Write to <a href="https://example.org/help?a=1&amp;b=2">https://example.org/help?a=1&amp;b=2</a>.</p>',
    );
    for (const { path, mediaType } of [theme.style!, theme.logo!]) {
      const reply = await app.request(path);
      expect([reply.status, reply.headers.get('Content-Type')]).toEqual([200, mediaType]);
      expect(reply.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    }
  });

  test('are as they always are without one', async () => {
    const app = createApp(twin, { documents: twin.documents, now: () => NOW });
    const page = await (await app.request('/', { headers: { Accept: 'text/html' } })).text();
    expect(page).not.toContain('<img');
    expect(page).not.toContain('/asset/theme-');
  });
});
