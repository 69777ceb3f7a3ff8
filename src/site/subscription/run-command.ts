import { spawn } from 'node:child_process';
import { toMessage } from '../../errors.ts';

export interface CommandRun {
  readonly program: string;
  readonly words: readonly string[];
  /** What it finds in its environment, all of it. */
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What became of it: `done` for exit code 0, else a sentence; `stopped` if the signal ended it. */
export type CommandOutcome =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'failed'; readonly message: string }
  | { readonly outcome: 'stopped' };

const TALK_KEPT = 1_000;
/** Between asking a program to end and ending it. */
const GRACE_MS = 5_000;

/**
 * Runs a program without a shell, in a process group of its own, so that what it starts ends with it when its time is over or this process
 * is told to stop. Never throws.
 */
export function runCommand({ program, words, env, input, timeoutMs, signal }: CommandRun): Promise<CommandOutcome> {
  if (signal.aborted) return Promise.resolve({ outcome: 'stopped' });
  return new Promise((resolve) => {
    const child = spawn(program, words, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true, windowsHide: true });
    let talk = '';
    let ended: 'late' | 'stopped' | undefined;
    let killer: NodeJS.Timeout | undefined;
    const end = (why: 'late' | 'stopped'): void => {
      if (ended !== undefined) return;
      ended = why;
      killGroup(child.pid, 'SIGTERM');
      killer = setTimeout(() => {
        killGroup(child.pid, 'SIGKILL');
        // What left the group may hold the outputs open; nobody waits for that.
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      }, GRACE_MS);
    };
    const stop = (): void => end('stopped');
    const timer = setTimeout(() => end('late'), timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    const settle = (outcome: CommandOutcome): void => {
      clearTimeout(timer);
      clearTimeout(killer);
      signal.removeEventListener('abort', stop);
      resolve(outcome);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        talk = (talk + text).slice(-TALK_KEPT);
      });
    }
    // A program need not read what it is told.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', (cause) => {
      settle({ outcome: 'failed', message: `${program} cannot be started: ${toMessage(cause)}.` });
    });
    child.once('close', (code, by) => {
      if (ended === 'stopped') return settle({ outcome: 'stopped' });
      if (ended === undefined && code === 0) return settle({ outcome: 'done' });
      const how =
        ended === 'late'
          ? `did not end within ${timeoutMs / 1000} seconds`
          : code === null
            ? `was ended by ${by}`
            : `ended with exit code ${code}`;
      const said = talk.trim().replace(/\s*\n\s*/g, ' / ');
      settle({ outcome: 'failed', message: `${program} ${how}.${said === '' ? '' : ` It said: ${said}`}` });
    });
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}
