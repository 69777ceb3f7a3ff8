import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import { writeEntryBundle } from '../../peer/entry-bundle.ts';
import { fetchBundle } from '../../peer/fetch-bundle.ts';
import { HttpLogSource } from '../../peer/http-log-source.ts';
import { isEntryRecord } from '../../proof/record.ts';
import { findToken } from '../access-token.ts';
import { addRegistryOption, type Bind, type Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { fetchReceipt } from '../fetch-receipt.ts';
import { REFERENCE_HELP } from '../reference.ts';

interface BundleOptions {
  readonly logKey?: string;
  readonly output: string;
}

/** `vouch log bundle ID|INDEX`: an entry with everything that proves it, in one file. */
export function addLogBundle(log: Command, bind: Bind): void {
  const command = log
    .command('bundle')
    .summary('get an entry with everything that proves it, in one file')
    .description(
      'Writes an entry, its receipt, and what the verdict on it rested on to one file, which "vouch verify --offline" judges far from\n' +
        'any network. What the file proves is said.',
    )
    .argument('<id|number>', `log number, or ${REFERENCE_HELP}`)
    .option('--log-key <vkey>', 'public key of the log, name+id+base64; else the one that the registry names')
    .option('-o, --output <file>', 'where to write the bundle', '-');
  addRegistryOption(command).addHelpText(
    'after',
    '\nExample:\n  vouch log bundle jane@example.org#debian-stable -o entry.bundle',
  );
  bind<BundleOptions>(command, bundle);
}

async function bundle(call: Call<BundleOptions>): Promise<number> {
  const { terminal, options } = call;
  const { client, receipt, proven } = await fetchReceipt(call);
  if (!isEntryRecord(proven.record)) throw new VouchError('usage', `Record ${proven.index} is not of an entry.`);
  const source = new HttpLogSource(`${client.baseUrl}/log`, {
    signal: terminal.io.signal,
    ...findToken(call.settings, client.baseUrl),
  });
  await terminal.write(options.output, writeEntryBundle(await fetchBundle(source, receipt, proven.record)));
  return EXIT.yes;
}
