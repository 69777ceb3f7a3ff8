import { join, resolve } from 'node:path';
import { toMessage } from '../errors.ts';
import type { Site } from '../site/site.ts';
import type { SubscriptionStatus } from '../site/subscription/status.ts';
import { type FetchingOptions, readReach, toCacheDirectory } from './fetching-option.ts';
import type { Terminal } from './terminal.ts';

export interface KeepOptions extends FetchingOptions {
  /** The document of subscriptions. */
  readonly file: string;
  /** Where what is remembered lies. */
  readonly directory: string;
  readonly graceMs: number;
  /** Hears of every image that was fetched anew, with the origin of its log. */
  readonly onDownloaded: (image: string, origin: string) => void;
}

/** Subscriptions that are being kept. */
export interface KeptSubscriptions extends AsyncDisposable {
  /** Looks at what is new; the document too. */
  round(): Promise<void>;
  status(): SubscriptionStatus;
}

/** Begins to keep a site's subscriptions. Throws `config` for a document that is none, `storage-locked`. */
export async function keepSubscriptions(
  site: Site,
  options: KeepOptions,
  terminal: Terminal,
): Promise<KeptSubscriptions> {
  const { openSubscriptions } = await import('../site/open-subscriptions.ts');
  const { ImageCache } = await import('../site/download/image-cache.ts');
  const { Ledger } = await import('../site/subscription/ledger.ts');
  const { NoticeRunner } = await import('../site/subscription/notice-runner.ts');
  const { SubscriptionKeeper } = await import('../site/subscription/subscription-keeper.ts');
  const { readStatus } = await import('../site/subscription/status.ts');
  const { file, directory, graceMs } = options;
  const subscriptions = openSubscriptions(file);
  const fetch = { ...readReach(options, terminal.io.env), onDownloaded: options.onDownloaded };
  const { env } = terminal.io;
  const cache = await new ImageCache(resolve(toCacheDirectory(options.cache, env))).open();
  const tell = (sentence: string): void => terminal.say(sentence);
  const ledger = await Ledger.open(join(directory, 'subscriptions'));
  const runner = new NoticeRunner(subscriptions, { ledger, env, tell });
  const keeper = new SubscriptionKeeper(subscriptions, { site, ledger, cache, runner, fetch, graceMs, tell });
  let told = '';
  return {
    round: async () => {
      let trouble = '';
      try {
        const fresh = openSubscriptions(file);
        if (fresh.digest !== keeper.subscriptions.digest) keeper.replace(fresh);
      } catch (thrown) {
        trouble = `${toMessage(thrown)} The subscriptions before stay in force.`;
      }
      if (trouble !== told && trouble !== '') tell(trouble);
      told = trouble;
      await keeper.round();
    },
    status: () => readStatus(ledger, keeper, runner),
    [Symbol.asyncDispose]: async () => {
      await keeper[Symbol.asyncDispose]();
      await runner[Symbol.asyncDispose]();
      await ledger[Symbol.asyncDispose]();
    },
  };
}
