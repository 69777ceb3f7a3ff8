import type { Command } from 'commander';
import { readCheckpoint, readSignedCheckpoint } from '../../log/checkpoint.ts';
import { readVerifierKey } from '../../log/note-key.ts';
import { readNote } from '../../proof/note.ts';
import { addRegistryOption, type Bind, type Call, openClient } from '../call.ts';
import { EXIT } from '../exit-code.ts';

interface CheckpointOptions {
  readonly logKey?: string;
}

/** `vouch log checkpoint`: how far a registry's log is, signed by it. */
export function addLogCheckpoint(log: Command, bind: Bind): void {
  const command = log
    .command('checkpoint')
    .summary('print the signed checkpoint')
    .description(
      "Prints the signed checkpoint of a registry's log: its name, size and root. With --log-key its signature is checked.\n" +
        'Keep it: a later log that does not contain exactly these records has been rewritten.',
    )
    .argument('[url]', 'base URL of the registry; the same as --url')
    .option('--log-key <vkey>', 'public key of the log, name+id+base64');
  addRegistryOption(command).addHelpText('after', '\nExample:\n  vouch log checkpoint https://marketplace.example.org');
  bind<CheckpointOptions>(command, checkpoint);
}

async function checkpoint(call: Call<CheckpointOptions>): Promise<number> {
  const { terminal, options, words } = call;
  const note = await openClient(call, words[0]).checkpoint();
  if (options.logKey === undefined) {
    const { origin, size } = readCheckpoint(readNote(note).text);
    terminal.say(`${origin} has ${size} records, it says; --log-key checks that it signed this.`);
  } else {
    const signed = readSignedCheckpoint(note, readVerifierKey(options.logKey));
    terminal.say(`The log's signature holds: ${signed.checkpoint.size} records.`);
  }
  await terminal.write('-', note);
  return EXIT.yes;
}
