import { spawnSync } from 'node:child_process';

/**
 * True if tests that need this program are to be skipped: it is not there, and this is no CI run (where it must be). `npm test` installs
 * it with apt where that is possible; elsewhere install the Debian package of the same name.
 */
export function isMissing(program: string): boolean {
  const isThere = spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
  if (!isThere && process.env.CI === 'true') throw new Error(`The tests need ${program}; install it with apt-get.`);
  return !isThere;
}
