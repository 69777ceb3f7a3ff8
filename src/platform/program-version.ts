import { readFileSync } from 'node:fs';

let version: string | undefined;

/** The version of this program, as its package says. */
export function readProgramVersion(): string {
  version ??= String(
    (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: unknown }).version,
  );
  return version;
}
