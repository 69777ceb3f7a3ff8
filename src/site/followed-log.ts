import { toMessage, VouchError } from '../errors.ts';
import type { VerifierKey } from '../log/note-key.ts';
import { judgeQuorum, tellQuorum } from '../log/quorum.ts';
import type { WitnessPolicy } from '../log/witness-policy.ts';
import { keepEvidence } from '../peer/keep-evidence.ts';
import { type BreachCode, LogBreach } from '../peer/log-breach.ts';
import { type LogHead, readLogHead } from '../peer/log-head.ts';
import type { LogSource } from '../peer/log-source.ts';
import type { SyncedLog } from '../peer/synced-log.ts';
import type { LogStanding, UnreadableEntry } from '../policy/judged-entry.ts';
import { isEntryRecord } from '../proof/record.ts';
import { DocumentFetcher } from './document-fetcher.ts';
import type { DocumentStore } from './document-store.ts';
import { FoundCache } from './found-cache.ts';

export interface FollowedLogOptions {
  readonly log: SyncedLog;
  readonly documents: DocumentStore;
  readonly source: LogSource;
  readonly key: VerifierKey;
  /** Whose cosignatures count; without a policy nobody's are asked for. */
  readonly witnesses?: WitnessPolicy;
  /** How long decisions go on from the copy while the registry is away, or shows nothing newer than it should. */
  readonly graceMs: number;
  /** Directory for what convicts a log. */
  readonly evidenceDirectory?: string;
  readonly now?: () => Date;
}

/** A statement about an image as the log holds it. */
export interface FoundDocument {
  readonly index: number;
  readonly isImported: boolean;
  readonly acceptedAt: Date;
  readonly documentSha256: string;
  readonly bytes: Uint8Array;
}

/** What a log holds about one image. */
export interface FoundDocuments {
  readonly documents: readonly FoundDocument[];
  readonly unreadable: readonly UnreadableEntry[];
}

/** A stretch of a log. */
export interface LogPage {
  /** The record after it. */
  readonly next: number;
  readonly statements: readonly {
    readonly index: number;
    /** Identifier. */
    readonly image: string;
    readonly isImported: boolean;
    /** Its document; undefined where it is not here. */
    readonly bytes: Uint8Array | undefined;
  }[];
}

/** How a copy is brought up to date. */
export interface SyncOptions {
  readonly onProgress?: (done: number, size: number) => void;
  /** Take over what is new only when its documents were asked for, so that a decision finds them here. */
  readonly withDocuments?: boolean;
  /** Ends the fetching of documents. */
  readonly signal?: AbortSignal;
}

/** What convicts a log for good: no later answer of it makes up for it, only the operator can. */
const LASTING: readonly BreachCode[] = ['fork', 'time'];
/** How long ago a quorum may have seen the checkpoint (design L9.2), unless the grace is longer: registries have it seen again every hour. */
const WITNESSED_MS = 24 * 3_600_000;

/** One log that a site follows: its verified copy, and how it stands with the registry that keeps it. */
export class FollowedLog implements AsyncDisposable {
  readonly #options: FollowedLogOptions;
  /** The newest checkpoint up to which every record is here. */
  #head: LogHead | undefined;
  #checkedAt: Date | undefined;
  #witnessedAt: Date | undefined;
  #lastingFault: string | undefined;
  /** Why the last look at the registry brought nothing. */
  #trouble: string | undefined;
  #syncing: Promise<void> | undefined;
  readonly #fetcher: DocumentFetcher;
  readonly #found = new FoundCache();

  private constructor(options: FollowedLogOptions) {
    this.#options = options;
    this.#fetcher = new DocumentFetcher(options);
  }

  /** Takes up what is known from before. */
  static async open(options: FollowedLogOptions): Promise<FollowedLog> {
    const followed = new FollowedLog(options);
    const { checkedAt, note, fault } = await options.documents.recall();
    if (note !== undefined) followed.#head = followed.#readHead(Buffer.from(note));
    followed.#checkedAt = checkedAt;
    followed.#lastingFault = fault;
    followed.#trouble = 'nothing was fetched since this program started.';
    return followed;
  }

