import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import { readTreeSize } from '../../log/checkpoint.ts';
import { readVerifierKey } from '../../log/note-key.ts';
import { readRecordProof } from '../../log/record-proof.ts';
import { addRegistryOption, type Bind, type Call, openClient } from '../call.ts';
import type { RegistryClient } from '../client.ts';
import { EXIT } from '../exit-code.ts';
import { findEntries } from '../find-entries.ts';
import { REFERENCE_HELP, readReference } from '../reference.ts';
import { sayProof } from '../say-proof.ts';

interface ProofOptions {
  readonly logKey?: string;
  readonly output: string;
}

/** `vouch log proof ID|INDEX`: the receipt of one entry, checked and kept. */
export function addLogProof(log: Command, bind: Bind): void {
  const command = log
    .command('proof')
    .summary('get the receipt of an entry')
    .description(
      'Gets the receipt of an entry: the proof that it is in the log, which needs nothing else of the registry. It is checked, and\n' +
        'what it proves is said. "vouch log check" checks it again, far from any network.',
    )
    .argument('<id|number>', `log number, or ${REFERENCE_HELP}`)
    .option('--log-key <vkey>', 'public key of the log, name+id+base64; else the one that the registry names')
    .option('-o, --output <file>', 'where to write the receipt', '-');
  addRegistryOption(command).addHelpText(
    'after',
    '\nExamples:\n  vouch log proof 412 -o entry.tlog-proof\n  vouch log proof jane@example.org#debian-stable -o entry.tlog-proof',
  );
  bind<ProofOptions>(command, proof);
}

async function proof(call: Call<ProofOptions>): Promise<number> {
  const { terminal, options } = call;
  const { client, index } = await findRecord(call);
  const receipt = await client.receipt(index);
  const proven = readRecordProof(receipt, readVerifierKey(options.logKey ?? (await client.logKey())));
  if (proven.index !== index) {
    throw new VouchError('malformed', `The registry proves record ${proven.index}, not ${index} as asked.`);
  }
  for (const line of sayProof(proven)) terminal.say(line);
  if (options.logKey === undefined) terminal.say('The key is the one that the registry names; --log-key takes yours.');
  await terminal.write(options.output, Buffer.from(receipt));
  return EXIT.yes;
}

async function findRecord(call: Call<ProofOptions>): Promise<{ client: RegistryClient; index: number }> {
  const [word = ''] = call.words;
  const number = readTreeSize(word);
  if (number !== undefined) return { client: openClient(call), index: number };
  const reference = await readReference(word, call.terminal);
  const client = openClient(call, reference.kind === 'image' ? reference.baseUrl : undefined);
  const [entry, ...others] = await findEntries(client, reference);
  if (others.length > 0) {
    const who = [entry!, ...others].map(({ index, email }) => `${index} of ${email}`).join(', ');
    throw new VouchError('usage', `There are several entries; choose one by its number: ${who}.`);
  }
  return { client, index: entry!.index };
}
