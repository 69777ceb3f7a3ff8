import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Following } from '../../registry/follow-log.ts';
import type { TrustNews } from '../../registry/trust-watch.ts';
import type { Bind, Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { serveMirror, tellNews } from '../serve-mirror.ts';
import type { Terminal } from '../terminal.ts';

interface ServeOptions {
  readonly config?: string;
}

const DEFAULT_FILE = 'vouch.yaml';

/** `vouch serve`: runs a registry until it is stopped. */
export function addServe(program: Command, bind: Bind): void {
  const command = program
    .command('serve')
    .summary('run a registry, or a mirror of one')
    .description(
      'Runs a registry from its configuration until it is stopped (Ctrl-C, SIGTERM); with mirror.url, a mirror of another one.',
    )
    .option('--config <file>', `configuration, YAML (else VOUCH_CONFIG, else ${DEFAULT_FILE} where you are)`)
    .addHelpText('after', '\nExample:\n  vouch serve --config /etc/vouch/vouch.yaml');
  bind<ServeOptions>(command, serve);
}

/** The configuration file to read: as told, or the one that is here. */
export function findConfiguration(
  flag: string | undefined,
  env: Terminal['io']['env'],
): { readonly file?: string; readonly env: Terminal['io']['env'] } {
  const file = flag ?? (env.VOUCH_CONFIG || (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined));
  return file === undefined ? { env } : { file, env };
}

/** The data directory that is named, or that of the configuration. */
export async function findDataDirectory(
  { data, config }: { readonly data?: string; readonly config?: string },
  env: Terminal['io']['env'],
): Promise<string> {
  if (data !== undefined) return data;
  const { readConfiguration } = await import('../../server/configuration/configuration.ts');
  return readConfiguration(findConfiguration(config, env)).dataDirectory;
}

async function serve({ terminal, options }: Call<ServeOptions>): Promise<number> {
  const { readConfiguration } = await import('../../server/configuration/configuration.ts');
  const { readSavedQueries } = await import('../../server/configuration/read-saved-queries.ts');
  const { runRegistry, toMirrorOptions, toRegistryOptions, untilStopped } = await import('../run-registry.ts');
  const { toRunSettings } = await import('../run-settings.ts');
  const { toRemindSettings } = await import('../run-reminders.ts');
  const { readRestoredMark } = await import('../../registry/restored-mark.ts');
  const configuration = readConfiguration(findConfiguration(options.config, terminal.io.env));
  const { openJournal } = await import('../../server/journal.ts');
  const journal = openJournal(configuration.logs, (line) => terminal.io.stderr.write(line));
  const say = (sentence: string): void => journal.news(sentence);
  const { queries } = configuration.sparql;
  const savedQueries = queries === undefined ? [] : readSavedQueries(queries, configuration.baseUrl);
  const { webhooks } = configuration;
  const more = { ...toRunSettings(configuration, journal), savedQueries, webhooks, onWebhookStop: say };
  const mirror = toMirrorOptions(configuration);
  if (mirror !== undefined) return serveMirror(terminal, mirror, configuration.listen, more);
  const settings = toRegistryOptions(configuration, say);
  const told = {
    ...settings,
    onTrustNews: ({ sentences }: TrustNews) => sentences.forEach(say),
    onWitnessNews: say,
    onFollowNews: (news: Following) => tellNews(say, news),
    ...(settings.sparql === undefined ? {} : { sparql: { ...settings.sparql, onNews: say } }),
  };
  const reminders = toRemindSettings(configuration, say);
  const run = reminders === undefined ? more : { ...more, reminders };
  await using running = await runRegistry(told, configuration.listen, run);
  const { registry, server } = running;
  registry.trustWarnings.forEach(say);
  say(registry.trustSummary);
  say(`${registry.title} at ${registry.baseUrl}, listening on ${server.url}`);
  say(`Log ${registry.log.origin}: ${registry.log.size()} records`);
  for (const { origin, url, learned, following } of registry.overlay?.origins() ?? []) {
    if (following !== undefined) say(`Follows ${origin} at ${url}: ${learned} records.`);
  }
  if (registry.witness !== undefined) say(`Witness key: ${registry.witness.key.vkey}`);
  if (registry.readOnlyReason !== undefined) say(registry.readOnlyReason);
  if ((await readRestoredMark(configuration.dataDirectory)) !== undefined)
    say('See "vouch restore --help" for how it goes on.');
  await untilStopped(terminal.io.signal);
  say('Stopping: requests under way are finished first.');
  return EXIT.yes;
}
