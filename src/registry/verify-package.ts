import { VouchError } from '../errors.ts';
import { readDocumentBundle } from '../log/document-bundle.ts';
import type { LogRecord } from '../log/log.ts';
import type { MirrorLog, MirrorPackage } from '../log/mirror-log.ts';
import { sha256Hex } from '../log/sha256.ts';
import { fetchBlob } from '../peer/fetch-blob.ts';
import { LogBreach } from '../peer/log-breach.ts';
import { BLOB_BYTES_LIMIT, type LogSource } from '../peer/log-source.ts';
import { ACCEPTED_DOCUMENT_BYTES, findDifference } from '../peer/recheck-document.ts';
import { isEntryRecord } from '../proof/record.ts';
import { type EvidenceNames, readEvidence, readSnapshotNames } from './evidence.ts';
import { readPatiently } from './read-patiently.ts';
import type { Verifier } from './verifier.ts';

/** Records of another log that lie one after the other, proven to be under its signed root. */
export interface RecordRun {
  readonly first: number;
  readonly leaves: readonly Uint8Array[];
  readonly records: readonly LogRecord[];
}

/** What a package is verified with. */
export interface PackageWorld {
  readonly source: LogSource;
  readonly mirror: MirrorLog;
  readonly verifier: Pick<Verifier, 'recheck'>;
}

const EVIDENCE_BYTES_LIMIT = 64 * 1024;
/** A certificate, or the name policy of an authority; and all of them that one package brings. */
const ATTACHMENT_BYTES_LIMIT = 1_048_576;
const ATTACHMENTS_BYTES_LIMIT = 64 * 1_048_576;
/** A trust snapshot has a line for each anchor, policy and revocation list. */
const SNAPSHOT_BYTES_LIMIT = 4 * 1_048_576;
const FETCHES_AT_ONCE = 16;
/** Records from which on one answer with all their documents is asked for. */
const WORTH_ONE_ANSWER = 4;
/** An entry is recorded right after it is judged. */
const JUDGED_BEFORE_MS = 3_600_000;
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Fetches all blobs that the records of a run stand on, by their hashes, and verifies the signature of each entry again. Breaches
 * `blob` and `unavailable` for a document that is not there as recorded, `entry` for one that does not bear out its record.
 */
export async function verifyPackage(run: RecordRun, given: PackageWorld): Promise<MirrorPackage> {
  const world = { ...given, source: await fetchAhead(run, given.source) };
  const blobs = new Map<string, Uint8Array>();
  const names = new Set<string>();
  await forEach(run.records, async (record, at) => {
    if (record.t === 'index') return;
    const document = await fetchDocument(world.source, run.first + at, record);
    blobs.set(record.doc, document);
    if (record.t === 'trust') {
      for (const name of readSnapshotNames(document)) names.add(name);
      return;
    }
    const evidence = await fetchEvidence(world.source, run.first + at, record, blobs);
    for (const name of evidence?.chain ?? []) names.add(name);
    await assertBorneOut(run.first + at, record, document, evidence, world);
  });
  const wanted = [...names].filter((name) => !blobs.has(name));
  const isThere = await world.mirror.hasBlobs(wanted);
  const missing = wanted.filter((_, at) => !isThere[at]);
  let bytes = 0;
  await forEach(missing, async (name) => {
    const blob = await fetchBlob(world.source, name, ATTACHMENT_BYTES_LIMIT);
    bytes += blob.length;
    if (bytes > ATTACHMENTS_BYTES_LIMIT) throw toExcess(run.first, world.source);
    blobs.set(name, blob);
  });
  return { ...run, blobs };
}

/** A breach `leaf` if a record of the run is about a document that a record before it is about: a log takes each document once. */
export async function assertNewDocuments(
  { first, records }: RecordRun,
  { source, mirror }: PackageWorld,
): Promise<void> {
  const entries = records.flatMap((record, at) =>
    isEntryRecord(record) ? [{ doc: record.doc, index: first + at }] : [],
  );
  const isThere = await mirror.hasDocuments(entries.map(({ doc }) => doc));
  const seen = new Set<string>();
  for (const [at, { doc, index }] of entries.entries()) {
    if (isThere[at] === true || seen.has(doc)) {
      const message = `Bad leaf: record ${index} of ${source.name} is about a document that was recorded before.`;
      throw new LogBreach('leaf', message);
    }
    seen.add(doc);
  }
}

/**
 * A breach `index` if an `index` record of the run states what the records before it do not make: then somebody who relies on the index
 * could be shown less than there is. Everything before the run is in the mirror.
 */
