import { readFile } from 'node:fs/promises';
import { toMessage, VouchError } from '../errors.ts';
import type { Io } from './io.ts';
import type { Settings } from './settings.ts';

/**
 * The passphrase of the file at `path`: from `--passphrase-file`, `VOUCH_PASSPHRASE`, or asked for without echo if standard
 * input is a terminal. Throws `key` where none of these can be, `input-output` for a file that cannot be read.
 */
export async function readPassphrase(io: Io, settings: Settings, path: string): Promise<string> {
  const file = settings['passphrase-file'];
  if (file !== undefined) {
    try {
      return (await readFile(file, 'utf8')).split(/\r?\n/, 1)[0]!;
    } catch (cause) {
      throw new VouchError('input-output', `Cannot read the passphrase from ${file}: ${toMessage(cause)}`, { cause });
    }
  }
  if (io.env.VOUCH_PASSPHRASE) return io.env.VOUCH_PASSPHRASE;
  if (io.stdin.isTTY !== true) {
    const hint = 'give --passphrase-file, or set VOUCH_PASSPHRASE';
    throw new VouchError('key', `${path} has a passphrase; nobody can be asked for it here: ${hint}.`);
  }
  return await ask(io, `Passphrase of ${path}: `);
}

const ENTER = new Set([0x0d, 0x0a]);
const CONTROL_C = 0x03;
const CONTROL_D = 0x04;
const BACKSPACES = new Set([0x08, 0x7f]);

/** Raw mode is what keeps the terminal from echoing; it is left again whatever happens. */
function ask(io: Io, question: string): Promise<string> {
  const { stdin, stderr, signal } = io;
  stderr.write(question);
  stdin.setRawMode?.(true);
  stdin.resume?.();
  return new Promise((resolve, reject) => {
    const typed: number[] = [];
    const end = (act: () => void): void => {
      stdin.off?.('data', listen);
      signal.removeEventListener('abort', stop);
      stdin.setRawMode?.(false);
      stdin.pause?.();
      stderr.write('\n');
      act();
    };
    const stop = (): void => end(() => reject(signal.reason));
    const listen = (chunk: Uint8Array): void => {
      for (const byte of chunk) {
        if (ENTER.has(byte)) {
          end(() => resolve(Buffer.from(typed).toString('utf8')));
          return;
        }
        if (byte === CONTROL_C || (byte === CONTROL_D && typed.length === 0)) {
          end(() => reject(new VouchError('key', 'No passphrase was given.')));
          return;
        }
        if (BACKSPACES.has(byte)) dropCharacter(typed);
        else if (byte >= 0x20) typed.push(byte);
      }
    };
    signal.addEventListener('abort', stop, { once: true });
    stdin.on?.('data', listen);
  });
}

/** Takes away the last character: all bytes of it, for those outside ASCII. */
function dropCharacter(typed: number[]): void {
  while (((typed.at(-1) ?? 0) & 0xc0) === 0x80) typed.pop();
  typed.pop();
}
