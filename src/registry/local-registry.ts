import type { CatalogEntry } from '../catalog/catalog.ts';
import { toEntryPath } from '../catalog/entry-path.ts';
import type { openLevelCatalog } from '../catalog/level-catalog.ts';
import type { openSparqlEngine } from '../catalog/sparql-engine.ts';
import { writeEntryTime } from '../entry/entry-time.ts';
import { type Finding, toFinding, VouchError } from '../errors.ts';
import type { Log, Receipt } from '../log/log.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { Witness } from '../log/witness.ts';
import type { RollbackGuard } from '../peer/rollback-guard.ts';
import { KeyedLock } from '../platform/keyed-lock.ts';
import type { Profile, VerifiedEntry } from '../verify/verdict.ts';
import { writeEvidence } from './evidence.ts';
import type { OpenRegistry, Submission } from './registry.ts';
import type { RegistryOptions } from './registry-options.ts';
import type { TrustNews, TrustWatch } from './trust-watch.ts';
import type { Verifier } from './verifier.ts';
import { within } from './within.ts';

const QUEUE = 1_000;
/** What a registry is put together from. */
export interface Parts {
  readonly options: RegistryOptions;
  readonly log: Log;
  readonly witness: Witness | undefined;
  readonly catalog: Awaited<ReturnType<typeof openLevelCatalog>>;
  readonly sparql: Awaited<ReturnType<typeof openSparqlEngine>>;
  readonly verifier: Verifier;
  readonly documentBytesLimit: number;
  readonly watch: TrustWatch;
  readonly guard: RollbackGuard;
  /** By identifier, the newest record that no reader sees yet. */
  readonly pendingImages: Map<string, number>;
  readonly now: () => Date;
  readonly closeAll: () => Promise<void>;
}

/** How long an upload waits for the SPARQL index, which may still be loading after a restart; the entry is safe meanwhile. */
const SPARQL_WAIT_MS = 5_000;

