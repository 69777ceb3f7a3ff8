import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { TrustNews } from '../../registry/trust-watch.ts';
import { toVisibleText } from '../../server/visible-text.ts';
import type { Bind, Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { serveMirror } from '../serve-mirror.ts';
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
  const { readConfiguration } = await import('../../server/configuration.ts');
  return readConfiguration(findConfiguration(config, env)).dataDirectory;
}

async function serve({ terminal, options }: Call<ServeOptions>): Promise<number> {
  const { readConfiguration } = await import('../../server/configuration.ts');
  const { readSavedQueries } = await import('../../server/read-saved-queries.ts');
  const { runRegistry, toMirrorOptions, toRegistryOptions, untilStopped } = await import('../run-registry.ts');
  const { toRemindSettings } = await import('../run-reminders.ts');
  const { readRestoredMark } = await import('../../registry/restored-mark.ts');
  const configuration = readConfiguration(findConfiguration(options.config, terminal.io.env));
  const { queries } = configuration.sparql;
  const savedQueries = queries === undefined ? [] : readSavedQueries(queries, configuration.baseUrl);
  const { webhooks } = configuration;
  const more = { savedQueries, webhooks, onWebhookStop: (reason: string) => terminal.say(reason) };
  const mirror = toMirrorOptions(configuration);
  if (mirror !== undefined) return serveMirror(terminal, mirror, configuration.listen, more);
  const onTrustNews = ({ sentences }: TrustNews): void => {
    for (const sentence of sentences) terminal.say(sentence);
  };
  const onWitnessNews = (sentence: string): void => terminal.say(sentence);
  const onMailNews = (sentence: string): void => terminal.say(toVisibleText(sentence));
  const settings = toRegistryOptions(configuration, onMailNews);
  const onNews = (sentence: string): void => terminal.say(sentence);
  const told = {
    ...settings,
    onTrustNews,
    onWitnessNews,
    ...(settings.sparql === undefined ? {} : { sparql: { ...settings.sparql, onNews } }),
  };
  const reminders = toRemindSettings(configuration, onMailNews);
  const run = reminders === undefined ? more : { ...more, reminders };
  await using running = await runRegistry(told, configuration.listen, run);
  const { registry, server } = running;
  for (const warning of registry.trustWarnings) terminal.say(warning);
  terminal.say(registry.trustSummary);
  terminal.say(`${registry.title} at ${registry.baseUrl}, listening on ${server.url}`);
  terminal.say(`Log ${registry.log.origin}: ${registry.log.size()} records`);
  if (registry.witness !== undefined) terminal.say(`Witness key: ${registry.witness.key.vkey}`);
  if (registry.readOnlyReason !== undefined) terminal.say(registry.readOnlyReason);
  if ((await readRestoredMark(configuration.dataDirectory)) !== undefined)
    terminal.say('See "vouch restore --help" for how it goes on.');
  await untilStopped(terminal.io.signal);
  terminal.say('Stopping: requests under way are finished first.');
  return EXIT.yes;
}
