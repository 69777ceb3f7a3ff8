import { spawn } from 'node:child_process';
import { splitCommand } from '../endorse/split-command.ts';
import { toMessage } from '../errors.ts';
import type { Terminal } from './terminal.ts';

const ALARM_MS = 60_000;

/** What an alarm is about. */
export interface Alarm {
  /** One word: that of the breach, or `unreachable`. */
  readonly reason: string;
  readonly message: string;
  readonly url: string;
  readonly evidence: string | undefined;
}

/**
 * Runs the operator's command, without a shell, with the alarm in its environment, and waits for its end, a minute at
 * most. That it fails is told,
 * and is no reason to stop watching.
 */
export async function runAlarm(command: string, alarm: Alarm, terminal: Terminal): Promise<void> {
  try {
    const [program = '', ...words] = splitCommand(command);
    await runProgram(program, words, {
      ...terminal.io.env,
      VOUCH_ALARM: alarm.reason,
      VOUCH_ALARM_MESSAGE: alarm.message,
      VOUCH_ALARM_URL: alarm.url,
      ...(alarm.evidence === undefined ? {} : { VOUCH_ALARM_EVIDENCE: alarm.evidence }),
    });
  } catch (fault) {
    terminal.say(`The alarm command failed: ${toMessage(fault)}`);
  }
}

function runProgram(program: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    // One that does not end would end the watching.
    const limits = { timeout: ALARM_MS, killSignal: 'SIGKILL' } as const;
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'], env, windowsHide: true, ...limits });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`it ended with ${code === null ? signal : `exit code ${code}`}.`));
    });
  });
}
