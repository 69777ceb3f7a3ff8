import type { FoundDocuments } from './followed-log.ts';

/** Bytes of documents that are kept in memory. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** What an image takes besides its documents. */
const IMAGE_BYTES = 512;

/** What one log holds about images asked about lately, as of one size of the log: what a cloud starts, it starts again and again. */
export class FoundCache {
  readonly #kept = new Map<string, FoundDocuments>();
  #size = 0;
  #bytes = 0;

  /** What was found about an image when the log had so many records. */
  get(identifier: string, size: number): FoundDocuments | undefined {
    return size === this.#size ? this.#kept.get(identifier) : undefined;
  }

  /** Keeps what was found; what holds of another size of the log is forgotten. */
  put(identifier: string, size: number, found: FoundDocuments): void {
    if (size < this.#size) return;
    if (size > this.#size) {
      this.#kept.clear();
      this.#bytes = 0;
      this.#size = size;
    }
    if (this.#kept.has(identifier)) return;
    this.#kept.set(identifier, found);
    this.#bytes += toBytes(found);
    for (const [oldest, documents] of this.#kept) {
      if (this.#bytes <= KEPT_BYTES) break;
      this.#kept.delete(oldest);
      this.#bytes -= toBytes(documents);
    }
  }
}

function toBytes({ documents }: FoundDocuments): number {
  return documents.reduce((sum, { bytes }) => sum + bytes.length, IMAGE_BYTES);
}
