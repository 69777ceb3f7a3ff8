import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SparqlView } from '../catalog/sparql/sparql.ts';
import type { StoreCatalog } from '../catalog/store-catalog.ts';
import { toMessage, VouchError } from '../errors.ts';
import { openLevelStore } from '../log/level-store.ts';
import type { LogReader } from '../log/log.ts';
import { type MirrorLog, openMirrorLog } from '../log/mirror-log.ts';
import type { CosignerKey } from '../log/note-key.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { Following, LogFollower } from './follow-log.ts';
import { LearnedOrder } from './learned-order.ts';
import { LearnedRecords } from './learned-records.ts';
import { type CopiedRegistry, followRegistry, openCopyVerifier } from './open-copy.ts';
import { openReaders, type Readers } from './open-readers.ts';
import { openMirrorKey } from './open-witness.ts';
import type { Overlay, ShownOrigin } from './overlay.ts';
import type { ExternalSparql, RegistryLimits } from './registry-options.ts';

export interface OverlayOptions {
  /** Holds the copies, their order and the catalog; all of it can be fetched again. */
  readonly directory: string;
  readonly baseUrl: string;
  /** The registry's own log, and the catalog of it. */
  readonly log: LogReader;
  readonly own: StoreCatalog;
  /** Those whose entries are shown besides the own ones. */
  readonly registries: readonly CopiedRegistry[];
  readonly limits: Partial<RegistryLimits>;
  readonly external?: ExternalSparql | undefined;
  readonly queryView?: SparqlView | undefined;
  readonly now: () => Date;
  /** Told of each change in how a copy stands to its log. */
  readonly onNews: (following: Following) => void;
}

