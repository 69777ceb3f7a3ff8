import { toMessage } from '../../errors.ts';
import type { SiteEvent, Subscriptions } from '../../policy/subscription.ts';
import type { FollowedImage, Notice } from './followed-image.ts';
import type { Ledger } from './ledger.ts';
import { runCommand } from './run-command.ts';

export interface NoticeRunnerOptions {
  readonly ledger: Ledger;
  /** What programs find in their environment besides what they are told. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly tell: (sentence: string) => void;
  /** Milliseconds to wait after so many failures. */
  readonly pauseMs?: (failures: number) => number;
  readonly now?: () => Date;
}

/** How telling of an image goes while it fails. */
export interface NoticeTrouble {
  readonly failures: number;
  readonly message: string;
  readonly nextAt: Date;
}

/** Programs that run at once; those about one image run one after another. */
const AT_ONCE = 4;
const HOUR_MS = 3_600_000;

/**
 * Runs the programs of events: those about one image in order, each until it ends with exit code 0, and every one at least once, however
 * often this process dies. What was told is forgotten only then.
 */
export class NoticeRunner implements AsyncDisposable {
  readonly #options: NoticeRunnerOptions;
  readonly #ending = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #trouble = new Map<string, NoticeTrouble>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #counts: Record<SiteEvent | 'failed', number> = { allowed: 0, changed: 0, withdrawn: 0, failed: 0 };
  #subscriptions: Subscriptions;

  constructor(subscriptions: Subscriptions, options: NoticeRunnerOptions) {
    this.#subscriptions = subscriptions;
    this.#options = options;
  }

  /** Programs that ended well, by event, and those that did not, since this process started. */
  get counts(): Readonly<Record<SiteEvent | 'failed', number>> {
    return this.#counts;
  }

  /** Why an image's program is run again, if it is. */
  troubleOf(image: string): NoticeTrouble | undefined {
    return this.#trouble.get(image);
  }

  /** From now on these programs. */
  replace(subscriptions: Subscriptions): void {
    this.#subscriptions = subscriptions;
  }

  /** Starts what is due and not running. */
  wake(): void {
    if (this.#ending.signal.aborted) return;
    const now = this.#now();
    for (const followed of this.#options.ledger.list()) {
      if (this.#running.size >= AT_ONCE) return;
      const { image, notices } = followed;
      if (notices.length === 0 || this.#running.has(image)) continue;
      if ((this.#trouble.get(image)?.nextAt ?? now) > now) continue;
      const done = this.#run(notices[0]!).finally(() => {
        this.#running.delete(image);
        this.wake();
      });
      this.#running.set(image, done);
    }
  }

  /** Ends what runs; it is run again when this program is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#running.values());
  }

  async #run(notice: Notice): Promise<void> {
    const { image, event } = notice;
    const [program, ...words] = this.#subscriptions.commands[event] ?? [];
    if (program !== undefined) {
      const told = await runCommand({
        program,
        words,
        env: toEnvironment(this.#options.env, notice),
        input: `${JSON.stringify(notice)}\n`,
        timeoutMs: this.#subscriptions.timeoutMs,
        signal: this.#ending.signal,
      });
      if (told.outcome === 'stopped') return;
      if (told.outcome === 'failed') return this.#fail(notice, told.message);
      this.#counts[event] += 1;
    }
    this.#trouble.delete(image);
    const known = this.#options.ledger.get(image)!;
    try {
      await this.#options.ledger.put(without(known, notice));
    } catch (thrown) {
      // It may be told once more after a restart; now it waits, since the disk does not take anything.
      this.#fail(notice, toMessage(thrown));
    }
  }

  #fail({ image, event, id }: Notice, message: string): void {
    const failures = (this.#trouble.get(image)?.failures ?? 0) + 1;
    const pause = (this.#options.pauseMs ?? toPauseMs)(failures);
    this.#trouble.set(image, { failures, message, nextAt: new Date(this.#now().getTime() + pause) });
    this.#counts.failed += 1;
    this.#options.tell(`Nobody was told that ${image} is ${event} (${id}): ${message} It is tried again.`);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.wake();
    }, pause + 1);
    this.#timers.add(timer);
  }

  #now(): Date {
    return (this.#options.now ?? (() => new Date()))();
  }
}

function without(followed: FollowedImage, { id }: Notice): FollowedImage {
  return { ...followed, notices: followed.notices.filter((notice) => notice.id !== id) };
}

/** What endorsers write as they please stays out of the environment, where a script might take it for something else; it is in the JSON. */
function toEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  { id, event, image, subscriptions, file, entry }: Notice,
): Record<string, string> {
  const own = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !pair[0].startsWith('VOUCH_'),
  );
  return {
    ...Object.fromEntries(own),
    VOUCH_EVENT: event,
    VOUCH_EVENT_ID: id,
    VOUCH_IMAGE: image,
    VOUCH_FILE: file,
    VOUCH_SUBSCRIPTIONS: subscriptions.join(' '),
    VOUCH_SIZE: String(entry.sizeBytes),
    VOUCH_FORMAT: /^[A-Za-z0-9]{1,16}$/.test(entry.format ?? '') ? entry.format! : '',
  };
}

function toPauseMs(failures: number): number {
  const most = Math.min(HOUR_MS, 1_000 * 2 ** Math.min(failures, 12));
  return most * (0.8 + Math.random() * 0.2);
}
