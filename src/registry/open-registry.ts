import { join } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { Confirmation } from '../confirm/confirmation.ts';
import { VouchError } from '../errors.ts';
import { openLevelLog } from '../log/level-log.ts';
import type { Log } from '../log/log.ts';
import { openLogKey } from '../log/log-key.ts';
import { type GuardOptions, RollbackGuard } from '../peer/rollback-guard.ts';
import { isEntryRecord } from '../proof/record.ts';
import { DailyQuota, type TakenBefore } from './daily-quota.ts';
import { openDirectory } from './data-directory.ts';
import { LocalRegistry } from './local-registry.ts';
import { openOverlay } from './open-overlay.ts';
import { openCatalog, openReaders, type Reindex } from './open-readers.ts';
import { openWitness } from './open-witness.ts';
import { openWitnessing, toKeepers } from './open-witnessing.ts';
import { readTrust, type TrustReading, type TrustSettings } from './read-trust.ts';
import type { OpenRegistry } from './registry.ts';
import type { RegistryOptions } from './registry-options.ts';
import { type RestoredMark, readRestoredMark, removeRestoredMark, toRestoredReason } from './restored-mark.ts';
import { TRUST_REFRESH_MS } from './standing.ts';
import { TrustWatch } from './trust-watch.ts';
import { openVerifier, type Verifier } from './verifier.ts';

export type { OpenRegistry } from './registry.ts';
export type { RegistryLimits, RegistryOptions } from './registry-options.ts';

const DOCUMENT_BYTES = 256 * 1024;
const DAY_MS = 86_400_000;
const STRETCH = 256;

/** Opens the registry in its directory: log, catalog, SPARQL index, verifying threads. Close it to release them. */
export async function openRegistry(options: RegistryOptions): Promise<OpenRegistry> {
  const { directory, baseUrl, limits = {} } = options;
  const origin = options.origin ?? `${baseUrl.replace(/^https?:\/\//, '')}/log`;
  const { confirmation: asked } = options;
  if (options.trust.mode === 'open' && asked === undefined && options.isReadOnly !== true) {
    throw new VouchError('config', 'Trust mode open needs e-mail confirmation: nothing else tells who endorses.');
  }
  const trusted: TrustSettings = asked === undefined ? options.trust : { ...options.trust, isConfirmed: true };
  const reading = await readTrust(trusted);
  const documentBytesLimit = limits.documentBytes ?? DOCUMENT_BYTES;
  await openDirectory(directory);
  const restored = await readRestoredMark(directory);
  const now = options.now ?? (() => new Date());
  const opened: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).toReversed()) await close();
  };
  try {
    const key = await openLogKey(join(directory, 'log.key'), origin);
    const { witnessedBy, onWitnessNews: onNews = () => {} } = options;
    let followed: Catalog | undefined;
    // What is published by itself, long after its upload, must come to lists by itself too.
    const onPublished = (size: number): void => void followed?.waitFor(size).catch(() => undefined);
    const witnessing = witnessedBy && openWitnessing(witnessedBy, key.verifier, now, { onNews, onPublished });
    const log = await openLevelLog({ directory: join(directory, 'log'), origin, key, witnessing });
    opened.push(() => log.close());
    const witness = await openWitness(options, now);
    if (witness !== undefined) opened.push(() => witness.close());
    const guard: RollbackGuard = new RollbackGuard(log, {
      keepers: toKeepers(witnessing, options.mirrors),
      onNews,
      ...toRestoredGuard(restored, witnessing !== undefined, options.guard),
      onPassed: async () => {
        // All who had to see what was published have said that they saw nothing later.
        if (restored !== undefined) await removeRestoredMark(directory);
        await recordTrust(watch.current);
        const { indexRecords: everyRecords = 0, isReadOnly } = options;
        if (everyRecords > 0 && isReadOnly !== true) await log.keepIndex({ everyRecords, now });
      },
    });
    const recordTrust = async ({ snapshot, attachments }: TrustReading): Promise<void> => {
      const takesIt = options.isReadOnly !== true && guard.reason === undefined;
      if (takesIt) await log.appendTrust(snapshot, now(), attachments);
    };
    const verifier = openVerifier({
      trust: reading.trust,
      documentBytesLimit,
      ...(limits.workers === undefined ? {} : { workers: limits.workers }),
      ...(limits.verifyMs === undefined ? {} : { timeoutMs: limits.verifyMs }),
      ...(limits.queue === undefined ? {} : { queueLimit: limits.queue }),
    });
    opened.push(async () => verifier[Symbol.asyncDispose]());
    const apply = async (next: TrustReading): Promise<void> => {
      await recordTrust(next);
      verifier.replaceTrust(next.trust);
    };
    const watch = new TrustWatch(trusted, reading, apply, now);
    await guard.start();
    opened.push(() => guard.close());
    watch.start(options.trustRefreshMs ?? TRUST_REFRESH_MS, options.onTrustNews ?? (() => {}));
    opened.push(() => watch.close());
    const { catalog, sparql, reindex, overlay, close } = await openShown(options, log, verifier, now);
    opened.push(close);
    followed = catalog;
    onPublished(log.size());
    const sender = { baseUrl, title: options.title ?? 'Vouch' };
    const confirmation =
      asked === undefined || options.isReadOnly === true
        ? undefined
        : await Confirmation.open(directory, asked, sender, now);
    if (confirmation !== undefined) opened.push(() => confirmation.close());
    const registry = new LocalRegistry({
      options,
      log,
      witness,
      catalog,
      sparql,
      reindex,
      overlay,
      verifier,
      documentBytesLimit,
      watch,
      guard,
      pendingImages: await readPendingImages(log),
      confirmation,
      quota: options.daily && new DailyQuota(options.daily, await readTakenLately(catalog, now())),
      now,
      closeAll,
    });
    confirmation?.start((document, pending) => registry.settle(document, pending));
    return registry;
  } catch (thrown) {
    await closeAll();
    throw thrown;
  }
}

