import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CatalogEntry } from '../catalog/catalog.ts';
import { toMessage } from '../errors.ts';
import type { Mailer } from '../mail/smtp.ts';
import { KeyedLock } from '../platform/keyed-lock.ts';
import type { ImageUse } from '../usage/use-report.ts';
import { CursorFile } from '../webhook/cursor-file.ts';
import { type AddressLedger, type AddressRecord, openAddressLedger, toLedgerKey } from './address-ledger.ts';
import { readConcerned, toNextSummary } from './due.ts';
import { type Due, type DueOptions, readDue } from './read-due.ts';
import { LISTED, type ReminderKind, type ReminderSender, toReminderMail } from './reminder-mail.ts';
import { openUnsubscribeLinks, type UnsubscribeLinks } from './unsubscribe-link.ts';

export interface RemindersOptions extends DueOptions {
  /** The data directory; what was sent is below `reminders`. */
  readonly directory: string;
  readonly origin: string;
  readonly sender: ReminderSender;
  readonly mailer: Mailer;
  /** False while nothing is to be sent: the catalog is behind its log, or this is a copy that takes no entries. */
  readonly isActive: () => boolean;
  /** Hears in sentences how mail goes. */
  readonly onNews: (sentence: string) => void;
  /** Pause between two rounds; 15 minutes where absent. */
  readonly roundMs?: number;
  /** Mails an hour at most; 200 where absent. */
  readonly perHour?: number;
  /** How images were used; absent where nobody counts. */
  readonly useOf?: (identifiers: readonly string[]) => Promise<ReadonlyMap<string, ImageUse>>;
}

const ROUND_MS = 15 * 60_000;
const PER_HOUR = 200;
const HOUR_MS = 3_600_000;
/** Between two mails of a kind to one address: what comes meanwhile is told together. */
const GAP_MS = 24 * HOUR_MS;
/** How long an address that its server does not know is left alone. */
const REFUSED_MS = 30 * 24 * HOUR_MS;
const FIRST_PAUSE_MS = 60_000;
const CLOSE_MS = 3_000;
const AT_ONCE = 4;
const STRETCH = 256;
/** Of each address; the oldest are let go. */
const DEPRECATIONS_KEPT = 200;

/**
 * Tells endorsers what they should hear: that entries run out, that somebody else deprecated what they endorse, what they endorse. Each
 * thing **at most once**: it is noted on disk before the mail goes out, and where nobody knows whether it arrived (a crash, a server
 * that stopped answering in its middle) it counts as sent. What surely did not go out is tried again. A clock that jumps sends
 * nothing for the time it skipped.
 */
export class Reminders {
  readonly #options: RemindersOptions;
  readonly #ledger: AddressLedger;
  readonly #links: UnsubscribeLinks;
  readonly #cursor: CursorFile;
  readonly #locks = new KeyedLock();
  #position: number;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #isClosed = false;
  #trouble: string | undefined;
  #failures = 0;
  #pausedUntilMs = 0;
  /** When mails of the last hour went out, by a clock that never jumps. */
  #recent: number[] = [];

  /** Opens what was sent before. The first time, only what happens from now on is told of. */
  static async open(options: RemindersOptions): Promise<Reminders> {
    const place = join(options.directory, 'reminders');
    const ledger = await openAddressLedger(place);
    const links = await openUnsubscribeLinks(join(place, 'link.key'));
    const cursor = new CursorFile(join(place, 'cursor'), options.origin);
    const kept = await cursor.read();
    const position = Math.min(kept ?? options.catalog.position(), options.catalog.position());
    if (position !== kept) await cursor.write(position);
    for (const record of ledger.all()) {
      const { onItsWay, ...rest } = record;
      if (onItsWay === undefined) continue;
      options.onNews(
        `A reminder (${onItsWay.kind}) to ${record.email} was on its way when the registry ended; it may not have arrived.`,
      );
      await ledger.put(rest);
    }
    return new Reminders(options, ledger, links, cursor, position);
  }

  private constructor(
    options: RemindersOptions,
    ledger: AddressLedger,
    links: UnsubscribeLinks,
    cursor: CursorFile,
    position: number,
  ) {
    this.#options = options;
    this.#ledger = ledger;
    this.#links = links;
    this.#cursor = cursor;
    this.#position = position;
  }

