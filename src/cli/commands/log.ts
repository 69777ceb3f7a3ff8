import type { Command } from 'commander';
import { readSignedCheckpoint } from '../../log/checkpoint.ts';
import { readVerifierKey } from '../../log/note-key.ts';
import { addRegistryOption, type Bind, type Call, openClient } from '../call.ts';
import { EXIT } from '../exit-code.ts';

interface CheckpointOptions {
  readonly logKey?: string;
}

/** `vouch log …`: what keeps an eye on the history. */
export function addLog(program: Command, bind: Bind): void {
  const log = program
    .command('log')
    .summary('look at the transparency log')
    .description('Looks at the transparency log.');
  const command = log
    .command('checkpoint')
    .summary('print the signed checkpoint')
    .description(
      "Prints the signed checkpoint of a registry's log: its name, size and root. With --log-key its signature is checked.",
    )
    .argument('[url]', 'base URL of the registry; the same as --url')
    .option('--log-key <vkey>', 'public key of the log, name+id+base64');
  addRegistryOption(command).addHelpText('after', '\nExample:\n  vouch log checkpoint https://marketplace.example.org');
  bind<CheckpointOptions>(command, checkpoint);
}

async function checkpoint(call: Call<CheckpointOptions>): Promise<number> {
  const { terminal, options, words } = call;
  const note = await openClient(call, words[0]).checkpoint();
  if (options.logKey !== undefined) {
    const signed = readSignedCheckpoint(note, readVerifierKey(options.logKey));
    terminal.say(`The log's signature holds: ${signed.checkpoint.size} records.`);
  }
  await terminal.write('-', note);
  return EXIT.yes;
}
