import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeEntryTime } from '../entry/entry-time.ts';
import { type Finding, toMessage, VouchError } from '../errors.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { Delivery, Mailer } from '../mail/smtp.ts';
import { KeyedLock } from '../platform/keyed-lock.ts';
import type { VerifiedEntry } from '../verify/verdict.ts';
import { type ConfirmationTemplate, type Sender, toConfirmationMail } from './confirmation-mail.ts';
import { type ConfirmedAddress, type ConfirmedAddresses, openConfirmedAddresses } from './confirmed-address.ts';
import { type Ending, isOpen, type Pending } from './pending.ts';
import { openPendingStore } from './pending-store.ts';
import { type MailState, Postman } from './postman.ts';
import { type WaitingLimits, WaitingList } from './waiting-list.ts';

export interface ConfirmationOptions {
  /** `unknown`: endorsers whose address nobody bound and they did not confirm yet; `always`: every entry. */
  readonly mode: 'unknown' | 'always';
  readonly mailer: Mailer;
  readonly template: ConfirmationTemplate;
  readonly limits: WaitingLimits;
  /** Hears in sentences how mail goes, and of abuse. */
  readonly onNews: (sentence: string) => void;
  /** Pause after a mail that did not go out, doubled with each up to an hour; default a minute. */
  readonly firstPauseMs?: number;
}

/** What became of a confirmed document. Faults are thrown, and it is tried again. */
export type Settlement =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** What the owner of an address can do with a link. */
export type Answer = 'confirm' | 'reject' | 'report';

const LONGEST_PAUSE_MS = 3_600_000;
const FIRST_PAUSE_MS = 60_000;
const SWEEP_MS = 30_000;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
/** More attempts are made only over weeks; the oldest links are let go then. */
const MOST_TOKENS = 1_000;

/**
 * Where submissions wait until the owner of the endorser's address said yes (entry-format: life of an entry, 2). Whatever it promises is
 * on disk before. Nothing that waits is anywhere else in the registry.
 */
export class Confirmation {
  readonly #options: ConfirmationOptions;
  readonly #sender: Sender;
  readonly #list: WaitingList;
  readonly #addresses: ConfirmedAddresses;
  readonly #now: () => Date;
  readonly #locks = new KeyedLock();
  readonly #postman: Postman;
  #settle: ((document: Uint8Array, pending: Pending) => Promise<Settlement>) | undefined;
  #sweeping: NodeJS.Timeout | undefined;
  #swept: Promise<void> = Promise.resolve();

  /** Opens what waits and who confirmed, below the data directory. */
  static async open(
    directory: string,
    options: ConfirmationOptions,
    sender: Sender,
    now: () => Date,
  ): Promise<Confirmation> {
    const store = await openPendingStore(join(directory, 'pending'));
    const addresses = await openConfirmedAddresses(join(directory, 'confirmed'));
    return new Confirmation(options, sender, new WaitingList(store, options.limits), addresses, now);
  }

