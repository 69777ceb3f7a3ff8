import type { Command } from 'commander';
import { isFork, readForkEvidence } from '../../peer/evidence.ts';
import type { Bind, Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { readLogKeyOption } from '../log-address.ts';

interface EvidenceOptions {
  readonly logKey: string;
}

/** Two notes of at most 1 MiB, and a proof. */
const EVIDENCE_BYTES_LIMIT = 3 * 1_048_576;

/** `vouch log evidence FILE`: judges what somebody says a log did. */
export function addLogEvidence(log: Command, bind: Bind): void {
  const command = log
    .command('evidence')
    .summary('check evidence that a log forked, without any network')
    .description(
      'Checks the evidence that "vouch log monitor" or anyone else wrote when a log showed two histories. It convicts the log, whoever\n' +
        'brings it. Exit code 0 if the log signed both, 1 if the file proves nothing of the kind.',
    )
    .argument('<file>', 'evidence of a fork, or - for standard input')
    .requiredOption('--log-key <vkey>', 'public key of the log, name+id+base64')
    .addHelpText(
      'after',
      '\nExample:\n  vouch log evidence fork-0123456789abcdef.txt --log-key marketplace.example.org/log+89eebc94+AW…',
    );
  bind<EvidenceOptions>(command, judge);
}

async function judge({ terminal, options, words }: Call<EvidenceOptions>): Promise<number> {
  const key = readLogKeyOption(options.logKey);
  const bytes = await terminal.read(words[0]!, EVIDENCE_BYTES_LIMIT);
  const isProven = isFork(readForkEvidence(Buffer.from(bytes).toString()), key);
  terminal.print(
    isProven
      ? `Proven: ${key.name} signed two histories, and only one of them can be true.`
      : `Not proven: what ${key.name} signed here can all be true.`,
  );
  return isProven ? EXIT.yes : EXIT.no;
}
