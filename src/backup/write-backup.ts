import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import type { LogCopy } from '../log/log-copy.ts';
import { sha256Hex } from '../log/sha256.ts';
import { syncDirectory, writeFileDurably } from '../platform/durable-file.ts';
import { holdLock } from '../platform/file-lock.ts';
import { copyLog, readNewest } from './copy-log.ts';
import { listDataFiles, readDataFile } from './data-file.ts';
import { type Manifest, readManifest, type SavedFile, type Segment, writeManifest } from './manifest.ts';
import { SavedLog } from './saved-log.ts';
import { SegmentWriter } from './segment.ts';

export interface BackupOptions {
  /** The data directory. */
  readonly data: string;
  /** Its log, also while a registry writes it. */
  readonly log: LogCopy;
  readonly origin: string;
  /** Verifier key of the log. */
  readonly logKey: string;
  /** Where the backup is, or is to be. */
  readonly target: string;
  /** Also the private keys: whoever reads the backup can then sign as the log. */
  readonly hasKeys: boolean;
  readonly now?: () => Date;
  readonly onProgress?: (part: 'verify' | 'copy', done: number, size: number) => void;
}

/** What a run did. */
export interface BackupReport {
  readonly manifest: Manifest;
  /** Records that were new. */
  readonly records: number;
  /** Bytes that were written, the manifest aside. */
  readonly bytes: number;
}

/**
 * Makes a backup, or brings one up to date: only what is new is written. What is there is verified first, what is written is read back, and
 * only then does the manifest replace the one before; killed at any moment, the backup is the one before. Files are read before the
 * log, so that a submission which is appended meanwhile is in one of them. Throws `corrupt` if the log is not the one of the backup grown on.
 */
export async function writeBackup(options: BackupOptions): Promise<BackupReport> {
  const { target, now = () => new Date() } = options;
  await makeDirectories(target);
  await using _lock = await holdLock(join(target, 'lock'), 'this backup');
  const before = await readManifest(target);
  assertSameLog(options, before);
  await removeLeftovers(target, before);
  const saved = await verifySaved(options, before);
  const copied = await saveFiles(options);
  const segment = await saveLog(options, before, saved);
  const { hasKeys, origin, logKey } = options;
  const manifest: Manifest = {
    v: 1,
    origin,
    logKey,
    madeAt: now().toISOString(),
    ...segment.state,
    segments: [...(before?.segments ?? []), ...segment.added],
    files: copied.files,
    hasKeys,
  };
  saved.assertSigned(manifest);
  for (const file of copied.files) await readSavedFile(target, file);
  await writeManifest(target, manifest);
  await removeLeftovers(target, manifest);
  const bytes = copied.bytes + segment.added.reduce((sum, one) => sum + one.bytes, 0);
  return { manifest, records: manifest.size - (before?.size ?? 0), bytes };
}

/** The bytes of a file that a backup holds; `corrupt` if they are not what was saved. */
export async function readSavedFile(target: string, { path, bytes, sha256 }: SavedFile): Promise<Uint8Array> {
  const read = await readFile(join(target, 'files', sha256)).catch(() => undefined);
  if (read !== undefined && read.length === bytes && sha256Hex(read) === sha256) return read;
  throw new VouchError('corrupt', `The backup of the file ${path} is ${read === undefined ? 'missing' : 'damaged'}.`);
}

async function makeDirectories(target: string): Promise<void> {
  try {
    for (const name of ['log', 'files']) await mkdir(join(target, name), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new VouchError('input-output', `The backup ${target} cannot be made: ${toMessage(cause)}.`, { cause });
  }
}

function assertSameLog({ origin, logKey, target }: BackupOptions, before: Manifest | undefined): void {
  if (before === undefined || (before.origin === origin && before.logKey === logKey)) return;
  throw new VouchError('config', `The backup in ${target} is of the log ${before.logKey}, not of ${logKey}.`);
}

async function verifySaved({ target, onProgress }: BackupOptions, before: Manifest | undefined): Promise<SavedLog> {
  const saved = new SavedLog(target);
  if (before === undefined) return saved;
  for (const segment of before.segments) {
    await saved.verify(segment);
    onProgress?.('verify', segment.to, before.size);
  }
  saved.assertSigned(before);
  return saved;
}

async function saveFiles({ data, target, hasKeys }: BackupOptions): Promise<{ files: SavedFile[]; bytes: number }> {
  const files: SavedFile[] = [];
  let written = 0;
  for (const path of await listDataFiles(data, hasKeys)) {
    const bytes = await readDataFile(data, path);
    if (bytes === undefined) continue;
    const saved = { path, bytes: bytes.length, sha256: sha256Hex(bytes) };
    files.push(saved);
    const place = join(target, 'files', saved.sha256);
    const found = await stat(place).catch(() => undefined);
    if (found?.size === bytes.length) continue;
    await writeFileDurably(place, bytes, { mode: 0o600 });
    written += bytes.length;
  }
  return { files, bytes: written };
}

async function saveLog(options: BackupOptions, before: Manifest | undefined, saved: SavedLog) {
  const { log, target, onProgress } = options;
  const newest = await readNewest(log);
  const from = before?.size ?? 0;
  if (newest.size < from) {
    const message = `The log has ${newest.size} records, but the backup ${from}: this data directory is older than its backup.`;
    throw new VouchError('corrupt', message);
  }
  const to = newest.size;
  const name = `${toDigits(from)}-${toDigits(to)}-${randomBytes(4).toString('hex')}.segment`;
  const path = join(target, 'log', name);
  const writer = await SegmentWriter.create(path);
  try {
    const range = { from, to, published: before?.published ?? -1, pending: before?.pending ?? -1 };
    const notes = await copyLog(log, writer, range, saved.blobs, (done, size) => onProgress?.('copy', done, size));
    const isEmpty = writer.isEmpty;
    const sum = await writer.close();
    const state = { size: to, checkpoint: Buffer.from(newest.note).toString(), ...notes };
    if (isEmpty) {
      await rm(path);
      return { state, added: [] };
    }
    await syncDirectory(join(target, 'log'));
    const segment: Segment = { name, from, to, ...sum };
    await saved.verify(segment);
    return { state, added: [segment] };
  } catch (thrown) {
    await writer.abandon();
    await rm(path, { force: true });
    throw thrown;
  }
}

function toDigits(size: number): string {
  return String(size).padStart(12, '0');
}

/** What a run that was cut off left, and what the newest backup has no use for. */
async function removeLeftovers(target: string, manifest: Manifest | undefined): Promise<void> {
  const segments = new Set(manifest?.segments.map(({ name }) => name));
  const files = new Set(manifest?.files.map(({ sha256 }) => sha256));
  for (const name of await readdir(join(target, 'log'))) {
    if (!segments.has(name)) await rm(join(target, 'log', name), { force: true });
  }
  for (const name of await readdir(join(target, 'files'))) {
    if (!files.has(name)) await rm(join(target, 'files', name), { force: true });
  }
}
