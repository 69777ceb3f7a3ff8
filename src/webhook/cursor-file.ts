import { readFile } from 'node:fs/promises';
import { toMessage, VouchError } from '../errors.ts';
import { writeFileDurably } from '../platform/durable-file.ts';

/**
 * How far a webhook has been delivered, on disk. One small file for each: it is replaced as a whole, so that a crash leaves the cursor
 * before a delivery or the one after, and the message comes once more at worst.
 */
export class CursorFile {
  readonly #path: string;
  readonly #origin: string;

  constructor(path: string, origin: string) {
    this.#path = path;
    this.#origin = origin;
  }

  /** Undefined where there is none, or one of another log. Throws `corrupt`, `input-output`. */
  async read(): Promise<number | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
      throw new VouchError('input-output', `The file ${this.#path} cannot be read: ${toMessage(cause)}.`, { cause });
    }
    const [, cursor, origin] = /^(\d{1,15}) (\S+)\n$/.exec(text) ?? [];
    if (cursor === undefined) {
      const advice = 'delete it, and the webhook goes on with what comes from now on';
      throw new VouchError('corrupt', `The file ${this.#path} holds no cursor: ${advice}.`);
    }
    return origin === this.#origin ? Number(cursor) : undefined;
  }

  /** Resolves when it is on disk. Throws `input-output`. */
  write(cursor: number): Promise<void> {
    return writeFileDurably(this.#path, Buffer.from(`${cursor} ${this.#origin}\n`));
  }
}
