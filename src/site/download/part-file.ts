import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { toMessage, VouchError } from '../../errors.ts';
import { syncDirectory } from '../../platform/durable-file.ts';

/** Bytes after which what was written is sent on its way to the disk, so that little is left to wait for in the end. */
const FLUSH_BYTES = 64 * 1024 * 1024;

/**
 * A file that is being fetched: under a name of its own until it is whole and verified. While it is open it is called
 * `TARGET.HOST.PROCESS.….part`, so that no other process writes to it; what is left of it when it is closed is called `TARGET.part`.
 */
export class PartFile implements AsyncDisposable {
  readonly path: string;
  readonly #target: string;
  readonly #file: FileHandle;
  #length: number;
  /** What is left is worth going on with. */
  #isKept = true;
  #unflushed = 0;
  #flushing: Promise<void> | undefined;
  /** A disk tells once that it did not take what was written. */
  #flushFault: unknown;

  private constructor(target: string, path: string, file: FileHandle, length: number) {
    this.#target = target;
    this.path = path;
    this.#file = file;
    this.#length = length;
  }

  /** Opens the part of `target`, with what an earlier try left, also one that was killed. Throws `input-output`. */
  static async open(target: string): Promise<PartFile> {
    const path = `${target}.${hostname()}.${process.pid}.${randomBytes(4).toString('hex')}.part`;
    try {
      await mkdir(dirname(target), { recursive: true });
      const left = await findLeft(target);
      // Only one process takes what is left; the others begin anew.
      const isTaken = await rename(left, path).then(
        () => true,
        () => false,
      );
      const file = (isTaken ? await openOwn(path) : undefined) ?? (await open(path, 'wx+', 0o644));
      return new PartFile(target, path, file, (await file.stat()).size);
    } catch (cause) {
      throw new VouchError('input-output', `${path} cannot be written: ${toMessage(cause)}.`, { cause });
    }
  }

  /** Bytes that are there. */
  get length(): number {
    return this.#length;
  }

  /** Forgets what is beyond `length`. */
  async cut(length: number): Promise<void> {
    await this.#at(() => this.#file.truncate(length));
    this.#length = length;
  }

  /** Reads into memory from a place on; gives how many bytes came. */
  async read(memory: Uint8Array, position: number): Promise<number> {
    return await this.#at(async () => (await this.#file.read(memory, 0, memory.length, position)).bytesRead);
  }

  /** Adds bytes at the end. */
  async add(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#at(() =>
        this.#file.write(bytes, written, bytes.length - written, this.#length),
      );
      written += bytesWritten;
      this.#length += bytesWritten;
      this.#unflushed += bytesWritten;
    }
    if (this.#unflushed >= FLUSH_BYTES) this.#flush();
  }

  /** Gives the file its final name, all of it on disk before. */
  async finish(): Promise<void> {
    await this.#at(async () => {
      await this.#flushing;
      if (this.#flushFault !== undefined) throw this.#flushFault;
      await this.#file.sync();
      await rename(this.path, this.#target);
      this.#isKept = false;
      await syncDirectory(dirname(this.#target));
    });
  }

  /** Removes what is there. */
  async discard(): Promise<void> {
    this.#isKept = false;
    await rm(this.path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flushing;
    await this.#file.close();
    if (!this.#isKept) return;
    if (this.#length === 0) await rm(this.path, { force: true });
    else await rename(this.path, `${this.#target}.part`).catch(() => undefined);
  }

  #flush(): void {
    if (this.#flushing !== undefined) return;
    this.#unflushed = 0;
    this.#flushing = this.#file
      .datasync()
      .catch((fault: unknown) => {
        this.#flushFault ??= fault;
      })
      .finally(() => {
        this.#flushing = undefined;
      });
  }

  async #at<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      throw new VouchError('input-output', `${this.path} cannot be written: ${toMessage(cause)}.`, { cause });
    }
  }
}

/** What an earlier try left: under the name for it, or under that of a process of this machine that is no more. */
async function findLeft(target: string): Promise<string> {
  const start = `${basename(target)}.${hostname()}.`;
  const names = await readdir(dirname(target));
  const orphan = names.find((name) => {
    const [, process] = (name.startsWith(start) && /^(\d+)\.[0-9a-f]{8}\.part$/.exec(name.slice(start.length))) || [];
    return process !== undefined && !isAlive(Number(process));
  });
  return names.includes(`${basename(target)}.part`) || orphan === undefined
    ? `${target}.part`
    : join(dirname(target), orphan);
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (fault) {
    return !(fault instanceof Error && 'code' in fault && fault.code === 'ESRCH');
  }
}

/** Opens a part for going on with it; what somebody else could still write to by another name or right is removed instead. */
async function openOwn(path: string): Promise<FileHandle | undefined> {
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
  const found = await file?.stat();
  const isOwn = found?.isFile() === true && found.nlink === 1 && (process.getuid?.() ?? found.uid) === found.uid;
  if (isOwn && (found.mode & 0o022) === 0) return file;
  await file?.close();
  await rm(path, { force: true });
  return undefined;
}
