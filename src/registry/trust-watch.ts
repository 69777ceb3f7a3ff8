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
  #current: TrustReading;
  #under: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  /** `apply` puts a reading into force: recorded first, used then. If it throws, the reading is not in force. */
  constructor(settings: TrustSettings, first: TrustReading, apply: (reading: TrustReading) => Promise<void>) {
    this.#settings = settings;
    this.#current = first;
    this.#apply = apply;
  }

  /** What is in force. */
  get current(): TrustReading {
    return this.#current;
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
        return { outcome: 'same', sentences: fresh };
      }
      await this.#apply(reading);
      this.#current = reading;
      return { outcome: 'changed', sentences: [reading.summary, ...fresh] };
    } catch (thrown) {
      return { outcome: 'kept', sentences: [`${toMessage(thrown)} What was trusted before stays in force.`] };
    }
  }
}
