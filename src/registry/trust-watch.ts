import { toMessage } from '../errors.ts';
import { readTrust, type TrustReading, type TrustSettings } from './read-trust.ts';

/** What came of reading the trust directory again. */
export interface TrustNews {
  /** `kept`: what was read could not be used, and what was in force stays so. */
  readonly outcome: 'same' | 'changed' | 'kept';
  /** Sentences for the operator: what is in force, or why nothing changed, and what was passed over for the first time. */
  readonly sentences: readonly string[];
}

/** Reads the trust settings again and again while a registry runs. */
export class TrustWatch {
  readonly #settings: TrustSettings;
  readonly #apply: (reading: TrustReading) => Promise<void>;
  readonly #now: () => Date;
  #current: TrustReading;
  #under: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #readAt: Date;
  #isFailing = false;

  /** `apply` puts a reading into force: recorded first, used then. If it throws, the reading is not in force. */
  constructor(
    settings: TrustSettings,
    first: TrustReading,
    apply: (reading: TrustReading) => Promise<void>,
    now: () => Date = () => new Date(),
  ) {
    this.#settings = settings;
    this.#current = first;
    this.#apply = apply;
    this.#now = now;
    this.#readAt = now();
  }

  /** What is in force. */
  get current(): TrustReading {
    return this.#current;
  }

  /** When the settings were last read with success. */
  get readAt(): Date {
    return this.#readAt;
  }

  /** True if the last reading could not be used. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Reads every so often until `close`, and tells what is new; a directory that stays broken is told of once. */
  start(everyMs: number, tell: (news: TrustNews) => void): void {
    let last = '';
    const look = async (): Promise<void> => {
      const news = await this.refresh();
      const text = news.sentences.join(' ');
      if (news.outcome !== 'same' && text !== last) tell(news);
      last = news.outcome === 'same' ? '' : text;
    };
    this.#timer = setInterval(() => void look(), everyMs).unref();
  }

  /** Reads now. Never throws: what goes wrong is in the news. One reading follows the other. */
  refresh(): Promise<TrustNews> {
    const next = this.#under.then(() => this.#refresh());
    this.#under = next;
    return next;
  }

  /** Reads no more; resolves when a reading under way has ended. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#under;
  }

  async #refresh(): Promise<TrustNews> {
    const before = this.#current;
    try {
      const reading = await readTrust(this.#settings, before);
      const fresh = reading.warnings.filter((warning) => !before.warnings.includes(warning));
      if (reading.trust.digest === before.trust.digest) {
        this.#current = { ...before, warnings: reading.warnings };
        this.#settle();
        return { outcome: 'same', sentences: fresh };
      }
      await this.#apply(reading);
      this.#current = reading;
      this.#settle();
      return { outcome: 'changed', sentences: [reading.summary, ...fresh] };
    } catch (thrown) {
      this.#isFailing = true;
      return { outcome: 'kept', sentences: [`${toMessage(thrown)} What was trusted before stays in force.`] };
    }
  }

  #settle(): void {
    this.#readAt = this.#now();
    this.#isFailing = false;
  }
}
