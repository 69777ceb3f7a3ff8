import type { Command } from 'commander';
import { addJsonOption, addRegistryOption, type Bind, type Call, openClient } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { tellUpload } from '../tell-upload.ts';

interface UploadOptions {
  readonly to?: string;
  readonly json?: boolean;
}

/** `vouch upload ENTRY…`: submits signed entries; prints where each is. */
export function addUpload(program: Command, bind: Bind): void {
  const command = program
    .command('upload')
    .summary('submit signed entries to a registry')
    .description(
      'Submits signed entries and prints the address of each. Uploading the same bytes again changes nothing.',
    )
    .argument('<entry...>', 'signed entries, or - for standard input')
    .option('--to <url>', 'base URL of the registry; the same as --url');
  addJsonOption(addRegistryOption(command)).addHelpText(
    'after',
    '\nExample:\n  vouch upload entry.xml --to https://marketplace.example.org',
  );
  bind<UploadOptions>(command, upload);
}

async function upload(call: Call<UploadOptions>): Promise<number> {
  const { terminal, options, words } = call;
  const client = openClient(call, options.to);
  let areAllIn = true;
  for (const file of words) {
    const told = tellUpload(terminal, await client.upload(await terminal.read(file)), {
      json: options.json === true,
      file,
    });
    areAllIn &&= told === EXIT.yes;
  }
  return areAllIn ? EXIT.yes : EXIT.no;
}
