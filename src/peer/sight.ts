import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { readVerifierKey, type VerifierKey } from '../log/note-key.ts';
import { writeFileDurably } from '../platform/durable-file.ts';
import { type LogHead, readLogHead } from './log-head.ts';

/** What a monitor remembers of a log: the newest checkpoint it believed. */
export interface Sight {
  /** The log's key, by which it is known from the first sight on. */
  readonly key: VerifierKey;
  readonly head: LogHead;
  /** When a checkpoint of this size was seen first. */
  readonly since: Date;
}

const HEAD = 'vouch sight v1';

/** A monitor's memory of one log, in a file; the file is whole at every moment. */
export class SightFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Undefined before the first sight; `corrupt` for a file that is no sight. */
  async read(): Promise<Sight | undefined> {
    const text = await this.#text();
    return text === undefined ? undefined : readSight(text, this.path);
  }

  /** Puts `next` in the place of `last`, which was read here; `busy`, without a change, if another sight is there by now. */
  async replace(last: Sight | undefined, next: Sight): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const found = await this.#text();
    if (found !== (last === undefined ? undefined : writeSight(last))) {
      throw new VouchError('busy', `Another monitor has written ${this.path} meanwhile; what it saw is kept.`);
    }
    await writeFileDurably(this.path, Buffer.from(writeSight(next)));
  }

  async #text(): Promise<string | undefined> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
      throw new VouchError('input-output', `${this.path} cannot be read: ${toMessage(cause)}.`, { cause });
    }
  }
}

function writeSight({ key, since, head }: Sight): string {
  return `${HEAD}\nkey ${key.vkey}\nsince ${since.toISOString()}\n\n${head.note}`;
}

function readSight(text: string, path: string): Sight {
  const blank = text.indexOf('\n\n');
  const [first, key = '', since = ''] = text.slice(0, Math.max(blank, 0)).split('\n');
  const at = new Date(since.replace(/^since /, ''));
  try {
    if (first !== HEAD || Number.isNaN(at.getTime())) throw new VouchError('malformed', 'Its first lines are others.');
    const log = readVerifierKey(key.replace(/^key /, ''));
    return { key: log, since: at, head: readLogHead(Buffer.from(text.slice(blank + 2)), { log }) };
  } catch (cause) {
    const message = `${path} is not what a monitor remembers: ${toMessage(cause)} Delete it to begin anew.`;
    throw new VouchError('corrupt', message, { cause });
  }
}
