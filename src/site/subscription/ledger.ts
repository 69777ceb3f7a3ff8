import { VouchError } from '../../errors.ts';
import { openLevelStore } from '../../log/level-store.ts';
import { MemoryStore } from '../../log/memory-store.ts';
import { readPairs, type Store } from '../../log/store.ts';
import { KeyedLock } from '../../platform/keyed-lock.ts';
import type { FollowedImage } from './followed-image.ts';

/** How far the logs were looked through for images, and by which subscriptions. */
export interface Reach {
  /** Of the document of subscriptions. */
  readonly digest: string;
  /** By origin of the log: the number of the next record to look at. */
  readonly next: Readonly<Record<string, number>>;
}

const FORMAT = 'vouch subscriptions 1';
const KEYS = { format: Buffer.from('s/format'), reach: Buffer.from('s/reach') } as const;
const IMAGES = { from: Buffer.from('i/'), to: Buffer.from('i0') } as const;
const PAGE = 256;

/** What a site keeps of the images it follows, on disk: each image with what programs are still to be told of it, as one. */
export class Ledger implements AsyncDisposable {
  readonly #store: Store;
  readonly #images = new Map<string, FollowedImage>();
  readonly #writing = new KeyedLock();
  #reach: Reach = { digest: '', next: {} };

  private constructor(store: Store) {
    this.#store = store;
  }

  /** Opens the ledger in a directory, or begins one. `storage-locked` while another process has it open, `corrupt`, `config`. */
  static async open(directory: string): Promise<Ledger> {
    return Ledger.over(await openLevelStore(directory, 'The ledger of followed images'));
  }

  /** A ledger over a store, which belongs to it from here on. */
  static async over(store: Store = new MemoryStore()): Promise<Ledger> {
    const ledger = new Ledger(store);
    try {
      await ledger.#load();
      return ledger;
    } catch (fault) {
      await store.close().catch(() => undefined);
      throw fault;
    }
  }

  get reach(): Reach {
    return this.#reach;
  }

  /** All images, in the order of their identifiers. */
  list(): FollowedImage[] {
    return [...this.#images.values()].sort((one, other) => (one.image < other.image ? -1 : 1));
  }

  get(image: string): FollowedImage | undefined {
    return this.#images.get(image);
  }

  /** Keeps an image as it is from now on; resolves when that is on disk. Those who come after see it at once. */
  async put(image: FollowedImage): Promise<void> {
    this.#images.set(image.image, image);
    // Whoever writes last writes what holds last.
    await this.#writing.hold(image.image, async () => {
      const newest = this.#images.get(image.image)!;
      await this.#store.write([[Buffer.from(`i/${image.image}`), Buffer.from(JSON.stringify(newest))]]);
    });
  }

  /** Keeps how far the logs were looked through. */
  async advance(reach: Reach): Promise<void> {
    await this.#store.write([[KEYS.reach, Buffer.from(JSON.stringify(reach))]]);
    this.#reach = reach;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close();
  }

  async #load(): Promise<void> {
    const [format, reach] = await this.#store.read([KEYS.format, KEYS.reach]);
    if (format === undefined) await this.#store.write([[KEYS.format, Buffer.from(FORMAT)]]);
    else if (Buffer.from(format).toString() !== FORMAT) {
      throw new VouchError(
        'config',
        'This is no ledger of followed images, or one of another version of this program.',
      );
    }
    try {
      if (reach !== undefined) this.#reach = JSON.parse(Buffer.from(reach).toString()) as Reach;
      for await (const [, value] of readPairs(this.#store, IMAGES.from, IMAGES.to, PAGE)) {
        const image = JSON.parse(Buffer.from(value).toString()) as FollowedImage;
        this.#images.set(image.image, image);
      }
    } catch (cause) {
      if (cause instanceof VouchError) throw cause;
      throw new VouchError('corrupt', 'The ledger of followed images is damaged.', { cause });
    }
  }
}
