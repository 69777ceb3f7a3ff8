import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { readVerifierKey, type VerifierKey } from '../log/note-key.ts';
import { writeFileDurably } from '../platform/durable-file.ts';

/** Which log a copy is of: its key, by which it is known for ever, and where it is. */
export interface Followed {
  readonly key: VerifierKey;
  /** Prefix of the log's addresses. */
  readonly prefix: string;
}

const HEAD = 'vouch followed log v1';

/** Reads the file; undefined where there is none. Throws `corrupt`, `input-output`. */
export async function readFollowed(path: string): Promise<Followed | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new VouchError('input-output', `${path} cannot be read: ${toMessage(cause)}.`, { cause });
  }
  const [head, vkey = '', prefix = ''] = text.split('\n');
  try {
    if (head === HEAD && URL.canParse(prefix)) return { key: readVerifierKey(vkey), prefix };
  } catch (cause) {
    throw new VouchError('corrupt', `${path} is damaged: ${toMessage(cause)}`, { cause });
  }
  throw new VouchError('corrupt', `${path} is damaged: it does not say which log is followed.`);
}

/** Writes the file, on disk before this resolves. */
export async function writeFollowed(path: string, { key, prefix }: Followed): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileDurably(path, Buffer.from(`${HEAD}\n${key.vkey}\n${prefix}\n`));
}
