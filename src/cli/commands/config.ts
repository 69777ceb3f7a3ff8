import type { Command } from 'commander';
import type { Bind, Call } from '../call.ts';
import { addJsonOption } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { findConfiguration } from './serve.ts';

interface ConfigOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** `vouch config check` and `vouch config show`: what a configuration says, without starting anything. */
export function addConfig(program: Command, bind: Bind): void {
  const config = program.command('config').summary('check and show the configuration of a registry');
  config.description('Reads the configuration that "vouch serve" would run with.');
  const check = config
    .command('check')
    .summary('check it, with every file it names')
    .description(
      'Checks every setting, and that what they name can be used: trust, templates, tokens, TLS, keys, saved queries. Nothing is started,\n' +
        'and no network asked. Exit code 0 if a registry would start with it, 2 with a sentence if not.',
    );
  addConfigOption(check).addHelpText('after', '\nExample:\n  vouch config check --config /etc/vouch/vouch.yaml');
  bind<ConfigOptions>(check, checkConfiguration);
  const show = config
    .command('show')
    .summary('show every setting, and where it comes from')
    .description('Lists every setting with its value and where that was set. Secrets are not shown.');
  addJsonOption(addConfigOption(show)).addHelpText(
    'after',
    '\nExample:\n  vouch config show --config /etc/vouch/vouch.yaml',
  );
  bind<ConfigOptions>(show, showConfiguration);
}

function addConfigOption(command: Command): Command {
  return command.option('--config <file>', 'configuration, YAML (else VOUCH_CONFIG, else vouch.yaml where you are)');
}

async function checkConfiguration({ terminal, options }: Call<ConfigOptions>): Promise<number> {
  const { readConfiguration } = await import('../../server/configuration/configuration.ts');
  const { readSavedQueries } = await import('../../server/configuration/read-saved-queries.ts');
  const { openJournal } = await import('../../server/journal.ts');
  const { readTls } = await import('../../server/tls.ts');
  const { readTrust } = await import('../../registry/read-trust.ts');
  const { toMirrorOptions, toRegistryOptions } = await import('../run-registry.ts');
  const { toRunSettings } = await import('../run-settings.ts');
  const { toRemindSettings } = await import('../run-reminders.ts');
  const found = findConfiguration(options.config, terminal.io.env);
  const configuration = readConfiguration(found);
  const { queries } = configuration.sparql;
  if (queries !== undefined) readSavedQueries(queries, configuration.baseUrl);
  if (configuration.tls !== undefined) readTls(configuration.tls);
  toRunSettings(
    configuration,
    openJournal(configuration.logs, () => {}),
  );
  toRemindSettings(configuration, () => {});
  if (toMirrorOptions(configuration) === undefined) {
    const { warnings, summary } = await readTrust(toRegistryOptions(configuration).trust);
    for (const warning of warnings) terminal.say(warning);
    terminal.say(summary);
  }
  terminal.say(`${found.file ?? 'The environment'} is a configuration of ${configuration.baseUrl}.`);
  return EXIT.yes;
}

async function showConfiguration({ terminal, options }: Call<ConfigOptions>): Promise<number> {
  const { listSettings } = await import('../../server/configuration/configuration-listing.ts');
  const listed = listSettings(findConfiguration(options.config, terminal.io.env));
  if (options.json === true) {
    for (const setting of listed) terminal.printJson(setting);
    return EXIT.yes;
  }
  const toText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  const rows = listed.map(({ path, value, source }) => [path, toText(value), source]);
  terminal.printTable([{ heading: 'setting' }, { heading: 'value', least: 20 }, { heading: 'from' }], rows);
  return EXIT.yes;
}