/** An overlay with what the registry itself needs of it. */
export interface OpenOverlay extends Overlay, Pick<Readers, 'sparql' | 'reindex'> {
  readonly followers: readonly LogFollower[];
  readonly mirrors: readonly MirrorLog[];
  /** Begins to look at the logs, every so often until it is closed. */
  start(): void;
  /** Resolves when lists and SPARQL show the first `size` records of the own log. */
  waitForOwn(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens what the registry shows besides its own entries; nothing is pulled before `start` or `pull`. */
export async function openOverlay(options: OverlayOptions): Promise<OpenOverlay> {
  const { directory, baseUrl, log, registries, limits, now } = options;
  assertDistinct(log.origin, registries);
  const opened: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).toReversed()) await one();
  };
  try {
    await mkdir(directory, { recursive: true });
    const cosigner = await openMirrorKey(directory, baseUrl);
    // Threads of its own: a registry that catches up with another one takes uploads meanwhile.
    const verifier = openCopyVerifier(1);
    opened.push(async () => verifier[Symbol.asyncDispose]());
    const mirrors: MirrorLog[] = [];
    for (const registry of registries) {
      const mirror = await openCopy(directory, registry, cosigner);
      opened.push(() => mirror.close());
      mirrors.push(mirror);
    }
    const orderStore = await openLevelStore(join(directory, 'order'), 'The order in which records were learned,');
    const order = await LearnedOrder.open(orderStore, [log, ...mirrors]);
    opened.push(() => order.close());
    const records = new LearnedRecords(log, mirrors, order);
    await records.learn(now());
    const { external, queryView } = options;
    const readers = await openReaders({ directory, baseUrl, log: records, verifier, limits, external, queryView });
    opened.push(() => readers.close());
    const overlay = new LocalOverlay({ options, records, order, mirrors, readers, close });
    opened.push(() => overlay.settle());
    for (const [at, registry] of registries.entries()) {
      const { follower, close: closeFollower } = await followRegistry(registry, {
        mirror: mirrors[at]!,
        verifier,
        evidenceDirectory: join(toDirectory(directory, registry), 'evidence'),
        now,
        onGrowth: () => void overlay.learn(),
        onNews: options.onNews,
      });
      overlay.followers.push(follower);
      opened.push(closeFollower);
    }
    return overlay;
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function assertDistinct(own: string, registries: readonly CopiedRegistry[]): void {
  const seen = new Set([own]);
  for (const { log } of registries) {
    if (seen.has(log.name)) {
      const why = log.name === own ? 'it is the log of this registry itself' : 'it is there twice';
      throw new VouchError('config', `The log ${log.name} cannot be followed: ${why}.`);
    }
    seen.add(log.name);
  }
}

function toDirectory(directory: string, { log }: CopiedRegistry): string {
  return join(directory, sha256Hex(Buffer.from(log.name)));
}

async function openCopy(directory: string, registry: CopiedRegistry, cosigner: CosignerKey): Promise<MirrorLog> {
  const path = toDirectory(directory, registry);
  try {
    await mkdir(path, { recursive: true });
    const store = await openLevelStore(join(path, 'log'), `The copy of ${registry.log.name}`);
    return await openMirrorLog(store, { log: registry.log, cosigner });
  } catch (cause) {
    if (!(cause instanceof VouchError) || cause.code !== 'corrupt') throw cause;
    const advice = `Remove ${path}: it is copied anew.`;
    throw new VouchError('corrupt', `${cause.message} ${advice}`, { cause });
  }
}

interface Parts {
  readonly options: OverlayOptions;
  readonly records: LearnedRecords;
  readonly order: LearnedOrder;
  readonly mirrors: readonly MirrorLog[];
  readonly readers: Readers;
  readonly close: () => Promise<void>;
}

class LocalOverlay implements OpenOverlay {
  readonly followers: LogFollower[] = [];
  readonly #parts: Parts;
  readonly #forget: () => void;
  #fault: string | undefined;
  #learning: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#forget = parts.options.own.onAdvance(() => void this.learn());
  }

  get catalog(): Readers['catalog'] {
    return this.#parts.readers.catalog;
  }

  get sparql(): Readers['sparql'] {
    return this.#parts.readers.sparql;
  }

  get reindex(): Readers['reindex'] {
    return this.#parts.readers.reindex;
  }

  get mirrors(): readonly MirrorLog[] {
    return this.#parts.mirrors;
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  size(): number {
    return this.#parts.records.size();
  }

  async learnedAt(place: number): Promise<Date> {
    for await (const { provenance } of this.#parts.records.records(place, place + 1)) return provenance!.learnedAt;
    throw new VouchError('not-found', `There are ${this.size()} records.`);
  }

  origins(): readonly ShownOrigin[] {
    const { options, order, mirrors } = this.#parts;
    const { log, baseUrl, registries } = options;
    const own = { origin: log.origin, url: baseUrl, log, learned: order.known(log.origin) };
    return [
      own,
      ...mirrors.map((mirror, at) => ({
        origin: mirror.origin,
        url: registries[at]!.url,
        log: mirror,
        learned: order.known(mirror.origin),
        following: this.followers[at]!.following(),
      })),
    ];
  }

  start(): void {
    for (const follower of this.followers) follower.start();
  }

  /** Takes in what any of the logs has got; what goes wrong is in `fault`. */
  learn(): Promise<void> {
    const { records, options } = this.#parts;
    this.#learning = this.#learning.then(async () => {
      if (this.#fault !== undefined) return;
      try {
        if (await records.learn(options.now())) this.catalog.notify();
      } catch (thrown) {
        this.#fault = `What is new cannot be shown before a restart: ${toMessage(thrown)}`;
      }
    });
    return this.#learning;
  }

  async waitForOwn(size: number): Promise<void> {
    await this.#parts.options.own.waitFor(size);
    await this.learn();
    const places = this.#parts.records.placesOfOwn(size);
    if (places === undefined) throw new VouchError('storage', this.#fault ?? 'The record was not learned yet.');
    await Promise.all([this.catalog.waitFor(places), this.sparql.waitFor(places)]);
  }

  /** Learns nothing more; resolves when what is under way has ended. */
  async settle(): Promise<void> {
    this.#forget();
    await this.#learning;
  }

  close(): Promise<void> {
    return this.#parts.close();
  }
}
