import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { HASH_BYTES } from '../log/merkle.ts';
import { isSha256Hex } from '../log/sha256.ts';
import { type TilePath, writeTilePath } from '../log/tile.ts';
import { LEAF_BYTES_LIMIT } from '../proof/record.ts';
import { BLOB_BYTES_LIMIT, CHECKPOINT_BYTES_LIMIT, type LogSource } from './log-source.ts';

/** Reads a log laid out as files, as a static web server would serve it: `checkpoint`, `tile/…`, `blob/…`. */
export class DirectoryLogSource implements LogSource {
  readonly name: string;

  constructor(directory: string) {
    this.name = directory;
  }

  checkpoint(): Promise<Uint8Array> {
    return this.#read('checkpoint', CHECKPOINT_BYTES_LIMIT);
  }

  tile(level: number, index: number, width: number): Promise<Uint8Array> {
    return this.#readTile({ kind: 'hashes', level, index, width }, width * HASH_BYTES);
  }

  bundle(index: number, width: number): Promise<Uint8Array> {
    return this.#readTile({ kind: 'entries', index, width }, width * (2 + LEAF_BYTES_LIMIT));
  }

  async blob(sha256: string, bytesLimit = BLOB_BYTES_LIMIT): Promise<Uint8Array> {
    if (!isSha256Hex(sha256)) throw new VouchError('not-found', `${JSON.stringify(sha256)} names no blob.`);
    return this.#read(join('blob', sha256), bytesLimit);
  }

  #readTile(path: TilePath, bytesLimit: number): Promise<Uint8Array> {
    return this.#read(writeTilePath(path), bytesLimit);
  }

  async #read(path: string, bytesLimit: number): Promise<Uint8Array> {
    const place = join(this.name, path);
    try {
      await using file = await open(place, 'r');
      const stat = await file.stat();
      // A pipe would keep its reader waiting, and a device has no end.
      if (!stat.isFile()) throw new VouchError('input-output', `${place} is not a file.`);
      if (stat.size > bytesLimit) throw new VouchError('too-large', `${place} has more than ${bytesLimit} bytes.`);
      return await file.readFile();
    } catch (cause) {
      if (cause instanceof VouchError) throw cause;
      const isMissing = cause instanceof Error && 'code' in cause && ['ENOENT', 'ENOTDIR'].includes(String(cause.code));
      if (isMissing) throw new VouchError('not-found', `${place} is not there.`, { cause });
      throw new VouchError('input-output', `${place} cannot be read: ${toMessage(cause)}.`, { cause });
    }
  }
}
