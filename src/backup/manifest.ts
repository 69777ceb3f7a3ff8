import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { isSha256Hex } from '../log/sha256.ts';
import { writeFileDurably } from '../platform/durable-file.ts';
import type { SegmentSum } from './segment.ts';

/** Records `from` to `to` of the log, and checkpoints that were signed meanwhile. */
export interface Segment extends SegmentSum {
  /** Below `log/`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** A file of the data directory; its bytes are below `files/` by their SHA-256. */
export interface SavedFile {
  /** Below the data directory, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a backup is. It is complete as soon as its manifest is there, since that is written last. */
export interface Manifest {
  readonly v: 1;
  readonly origin: string;
  /** Verifier key of the log. */
  readonly logKey: string;
  /** When it was made, ISO 8601. */
  readonly madeAt: string;
  /** Records of the log. */
  readonly size: number;
  /** The newest checkpoint, which is of exactly that size. */
  readonly checkpoint: string;
  /** Largest sizes of the checkpoints that are kept. */
  readonly published: number;
  readonly pending: number;
  readonly segments: readonly Segment[];
  readonly files: readonly SavedFile[];
  /** True if the private keys are among the files. */
  readonly hasKeys: boolean;
}

const NAME = 'manifest.json';
const SEGMENT_NAME = /^\d{12}-\d{12}-[0-9a-f]{8}\.segment$/;
const PATH_PART = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/;

/** The manifest of the backup in a directory; undefined where there is none. Throws `corrupt`, `config` for a newer format, `input-output`. */
export async function readManifest(directory: string): Promise<Manifest | undefined> {
  const file = join(directory, NAME);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new VouchError('input-output', `The manifest ${file} cannot be read: ${toMessage(cause)}.`, { cause });
  }
  const manifest = parse(text);
  if (typeof manifest?.v === 'number' && manifest.v > 1) {
    const message = `The backup in ${directory} was made by a newer version of this program (format ${manifest.v}); use that one.`;
    throw new VouchError('config', message);
  }
  if (manifest === undefined || !isManifest(manifest)) {
    throw new VouchError('corrupt', `The file ${file} is no manifest of a backup.`);
  }
  return manifest;
}

/** Resolves when the manifest, and with it the backup, is on disk. */
export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 1)}\n`);
  await writeFileDurably(join(directory, NAME), bytes, { mode: 0o600 });
}

/** True for a path that leads to a file below the data directory and nowhere else. */
export function isSavedPath(path: unknown): path is string {
  return typeof path === 'string' && path.split('/').every((part) => PATH_PART.test(part)) && path.length <= 1_000;
}

function parse(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Manifest) : undefined;
  } catch {
    return undefined;
  }
}

/** Whoever can write to where backups lie must not lead a restore outside its directory. */
function isManifest(manifest: Manifest): boolean {
  const { v, origin, logKey, madeAt, size, checkpoint, published, pending, segments, files, hasKeys } = manifest;
  const texts = [origin, logKey, madeAt, checkpoint];
  if (v !== 1 || !texts.every((text) => typeof text === 'string') || typeof hasKeys !== 'boolean') return false;
  if (![size, published, pending].every(isCount) || !Array.isArray(segments) || !Array.isArray(files)) return false;
  const isSum = (one: SegmentSum): boolean => isCount(one.bytes) && isSha256Hex(one.sha256);
  let end = 0;
  for (const segment of segments as Segment[]) {
    const fits = segment.from === end && isCount(segment.to) && segment.to >= end && isSum(segment);
    if (!fits || !SEGMENT_NAME.test(segment.name)) return false;
    end = segment.to;
  }
  return end === size && (files as SavedFile[]).every((file) => isSum(file) && isSavedPath(file.path));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
