import { readFile, stat, writeFile } from 'node:fs/promises';
import { toMessage, VouchError } from '../errors.ts';
import { writeFileDurably } from '../platform/durable-file.ts';
import type { Io } from './io.ts';
import { openProgress, type Progress } from './progress.ts';
import { type Column, writeTable } from './table.ts';

const COLOURS = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

/** How loud a word is. */
export type Colour = keyof typeof COLOURS;

/** How commands speak: results on standard output, talk on standard error, `-` for the standard streams. */
export class Terminal {
  readonly io: Io;

  constructor(io: Io) {
    this.io = io;
  }

  /** Writes a line of the result. */
  print(line: string): void {
    this.io.stdout.write(`${line}\n`);
  }

  /** Writes a line of talk. */
  say(line: string): void {
    this.io.stderr.write(`${line}\n`);
  }

  /** Writes a value as one line of JSON. */
  printJson(value: unknown): void {
    this.print(JSON.stringify(value));
  }

  /** Writes an aligned table, its heading dimmed; cut to a terminal's width, whole in a pipe. */
  printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
    const width = this.io.stdout.isTTY === true ? this.io.stdout.columns : undefined;
    const [heading, ...lines] = writeTable(columns, rows, width);
    this.print(this.paint('dim', heading ?? ''));
    for (const line of lines) this.print(line);
  }

  /** The text in a colour, if results go to a terminal that wants any. */
  paint(colour: Colour, text: string): string {
    const { NO_COLOR, TERM } = this.io.env;
    const isPlain = this.io.stdout.isTTY !== true || (NO_COLOR ?? '') !== '' || TERM === 'dumb';
    return isPlain ? text : `\u001b[${COLOURS[colour]}m${text}\u001b[0m`;
  }

  /** A progress line on standard error; nothing if that is no terminal. */
  progress(label: string, unit: 'bytes' | 'count'): Progress {
    return openProgress(this.io.stderr, label, unit);
  }

  /** The bytes of a file, or of standard input for `-`. Throws `input-output`, and `too-large` for what is no entry, query or list. */
  async read(path: string, byteLimit = 64 * 1024 * 1024): Promise<Uint8Array> {
    if (path !== '-') return await readWhole(path, byteLimit);
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.io.stdin) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      length += bytes.length;
      if (length > byteLimit) throw new VouchError('too-large', `Standard input holds more than ${byteLimit} bytes.`);
      chunks.push(bytes);
    }
    return Buffer.concat(chunks);
  }

  /** Writes bytes to a file, all or nothing, or to standard output for `-`. Throws `input-output`. */
  async write(path: string, bytes: Uint8Array): Promise<void> {
    if (path === '-') {
      this.io.stdout.write(bytes);
      return;
    }
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || found.isFile()) return await writeFileDurably(path, bytes);
    try {
      // A device or pipe must be written to, not replaced.
      await writeFile(path, bytes);
    } catch (cause) {
      throw new VouchError('input-output', `Cannot write ${path}: ${toMessage(cause)}`, { cause });
    }
  }
}

async function readWhole(path: string, byteLimit: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > byteLimit)
      throw new VouchError('too-large', `${path} has ${size} bytes; at most ${byteLimit} are read.`);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof VouchError) throw cause;
    throw new VouchError('input-output', `Cannot read ${path}: ${toMessage(cause)}`, { cause });
  }
}
