import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumImage } from '../../endorse/checksum-image.ts';
import type { Checksum, ChecksumAlgorithm } from '../../entry/entry.ts';
import { toMessage, VouchError } from '../../errors.ts';
import { writeFileDurably } from '../../platform/durable-file.ts';

/** One image that lies in the cache. */
export interface CachedImage {
  /** Identifier it was fetched for. */
  readonly image: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly checksums: readonly Checksum[];
  readonly fetchedAt: Date;
  readonly usedAt: Date;
}

/** What the file beside an image says of it. */
interface Card {
  readonly image: string;
  readonly sizeBytes: number;
  readonly checksums: readonly Checksum[];
  readonly fetchedAt: string;
}

/** After so long an image without a card is no download that is just being finished. */
const SETTLED_MS = 3_600_000;

const NAMES: readonly ChecksumAlgorithm[] = ['SHA-256', 'SHA-384', 'SHA-512'];

/**
 * Verified images by what they hold: each lies under the name of its strongest common checksum, so that two statements about the same
 * bytes share it. The directory is the truth; nothing else has to be kept with it.
 */
export class ImageCache {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Where an image with these checksums lies or will lie. Throws `usage` without one that nobody can forge. */
  pathOf(checksums: readonly Checksum[]): string {
    const best = NAMES.map((name) => checksums.find(({ algorithm }) => algorithm === name)).find(Boolean);
    if (best === undefined) {
      throw new VouchError(
        'usage',
        'The statement names no SHA-256, SHA-384 or SHA-512 checksum to keep the image under.',
      );
    }
    return join(this.directory, `${best.algorithm.toLowerCase()}-${best.value.toLowerCase()}`);
  }

  /** The image with these checksums, if it is here; it counts as used. */
  async find(checksums: readonly Checksum[], at: Date): Promise<CachedImage | undefined> {
    const path = this.pathOf(checksums);
    const found = await this.#read(path);
    if (found === undefined) return undefined;
    await utimes(path, at, at).catch(() => undefined);
    return found;
  }

  /** Says that an image lies at its path, complete and verified. */
  async add({ image, checksums, sizeBytes }: Omit<Card, 'fetchedAt'>, at: Date): Promise<void> {
    const card: Card = { image, sizeBytes, checksums, fetchedAt: at.toISOString() };
    await writeFileDurably(`${this.pathOf(checksums)}.json`, Buffer.from(`${JSON.stringify(card)}\n`));
  }

  /** Everything that lies here, what was used last first. */
  async list(): Promise<CachedImage[]> {
    const names = await readdir(this.directory).catch((): string[] => []);
    const cards = names.filter((name) => /^sha-\d{3}-[0-9a-f]+\.json$/.test(name));
    const found = await Promise.all(cards.map((name) => this.#read(join(this.directory, name.slice(0, -5)))));
    return found.filter((one) => one !== undefined).sort((one, other) => other.usedAt.getTime() - one.usedAt.getTime());
  }

  /**
   * Removes what was used longest ago until at most `mostBytes` lie here, and what no one asked for since `unusedSince`. Gives what was
   * removed. Parts that nobody goes on with since then are removed too, and what a crash left that nobody finds: images without a card,
   * cards without an image, what was half removed.
   */
  async prune({ mostBytes, unusedSince }: { mostBytes?: number; unusedSince?: Date }): Promise<CachedImage[]> {
    const removed: CachedImage[] = [];
    let total = 0;
    for (const image of await this.list()) {
      const isOld = unusedSince !== undefined && image.usedAt < unusedSince;
      const isTooMuch = mostBytes !== undefined && total + image.sizeBytes > mostBytes;
      if (isOld || isTooMuch) {
        await this.remove(image);
        removed.push(image);
      } else total += image.sizeBytes;
    }
    await this.#removeLeft(unusedSince);
    return removed;
  }

  /** Removes one image. */
  async remove({ path }: Pick<CachedImage, 'path'>): Promise<void> {
    // Out of the way first: whoever has it open keeps it, and no half of it is found by its name.
    await rename(path, `${path}.gone`).catch(() => undefined);
    await rm(`${path}.json`, { force: true });
    await rm(`${path}.gone`, { force: true });
  }

  /** Reads every image again; gives those that are not what they were. */
  async verify(
    images: readonly CachedImage[],
    options: { readonly onProgress?: (done: number, total: number) => void; readonly signal: AbortSignal },
  ): Promise<CachedImage[]> {
    const broken: CachedImage[] = [];
    for (const [at, image] of images.entries()) {
      const algorithms = image.checksums.map(({ algorithm }) => algorithm);
      const found = await checksumImage(image.path, { algorithms, signal: options.signal });
      const isSame = found.checksums.every(({ value }, nth) => value === image.checksums[nth]!.value.toLowerCase());
      if (!isSame) broken.push(image);
      options.onProgress?.(at + 1, images.length);
    }
    return broken;
  }

  /** Makes the directory. Throws `input-output`. */
  async open(): Promise<this> {
    try {
      await mkdir(this.directory, { recursive: true });
      return this;
    } catch (cause) {
      const message = `The cache ${this.directory} cannot be made: ${toMessage(cause)}.`;
      throw new VouchError('input-output', message, { cause });
    }
  }

  async #read(path: string): Promise<CachedImage | undefined> {
    try {
      const [text, file] = await Promise.all([readFile(`${path}.json`, 'utf8'), stat(path)]);
      const { image, sizeBytes, checksums, fetchedAt } = JSON.parse(text) as Card;
      if (file.size !== sizeBytes || this.pathOf(checksums) !== path) return undefined;
      return { image, path, sizeBytes, checksums, fetchedAt: new Date(fetchedAt), usedAt: file.mtime };
    } catch {
      // No card, or no image: then it is not here, and is fetched again.
      return undefined;
    }
  }

  async #removeLeft(unusedSince: Date | undefined): Promise<void> {
    const names = await readdir(this.directory).catch((): string[] => []);
    const known = new Set((await this.list()).flatMap(({ path }) => [path, `${path}.json`]));
    // An image is there a moment before its card.
    const settled = new Date(Date.now() - SETTLED_MS);
    for (const name of names) {
      const path = join(this.directory, name);
      const isPart = name.endsWith('.part');
      const isOurs =
        /^sha-\d{3}-[0-9a-f]+(?:\.json|\.gone)?$/.test(name) || /^\.sha-\d{3}-[0-9a-f]+\.json\..*\.tmp$/.test(name);
      const before = isPart ? unusedSince : settled;
      if (before === undefined || known.has(path) || !(isPart || isOurs)) continue;
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined && found.mtime < before) await rm(path, { force: true });
    }
  }
}