  /** Looks for what is due now and from time to time. */
  start(): void {
    const again = (): void => {
      void this.remind().finally(() => {
        if (!this.#isClosed) this.#timer = setTimeout(again, this.#options.roundMs ?? ROUND_MS).unref();
      });
    };
    again();
  }

  /** True if the last attempt at a mail failed. */
  get isFailing(): boolean {
    return this.#trouble !== undefined;
  }

  /** One round: all that is due is sent, as far as limits allow. Never throws. */
  remind(): Promise<void> {
    this.#round = this.#round.then(async () => {
      try {
        if (!this.#isClosed && this.#options.isActive() && performance.now() >= this.#pausedUntilMs)
          await this.#remind();
      } catch (thrown) {
        this.#options.onNews(`Reminders: ${toMessage(thrown)}`);
      }
    });
    return this.#round;
  }

  /** What a link is about: the address, and whether it gets mail; undefined for a link that is not ours. */
  find(token: string): AddressRecord | undefined {
    const key = this.#links.readToken(token);
    return key === undefined ? undefined : this.#ledger.get(key);
  }

  /** On disk when the promise is kept; undefined for a link that is not ours. */
  async subscribe(token: string, wanted: boolean): Promise<AddressRecord | undefined> {
    const key = this.#links.readToken(token);
    if (key === undefined) return undefined;
    return this.#locks.hold(key, async () => {
      const record = this.#ledger.get(key);
      if (record === undefined || (record.unsubscribedAt === undefined) === wanted) return record;
      const { unsubscribedAt: _, ...rest } = record;
      const next = wanted ? rest : { ...rest, unsubscribedAt: this.#options.now().toISOString() };
      await this.#ledger.put(next);
      return next;
    });
  }

  /** Sends no more. Mails under way may end, for a while: one that a server holds up counts as sent, as after a crash. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await Promise.race([this.#round, delay(CLOSE_MS, undefined, { ref: false })]);
  }

  async #remind(): Promise<void> {
    await this.#noteDeprecations();
    const note = (email: string): Promise<void> => this.#change(email, (record) => record);
    const due = await readDue(this.#options, this.#ledger, note);
    for (let at = 0; at < due.length; at += AT_ONCE) {
      const sent = await Promise.all(due.slice(at, at + AT_ONCE).map((one) => this.#send(one)));
      if (sent.includes('failed') || sent.includes('full') || this.#isClosed) return;
    }
  }

  /** Takes note of deprecations since the last round, on disk before the cursor: a crash between takes the same note again. */
  async #noteDeprecations(): Promise<void> {
    const { catalog, isReachable, now } = this.#options;
    for (;;) {
      const { entries, next } = await catalog.since({}, this.#position, STRETCH);
      for (const entry of entries.filter(({ deprecated }) => deprecated !== undefined)) {
        const concerned = (await readConcerned(catalog, entry, now())).filter(isReachable);
        const emails = new Map(concerned.map(({ email }) => [toLedgerKey(email), email]));
        emails.delete(toLedgerKey(entry.email));
        for (const email of emails.values()) {
          await this.#change(email, (record) =>
            record.deprecationsSeen >= entry.index
              ? record
              : {
                  ...record,
                  deprecations: [...record.deprecations, entry.index].slice(-DEPRECATIONS_KEPT),
                  deprecationsSeen: entry.index,
                },
          );
        }
      }
      if (next === this.#position) return;
      await this.#cursor.write(next);
      this.#position = next;
    }
  }

  /** Sends one mail, unless something speaks against it now. `failed`: no further one makes sense; `full`: the hour has had its share. */
  async #send({ kind, email, entries, mark }: Due): Promise<'sent' | 'kept' | 'failed' | 'full'> {
    const { sender, mailer, now, onNews, perHour = PER_HOUR } = this.#options;
    const key = toLedgerKey(email);
    const id = randomBytes(16).toString('hex');
    const noted = await this.#locks.hold(key, async () => {
      const before = this.#ledger.get(key) ?? this.#toFresh(email);
      if (isSilent(before, kind, now())) return undefined;
      if (!this.#takeShare(perHour)) return 'full';
      const sentAt = { ...before.sentAt, [kind]: now().toISOString() };
      await this.#ledger.put({ ...mark(before, now()), sentAt, onItsWay: { kind, id } });
      return before;
    });
    if (noted === undefined) return 'kept';
    if (noted === 'full') return 'full';
    const url = `${sender.baseUrl}/unsubscribe/${this.#links.toToken(key)}`;
    const uses = kind === 'summary' ? await this.#readUses(entries) : undefined;
    const reminder = { kind, email, entries, id, ...(uses === undefined ? {} : { uses }) };
    const delivery = await mailer.send(toReminderMail(reminder, sender, url));
    const isSurelyNot = delivery.outcome === 'deferred' && delivery.isUnsure !== true;
    await this.#locks.hold(key, async () => {
      const { onItsWay: _, ...after } = this.#ledger.get(key)!;
      const refused = delivery.outcome === 'refused' ? { refusedAt: now().toISOString() } : {};
      const { unsubscribedAt } = after;
      const kept = unsubscribedAt === undefined ? {} : { unsubscribedAt };
      await this.#ledger.put(isSurelyNot ? { ...noted, ...kept } : { ...after, ...refused });
    });
    if (delivery.outcome === 'deferred' && !isSurelyNot) {
      onNews(`A reminder (${kind}) to ${email} may not have arrived: ${delivery.reason}. It is not sent again.`);
    }
    this.#tell(isSurelyNot ? delivery.reason : undefined);
    return isSurelyNot ? 'failed' : 'sent';
  }

  /** Of the entries that a mail lists. A summary without numbers is one still. */
  async #readUses(entries: readonly CatalogEntry[]): Promise<ReadonlyMap<string, ImageUse> | undefined> {
    const listed = entries.slice(0, LISTED).map(({ identifier }) => identifier);
    return this.#options.useOf?.(listed).catch(() => undefined);
  }

  #change(email: string, change: (record: AddressRecord) => AddressRecord): Promise<void> {
    const key = toLedgerKey(email);
    return this.#locks.hold(key, () => this.#ledger.put(change(this.#ledger.get(key) ?? this.#toFresh(email))));
  }

  #toFresh(email: string): AddressRecord {
    const { now, times } = this.#options;
    const summaryAt = toNextSummary(now(), times);
    return { v: 1, email, summaryAt, expiry: {}, deprecations: [], deprecationsSeen: -1, sentAt: {} };
  }

  #takeShare(perHour: number): boolean {
    const nowMs = performance.now();
    this.#recent = this.#recent.filter((sentMs) => nowMs - sentMs < HOUR_MS);
    if (this.#recent.length >= perHour) return false;
    this.#recent.push(nowMs);
    return true;
  }

  /** Says what is new, and rests longer after each failure. */
  #tell(trouble: string | undefined): void {
    const before = this.#trouble;
    this.#trouble = trouble;
    this.#failures = trouble === undefined ? 0 : this.#failures + 1;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 10), HOUR_MS);
    this.#pausedUntilMs =
      trouble === undefined ? 0 : performance.now() + Math.min(pauseMs, this.#options.roundMs ?? pauseMs);
    if (trouble === before) return;
    if (trouble !== undefined) this.#options.onNews(`Reminders do not go out: ${trouble}. They are tried again.`);
    else if (before !== undefined) this.#options.onNews('Reminders go out again.');
  }
}

/** True if this address gets no mail of this kind now. A time far ahead is of a clock that went wrong, and counts for nothing. */
function isSilent(
  { unsubscribedAt, refusedAt, sentAt, onItsWay }: AddressRecord,
  kind: ReminderKind,
  now: Date,
): boolean {
  const since = (time: string | undefined): number =>
    time === undefined ? Number.POSITIVE_INFINITY : Math.abs(now.getTime() - Date.parse(time));
  return (
    unsubscribedAt !== undefined ||
    onItsWay !== undefined ||
    since(refusedAt) < REFUSED_MS ||
    since(sentAt[kind]) < GAP_MS
  );
}
