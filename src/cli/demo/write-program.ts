import { chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { writeFileDurably } from '../../platform/durable-file.ts';
import type { DemoDirectory } from './demo-directory.ts';

/** Writes a small script that is `vouch` with the demo's registry and trust, so that the commands printed work when pasted. */
export async function writeDemoProgram(directory: DemoDirectory, url: string): Promise<void> {
  const main = createRequire(import.meta.url).resolve('#workers/cli/main');
  const script = `#!/bin/sh
# Made by "vouch demo": the program with the settings of this demo.
export VOUCH_URL=${quote(url)}
export VOUCH_TRUST=${quote(directory.trust)}
exec ${quote(process.execPath)} ${quote(main)} "$@"
`;
  await writeFileDurably(directory.program, new TextEncoder().encode(script));
  await chmod(directory.program, 0o755);
}

/** A word as a POSIX shell reads it back. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
