import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toMessage, VouchError } from '../../errors.ts';

/** A file that is being fetched: under a name of its own until it is whole and verified. */
export class PartFile implements AsyncDisposable {
  readonly path: string;
  readonly #target: string;
  readonly #file: FileHandle;
  #length: number;

  private constructor(target: string, path: string, file: FileHandle, length: number) {
    this.#target = target;
    this.path = path;
    this.#file = file;
    this.#length = length;
  }

  /** Opens the part of `target`, with what an earlier try left. Throws `input-output`. */
  static async open(target: string): Promise<PartFile> {
    const path = `${target}.part`;
    try {
      await mkdir(dirname(target), { recursive: true });
      // Read and write, kept as it is: 'a+' would not let it be cut.
      const file = await open(path, 'r+').catch(() => open(path, 'wx+', 0o644));
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
    }
  }

  /** Gives the file its final name, all of it on disk before. */
  async finish(): Promise<void> {
    await this.#at(async () => {
      await this.#file.sync();
      await rename(this.path, this.#target);
      const directory = await open(dirname(this.#target), 'r');
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
    });
  }

  /** Removes what is there. */
  async discard(): Promise<void> {
    await rm(this.path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #at<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      throw new VouchError('input-output', `${this.path} cannot be written: ${toMessage(cause)}.`, { cause });
    }
  }
}
