import { join } from 'node:path';
import type { SparqlView } from '../catalog/sparql/sparql.ts';
import { VouchError } from '../errors.ts';
import { openLevelStore } from '../log/level-store.ts';
import { type MirrorLog, openMirrorLog } from '../log/mirror-log.ts';
import type { VerifierKey } from '../log/note-key.ts';
import { ACCEPTED_DOCUMENT_BYTES } from '../peer/recheck-document.ts';
import type { Profile, Verdict } from '../verify/verdict.ts';
import { openDirectory } from './data-directory.ts';
import type { Following, LogFollower } from './follow-log.ts';
import { type CopiedRegistry, followRegistry, openCopyVerifier } from './open-copy.ts';
import { openReaders, type Readers, type Reindex } from './open-readers.ts';
import { openMirrorKey } from './open-witness.ts';
import type { Mirrored, Registry, Submission } from './registry.ts';
import type { RegistryLimits } from './registry-options.ts';
import type { Standing } from './standing.ts';
import type { Verifier } from './verifier.ts';

/** Everything a mirror is made of. */
export interface MirrorOptions extends CopiedRegistry {
  /** Holds the copy of the log, the mirror's key, the proofs of forks, and the catalog (which can be deleted). */
  readonly directory: string;
  /** Public base URL of the mirror, without a trailing slash. */
  readonly baseUrl: string;
  readonly title?: string;
  /** Told of each change in how the copy stands to its log. */
  readonly onNews?: (following: Following) => void;
  readonly limits?: Partial<RegistryLimits>;
  /** What queries see that name no view; `history` where absent. */
  readonly queryView?: SparqlView | undefined;
  readonly now?: () => Date;
}

/** A registry that is the copy of another one. */
export interface OpenMirror extends Registry {
  readonly log: MirrorLog;
  readonly reindex: Reindex;
  readonly verifier: Verifier;
  readonly follower: LogFollower;
  readonly mirrored: Mirrored;
  /** The key that cosigns: whoever trusts this mirror needs it. */
  readonly key: VerifierKey;
}

/** Opens the mirror in its directory; it serves what it has. Nothing is pulled before `follower.start()` or `pull()`. */
export async function openMirror(options: MirrorOptions): Promise<OpenMirror> {
  const { directory, baseUrl, log: logKey, limits = {}, onNews = () => undefined } = options;
  await openDirectory(directory, 'mirror');
  const now = options.now ?? (() => new Date());
  const opened: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).toReversed()) await one();
  };
  try {
    const store = await openLevelStore(join(directory, 'log'));
    const key = await openMirrorKey(directory, baseUrl).catch(async (fault) => {
      await store.close();
      throw fault;
    });
    const log = await openMirrorLog(store, { log: logKey, cosigner: key });
    opened.push(() => log.close());
    const verifier = openCopyVerifier(limits.workers);
    opened.push(async () => verifier[Symbol.asyncDispose]());
    const readers = await openReaders({ directory, baseUrl, log, verifier, limits, queryView: options.queryView });
    opened.push(readers.close);
    const { follower, close: closeFollower } = await followRegistry(options, {
      mirror: log,
      verifier,
      evidenceDirectory: join(directory, 'evidence'),
      now,
      onGrowth: () => readers.catalog.notify(),
      onNews,
    });
    opened.push(closeFollower);
    return new LocalMirror({ options, log, readers, verifier, follower, key: key.verifier, now, close });
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

interface Parts {
  readonly options: MirrorOptions;
  readonly log: MirrorLog;
  readonly readers: Readers;
  readonly verifier: Verifier;
  readonly follower: LogFollower;
  readonly key: VerifierKey;
  readonly now: () => Date;
  readonly close: () => Promise<void>;
}

class LocalMirror implements OpenMirror {
  readonly baseUrl: string;
  readonly title: string;
  readonly isReadOnly = true;
  readonly documentBytesLimit = ACCEPTED_DOCUMENT_BYTES;
  readonly mirrored: Mirrored;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    const { baseUrl, title, url } = parts.options;
    this.#parts = parts;
    this.baseUrl = baseUrl;
    this.title = title ?? `Mirror of ${parts.log.origin}`;
    this.mirrored = { writerUrl: url, following: () => parts.follower.following() };
  }

  get log(): MirrorLog {
    return this.#parts.log;
  }

  get mirrors(): readonly MirrorLog[] {
    return [this.log];
  }

  get catalog(): Readers['catalog'] {
    return this.#parts.readers.catalog;
  }

  get sparql(): Readers['sparql'] {
    return this.#parts.readers.sparql;
  }

  get reindex(): Reindex {
    return this.#parts.readers.reindex;
  }

  get verifier(): Verifier {
    return this.#parts.verifier;
  }

  get follower(): LogFollower {
    return this.#parts.follower;
  }

  get key(): VerifierKey {
    return this.#parts.key;
  }

  async submit(_bytes: Uint8Array): Promise<Submission> {
    throw toMirrorRefusal(this.mirrored);
  }

  verify(bytes: Uint8Array, profile: Profile = 'current'): Promise<Verdict> {
    return this.verifier.verify(bytes, profile, this.#parts.now());
  }

  standing(): Standing {
    const isLogStopped = this.follower.following().state === 'stopped';
    return { isLogStopped, submissions: 0, verifying: this.verifier.load() };
  }

  close(): Promise<void> {
    return this.#parts.close();
  }
}

/** Tells who wants to upload to a mirror where to go. */
export function toMirrorRefusal({ writerUrl }: Mirrored): VouchError {
  return new VouchError('read-only', `This is a mirror and takes no entries: upload to ${writerUrl}.`);
}
