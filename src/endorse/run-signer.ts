import { spawn } from 'node:child_process';
import { toMessage, VouchError } from '../errors.ts';

/** How a program is run. */
export interface SignerRun {
  readonly program: string;
  readonly words: readonly string[];
  /** What goes to its standard input; undefined leaves it the one of this process, for a program that asks a question. */
  readonly input: Uint8Array | undefined;
  /** False if its standard output is talk, for a program that asks a question there and writes its result to a file. */
  readonly capturesOutput: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What the program says on its standard error, as it says it. */
  readonly onTalk?: (text: string) => void;
}

const STANDARD_ERROR = 2;
/** No signature is as long. */
const OUTPUT_LIMIT = 64 * 1024;
const TALK_KEPT = 2_000;
const GRACE_MS = 1_000;

/**
 * What the program writes to its standard output, where that is captured. Throws `input-output` if it cannot be started, `timeout` if it does not end in time,
 * `key` with what it said if it ends with another exit code than 0 or writes too much, and the signal's reason once that is aborted.
 */
export function runSigner(run: SignerRun): Promise<Uint8Array> {
  const { program, input, signal } = run;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const child = spawn(program, run.words, {
      stdio: [input === undefined ? 'inherit' : 'pipe', run.capturesOutput ? 'pipe' : STANDARD_ERROR, 'pipe'],
      env: run.env,
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    let talk = '';
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      act();
    };
    const end = (fault: unknown): void => {
      child.kill();
      // One that does not listen is ended; what it started may hold its output open, so nobody waits for that.
      setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      settle(() => reject(fault));
    };
    const stop = (): void => end(signal.reason);
    const timer = setTimeout(() => {
      end(
        new VouchError(
          'timeout',
          `The signer ${program} did not end within ${run.timeoutMs / 1000} seconds.${said(talk)}`,
        ),
      );
    }, run.timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    child.on('error', (cause) => {
      const message = `The signer ${program} cannot be started: ${toMessage(cause)}.`;
      settle(() => reject(new VouchError('input-output', message, { cause })));
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > OUTPUT_LIMIT)
        end(new VouchError('key', `The signer ${program} writes more than any signature has.`));
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      run.onTalk?.(text);
      talk = (talk + text).slice(-TALK_KEPT);
    });
    child.on('close', (code, signalName) => {
      settle(() => {
        if (code === 0) return resolve(new Uint8Array(Buffer.concat(chunks)));
        const how = code === null ? `was ended by ${signalName}` : `ended with exit code ${code}`;
        reject(new VouchError('key', `The signer ${program} ${how}.${said(talk)}`));
      });
    });
    // A program may end without having read; its exit code says more than the broken pipe.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function said(talk: string): string {
  const text = talk.trim().replace(/\s*\n\s*/g, ' / ');
  return text === '' ? '' : ` It said: ${text}`;
}
