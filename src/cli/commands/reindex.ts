import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { type FaultCode, VouchError } from '../../errors.ts';
import type { Bind, Call } from '../call.ts';
import { type ControlClient, openControlClient } from '../control-client.ts';
import { EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { findConfiguration, findDataDirectory } from './serve.ts';

interface ReindexOptions {
  readonly config?: string;
  readonly sparql?: boolean;
  readonly data?: string;
}

/** `vouch reindex`: makes the catalog anew, also of a registry that runs; with `--sparql` what its SPARQL server has. */
export function addReindex(program: Command, bind: Bind): void {
  const command = program
    .command('reindex')
    .summary('rebuild what follows the log')
    .description(
      'Makes the catalog (lists, history, tags, counts) anew from the log. A running registry does it beside the one it answers from,\n' +
        'goes on taking entries, and changes over when it is done; what is cut off changes nothing. Its own SPARQL index follows the catalog\n' +
        'and is made at each start. With --sparql, the SPARQL server that the configuration names (sparql.endpoint) is given every entry\n' +
        'again instead; for that the registry must not be running.',
    )
    .option('--sparql', 'rebuild the SPARQL server')
    .option('--data <dir>', 'data directory of the running registry (else that of the configuration)')
    .option('--config <file>', 'configuration, YAML (else VOUCH_CONFIG, else vouch.yaml where you are)')
    .addHelpText(
      'after',
      '\nExamples:\n  vouch reindex --data /var/lib/vouch\n  vouch reindex --sparql --config /etc/vouch/vouch.yaml',
    );
  bind<ReindexOptions>(command, (call) => (call.options.sparql === true ? reindexSparql(call) : reindex(call)));
}

async function reindex({ terminal, options }: Call<ReindexOptions>): Promise<number> {
  const data = await findDataDirectory(options, terminal.io.env);
  using progress = terminal.progress('reindex', 'count');
  const running = await openControlClient(data, terminal.io.signal);
  if (running === undefined) await reindexStopped(terminal, options, progress.update);
  else await reindexRunning(running, progress.update);
  terminal.say(`The catalog in ${data} is made anew.`);
  return EXIT.yes;
}

type Update = (position: number, size: number) => void;

async function reindexRunning(running: ControlClient, update: Update): Promise<void> {
  const reply = await running.ask('POST', '/reindex');
  let last: { position?: number; size?: number; done?: true; code?: FaultCode; message?: string } = {};
  for await (const line of createInterface(reply)) {
    last = JSON.parse(line) as typeof last;
    if (last.position !== undefined) update(last.position, last.size ?? 0);
  }
  if (last.done === true) return;
  throw new VouchError(last.code ?? 'unreachable', last.message ?? 'The registry stopped before the catalog was made.');
}

async function reindexStopped(terminal: Terminal, { config }: ReindexOptions, update: Update): Promise<void> {
  const { readConfiguration } = await import('../../server/configuration/configuration.ts');
  const { toRegistryOptions } = await import('../run-registry.ts');
  const { openRegistry } = await import('../../registry/open-registry.ts');
  const settings = toRegistryOptions(readConfiguration(findConfiguration(config, terminal.io.env)));
  const registry = await openRegistry({ ...settings, isReadOnly: true });
  try {
    await registry.reindex(update, terminal.io.signal);
  } finally {
    await registry.close();
  }
}

async function reindexSparql({ terminal, options }: Call<ReindexOptions>): Promise<number> {
  const { readConfiguration } = await import('../../server/configuration/configuration.ts');
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