  get origin(): string {
    return this.#options.log.origin;
  }

  /** Fetches what the log has more than the copy. Never throws: how it went is in the standing. One at a time; calls meanwhile share it. */
  sync(options: SyncOptions = {}): Promise<void> {
    this.#syncing ??= this.#sync(options).finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  /** How the log stands at a time. */
  standing(at: Date): LogStanding {
    const { graceMs, witnesses } = this.#options;
    const head = this.#head;
    const checkedAt = this.#checkedAt ?? new Date(0);
    const common = {
      origin: this.origin,
      size: head?.size ?? 0,
      root: Buffer.from(head?.root ?? []).toString('hex'),
      completeness: head === undefined ? 'not-proven' : 'synced',
      checkedAt,
      ...(this.#witnessedAt === undefined ? {} : { witnessedAt: this.#witnessedAt }),
    } as const;
    if (this.#lastingFault !== undefined) return { ...common, fault: this.#lastingFault };
    if (head === undefined || this.#checkedAt === undefined) {
      return { ...common, fault: `The log ${this.origin} was never seen. ${this.#trouble ?? ''}`.trim() };
    }
    if (witnesses?.quorum !== undefined && this.#witnessedAt === undefined) {
      return {
        ...common,
        fault: `No quorum of witnesses has seen the log ${this.origin}. ${this.#trouble ?? ''}`.trim(),
      };
    }
    const seenAt = witnesses?.quorum === undefined ? undefined : this.#witnessedAt;
    if (seenAt !== undefined && at.getTime() - seenAt.getTime() > Math.max(graceMs, WITNESSED_MS)) {
      const message = `Witnesses last saw the log ${this.origin} at ${seenAt.toISOString()}: somebody may be showing an old state.`;
      return { ...common, fault: `${message} ${this.#trouble ?? ''}`.trim() };
    }
    const ageMs = at.getTime() - checkedAt.getTime();
    if (ageMs > graceMs) {
      const message = `The log ${this.origin} was last seen at ${checkedAt.toISOString()}, longer ago than the grace allows.`;
      return { ...common, fault: `${message} ${this.#trouble ?? ''}`.trim() };
    }
    if (this.#trouble === undefined) return common;
    return { ...common, notice: `Decided from the copy of ${checkedAt.toISOString()}: ${this.#trouble}` };
  }

  /** Everything the log holds about an image, accepted until `at` where given. Documents that are not here are fetched if that is allowed. */
  async find(identifier: string, { at, isOffline }: { at?: Date; isOffline: boolean }): Promise<FoundDocuments> {
    const { log, documents } = this.#options;
    // While a newer checkpoint is being caught up with, the copy is complete up to the one before.
    const size = this.#head?.size ?? 0;
    const known = at === undefined ? this.#found.get(identifier, size) : undefined;
    if (known !== undefined) return known;
    const records = (await log.records(identifier, size)).filter(
      ({ record }) => at === undefined || new Date(record.at) <= at,
    );
    const names = records.map(({ record }) => record.doc);
    let bytes = await documents.get(names);
    const missing = isOffline ? [] : names.filter((_, at) => bytes[at] === undefined);
    if (missing.length > 0) {
      await this.#fetcher.fetch(missing);
      bytes = await documents.get(names);
    }
    const found: FoundDocument[] = [];
    const unreadable: UnreadableEntry[] = [];
    for (const [position, { index, record }] of records.entries()) {
      const document = bytes[position];
      if (document === undefined) {
        this.#fetcher.lookAgain();
        const message = 'its document is not here, and the registry does not give it.';
        unreadable.push({ origin: this.origin, index, message });
        continue;
      }
      found.push({
        index,
        isImported: record.t === 'import',
        acceptedAt: new Date(record.at),
        documentSha256: record.doc,
        bytes: document,
      });
    }
    const all = { documents: found, unreadable };
    // What is missing may come any moment.
    if (at === undefined && unreadable.length === 0) this.#found.put(identifier, size, all);
    return all;
  }

  /** Statements of the log from a record on, at most so many records of it and none that is newer than the copy; documents as far as they are here. */
  async page(from: number, most: number): Promise<LogPage> {
    const { log, documents } = this.#options;
    const next = Math.max(from, Math.min(from + most, this.#head?.size ?? 0));
    const placed = (await log.range(from, next)).filter(({ record }) => isEntryRecord(record));
    const bytes = await documents.get(placed.map(({ record }) => record.doc));
    const statements = placed.map(({ index, record }, at) => ({
      index,
      image: record.id,
      isImported: record.t === 'import',
      bytes: bytes[at],
    }));
    return { next, statements };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#syncing;
    await this.#options.log[Symbol.asyncDispose]();
    await this.#options.documents[Symbol.asyncDispose]();
  }

  async #sync({ onProgress, withDocuments, signal }: SyncOptions): Promise<void> {
    const { log, documents, source, witnesses, now = () => new Date() } = this.#options;
    if (this.#lastingFault !== undefined) return;
    try {
      // Seen is what is here: a checkpoint whose records are withheld makes nothing newer.
      let witnessedAt: Date | undefined;
      const judge = (head: LogHead): void => {
        witnessedAt = this.#judgeWitnesses(head, now());
      };
      const head = await log.sync(source, {
        judge,
        ...(witnesses === undefined ? {} : { witnesses: witnesses.witnesses.map(({ key }) => key) }),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      // A statement whose document is still to come would deny an image that may run: until it is here, what was known before counts.
      const isWhole = withDocuments !== true || (await this.#fetcher.fetchAll(signal));
      if (signal?.aborted === true) return;
      if (!isWhole && this.#head !== undefined) {
        throw new VouchError(
          'unreachable',
          `The log ${this.origin} is away, and with it documents of its newest records.`,
        );
      }
      this.#head = head;
      this.#witnessedAt = witnessedAt;
      this.#checkedAt = now();
      this.#trouble = undefined;
      await documents.remember({ checkedAt: this.#checkedAt, note: head.note });
    } catch (thrown) {
      await this.#keep(thrown);
    }
  }

  #readHead(note: Uint8Array): LogHead {
    const { key, witnesses } = this.#options;
    const head = readLogHead(note, { log: key, witnesses: witnesses?.witnesses.map((one) => one.key) ?? [] });
    const verdict =
      witnesses && judgeQuorum(witnesses, head.cosignatures, { now: (this.#options.now ?? (() => new Date()))() });
    if (verdict?.outcome === 'met') this.#witnessedAt = verdict.freshAt;
    return head;
  }

  /** When a quorum saw a checkpoint, where one is asked for; refuses one that none has seen. */
  #judgeWitnesses(head: LogHead, now: Date): Date | undefined {
    const { witnesses } = this.#options;
    if (witnesses === undefined) return undefined;
    const verdict = judgeQuorum(witnesses, head.cosignatures, { now });
    if (verdict.outcome !== 'met') throw new LogBreach('quorum', `No quorum: ${tellQuorum(verdict)}`);
    return verdict.freshAt;
  }

  async #keep(thrown: unknown): Promise<void> {
    const { documents, evidenceDirectory } = this.#options;
    this.#trouble = toMessage(thrown);
    if (!(thrown instanceof LogBreach)) return;
    const path = evidenceDirectory && (await keepEvidence(evidenceDirectory, thrown).catch(() => undefined));
    const where = path ? ` The evidence is in ${path}.` : '';
    this.#trouble = `${thrown.message}${where}`;
    if (!LASTING.includes(thrown.breach)) return;
    this.#lastingFault = this.#trouble;
    await documents.remember({ fault: this.#lastingFault }).catch(() => undefined);
  }
}
