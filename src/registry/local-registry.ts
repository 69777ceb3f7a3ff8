import { toEntryPath, toPathOf } from '../catalog/entry-path.ts';
import { checkAddress } from '../confirm/check-address.ts';
import type { Confirmation, Settlement } from '../confirm/confirmation.ts';
import type { Pending } from '../confirm/pending.ts';
import { type Finding, VouchError } from '../errors.ts';
import type { Log, LogReader, Receipt } from '../log/log.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { Witness } from '../log/witness.ts';
import { KeyedLock } from '../platform/keyed-lock.ts';
import type { Profile, VerifiedEntry } from '../verify/verdict.ts';
import { checkHistory } from './check-history.ts';
import { applyLists } from './endorser-lists.ts';
import { type ConfirmationEvidence, writeEvidence } from './evidence.ts';
import type { Reindex } from './open-readers.ts';
import type { Appending, OpenRegistry, Submission } from './registry.ts';
import type { Parts } from './registry-parts.ts';
import { type Standing, toStanding } from './standing.ts';
import type { TrustNews } from './trust-watch.ts';
import type { Verifier } from './verifier.ts';
import { waitPatiently } from './within.ts';

type Known = Extract<Submission, { readonly outcome: 'known' }>;

const QUEUE = 1_000;

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

  get overlay(): Parts['overlay'] {
    return this.#parts.overlay;
  }

  get mirrors(): readonly LogReader[] {
    return this.overlay?.mirrors ?? [];
  }

  get confirmation(): Confirmation | undefined {
    return this.#parts.confirmation;
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

  get reindex(): Reindex {
    return this.#parts.reindex;
  }

  now(): Date {
    return this.#parts.now();
  }

  verify(bytes: Uint8Array, profile: Profile = 'current') {
    return this.#parts.verifier.verify(bytes, profile, this.now());
  }

  standing(): Standing {
    return toStanding(this.#parts, this.#underWay);
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
      const verdict = applyLists(this.#parts.options.endorsing, await this.verify(bytes));
      if (!verdict.valid) return { outcome: 'invalid', findings: verdict.findings };
      return await this.#take(verdict.verified, verdict.findings);
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Verifies once more what its endorser confirmed (time, trust and history went on meanwhile), and appends it. */
  async settle(document: Uint8Array, { confirmedAt }: Pending): Promise<Settlement> {
    const verdict = applyLists(this.#parts.options.endorsing, await this.verify(document));
    if (!verdict.valid) return { ok: false, findings: verdict.findings };
    const at = new Date(confirmedAt ?? this.now());
    const submission = await this.accept(verdict.verified, 'endorse', verdict.findings, { at });
    return 'receipt' in submission ? { ok: true, path: submission.path } : { ok: false, findings: submission.findings };
  }

  async accept(
    verified: VerifiedEntry,
    t: 'endorse' | 'import',
    findings: readonly Finding[],
    confirmation?: ConfirmationEvidence,
  ): Promise<Appending> {
    this.#assertWritable();
    const submission = await this.#append(verified, t, findings, confirmation);
    if (submission.outcome === 'accepted') await this.#waitUntilShown(submission.receipt);
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

  /** Appends an entry, or lets it wait for its endorser. What could not be appended does not have to be confirmed. */
  async #take(verified: VerifiedEntry, findings: readonly Finding[]): Promise<Submission> {
    const { confirmation } = this;
    if (confirmation === undefined) return this.accept(verified, 'endorse', findings);
    if (!confirmation.needs(verified)) {
      const before = confirmation.confirmed(verified);
      const evidence = before === undefined ? undefined : { at: new Date(before.confirmedAt) };
      return this.accept(verified, 'endorse', findings, evidence);
    }
    const unreachable = checkAddress(verified);
    if (unreachable !== undefined) return { outcome: 'invalid', findings: [...findings, unreachable] };
    const settled = await this.#findSettled(verified, findings);
    if (settled !== undefined) return settled;
    const { documentSha256, expiresAt } = await confirmation.hold(verified);
    return { outcome: 'unconfirmed', documentSha256, expiresAt: new Date(expiresAt), findings };
  }

  /** What became of an entry that is here already, or cannot come in any more; undefined for one that can. */
  async #findSettled(verified: VerifiedEntry, findings: readonly Finding[]): Promise<Appending | undefined> {
    const known = await this.#findKnown(verified.documentSha256, findings);
    if (known !== undefined) return known;
    const pending = await this.log.findPending(verified.documentSha256);
    if (pending !== undefined) {
      const receipt: Receipt = { ...pending, size: pending.index + 1, isPending: true };
      return { outcome: 'pending', receipt, path: toPathOf(verified), findings };
    }
    await this.#assertNothingPending(verified.entry.identifier);
    const same = await this.#findSame(verified, findings);
    if (same !== undefined) return same;
    await this.catalog.waitFor(this.#sizeToRead);
    const stale = await checkHistory(verified, this.catalog, this.now());
    return stale === undefined ? undefined : { outcome: 'stale', findings: [...findings, stale] };
  }

  /** Entries of one image are taken one after the other: each is held against what its endorser said last. */
  #append(
    verified: VerifiedEntry,
    t: 'endorse' | 'import',
    findings: readonly Finding[],
    confirmation?: ConfirmationEvidence,
  ): Promise<Appending> {
    const { identifier } = verified.entry;
    return this.#images.hold(identifier, async () => {
      const path = toPathOf(verified);
      const settled = await this.#findSettled(verified, findings);
      if (settled !== undefined) return settled;
      const quota = t === 'endorse' ? this.#parts.quota : undefined;
      const { bytes: evidence, attachments } = writeEvidence(verified.evidence, confirmation);
      const append = (): Promise<Receipt> => {
        const isOpenTrust = verified.evidence.trustMode === 'open';
        this.catalog.offer(verified.documentSha256, isOpenTrust ? { ...verified, trustMode: 'open' } : verified);
        return this.log.append({ verified, t, evidence, attachments, at: this.now() });
      };
      const receipt = await (quota?.during(verified.endorserKey, append) ?? append());
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

  async #findKnown(documentSha256: string, findings: readonly Finding[]): Promise<Known | undefined> {
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
  ): Promise<Known | undefined> {
    await this.catalog.waitFor(this.#sizeToRead);
    const latest = await this.catalog.current(entry.identifier, endorserKey);
    if (latest === undefined || latest.createdAt.getTime() !== entry.endorsement.createdAt.getTime()) return undefined;
    const { c14n, doc } = await this.log.record(latest.index);
    return c14n === canonicalSha256 ? this.#findKnown(doc, findings) : undefined;
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

  /** An endorser sees his own entry in SPARQL at once, and beside those of others, unless an index is still loading. */
  async #waitUntilShown({ index }: Receipt): Promise<void> {
    await waitPatiently(this.overlay?.waitForOwn(index + 1) ?? this.sparql.waitFor(index + 1));
  }
}
