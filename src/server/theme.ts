import { readFileSync, statSync } from 'node:fs';
import { toMessage, VouchError } from '../errors.ts';
import { type Asset, toAsset } from './asset.ts';
import type { ThemeSetting } from './configuration/theme-setting.ts';
import { toInk, toReadable } from './contrast.ts';
import { DARK_GROUNDS } from './pages/palette.ts';

/** How pages look besides what they always do. */
export interface Theme {
  /** Rules that come after those of every page; absent where no colour is set. */
  readonly style?: Asset;
  readonly logo?: Asset;
  /** Plain text at the end of every page. */
  readonly footer?: string;
}

/** Every page loads it. */
const LOGO_BYTES = 65_536;

/** Makes what pages need of the operator's settings, the logo read once. Throws `config` for a logo that is none. */
export function openTheme(setting: ThemeSetting): Theme {
  const style = toThemeStyle(setting);
  return {
    ...(style === '' ? {} : { style: toAsset('theme', 'css', style) }),
    ...(setting.logo === undefined ? {} : { logo: readLogo(setting.logo) }),
    ...(setting.footer === undefined ? {} : { footer: setting.footer }),
  };
}

/** What pages load of a theme. */
export function toThemeAssets({ style, logo }: Theme): readonly Asset[] {
  return [style, logo].filter((asset) => asset !== undefined);
}

/** Rules for the colours that are set; what is set for light pages alone is made readable on dark ones. */
function toThemeStyle({ accent, accentDark, header, headerDark = header }: ThemeSetting): string {
  const dark = accentDark ?? (accent === undefined ? undefined : toReadable(accent, DARK_GROUNDS, 'white'));
  const light = [accentRule(accent), headerRules(header)].join('');
  const night = [accentRule(dark), headerRules(headerDark)].join('');
  return `${light}${night === '' ? '' : `@media (prefers-color-scheme: dark) {\n${night}}\n`}`;
}

function accentRule(color: string | undefined): string {
  if (color === undefined) return '';
  return `:root { --accent: ${color}; --link: ${color}; --on-accent: ${toInk(color)}; }\n`;
}

function headerRules(color: string | undefined): string {
  if (color === undefined) return '';
  const ink = toInk(color);
  return `.top { background: ${color}; border-color: ${color}; }
.top, .top a, .top a[aria-current], .top .name { color: ${ink}; }
.top :focus-visible { outline-color: ${ink}; }
`;
}

function readLogo(path: string): Asset {
  const bytes = readFile(path);
  const kind = toPictureKind(bytes);
  if (kind === undefined) {
    throw new VouchError('config', `The file ${path} of the setting theme.logo is no SVG, PNG or WebP picture.`);
  }
  return toAsset('logo', kind, bytes);
}

function readFile(path: string): Buffer {
  let bytes: Buffer;
  try {
    const { size } = statSync(path);
    if (size <= LOGO_BYTES) bytes = readFileSync(path);
    else {
      const most = `${LOGO_BYTES / 1024} KiB`;
      throw new VouchError(
        'config',
        `The file ${path} of the setting theme.logo is larger than ${most}: make it smaller.`,
      );
    }
  } catch (cause) {
    if (cause instanceof VouchError) throw cause;
    throw new VouchError('config', `The file ${path} of the setting theme.logo cannot be read: ${toMessage(cause)}.`, {
      cause,
    });
  }
  return bytes;
}

/** By what the bytes begin with: the name of a file says nothing. */
function toPictureKind(bytes: Buffer): 'svg' | 'png' | 'webp' | undefined {
  if (bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) return 'png';
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return 'webp';
  return /^\ufeff?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*(?:<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/.test(
    bytes.toString('utf8'),
  )
    ? 'svg'
    : undefined;
}
