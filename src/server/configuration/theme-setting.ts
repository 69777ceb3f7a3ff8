import { VouchError } from '../../errors.ts';
import { TEXT_CONTRAST, toLowestContrast, toReadable } from '../contrast.ts';
import { DARK_GROUNDS, LIGHT_GROUNDS } from '../pages/palette.ts';
import type { Lookup } from './configuration.ts';
import type { SettingPath } from './setting.ts';

/** How the operator wants pages to look; colours are `#rrggbb`, lower-case, and can be read where they stand. */
export interface ThemeSetting {
  /** Path of an SVG, PNG or WebP picture. */
  readonly logo?: string;
  readonly accent?: string;
  readonly accentDark?: string;
  readonly header?: string;
  readonly headerDark?: string;
  readonly footer?: string;
}

/** Reads how pages are to look. Throws `config` for a colour in which text could not be read, with one in which it could. */
export function toTheme(find: Lookup<undefined>): ThemeSetting {
  assertReadable('theme.accent', find('theme.accent'), 'light', LIGHT_GROUNDS);
  assertReadable('theme.accentDark', find('theme.accentDark'), 'dark', DARK_GROUNDS);
  const given = {
    logo: find('theme.logo'),
    accent: find('theme.accent'),
    accentDark: find('theme.accentDark'),
    header: find('theme.header'),
    headerDark: find('theme.headerDark'),
    footer: find('theme.footer'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function assertReadable(
  path: SettingPath,
  color: string | undefined,
  pages: 'light' | 'dark',
  grounds: readonly string[],
): void {
  if (color === undefined) return;
  const contrast = toLowestContrast(color, grounds);
  if (contrast >= TEXT_CONTRAST) return;
  const better = toReadable(color, grounds, pages === 'light' ? 'black' : 'white');
  // rounded down, so that no sentence says that 4.5 is less than 4.5
  const found = Math.floor(contrast * 10) / 10;
  throw new VouchError(
    'config',
    `The setting ${path} is ${color}, whose contrast on ${pages} pages is ${found} to 1; links and buttons need ${TEXT_CONTRAST} to 1 to be read: choose a ${pages === 'light' ? 'darker' : 'lighter'} colour, as ${better}.`,
  );
}
