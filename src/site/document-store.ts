import { openLevelStore } from '../log/level-store.ts';
import { MemoryStore } from '../log/memory-store.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { Pair, Store } from '../log/store.ts';
import { toBlobKey } from '../log/store-key.ts';

const MEMORY_KEYS = {
  checkedAt: Buffer.from('s/checked'),
  note: Buffer.from('s/note'),
  fault: Buffer.from('s/fault'),
} as const;

/** What a site remembers about following a log. */
export interface FollowedMemory {
  /** When the log was last fetched and found to go on from what was known. */
  readonly checkedAt?: Date;
  /** The checkpoint up to which every record was taken over then. */
  readonly note?: string;
  /** What the log was caught at for good. */
  readonly fault?: string;
}

/** Documents a site holds of one log, by their SHA-256, and what it remembers about following it. */
export class DocumentStore implements AsyncDisposable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Opens the documents kept in a directory, or begins there. `storage-locked` while another process has them open. */
  static async open(directory: string): Promise<DocumentStore> {
    return new DocumentStore(await openLevelStore(directory));
  }

  /** Documents in memory: gone with the process. */
  static inMemory(): DocumentStore {
    return new DocumentStore(new MemoryStore());
  }

  /** The documents that are here; what a disk gives back changed is not. */
  async get(names: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const found = await this.#store.read(names.map(toBlobKey));
    return found.map((bytes, at) => (bytes !== undefined && sha256Hex(bytes) === names[at] ? bytes : undefined));
  }

  /** Which of the documents are missing. */
  async findMissing(names: readonly string[]): Promise<string[]> {
    const isThere = await this.#store.has(names.map(toBlobKey));
    return names.filter((_, at) => !isThere[at]);
  }

  /** Keeps documents, all or none. */
  async put(documents: readonly Uint8Array[]): Promise<void> {
    await this.#store.write(documents.map((bytes): Pair => [toBlobKey(sha256Hex(bytes)), bytes]));
  }

  /** What was remembered last. */
  async recall(): Promise<FollowedMemory> {
    const keys = [MEMORY_KEYS.checkedAt, MEMORY_KEYS.note, MEMORY_KEYS.fault];
    const [checked, note, fault] = (await this.#store.read(keys)).map(
      (value) => value && Buffer.from(value).toString(),
    );
    return {
      ...(checked === undefined ? {} : { checkedAt: new Date(checked) }),
      ...(note === undefined ? {} : { note }),
      ...(fault === undefined ? {} : { fault }),
    };
  }

  /** Remembers this; what is not given stays as it was. */
  async remember({ checkedAt, note, fault }: FollowedMemory): Promise<void> {
    const pairs: Pair[] = [];
    if (checkedAt !== undefined) pairs.push([MEMORY_KEYS.checkedAt, Buffer.from(checkedAt.toISOString())]);
    if (note !== undefined) pairs.push([MEMORY_KEYS.note, Buffer.from(note)]);
    if (fault !== undefined) pairs.push([MEMORY_KEYS.fault, Buffer.from(fault)]);
    await this.#store.write(pairs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close();
  }
}
