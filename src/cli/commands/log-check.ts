import type { Command } from 'commander';
import { readVerifierKey } from '../../log/note-key.ts';
import { readRecordProof } from '../../log/record-proof.ts';
import { sha256Hex } from '../../log/sha256.ts';
import type { Bind, Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { sayProof } from '../say-proof.ts';

/** A receipt is some kilobytes; a proof with a hundred cosignatures is not much more. */
const RECEIPT_BYTES_LIMIT = 2 * 1024 * 1024;

interface CheckOptions {
  readonly logKey: string;
}

/** `vouch log check RECEIPT [ENTRY]`: judges a receipt without any network. */
export function addLogCheck(log: Command, bind: Bind): void {
  const command = log
    .command('check')
    .summary('check a receipt, without any network')
    .description(
      'Checks a receipt and says what it proves. With an entry it must be the receipt of exactly these bytes. Exit code 0 if\n' +
        'all of it holds, 1 if it is the receipt of another entry, 65 if it proves nothing.',
    )
    .argument('<receipt>', 'receipt (.tlog-proof), or - for standard input')
    .argument('[entry]', 'the signed entry that it should be of')
    .requiredOption('--log-key <vkey>', 'public key of the log, name+id+base64, from someone you trust')
    .addHelpText(
      'after',
      '\nExample:\n  vouch log check entry.tlog-proof entry.xml --log-key marketplace.example.org/log+89eebc94+AW…',
    );
  bind<CheckOptions>(command, check);
}

async function check({ terminal, options, words }: Call<CheckOptions>): Promise<number> {
  const [receiptFile = '-', entryFile] = words;
  const key = readVerifierKey(options.logKey);
  const receipt = await terminal.read(receiptFile, RECEIPT_BYTES_LIMIT);
  const proven = readRecordProof(Buffer.from(receipt).toString(), key);
  for (const line of sayProof(proven)) terminal.print(line);
  if (entryFile === undefined) return EXIT.yes;
  const isOf = sha256Hex(await terminal.read(entryFile)) === proven.record.doc;
  terminal.print(isOf ? `${entryFile} is that document.` : `${entryFile} is not that document.`);
  return isOf ? EXIT.yes : EXIT.no;
}
