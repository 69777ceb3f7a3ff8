import { Readable } from 'node:stream';
import type { Io } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';

/** What one command line did. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A world without terminal, home directory or settings, which keeps what is written. */
export function openTestIo(changes: Partial<Io> = {}): { io: Io; out: () => string; err: () => string } {
  const written: Record<'out' | 'err', Buffer[]> = { out: [], err: [] };
  const output = (name: 'out' | 'err'): Io['stdout'] => ({
    write: (chunk) => written[name].push(typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk)),
  });
  const io: Io = {
    stdin: Readable.from([]),
    stdout: output('out'),
    stderr: output('err'),
    env: { HOME: '/nonexistent' },
    signal: new AbortController().signal,
    ...changes,
  };
  const text = (name: 'out' | 'err') => (): string => Buffer.concat(written[name]).toString('utf8');
  return { io, out: text('out'), err: text('err') };
}

/** Runs `main` on words; `changes` replaces parts of the world. */
export async function runCommand(words: readonly string[], changes: Partial<Io> = {}): Promise<CommandResult> {
  const { io, out, err } = openTestIo(changes);
  const code = await main(words, io);
  return { code, out: out(), err: err() };
}
