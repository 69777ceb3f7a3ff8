import type { MirrorPackage } from '../log/mirror-log.ts';
import type { VerifierKey } from '../log/note-key.ts';
import { verifyGrowth } from '../peer/growth.ts';
import { fetchLogHead, type LogHead, readLogHead } from '../peer/log-head.ts';
import { type ChainHead, readRecordPage } from '../peer/record-chain.ts';
import { readPages } from '../peer/verified-page.ts';
import {
  assertIndexed,
  assertNewDocuments,
  type PackageWorld,
  type RecordRun,
  verifyPackage,
} from './verify-package.ts';

/** What one pull needs. */
export interface PullWorld extends PackageWorld {
  /** The key of the log. */
  readonly log: VerifierKey;
  readonly now: () => Date;
  /** Hears how many records of how many are stored. */
  readonly onProgress: (stored: number, size: number) => void;
  /** Ends the pull between two packages. */
  readonly signal: AbortSignal;
}

/** Packages that are fetched and verified while the one before them is written. */
const AHEAD = 2;
/** Documents of one package, unless one alone has more. */
const PACKAGE_BYTES = 8 * 1_048_576;
/** How old the mirror's cosignature becomes while its log does not grow. */
const RENEW_MS = 10 * 60_000;

/**
 * Brings a mirror up to the log's newest checkpoint (design L7): signature, growth from what the mirror is bound to, bundles and
 * tiles, documents by their hashes, every entry's signature again; then the mirror's cosignature. Each package is durable before the
 * next, so that it may be ended at any moment and goes on from there. Breaches of the log are thrown; then nothing is cosigned.
 */
export async function pullLog(world: PullWorld): Promise<LogHead> {
  const { source, mirror, log } = world;
  const fresh = await fetchLogHead(source, { log });
  const bound = mirror.target === undefined ? undefined : readLogHead(Buffer.from(mirror.target), { log });
  if (bound !== undefined) await verifyGrowth(source, bound, fresh);
  if (bound === undefined || fresh.size > bound.size) await mirror.aim(fresh.note);
  world.onProgress(mirror.stored, fresh.size);
  for await (const next of verifyPackages(world, fresh)) {
    // Only here is everything before it stored.
    await assertNewDocuments(next, world);
    await assertIndexed(next, world);
    await mirror.take(next);
    world.onProgress(mirror.stored, fresh.size);
    world.signal.throwIfAborted();
  }
  const now = world.now();
  if (!mirror.isPublished(fresh.note, new Date(now.getTime() - RENEW_MS))) await mirror.publish(fresh.note, now);
  return fresh;
}

/** The packages after what is stored, in order; some are fetched and verified ahead. */
async function* verifyPackages(world: PullWorld, head: LogHead): AsyncGenerator<MirrorPackage> {
  const underWay: Promise<MirrorPackage>[] = [];
  for await (const run of readRuns(world, head)) {
    const verified = verifyPackage(run, world);
    // It is awaited in its turn, or never if an earlier one fails.
    verified.catch(() => undefined);
    underWay.push(verified);
    if (underWay.length > AHEAD) yield await underWay.shift()!;
  }
  for (const verified of underWay) yield await verified;
}

/** Records in runs of what one package takes, each held against what the log said before about the same image. */
async function* readRuns({ source, mirror }: PullWorld, head: LogHead): AsyncGenerator<RecordRun> {
  /** Ends of chains that may not be stored yet. */
  const ahead = new Map<string, ChainHead>();
  const readHeads = async (identifiers: readonly string[]): Promise<(ChainHead | undefined)[]> => {
    const stored = await mirror.heads(identifiers);
    return identifiers.map((identifier, at) => ahead.get(identifier) ?? stored[at]);
  };
  for await (const page of readPages(source, head, { from: mirror.stored })) {
    const { records, heads } = await readRecordPage(head.origin, page, readHeads);
    for (const [identifier, { index }] of ahead) if (index < mirror.stored) ahead.delete(identifier);
    for (const [identifier, end] of heads) ahead.set(identifier, end);
    yield* split({ first: page.first, leaves: page.leaves, records: records.map(({ record }) => record) });
  }
}

/** Cuts a run where its documents become too many bytes for one package. */
function* split(run: RecordRun): Generator<RecordRun> {
  let [start, bytes] = [0, 0];
  const cut = (end: number): RecordRun => {
    return { first: run.first + start, leaves: run.leaves.slice(start, end), records: run.records.slice(start, end) };
  };
  for (const [at, { t, len }] of run.records.entries()) {
    const size = t === 'index' ? 0 : len;
    if (at > start && bytes + size > PACKAGE_BYTES) {
      yield cut(at);
      [start, bytes] = [at, 0];
    }
    bytes += size;
  }
  yield cut(run.records.length);
}
