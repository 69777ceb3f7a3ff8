import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { writeFileDurably } from '../platform/durable-file.ts';

/** The layout of a data directory as a whole; log and catalog have versions of their own besides. */
const FORMAT = 1;
const NAME = 'format';

/** Brings a directory from the layout of its place in the list to the next. Each may be done again after a crash in its middle. */
const MIGRATIONS: readonly ((directory: string) => Promise<void>)[] = [
  // Directories made before there was a version have the layout of version 1.
  async () => undefined,
];

/**
 * The version of a data directory's layout; 0 where it does not say. Throws `config` for one that a newer version of this program wrote:
 * what that means cannot be known here, and writing into it could destroy it.
 */
export async function readDataFormat(directory: string): Promise<number> {
  const file = join(directory, NAME);
  if (!existsSync(file)) return 0;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VouchError('input-output', `The file ${file} cannot be read: ${toMessage(cause)}.`, { cause });
  });
  const [, digits] = /^vouch-data\/(\d{1,9})\n$/.exec(text) ?? [];
  if (digits === undefined)
    throw new VouchError('config', `The file ${file} does not say a format of a data directory.`);
  const format = Number(digits);
  if (format <= FORMAT) return format;
  const known = `this version knows formats up to ${FORMAT}`;
  const advice = 'use the newer program, or restore a backup that was made before the upgrade';
  throw new VouchError('config', `The data directory ${directory} has format ${format}, but ${known}: ${advice}.`);
}

/** Brings a data directory that is there to the layout of this version, step by step, and notes that. */
export async function migrateData(directory: string): Promise<void> {
  for (let format = await readDataFormat(directory); format < FORMAT; format++) {
    await MIGRATIONS[format]!(directory);
    await writeFileDurably(join(directory, NAME), new TextEncoder().encode(`vouch-data/${format + 1}\n`));
  }
}