/** A registry in this process, over what `openRegistry` opened. */
export class LocalRegistry implements OpenRegistry {
  readonly #parts: Parts;
  readonly #images = new KeyedLock();
  /** What the catalog has to have taken in before anything is held against it: all else is in it before its image's lock is released. */
  #sizeToRead: number;
  readonly #mostUnderWay: number;
  #underWay = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#sizeToRead = parts.log.size();
    this.#mostUnderWay = parts.options.limits?.queue ?? QUEUE;
  }

  get baseUrl(): string {
    return this.#parts.options.baseUrl;
  }

  get title(): string {
    return this.#parts.options.title ?? 'Vouch';
  }

  get isReadOnly(): boolean {
    return this.#parts.options.isReadOnly === true || this.readOnlyReason !== undefined;
  }

  get readOnlyReason(): string | undefined {
    return this.#parts.guard.reason;
  }

  get documentBytesLimit(): number {
    return this.#parts.documentBytesLimit;
  }

  get log(): Log {
    return this.#parts.log;
  }

  get witness(): Witness | undefined {
    return this.#parts.witness;
  }

  get catalog(): Parts['catalog'] {
    return this.#parts.catalog;
  }

  get sparql(): Parts['sparql'] {
    return this.#parts.sparql;
  }

  get verifier(): Verifier {
    return this.#parts.verifier;
  }

  get trustWarnings(): readonly string[] {
    return this.#parts.watch.current.warnings;
  }

  get trustSummary(): string {
    return this.#parts.watch.current.summary;
  }

  refreshTrust(): Promise<TrustNews> {
    return this.#parts.watch.refresh();
  }

  now(): Date {
    return this.#parts.now();
  }

  verify(bytes: Uint8Array, profile: Profile = 'current') {
    return this.#parts.verifier.verify(bytes, profile, this.now());
  }

  async submit(bytes: Uint8Array): Promise<Submission> {
    this.#assertWritable();
    // Bounds what waits anywhere between here and the disk, not only for a verifying thread.
    if (this.#underWay >= this.#mostUnderWay) {
      const message = `${this.#underWay} submissions are under way already; try again in a moment.`;
      throw new VouchError('busy', message, { retryAfterSeconds: 2 });
    }
    this.#underWay += 1;
    try {
      const known = await this.#findKnown(sha256Hex(bytes), []);
      if (known !== undefined) return known;
      const verdict = await this.verify(bytes);
      if (!verdict.valid) return { outcome: 'invalid', findings: verdict.findings };
      return await this.accept(verdict.verified, 'endorse', verdict.findings);
    } finally {
      this.#underWay -= 1;
    }
  }

  async accept(verified: VerifiedEntry, t: 'endorse' | 'import', findings: readonly Finding[]): Promise<Submission> {
    this.#assertWritable();
    const submission = await this.#append(verified, t, findings);
    if (submission.outcome === 'accepted') await this.#waitForSparql(submission.receipt);
    return submission;
  }

  async findPending(sha256: string): Promise<number | undefined> {
    return (await this.log.findPending(sha256))?.index;
  }

  close(): Promise<void> {
    return this.#parts.closeAll();
  }

  #assertWritable(): void {
    if (!this.isReadOnly) return;
    throw new VouchError('read-only', this.readOnlyReason ?? 'This registry does not take submissions.');
  }

  /** Entries of one image are taken one after the other: each is held against what its endorser said last. */
  #append(verified: VerifiedEntry, t: 'endorse' | 'import', findings: readonly Finding[]): Promise<Submission> {
    return this.#images.hold(verified.entry.identifier, async () => {
      const known = await this.#findKnown(verified.documentSha256, findings);
      if (known !== undefined) return known;
      const { identifier, endorsement } = verified.entry;
      const path = toEntryPath(identifier, endorsement.email, endorsement.createdAt);
      const pending = await this.log.findPending(verified.documentSha256);
      if (pending !== undefined) {
        const receipt: Receipt = { ...pending, size: pending.index + 1, isPending: true };
        return { outcome: 'pending', receipt, path, findings };
      }
      await this.#assertNothingPending(identifier);
      const same = await this.#findSame(verified, findings);
      if (same !== undefined) return same;
      const stale = await this.#checkHistory(verified);
      if (stale !== undefined) return { outcome: 'stale', findings: [...findings, stale] };
      const { bytes: evidence, attachments } = writeEvidence(verified.evidence);
      this.catalog.offer(verified.documentSha256, verified);
      const receipt = await this.log.append({ verified, t, evidence, attachments, at: this.now() });
      if (receipt.isPending === true) {
        this.#parts.pendingImages.set(identifier, receipt.index);
        return { outcome: 'pending', receipt, path, findings };
      }
      await this.#waitForCatalog(receipt);
      return { outcome: 'accepted', receipt, path, findings };
    });
  }

  /** An entry is held against its image's latest, which must be in the catalog for that. */
  async #assertNothingPending(identifier: string): Promise<void> {
    const { pendingImages } = this.#parts;
    const index = pendingImages.get(identifier);
    if (index === undefined) return;
    if (index >= this.log.size()) {
      const message =
        'An earlier entry for this image still waits for the witnesses of the log; try again in a moment.';
      throw new VouchError('busy', message, { retryAfterSeconds: 10 });
    }
    await this.catalog.waitFor(index + 1);
    pendingImages.delete(identifier);
  }

  async #findKnown(documentSha256: string, findings: readonly Finding[]): Promise<Submission | undefined> {
    const index = await this.log.findDocument(documentSha256);
    if (index === undefined) return undefined;
    await this.catalog.waitFor(index + 1);
    const entry = await this.catalog.entry(index);
    if (entry === undefined) throw new VouchError('corrupt', `The catalog lacks log record ${index}.`);
    const receipt: Receipt = { index, record: await this.log.record(index), size: this.log.size() };
    return { outcome: 'known', receipt, path: toEntryPath(entry.identifier, entry.email, entry.createdAt), findings };
  }

  /**
   * The endorser's latest entry, if the same octets were signed at the same time. What stands around them is not signed (white space
   * in base64, further certificates), so whoever sees an entry first could hand it in with another dress; the endorser, coming
   * after him, is told that his entry is there, and not that it is late.
   */
  async #findSame(
    { entry, endorserKey, canonicalSha256 }: VerifiedEntry,
    findings: readonly Finding[],
  ): Promise<Submission | undefined> {
    await this.catalog.waitFor(this.#sizeToRead);
    const latest = await this.catalog.current(entry.identifier, endorserKey);
    if (latest === undefined || latest.createdAt.getTime() !== entry.endorsement.createdAt.getTime()) return undefined;
    const { c14n, doc } = await this.log.record(latest.index);
    return c14n === canonicalSha256 ? this.#findKnown(doc, findings) : undefined;
  }

  /** Against replay of an older entry (trust A2.12), and against two entries with one address. */
  async #checkHistory({ entry, endorserKey }: VerifiedEntry): Promise<Finding | undefined> {
    const { identifier, endorsement } = entry;
    await this.catalog.waitFor(this.#sizeToRead);
    const latest = await this.catalog.current(identifier, endorserKey);
    const created = writeEntryTime(endorsement.createdAt);
    if (latest !== undefined && latest.createdAt.getTime() >= endorsement.createdAt.getTime()) {
      const last = writeEntryTime(latest.createdAt);
      return toFinding(
        'stale-created',
        `This entry was signed at ${created}; your latest for the image was signed at ${last}. An entry must be newer.`,
      );
    }
    const filter = { identifier, email: endorsement.email, createdAt: endorsement.createdAt };
    const { entries } = await this.catalog.list(filter, this.now(), { limit: 1 });
    const [other]: readonly CatalogEntry[] = entries;
    if (other === undefined) return undefined;
    return toFinding(
      'stale-created',
      `${other.subject} has an entry for this image with the same address and time (${created}). Sign again.`,
    );
  }

  /** An endorser sees his own entry in lists at once. */
  async #waitForCatalog({ index }: Receipt): Promise<void> {
    try {
      await this.catalog.waitFor(index + 1);
    } catch (failure) {
      // The record is there for ever, and nothing may be held against a catalog that lacks it.
      this.#sizeToRead = Math.max(this.#sizeToRead, index + 1);
      throw failure;
    }
  }

  /** An endorser sees his own entry in SPARQL at once, unless its index is still loading. */
  async #waitForSparql({ index }: Receipt): Promise<void> {
    await within(
      SPARQL_WAIT_MS,
      this.sparql.waitFor(index + 1).catch(() => undefined),
    );
  }
}
