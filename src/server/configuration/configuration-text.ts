import { toRequirement } from './read-setting.ts';
import { SETTINGS, type Setting } from './setting.ts';

/** The settings as a Markdown table: the section of docs/operating.md that lists them. Ends with a line end. */
export function toSettingTable(): string {
  const rows = (SETTINGS as readonly Setting[]).map(({ path, variable, type, fallback, meaning }) => {
    const shown =
      fallback === undefined ? '' : `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``;
    return `| \`${path}\` | \`${variable}\` | ${toRequirement(type)} | ${shown} | ${meaning} |`;
  });
  return ['| setting | variable | must be | default | meaning |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}
