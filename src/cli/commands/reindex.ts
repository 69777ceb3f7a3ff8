import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import type { Bind, Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { findConfiguration } from './serve.ts';

interface ReindexOptions {
  readonly config?: string;
  readonly sparql?: boolean;
}

/** `vouch reindex --sparql`: gives the SPARQL server of a registry everything again. */
export function addReindex(program: Command, bind: Bind): void {
  const command = program
    .command('reindex')
    .summary('rebuild what follows the log')
    .description(
      'Gives the SPARQL server that a registry names in its configuration (sparql.endpoint) every entry again, and ends when it has ' +
        'them all. The registry must not be running. The lists need no such command: delete the directory catalog of a stopped ' +
        'registry, and its next start rebuilds it.',
    )
    .option('--sparql', 'rebuild the SPARQL server')
    .option('--config <file>', 'configuration, YAML (else VOUCH_CONFIG, else vouch.yaml where you are)')
    .addHelpText('after', '\nExample:\n  vouch reindex --sparql --config /etc/vouch/vouch.yaml');
  bind<ReindexOptions>(command, reindex);
}

async function reindex({ terminal, options }: Call<ReindexOptions>): Promise<number> {
  if (options.sparql !== true) throw new VouchError('usage', 'Say what to rebuild: --sparql.');
  const { readConfiguration } = await import('../../server/configuration.ts');
  const { toRegistryOptions, untilStopped } = await import('../run-registry.ts');
  const { openRegistry } = await import('../../registry/open-registry.ts');
  const settings = toRegistryOptions(readConfiguration(findConfiguration(options.config, terminal.io.env)));
  if (settings.sparql === undefined) {
    throw new VouchError('config', 'The configuration names no SPARQL server: there is no sparql.endpoint.');
  }
  const onNews = (sentence: string): void => terminal.say(sentence);
  // read-only: rebuilding is no reason to write into the log
  const registry = await openRegistry({
    ...settings,
    isReadOnly: true,
    sparql: { ...settings.sparql, isAnew: true, onNews },
  });
  try {
    const size = registry.log.size();
    const done = registry.sparql.waitFor(size).then(() => true);
    done.catch(() => undefined);
    const isDone = await Promise.race([done, untilStopped(terminal.io.signal).then(() => false)]);
    terminal.say(
      isDone
        ? `The SPARQL server has ${size} records.`
        : `Stopped after ${registry.sparql.position()} of ${size} records.`,
    );
    return isDone ? EXIT.yes : EXIT.interrupted;
  } finally {
    await registry.close();
  }
}
