import { rm } from 'node:fs/promises';
import { toMessage } from '../../errors.ts';
import { type DownloadOptions, downloadImage, findFileFault } from '../download/download-image.ts';
import type { ImageCache } from '../download/image-cache.ts';
import type { FollowedEntry } from './followed-image.ts';

/** From where images are fetched. */
export type FetchOptions = Omit<DownloadOptions, 'signal' | 'tell' | 'onProgress'> & {
  /** Milliseconds to wait after so many failures. */
  readonly pauseMs?: (failures: number) => number;
  /** Hears of every image whose bytes were fetched anew, with the origin of the log its statement is in. */
  readonly onDownloaded?: (image: string, origin: string) => void;
};

interface ImageFetcherOptions extends FetchOptions {
  readonly signal: AbortSignal;
  readonly tell: (sentence: string) => void;
  /** What all images together may take; no limit where undefined. */
  readonly mostBytes: () => number | undefined;
  /** True if an image's bytes were verified for this statement before. */
  readonly isHeld: (image: string, documentSha256: string) => boolean;
  /** What all images take now. */
  readonly heldBytes: () => number;
  /** Called once an image lies at its path, every byte verified for this statement. */
  readonly onFetched: (image: string, entry: FollowedEntry, file: string) => Promise<void>;
}

interface Trouble {
  readonly failures: number;
  readonly message: string;
  readonly nextMs: number;
  /** A newer statement is tried at once. */
  readonly documentSha256: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Fetches the images a site wants, one after another, and those that fail again after a while. */
export class ImageFetcher implements AsyncDisposable {
  readonly #cache: ImageCache;
  readonly #options: ImageFetcherOptions;
  readonly #troubles = new Map<string, Trouble>();
  /** By image: the statement by which it was found to be here, and when. */
  readonly #done = new Map<string, { readonly documentSha256: string; readonly atMs: number }>();
  #wanted: ReadonlyMap<string, FollowedEntry> = new Map();
  #running: Promise<void> | undefined;
  #current: { readonly image: string; readonly stop: AbortController } | undefined;

  constructor(cache: ImageCache, options: ImageFetcherOptions) {
    this.#cache = cache;
    this.#options = options;
  }

  /** From now on these images are wanted, each by a statement. What is under way and wanted no longer is broken off. */
  want(wanted: ReadonlyMap<string, FollowedEntry>): void {
    this.#wanted = wanted;
    for (const image of this.#troubles.keys()) if (!wanted.has(image)) this.#troubles.delete(image);
    for (const image of this.#done.keys()) if (!wanted.has(image)) this.#done.delete(image);
    if (this.#current !== undefined && !wanted.has(this.#current.image)) this.#current.stop.abort();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  troubleOf(image: string): string | undefined {
    return this.#troubles.get(image)?.message;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wanted = new Map();
    this.#current?.stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#findNext(); next !== undefined; next = this.#findNext()) {
      const [image, entry] = next;
      const stop = new AbortController();
      this.#current = { image, stop };
      try {
        const file = await this.#fetch(image, entry, AbortSignal.any([this.#options.signal, stop.signal]));
        await this.#options.onFetched(image, entry, file);
        this.#troubles.delete(image);
        this.#done.set(image, { documentSha256: entry.documentSha256, atMs: Date.now() });
      } catch (thrown) {
        if (this.#options.signal.aborted) return;
        // Of what is wanted no longer, nothing stays.
        if (stop.signal.aborted) await rm(`${this.#cache.pathOf(entry.checksums)}.part`, { force: true });
        else this.#fail(image, entry, toMessage(thrown));
      } finally {
        this.#current = undefined;
      }
    }
  }

  /** What is wanted and not known to be here; once a day what is here is looked at again. */
  #findNext(): [string, FollowedEntry] | undefined {
    if (this.#options.signal.aborted) return undefined;
    const nowMs = Date.now();
    return [...this.#wanted].find(([image, { documentSha256 }]) => {
      const done = this.#done.get(image);
      if (done?.documentSha256 === documentSha256 && nowMs - done.atMs < DAY_MS) return false;
      const trouble = this.#troubles.get(image);
      return trouble === undefined || trouble.documentSha256 !== documentSha256 || trouble.nextMs <= nowMs;
    });
  }

  async #fetch(image: string, entry: FollowedEntry, signal: AbortSignal): Promise<string> {
    const { mostBytes, heldBytes, isHeld, tell, onDownloaded, ...options } = this.#options;
    const file = this.#cache.pathOf(entry.checksums);
    const known = await this.#cache.find(entry.checksums, new Date());
    if (known !== undefined) {
      if (isHeld(image, entry.documentSha256)) return file;
      const fault = await findFileFault(entry, known.path, signal);
      if (fault === undefined) return file;
      tell(`What lies at ${file} is not what the statement says: ${fault}. It is fetched anew.`);
      await this.#cache.remove(known);
    }
    const most = mostBytes();
    if (most !== undefined && heldBytes() + entry.sizeBytes > most) {
      throw new Error(`It has ${entry.sizeBytes} bytes, and "most" of the subscriptions has no room for them.`);
    }
    await downloadImage(entry, file, { ...options, signal });
    onDownloaded?.(image, entry.origin);
    await this.#cache.add({ image, checksums: entry.checksums, sizeBytes: entry.sizeBytes }, new Date());
    return file;
  }

  #fail(image: string, { documentSha256 }: FollowedEntry, message: string): void {
    const before = this.#troubles.get(image);
    const failures = (before?.documentSha256 === documentSha256 ? before.failures : 0) + 1;
    const nextMs = Date.now() + (this.#options.pauseMs ?? toPauseMs)(failures);
    this.#troubles.set(image, { failures, message, nextMs, documentSha256 });
    if (before?.message !== message) this.#options.tell(`${image} could not be fetched: ${message} It is tried again.`);
  }
}

function toPauseMs(failures: number): number {
  return Math.min(HOUR_MS, 30_000 * 2 ** Math.min(failures - 1, 7)) * (0.8 + Math.random() * 0.2);
}
