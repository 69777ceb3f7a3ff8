import { randomBytes } from 'node:crypto';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { syncDirectory } from '../platform/durable-file.ts';
import {
  type CosignerKey,
  type LogKey,
  type NoteKeyKind,
  readCosignerKey,
  readLogKey,
  writeCosignerKey,
  writeLogKey,
} from './note-key.ts';

/**
 * The key of the log `origin` from its file, which is made with a new key where there is none: one line as `writeLogKey`
 * writes it, readable by the owner only, on disk before this resolves. Whoever has the file can sign as the log; without it
 * the log cannot go on. `config` if it is the key of another origin, `key` if it is no log key, else `input-output`.
 */
export async function openLogKey(path: string, origin: string): Promise<LogKey> {
  const key = readLogKey(await openLine(path, 'log', () => writeLogKey(origin, randomBytes(32))));
  if (key.name !== origin) {
    throw new VouchError('config', `The log key in ${path} is of ${key.name}, but the origin of the log is ${origin}.`);
  }
  return key;
}

/**
 * The key of the witness or mirror `name` from its file, as `openLogKey` does it for a log. Whoever has the file can say that
 * he saw a log; a witness that loses it needs a new name.
 */
export async function openCosignerKey(path: string, name: string): Promise<CosignerKey> {
  const key = readCosignerKey(await openLine(path, 'cosigner', () => writeCosignerKey(name, randomBytes(32))));
  if (key.name !== name) throw new VouchError('config', `The key in ${path} is of ${key.name}, not of ${name}.`);
  return key;
}

/** The key of a log from its file, undefined where there is none: unlike `openLogKey` it makes nothing. Faults as there. */
export async function findLogKey(path: string): Promise<LogKey | undefined> {
  const line = await readLine(path, 'log');
  return line === undefined ? undefined : readLogKey(line);
}

async function openLine(path: string, kind: NoteKeyKind, write: () => string): Promise<string> {
  return (await readLine(path, kind)) ?? createLine(path, kind, write());
}

async function readLine(path: string, kind: NoteKeyKind): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replace(/\n$/, '');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new VouchError('input-output', `The ${kind} key ${path} cannot be read: ${toMessage(cause)}.`, { cause });
  }
}

/** The line that is in the file afterwards: another process may have been first. */
async function createLine(path: string, kind: NoteKeyKind, line: string): Promise<string> {
  const draft = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    await writeSynced(draft, `${line}\n`);
    try {
      // A link, unlike a rename, never replaces a key that is there.
      await link(draft, path);
    } catch (cause) {
      const other = codeOf(cause) === 'EEXIST' ? await readLine(path, kind) : undefined;
      if (other === undefined) throw cause;
      return other;
    } finally {
      await unlink(draft);
    }
    await syncDirectory(dirname(path));
    return line;
  } catch (cause) {
    throw new VouchError('input-output', `The ${kind} key ${path} cannot be made: ${toMessage(cause)}.`, { cause });
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}
