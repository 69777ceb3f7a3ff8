import type { Command } from 'commander';
import { addRegistryOption, type Bind, type Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { fetchReceipt } from '../fetch-receipt.ts';
import { REFERENCE_HELP } from '../reference.ts';

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
  const { receipt } = await fetchReceipt(call);
  await call.terminal.write(call.options.output, Buffer.from(receipt));
  return EXIT.yes;
}
