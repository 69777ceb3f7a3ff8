import { VouchError } from '../errors.ts';
import { isOpen, type Pending, toMailboxKey } from './pending.ts';
import type { PendingStore } from './pending-store.ts';

/** How much may wait. */
export interface WaitingLimits {
  /** Submissions that wait at once, of anybody. */
  readonly pending: number;
  /** Mails to one mailbox within the time that a submission may wait, confirmed ones not counted. */
  readonly perAddress: number;
  /** How long a submission may wait. */
  readonly expireMs: number;
}

/** Kept besides those that wait, so that neither limits nor states forget too soon; as many times `pending`. */
const ENDED_PER_PENDING = 10;
/** How long a mailbox that reported abuse is left alone. */
const REPORTED_MS = 30 * 86_400_000;
/** How long the state of what has ended can be asked for, at least. */
const ENDED_MS = 86_400_000;

/** The submissions that wait, and those that did lately: found by document and by token, bounded in number and age. */
export class WaitingList {
  readonly #store: PendingStore;
  readonly #limits: WaitingLimits;
  readonly #byId = new Map<string, Pending>();
  readonly #byDocument = new Map<string, string>();
  readonly #byToken = new Map<string, string>();

  constructor(store: PendingStore, limits: WaitingLimits) {
    this.#store = store;
    this.#limits = limits;
    for (const pending of store.all()) this.#index(pending);
  }

  get(id: string): Pending | undefined {
    return this.#byId.get(id);
  }

  /** The last submission of a document. */
  ofDocument(documentSha256: string): Pending | undefined {
    return this.get(this.#byDocument.get(documentSha256) ?? '');
  }

  /** By the SHA-256 (hex) of a token. */
  ofToken(tokenSha256: string): Pending | undefined {
    return this.get(this.#byToken.get(tokenSha256) ?? '');
  }

  all(): Pending[] {
    return [...this.#byId.values()];
  }

  /**
   * Throws `busy` if too much waits, `quota` if there was too much for this mailbox. An endorser whom its owner confirmed before
   * (`ownKey`) does not have to answer for what others sent there.
   */
  checkRoom(email: string, now: Date, ownKey?: string): void {
    const { pending: limit, perAddress, expireMs } = this.#limits;
    const all = this.all();
    const unaccepted = all.filter(({ state }) => state !== 'accepted');
    if (all.filter(isOpen).length >= limit || unaccepted.length >= limit * (1 + ENDED_PER_PENDING)) {
      const message = 'Too many entries wait for their confirmation; try again later.';
      throw new VouchError('busy', message, { retryAfterSeconds: 600 });
    }
    const mailbox = toMailboxKey(email);
    const own = unaccepted.filter(
      (one) => toMailboxKey(one.email) === mailbox && (ownKey === undefined || one.endorserKey === ownKey),
    );
    const reported = own.find(({ state }) => state === 'reported');
    if (reported !== undefined) {
      const retryAfterSeconds = toSeconds(Date.parse(reported.endedAt!) + REPORTED_MS - now.getTime());
      throw new VouchError('quota', `The owner of ${email} asked not to get such mail.`, { retryAfterSeconds });
    }
    const recent = own
      .map(({ submittedAt }) => Date.parse(submittedAt) + expireMs)
      .filter((end) => end > now.getTime());
    if (recent.length < perAddress) return;
    const [first] = recent.toSorted((one, other) => one - other);
    throw new VouchError(
      'quota',
      `${email} has been asked ${recent.length} times lately; confirm or reject those first.`,
      {
        retryAfterSeconds: toSeconds(first! - now.getTime()),
      },
    );
  }

  async add(pending: Pending, document: Uint8Array): Promise<void> {
    await this.#store.add(pending, document);
    this.#index(pending);
  }

  async replace(pending: Pending): Promise<void> {
    await this.#store.replace(pending);
    this.#index(pending);
  }

  document(pending: Pending): Promise<Uint8Array> {
    return this.#store.document(pending);
  }

  /** Forgets what ended long ago, and of what was accepted, which the log knows, all but the newest. */
  async forget(now: Date): Promise<void> {
    const { expireMs, pending: limit } = this.#limits;
    const ended = this.all()
      .filter((one) => !isOpen(one))
      .toSorted((one, other) => Date.parse(other.endedAt!) - Date.parse(one.endedAt!));
    let accepted = 0;
    for (const pending of ended) {
      if (pending.state === 'accepted') accepted++;
      const keptMs = pending.state === 'reported' ? REPORTED_MS : Math.max(expireMs, ENDED_MS);
      const isOld = Date.parse(pending.endedAt!) + keptMs < now.getTime();
      if (isOld || (pending.state === 'accepted' && accepted > limit)) await this.#remove(pending);
    }
  }

  async #remove(pending: Pending): Promise<void> {
    await this.#store.remove(pending);
    this.#byId.delete(pending.id);
    for (const token of pending.tokens) this.#byToken.delete(token);
    if (this.#byDocument.get(pending.documentSha256) === pending.id) this.#byDocument.delete(pending.documentSha256);
  }

  #index(pending: Pending): void {
    const isNew = !this.#byId.has(pending.id);
    this.#byId.set(pending.id, pending);
    if (isNew) this.#byDocument.set(pending.documentSha256, pending.id);
    for (const token of pending.tokens) this.#byToken.set(token, pending.id);
  }
}

const toSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));