  private constructor(
    options: ConfirmationOptions,
    sender: Sender,
    list: WaitingList,
    addresses: ConfirmedAddresses,
    now: () => Date,
  ) {
    this.#options = options;
    this.#sender = sender;
    this.#list = list;
    this.#addresses = addresses;
    this.#now = now;
    this.#postman = new Postman({
      send: (id) => this.#send(id),
      onNews: options.onNews,
      firstPauseMs: options.firstPauseMs ?? FIRST_PAUSE_MS,
      longestPauseMs: LONGEST_PAUSE_MS,
    });
  }

  /** Begins to work: what a crash left half done is finished, mail goes out. `settle` appends a confirmed document. */
  start(settle: (document: Uint8Array, pending: Pending) => Promise<Settlement>): void {
    this.#settle = settle;
    for (const { id, state, sentAt } of this.#list.all()) {
      if (state === 'waiting' && sentAt === undefined) this.#postman.post(id);
    }
    this.#sweep();
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** How many wait, and how mail goes. */
  get state(): MailState & { readonly pending: number } {
    return { pending: this.#list.all().filter(isOpen).length, ...this.#postman.state };
  }

  /** That the endorser confirmed the address of this entry before, if he did. */
  confirmed({ endorserKey, entry }: VerifiedEntry): ConfirmedAddress | undefined {
    return this.#addresses.find(endorserKey, entry.endorsement.email);
  }

  /** True if the owner of the address confirmed to be this endorser. */
  isConfirmed(endorserKey: string, email: string): boolean {
    return this.#addresses.find(endorserKey, email) !== undefined;
  }

  /** True if the entry has to wait for a word of its endorser. */
  needs(verified: VerifiedEntry): boolean {
    if (this.#options.mode === 'always') return true;
    return verified.evidence.address !== 'operator' && this.confirmed(verified) === undefined;
  }

  /**
   * Lets an entry wait and has its endorser asked; one that waits already waits on. Throws `busy` and `quota` where too much waits,
   * `storage`.
   */
  hold(verified: VerifiedEntry): Promise<Pending> {
    return this.#locks.hold('', async () => {
      const known = this.find(verified.documentSha256);
      if (known !== undefined && isOpen(known)) return known;
      const now = this.#now();
      const { email } = verified.entry.endorsement;
      this.#list.checkRoom(email, now, this.confirmed(verified)?.endorserKey);
      const pending = toPending(verified, now, this.#options.limits.expireMs);
      await this.#list.add(pending, verified.bytes);
      this.#postman.post(pending.id);
      return pending;
    });
  }

  /** What became of the last submission of a document. */
  find(documentSha256: string): Pending | undefined {
    return this.#asOfNow(this.#list.ofDocument(documentSha256));
  }

  /** The submission that a link is about. */
  open(token: string): Pending | undefined {
    if (!TOKEN.test(token)) return undefined;
    return this.#asOfNow(this.#list.ofToken(sha256Hex(new TextEncoder().encode(token))));
  }

  /**
   * Does what the owner of the address answered, once: of one that has ended nothing changes. Gives what became of it; undefined for
   * a link that leads nowhere. Faults of appending are thrown; then it is confirmed, and appended later.
   */
  async answer(token: string, answer: Answer): Promise<Pending | undefined> {
    const found = this.open(token);
    if (found === undefined) return undefined;
    return this.#locks.hold(found.id, async () => {
      const pending = this.#asOfNow(this.#list.get(found.id)) ?? found;
      if (pending.state === 'confirmed') return this.#finish(pending);
      if (pending.state !== 'waiting') return pending;
      if (answer === 'reject') return this.#end(pending, 'rejected');
      if (answer === 'report') {
        const { identifier, email, signerSha256, id } = pending;
        this.#options.onNews(
          `Abuse was reported by the owner of ${email}: submission ${id}, image ${identifier}, certificate ${signerSha256}.`,
        );
        return this.#end(pending, 'reported');
      }
      const confirmed: Pending = { ...pending, state: 'confirmed', confirmedAt: this.#now().toISOString() };
      await this.#list.replace(confirmed);
      return this.#finish(confirmed);
    });
  }

  /** Sends no more mail; resolves when what is under way has ended. */
  async close(): Promise<void> {
    clearInterval(this.#sweeping);
    await this.#postman.close();
    await this.#swept;
  }

  /** From here on the address is the endorser's, whatever becomes of the entry. */
  async #finish(pending: Pending): Promise<Pending> {
    const { endorserKey, email, subject, issuer, documentSha256, confirmedAt } = pending;
    const confirmed = { v: 1, endorserKey, email, subject, issuer, documentSha256, confirmedAt: confirmedAt! } as const;
    await this.#addresses.add(confirmed);
    if (this.#settle === undefined) throw new VouchError('closed', 'The registry does not take confirmations yet.');
    const settlement = await this.#settle(await this.#list.document(pending), pending);
    return settlement.ok
      ? this.#end(pending, 'accepted', { path: settlement.path })
      : this.#end(pending, 'refused', { findings: settlement.findings });
  }

  async #end(pending: Pending, state: Ending, more: Partial<Pending> = {}): Promise<Pending> {
    const ended: Pending = { ...pending, ...more, state, endedAt: this.#now().toISOString() };
    await this.#list.replace(ended);
    return ended;
  }

  /** One attempt at the mail of a submission. What is noted before it is that links of it may be out there. */
  async #send(id: string): Promise<Delivery | undefined> {
    const token = randomBytes(32).toString('base64url');
    const isDue = (pending: Pending | undefined): pending is Pending =>
      pending !== undefined && pending.state === 'waiting' && pending.sentAt === undefined;
    const noted = await this.#locks.hold(id, async () => {
      const pending = this.#asOfNow(this.#list.get(id));
      if (!isDue(pending)) return undefined;
      const tokens = [...pending.tokens, sha256Hex(new TextEncoder().encode(token))].slice(-MOST_TOKENS);
      const next = { ...pending, tokens, attempts: pending.attempts + 1 };
      await this.#list.replace(next);
      return next;
    });
    if (noted === undefined) return undefined;
    const { mailer, template } = this.#options;
    const delivery = await mailer.send(toConfirmationMail(template, noted, token, this.#sender));
    await this.#locks.hold(id, async () => {
      const pending = this.#list.get(id);
      if (!isDue(pending)) return;
      if (delivery.outcome === 'sent') {
        await this.#list.replace({ ...pending, sentAt: this.#now().toISOString() });
      } else if (delivery.outcome === 'refused') {
        await this.#end(pending, 'undeliverable');
      }
    });
    return delivery;
  }

  /** What waits longer than it may has expired, whether or not somebody has noted it. */
  #asOfNow(pending: Pending | undefined): Pending | undefined {
    if (pending?.state !== 'waiting' || Date.parse(pending.expiresAt) > this.#now().getTime()) return pending;
    return { ...pending, state: 'expired', endedAt: pending.expiresAt };
  }

  /** Notes what expired, finishes what was confirmed, forgets what ended long ago. One sweep follows the other. */
  #sweep(): void {
    this.#swept = this.#swept.then(() => this.#sweepOnce()).catch((thrown) => this.#options.onNews(toMessage(thrown)));
  }

  async #sweepOnce(): Promise<void> {
    for (const { id } of this.#list.all().filter(isOpen)) {
      const settling = this.#locks.hold(id, async () => {
        const pending = this.#asOfNow(this.#list.get(id));
        if (pending?.state === 'expired') await this.#list.replace(pending);
        else if (pending?.state === 'confirmed') await this.#finish(pending);
      });
      // One that cannot be settled now must not keep the others.
      await settling.catch((thrown) => this.#options.onNews(`Submission ${id}: ${toMessage(thrown)}`));
    }
    await this.#list.forget(this.#now());
  }
}

function toPending(verified: VerifiedEntry, now: Date, expireMs: number): Pending {
  const { entry, documentSha256, endorserKey, signerSha256 } = verified;
  const { email, subject, issuers, createdAt } = entry.endorsement;
  return {
    v: 1,
    id: randomBytes(16).toString('hex'),
    documentSha256,
    identifier: entry.identifier,
    email,
    subject,
    issuer: issuers[0] ?? '',
    endorserKey,
    signerSha256,
    title: (entry.title ?? '').slice(0, 1000),
    isDeprecation: entry.deprecated !== undefined,
    signedAt: writeEntryTime(createdAt),
    submittedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + expireMs).toISOString(),
    state: 'waiting',
    tokens: [],
    attempts: 0,
  };
}
