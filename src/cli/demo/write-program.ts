import { chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { writeFileDurably } from '../../platform/durable-file.ts';
import type { DemoDirectory } from './demo-directory.ts';

/** The same three folders up from the source and from the compiled file. */
const OPEN_POLICY = fileURLToPath(new URL('../../../policies/open.yaml', import.meta.url));

/** Writes a small script that is `vouch` with the demo's registry and trust, so that the commands printed work when pasted. */
export async function writeDemoProgram(directory: DemoDirectory, url: string): Promise<void> {
  const main = createRequire(import.meta.url).resolve('#workers/cli/main');
  const script = `#!/bin/sh
# Made by "vouch demo": the program with the settings of this demo.
export VOUCH_URL=${quote(url)}
export VOUCH_TRUST=${quote(directory.trust)}
export VOUCH_POLICY=${quote(OPEN_POLICY)}
# What is remembered of this demo's log and fetched from it stays with the demo.
export XDG_STATE_HOME=${quote(`${directory.path}/state`)}
export XDG_CACHE_HOME=${quote(`${directory.path}/cache`)}
exec ${quote(process.execPath)} ${quote(main)} "$@"
`;
  await writeFileDurably(directory.program, new TextEncoder().encode(script));
  await chmod(directory.program, 0o755);
}

/** A word as a POSIX shell reads it back. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
