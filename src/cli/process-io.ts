import { EXIT, toExit } from './exit-code.ts';
import type { Io } from './io.ts';

/** The process's own streams and environment; the first SIGINT or SIGTERM asks the command to end, the second ends it. */
export function openProcessIo(): Io {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `vouch search | head` is no fault: nobody reads on, so nothing is left to do.
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.yes);
    process.stderr.write(`vouch: The result cannot be written: ${error.message}\n`);
    process.exit(EXIT.inputOutput);
  });
  // Node's own exit code for a crash is 1, which here means a well-considered no.
  process.on('uncaughtException', (thrown) => {
    const { code, message } = toExit(thrown);
    process.stderr.write(`vouch: ${message}\n`);
    process.exit(code);
  });
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, env, signal: stop.signal };
}