export async function assertIndexed(run: RecordRun, { source, mirror }: PackageWorld): Promise<void> {
  const fault = await mirror.findIndexFault(run);
  if (fault !== undefined) throw new LogBreach('index', `Wrong index: of ${source.name}, ${fault}.`);
}

/** The log, with the documents of a run taken from one answer where it gives them so; what that lacks is asked for one by one. */
async function fetchAhead({ first, records }: RecordRun, source: LogSource): Promise<LogSource> {
  if (source.documents === undefined || records.length < WORTH_ONE_ANSWER) return source;
  const bundle = await source.documents(first, first + records.length).catch((cause: unknown) => {
    // A log of others has no such answer, and one that is broken hides nothing: every document is asked for by its hash.
    if (cause instanceof VouchError && ['not-found', 'remote', 'too-large'].includes(cause.code))
      return new Uint8Array();
    throw cause;
  });
  const known = new Map(readDocumentBundle(bundle).map((blob) => [sha256Hex(blob), blob]));
  return {
    name: source.name,
    checkpoint: () => source.checkpoint(),
    tile: (level, index, width) => source.tile(level, index, width),
    bundle: (index, width) => source.bundle(index, width),
    blob: async (sha256, bytesLimit = BLOB_BYTES_LIMIT) => {
      const blob = known.get(sha256);
      return blob !== undefined && blob.length <= bytesLimit ? blob : source.blob(sha256, bytesLimit);
    },
  };
}

async function fetchDocument(source: LogSource, index: number, { t, doc, len }: LogRecord): Promise<Uint8Array> {
  const limit = t === 'trust' ? SNAPSHOT_BYTES_LIMIT : ACCEPTED_DOCUMENT_BYTES;
  if (len > limit) {
    throw new LogBreach('leaf', `Bad leaf: record ${index} of ${source.name} names a document of ${len} bytes.`);
  }
  const document = await fetchBlob(source, doc, limit);
  if (document.length === len) return document;
  const message = `Bad leaf: record ${index} of ${source.name} says its document has ${len} bytes, but it has ${document.length}.`;
  throw new LogBreach('leaf', message);
}

function toExcess(first: number, source: LogSource): LogBreach {
  const message = `Bad leaf: the records of ${source.name} from ${first} on stand on more certificates than any can.`;
  return new LogBreach('leaf', message);
}

async function fetchEvidence(
  source: LogSource,
  index: number,
  { ev }: LogRecord,
  blobs: Map<string, Uint8Array>,
): Promise<EvidenceNames | undefined> {
  if (ev === '') return undefined;
  const bytes = await fetchBlob(source, ev, EVIDENCE_BYTES_LIMIT);
  blobs.set(ev, bytes);
  try {
    return readEvidence(bytes);
  } catch (cause) {
    throw new LogBreach('entry', `Forged entry: the evidence of record ${index} of ${source.name} cannot be read.`, {
      cause,
    });
  }
}

/** Verified at the time it was judged, which must be that of its record but for a wait in the queue. */
async function assertBorneOut(
  index: number,
  record: LogRecord,
  document: Uint8Array,
  evidence: EvidenceNames | undefined,
  { source, verifier }: PackageWorld,
): Promise<void> {
  const isImported = record.t === 'import';
  const acceptedAt = new Date(record.at);
  const judgedAt = isImported ? acceptedAt : (evidence?.judgedAt ?? acceptedAt);
  const early = acceptedAt.getTime() - judgedAt.getTime();
  const reject = (why: string): LogBreach => {
    return new LogBreach('entry', `Forged entry: record ${index} of ${source.name} is not borne out: ${why}`);
  };
  if (early > JUDGED_BEFORE_MS || early < -CLOCK_SKEW_MS) throw reject('it was judged at quite another time.');
  const { errors, found } = await readPatiently(() =>
    verifier.recheck(document, isImported ? 'legacy' : 'current', judgedAt),
  );
  if (found === undefined) throw reject(errors[0]?.message ?? 'its document does not verify.');
  const wrong = findDifference(record, found);
  if (wrong !== undefined) throw reject(`its document says otherwise about ${wrong}.`);
}

/** Does a few at a time; the first failure ends it once those under way have ended. */
async function forEach<T>(items: readonly T[], act: (item: T, at: number) => Promise<void>): Promise<void> {
  let next = 0;
  let failure: { readonly thrown: unknown } | undefined;
  const work = async (): Promise<void> => {
    while (next < items.length && failure === undefined) {
      const at = next++;
      await act(items[at]!, at).catch((thrown: unknown) => {
        failure ??= { thrown };
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(FETCHES_AT_ONCE, items.length) }, work));
  if (failure !== undefined) throw (failure as { readonly thrown: unknown }).thrown;
}