/** What answers readers: of the own log alone, or of that and the logs of others besides. */
async function openShown(options: RegistryOptions, log: Log, verifier: Verifier, now: () => Date) {
  const { directory, baseUrl, limits = {}, follow: registries = [], onFollowNews: onNews = () => {} } = options;
  const { sparql: external, queryView } = options;
  const own = { directory, baseUrl, log, verifier };
  if (registries.length === 0)
    return { ...(await openReaders({ ...own, limits, external, queryView })), overlay: undefined };
  const { catalog, reindex: reindexOwn } = await openCatalog(own);
  try {
    const overlay = await openOverlay({
      ...{ baseUrl, log, registries, limits, external, queryView, now, onNews },
      directory: join(directory, 'followed'),
      own: catalog,
    });
    const reindex: Reindex = async (onProgress, signal) => {
      await reindexOwn(onProgress, signal);
      await overlay.reindex(onProgress, signal);
    };
    const close = async (): Promise<void> => {
      await overlay.close();
      await catalog.close();
    };
    return { catalog, sparql: overlay.sparql, reindex, overlay, close };
  } catch (thrown) {
    await catalog.close();
    throw thrown;
  }
}

/**
 * A restored copy takes something only if everybody who keeps checkpoints has said that it is whole: with witnesses nothing was published
 * that they did not see; without, nobody can know but the operator.
 */
function toRestoredGuard(
  restored: RestoredMark | undefined,
  hasWitnesses: boolean,
  mode: RegistryOptions['guard'] = 'warn',
): Pick<GuardOptions, 'mode' | 'held'> {
  if (restored === undefined) return { mode };
  return hasWitnesses ? { mode: 'require' } : { mode: 'warn', held: toRestoredReason(restored) };
}

/** The newest record of each image that waits for its witnesses: the catalog does not know them yet. */
async function readPendingImages(log: Log): Promise<Map<string, number>> {
  const images = new Map<string, number>();
  for await (const { index, record } of log.pendingRecords()) if (isEntryRecord(record)) images.set(record.id, index);
  return images;
}

/** What was taken within the last 24 hours, as far as lists have taken it in. */
async function readTakenLately(catalog: Catalog, now: Date): Promise<TakenBefore[]> {
  const taken: TakenBefore[] = [];
  const from = await catalog.sizeAt(new Date(now.getTime() - DAY_MS));
  for (let [at, next] = [-1, from]; at !== next; ) {
    at = next;
    const stretch = await catalog.since({}, at, STRETCH);
    next = stretch.next;
    for (const { isImported, endorserKey, acceptedAt } of stretch.entries) {
      if (!isImported) taken.push({ endorserKey, ageMs: now.getTime() - acceptedAt.getTime() });
    }
  }
  return taken;
}
