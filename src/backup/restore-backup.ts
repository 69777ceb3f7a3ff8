import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { readCheckpoint } from '../log/checkpoint.ts';
import { openLevelStore } from '../log/level-store.ts';
import type { NoteKind, SignedNote } from '../log/log-copy.ts';
import { readVerifierKey } from '../log/note-key.ts';
import { LogRebuild } from '../log/rebuild-log.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { Store } from '../log/store.ts';
import { syncDirectory, writeFileDurably } from '../platform/durable-file.ts';
import { readNote } from '../proof/note.ts';
import { readRecord } from '../proof/record.ts';
import { auditLogBeside } from '../registry/audit-log-beside.ts';
import { writeRestoredMark } from '../registry/restored-mark.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { type Frame, readSegment } from './segment.ts';
import { readSavedFile } from './write-backup.ts';

export interface RestoreOptions {
  readonly backup: string;
  /** The data directory to make; it must not be there, or be empty. */
  readonly data: string;
  /** The key that must have signed the log, where the operator has it from elsewhere. */
  readonly logKey?: string;
  readonly now?: () => Date;
  readonly onProgress?: (part: 'log' | 'audit', done: number, size: number) => void;
}

const PAGE = 256;
const PAGE_BYTES = 16 * 1_048_576;

/**
 * Makes a data directory from a backup: the log is written anew from its records, held against the signed checkpoint and audited as a whole,
 * the files beside it are as they were, and a mark says that it was restored (`restored-mark`). Nothing is there before all of it is.
 * Throws `config` where the directory is in use, `corrupt` for a backup that is not what was written.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const { backup, now = () => new Date(), onProgress = () => {} } = options;
  const data = resolve(options.data);
  const manifest = await readManifest(backup);
  if (manifest === undefined)
    throw new VouchError('usage', `There is no backup in ${backup}: it has no manifest.json.`);
  if (options.logKey !== undefined && options.logKey !== manifest.logKey) {
    throw new VouchError('corrupt', `The backup is of the log ${manifest.logKey}, not of ${options.logKey}.`);
  }
  await assertUnused(data);
  const draft = join(
    dirname(data),
    `.${data.slice(dirname(data).length + 1)}.restoring-${randomBytes(4).toString('hex')}`,
  );
  await guard(draft, mkdir(join(draft, 'log'), { recursive: true, mode: 0o700 }));
  try {
    const store = await openLevelStore(join(draft, 'log'));
    try {
      await rebuild(store, backup, manifest, (done, size) => onProgress('log', done, size));
      const key = readVerifierKey(manifest.logKey);
      const problems = await auditLogBeside(store, key, (done, size) => onProgress('audit', done, size));
      if (problems.length > 0)
        throw new VouchError('corrupt', `The restored log is not sound: ${problems.join('; ')}.`);
    } finally {
      await store.close();
    }
    for (const file of manifest.files) {
      const path = join(draft, file.path);
      await guard(path, mkdir(dirname(path), { recursive: true, mode: 0o700 }));
      await writeFileDurably(path, await readSavedFile(backup, file), { mode: 0o600 });
    }
    await writeRestoredMark(draft, { size: manifest.size, madeAt: manifest.madeAt, restoredAt: now().toISOString() });
    await guard(data, put(draft, data));
  } catch (thrown) {
    await rm(draft, { recursive: true, force: true });
    throw thrown;
  }
  return manifest;
}

async function assertUnused(data: string): Promise<void> {
  const names = existsSync(data) ? await guard(data, readdir(data)) : [];
  if (names.length === 0) return;
  throw new VouchError(
    'config',
    `The directory ${data} is not empty. A backup is restored into a new one, never over another.`,
  );
}

/** Puts what was made in its place. */
async function put(draft: string, data: string): Promise<void> {
  // An empty directory is replaced; a mount cannot be.
  await rename(draft, data);
  await syncDirectory(dirname(data));
}

async function rebuild(
  store: Store,
  backup: string,
  manifest: Manifest,
  onProgress: (done: number, size: number) => void,
): Promise<void> {
  const log = await LogRebuild.open(store);
  let [leaves, notes, bytes]: [Uint8Array[], SignedNote[], number] = [[], [], 0];
  let blobs = new Map<string, Uint8Array>();
  const flush = async (): Promise<void> => {
    if (leaves.length > 0) await log.take({ first: log.size, leaves, records: leaves.map(readRecord), blobs });
    if (notes.length > 0) await log.keep(notes);
    [leaves, notes, blobs, bytes] = [[], [], new Map(), 0];
    onProgress(log.size, manifest.size);
  };
  const take = async ({ kind, bytes: payload }: Frame): Promise<void> => {
    // What comes next belongs to the next package.
    if (kind === 'blob' && leaves.length > 0 && (leaves.length >= PAGE || bytes > PAGE_BYTES)) await flush();
    if (kind === 'leaf') leaves.push(payload);
    else if (kind === 'blob') blobs.set(sha256Hex(payload), payload);
    else notes.push(toNote(kind, payload));
    bytes += payload.length;
    if (notes.length >= PAGE) await flush();
  };
  for (const segment of manifest.segments) {
    for await (const frame of readSegment(join(backup, 'log', segment.name), segment)) await take(frame);
  }
  await flush();
  await log.finish(readVerifierKey(manifest.logKey), Buffer.from(manifest.checkpoint));
}

function toNote(kind: NoteKind, note: Uint8Array): SignedNote {
  return { kind, size: readCheckpoint(readNote(note).text).size, note };
}

async function guard<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new VouchError('input-output', `The directory ${path} cannot be made: ${toMessage(cause)}.`, { cause });
  }
}
