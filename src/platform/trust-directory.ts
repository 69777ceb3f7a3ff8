import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { isTrustFileName, type TrustFile } from '../x509/trust-store.ts';

/** What a trust directory holds, as far as it may be read. */
export interface TrustDirectory {
  /** Sorted by name. */
  readonly files: readonly TrustFile[];
  /** One sentence for each file that was passed over. */
  readonly warnings: readonly string[];
}

/** The limits a directory is read within; arguments so that tests need no gigabytes. */
export interface TrustDirectoryLimits {
  /** Files with a name that a trust directory has a use for; grids have two thousand. */
  readonly files: number;
  /** Of a revocation list. */
  readonly listBytes: number;
  /** Of any other file. */
  readonly fileBytes: number;
  /** Of all together. */
  readonly totalBytes: number;
}

export const TRUST_DIRECTORY_LIMITS: TrustDirectoryLimits = {
  files: 20_000,
  listBytes: 64 * 1024 * 1024,
  fileBytes: 1024 * 1024,
  totalBytes: 512 * 1024 * 1024,
};

/** How often a directory that somebody is changing is read before what was read last is taken. */
const READINGS = 5;

/**
 * Reads the files of a trust directory (trust A3.12): regular files of modest size only; a symbolic link counts as the file it leads
 * to, as long as that is in the directory too. Everything else is passed over with a warning. Throws `config` if the directory itself
 * cannot be read or has too many files. A directory that changes meanwhile is read again, so that no half of an update counts.
 */
export async function readTrustDirectory(
  directory: string,
  limits: TrustDirectoryLimits = TRUST_DIRECTORY_LIMITS,
): Promise<TrustDirectory> {
  let before = await list(directory, limits);
  for (let reading = 1; ; reading += 1) {
    const found = await readFiles(before, limits);
    const after = await list(directory, limits);
    if (after.stamp === before.stamp) return found;
    if (reading === READINGS) {
      const warning = `${directory}: it goes on changing; what was read last counts until it is read again.`;
      return { ...found, warnings: [...found.warnings, warning] };
    }
    before = after;
  }
}

async function readFiles({ root, names }: Listing, limits: TrustDirectoryLimits): Promise<TrustDirectory> {
  const files: TrustFile[] = [];
  const warnings: string[] = [];
  // Under an alias and two hashes the same file is three times there.
  const known = new Map<string, Uint8Array>();
  let total = 0;
  for (const name of names) {
    try {
      const path = await realpath(join(root, name));
      if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) {
        warnings.push(`${name}: the link leads out of the trust directory; it was passed over.`);
        continue;
      }
      const most = /\.(?:r\d+|crl)$/i.test(name) ? limits.listBytes : limits.fileBytes;
      const bytes = known.get(path) ?? (await readRegular(path, Math.min(most, limits.totalBytes - total)));
      if (typeof bytes === 'string') {
        warnings.push(`${name}: ${bytes}; it was passed over.`);
        continue;
      }
      if (!known.has(path)) total += bytes.length;
      known.set(path, bytes);
      files.push({ name, bytes });
    } catch (thrown) {
      warnings.push(`${name}: it cannot be read (${toMessage(thrown)}); it was passed over.`);
    }
  }
  return { files, warnings };
}

interface Listing {
  readonly root: string;
  /** Sorted. */
  readonly names: readonly string[];
  /** The same as long as no file comes, goes or changes. */
  readonly stamp: string;
}

async function list(directory: string, limits: TrustDirectoryLimits): Promise<Listing> {
  const [root, names] = await listNames(directory);
  if (names.length > limits.files) {
    throw new VouchError('config', `The trust directory ${directory} has more than ${limits.files} files.`);
  }
  const stamps = await Promise.all(names.map(async (name) => `${name} ${await stampOf(join(root, name))}`));
  return { root, names, stamp: [root, ...stamps].join('\n') };
}

async function listNames(directory: string): Promise<[root: string, names: string[]]> {
  try {
    const root = await realpath(directory);
    return [root, (await readdir(root)).filter(isTrustFileName).sort()];
  } catch (cause) {
    // The same sentence whichever call was the first to miss it: who waits for news compares them.
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is not there' : toMessage(cause);
    throw new VouchError('config', `The trust directory ${directory} cannot be read: ${why}.`, { cause });
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch {
    // A link that leads nowhere, or a file that has just gone: reading it says what is wrong.
    return 'unreadable';
  }
}

/** The bytes of a file, or what is wrong with it. What lies at the path may change at any moment, so only what was opened is asked. */
async function readRegular(path: string, most: number): Promise<Uint8Array | string> {
  // Without O_NONBLOCK opening a FIFO waits for a writer for ever.
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const found = await file.stat();
    if (!found.isFile()) return 'it is not a regular file';
    if (found.size > most) return `it is larger than ${most} bytes`;
    const bytes = new Uint8Array(found.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}
